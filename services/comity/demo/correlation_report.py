"""The keys of a scenario's report that are about correlation (scenario report, version 1), out of what was observed."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from comity.correlation.campaigns import Case, links_between
from comity.correlation.matching import own_range_alerts
from comity.correlation.warning import Known, lead
from comity.demo.assets import cable_key, capacity_key
from comity.demo.correlation import Correlated, access_networks
from comity.demo.durations import median, minute_of, written
from comity.demo.observation import is_routine
from comity.demo.report import Report
from comity.demo.scenario import Scenario

_CASE = "case "
_WITHHOLD = "WITHHOLD"
_STATING = frozenset({"indicator", "vulnerability"})
"""The types of objects that state an observable; an advisory has words instead."""

_Owned = tuple[str, Mapping[str, Any]]


class CorrelationReporter:
    """Turns what was observed of correlation into its keys of the report.

    *connections* are the instants at which each member's node fetched what was new; *withdrawn* are the ids of objects
    that their owners took back or revoked.
    """

    def __init__(
        self, scenario: Scenario, seen: Correlated, *, connections: Mapping[str, Sequence[int]], withdrawn: set[str]
    ) -> None:
        self._scenario = scenario
        self._seen = seen
        self._members = scenario.document.members
        self._connections = connections
        self._withdrawn = withdrawn
        self._owned: dict[tuple[str, str], list[_Owned]] = defaultdict(list)
        for owner, several in seen.submissions.items():
            for one in several:
                self._owned[one["kind"], one["value"]].append((owner, one))

    def report(self) -> Report:
        """Return the keys."""
        return {
            "early_warning": self._early_warning(),
            "campaign_links": self._campaign_links(),
            **self._cables(),
            "vuln_exposure": self._vulnerability(),
            "own_range_alerts": self._own_range_alerts(),
        }

    # --- early warning

    def _early_warning(self) -> Report:
        every = [(member, one) for member, several in self._seen.detections.items() for one in several]
        positive = [(member, one) for member, one in every if not one["refuted"]]
        found = {one["reference"]: self._lead(member, one) for member, one in positive}
        leads = {reference: minutes for reference, minutes in found.items() if minutes is not None}
        return {
            "positive_sightings": len(positive),
            "refutations": len(every) - len(positive),
            "sighting_events": sum(one["count"] for _, one in every),
            "leads": {reference: written(minutes) for reference, minutes in leads.items()},
            "count": len(leads),
            "median_lead": written(median(list(leads.values()))),
        }

    def _lead(self, member: str, detection: Mapping[str, Any]) -> int | None:
        same = self._owned[detection["kind"], detection["value"]]
        return lead(member, minute_of(detection["seen"]), (self._known(member, owner, one) for owner, one in same))

    def _known(self, member: str, owner: str, one: Mapping[str, Any]) -> Known:
        at = one["received"] if owner == member else self._arrival(member, one)
        return Known(by=owner, at=None if at is None else minute_of(at))

    def _arrival(self, member: str, one: Mapping[str, Any]) -> int | None:
        """Return when a submission had reached the member.

        What was withdrawn before the member's node could fetch it counts from when it would have (report format: all
        sections look at the whole log, recalled and revoked submissions included).
        """
        if self._seen.outcomes_later[one["object_id"]][member]["effect"] == _WITHHOLD:
            return None
        received = self._seen.arrivals[member, one["object_id"]]
        if received is not None or one["object_id"] not in self._withdrawn:
            return received
        is_exempt = member in one["embargo_exempt"]
        ready = one["received"] if is_exempt else max(one["received"], one["lifts_at"] or 0)
        return next((at for at in self._connections[member] if minute_of(at) >= minute_of(ready)), None)

    # --- campaigns

    def _campaign_links(self) -> list[list[object]]:
        observables: dict[str, set[str]] = defaultdict(set)
        for _, one in self._stories():
            for text in one["cited"]:
                if text.startswith(_CASE) and one["type"] in _STATING:
                    observables[text.removeprefix(_CASE)].add(f"{one['kind']} {one['value']}")
        cases = [Case(name=name, observables=frozenset(found)) for name, found in observables.items()]
        return [[link.one, link.other, len(link.shared)] for link in links_between(cases, most_common=len(cases))]

    def _stories(self) -> Iterator[_Owned]:
        return (each for several in self._owned.values() for each in several if not is_routine(each[1]))

    # --- cables

    def _cables(self) -> Report:
        impact = {cable: self._impact(cable) for cable in self._scenario.faulty_cables}
        if not impact:
            return {"cable_impact": {}}
        first = impact[self._scenario.faulty_cables[0]]
        return {
            "cable_loss_percent": first["loss_percent"],
            "cable_affected": first["affected"],
            "cable_impact": impact,
        }

    def _impact(self, cable: str) -> Report:
        told = self._seen.cascades[cable]
        losses = {member: told[member]["losses"].get(capacity_key(member), 0.0) for member in self._members}
        landing = told[self._members[0]]["assets"][cable_key(cable)]["landing_points"]
        direct = [member for member in self._members if member in landing]
        indirect = [member for member, loss in losses.items() if loss > 0 and member not in direct]
        return {
            # Ten decimals are the digits that sums of binary fractions keep.
            "loss_percent": {member: round(round(loss * 100, 10), 2) for member, loss in losses.items()},
            "affected": {
                "direct": direct,
                "indirect": indirect,
                "none": [member for member in self._members if member not in {*direct, *indirect}],
            },
        }

    # --- exposure

    def _vulnerability(self) -> Report:
        exposed = {member: keys for member, keys in self._seen.exposed.items() if keys}
        known = self._owned["vulnerability", self._scenario.vulnerability or ""]
        last_minute = self._scenario.last_minute_of_embargo()
        before = [each for each in known if each[1]["object_id"] in self._seen.outcomes_in_embargo]
        alerted_before = self._alerted(exposed, before, self._seen.outcomes_in_embargo, last_minute)
        alerted = self._alerted(exposed, known, self._seen.outcomes_at_end, self._scenario.end)
        software = [one for several in self._seen.assets.values() for one in several if one.software]
        affected = {key for keys in exposed.values() for key in keys}
        return {
            "assets": sum(map(len, exposed.values())),
            "members": list(exposed),
            "not_affected": [one.key for one in software if one.key not in affected],
            "alerted_before_embargo": alerted_before,
            "alerted_at_end": alerted,
            "need_to_warn": [member for member in exposed if member not in alerted],
        }

    def _alerted(
        self, members: Mapping[str, object], known: Sequence[_Owned], outcomes: Mapping[str, Any], now: int
    ) -> list[str]:
        by_then = [(owner, one) for owner, one in known if minute_of(one["received"]) <= minute_of(now)]
        return [
            member
            for member in members
            if any(
                owner == member or outcomes[one["object_id"]][member]["effect"] != _WITHHOLD for owner, one in by_then
            )
        ]

    def _own_range_alerts(self) -> dict[str, list[str]]:
        alerts = {member: sorted(self._alerts_of(member)) for member in self._members}
        return {member: values for member, values in alerts.items() if values}

    def _alerts_of(self, member: str) -> set[str]:
        known = [
            (kind, value)
            for (kind, value), several in self._owned.items()
            if kind == "ipv4" and value and any(self._is_known(member, owner, one) for owner, one in several)
        ]
        return {match.value for match in own_range_alerts(access_networks(self._seen, member), known)}

    def _is_known(self, member: str, owner: str, one: Mapping[str, Any]) -> bool:
        outcome = self._seen.outcomes_at_end.get(one["object_id"])
        return owner == member or (outcome is not None and outcome[member]["effect"] != _WITHHOLD)
