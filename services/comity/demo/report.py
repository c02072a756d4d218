"""The report of a scenario (scenario report, version 1), out of nothing but what was observed and the calendar."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from comity.dedup.canonical import observable_of
from comity.demo.durations import instant_of, median, minute_of, nearest_rank, written
from comity.demo.observation import AUDIENCES, Moment, Observed, entry_of, is_routine
from comity.demo.scenario import END, Scenario
from comity.domain.identity import identity_of

_OBSERVABLE_TYPES = frozenset({"indicator", "vulnerability"})
_DUTY = "aware_at"
Report = dict[str, Any]


class Reporter:
    """Turns what was observed of a scenario into its report."""

    def __init__(self, scenario: Scenario, observed: Observed) -> None:
        self._scenario = scenario
        self._observed = observed
        self._members = scenario.document.members
        self._own = {
            one["object_id"]: {**one, **_purged(scenario, one), "member": member}
            for member, listed in observed.submissions.items()
            for one in listed
            if entry_of(one) is not None
        }
        self._of_form = {form: one for one in self._own.values() for form in one["forms"]}
        self._by_identity = {identity_of(code): code for code in self._members}
        self._entries = {one["object_id"]: str(entry_of(one)) for one in self._own.values()}

    def report(self) -> Report:
        """Return every section that is observed today."""
        moments = {name: self._observed.moments[name] for name in self._scenario.document.checkpoints}
        return {
            **self._contributions(),
            "story_decisions": {name: self._decisions(moment, name) for name, moment in moments.items()},
            **self._incidents(),
            "feeds": {name: self._feeds(moment) for name, moment in moments.items()},
            "visible_sources": self._visible_sources(),
            "recalls": [self._recall(*each) for each in self._withdrawals("recall")],
            "revocations": [self._revocation(*each) for each in self._withdrawals("revocation")],
        }

    # --- contributions

    def _contributions(self) -> Report:
        reporters = {story: self._reporters(story=story) for story in (True, False)}
        together: dict[str, set[str]] = defaultdict(set)
        for part in reporters.values():
            for observable, members in part.items():
                together[observable] |= members
        story, routine = reporters[True], reporters[False]
        several = {observable: sorted(members) for observable, members in story.items() if len(members) > 1}
        submitted = [one for one in self._own.values() if one["type"] != "incident"]
        stories = sum(not is_routine(one) for one in submitted)
        return {
            "submissions": {"total": len(submitted), "story": stories, "routine": len(submitted) - stories},
            "unique_canonical": {"total": len(together), "story": len(story), "routine": len(routine)},
            "multi_source": {
                "story": several,
                "story_count": len(several),
                "routine_count": sum(len(members) > 1 for members in routine.values()),
            },
            "mean_corroboration_story": _mean([len(members) for members in story.values()]),
            "mean_corroboration_all": _mean([len(members) for members in together.values()]),
        }

    def _reporters(self, *, story: bool) -> dict[str, set[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for one in self._own.values():
            if one["type"] in _OBSERVABLE_TYPES and is_routine(one) != story:
                found[_observable(one)].add(one["member"])
        return found

    # --- decisions

    def _decisions(self, moment: Moment, name: str) -> Report:
        until = self._scenario.at(name)
        asked = {
            object_id: outcomes
            for object_id, outcomes in moment.outcomes.items()
            if self._own[object_id]["type"] != "incident" and self._own[object_id]["received"] <= until
        }
        return self._tally(asked.values())

    def _tally(self, asked: Iterable[Mapping[str, Any]]) -> Report:
        decisions: Counter[str] = Counter()
        reasons: Counter[str] = Counter()
        by_recipient: dict[str, Counter[str]] = {member: Counter() for member in self._members}
        for outcomes in asked:
            for member, outcome in outcomes.items():
                if member not in by_recipient:
                    continue
                decisions[outcome["effect"]] += 1
                by_recipient[member][outcome["effect"]] += 1
                if outcome["reason"] is not None:
                    reasons[f"{outcome['effect']}:{outcome['reason']}"] += 1
        return {
            "decisions": dict(decisions),
            "reasons": dict(reasons),
            "by_recipient": {member: dict(counted) for member, counted in by_recipient.items()},
        }

    # --- incidents

    def _incidents(self) -> Report:
        reports = [(one, _duty_clock(one)) for one in self._own.values() if one["type"] == "incident"]
        shared = [(one, clock) for one, clock in reports if "shared_at" in clock]
        last = self._observed.moments[END]
        return {
            "incident_decisions": self._tally(last.outcomes[one["object_id"]] for one, _ in shared),
            "incident_never_federated": sorted(
                str(entry_of(one)) for one, clock in reports if "shared_at" not in clock
            ),
            "time_to_share": _time_to_share([clock for _, clock in shared]),
            "deadline_compliance": self._deadlines(reports),
            "cases": _cases(reports),
        }

    def _deadlines(self, reports: Sequence[tuple[dict[str, Any], dict[str, Any]]]) -> Report:
        due = [(one, clock) for one, clock in reports if clock.get("deadline_hours") is not None]
        met = [one for one, clock in due if _is_met(clock)]
        missed = [str(entry_of(one)) for one, clock in due if not _is_met(clock)]
        return {
            "with_duty": len(due),
            "met": len(met),
            "rate": round(len(met) / len(due), 4) if due else None,
            "missed": sorted(missed),
            "no_duty": sorted(str(entry_of(one)) for one, clock in reports if clock.get("deadline_hours") is None),
        }

    # --- feeds

    def _feeds(self, moment: Moment) -> Report:
        return {
            member: {audience: self._counted(moment.feeds[member][audience]) for audience in AUDIENCES}
            for member in self._members
        }

    def _counted(self, objects: Sequence[dict[str, Any]]) -> dict[str, int]:
        active = [one for one in objects if one["type"] in _OBSERVABLE_TYPES and not one.get("revoked")]
        return {"all": len(active), "story": sum(not is_routine(self._of_form[one["id"]]) for one in active)}

    def _visible_sources(self) -> Report:
        wanted = {
            observable
            for story in (True, False)
            for observable, members in self._reporters(story=story).items()
            if len(members) > 1
        }
        seen = {member: self._sources(self._observed.moments[END].feeds[member]["cert"]) for member in self._members}
        return {
            observable: {member: sorted(seen[member].get(observable, ())) for member in self._members}
            for observable in sorted(wanted)
        }

    def _sources(self, objects: Sequence[dict[str, Any]]) -> dict[str, set[str]]:
        """Return who reported each observable, as one desk reads it: authors of what it holds, and sightings."""
        held = {one["id"]: one for one in objects if one["type"] in _OBSERVABLE_TYPES and not one.get("revoked")}
        found: dict[str, set[str]] = defaultdict(set)
        for object_id, one in held.items():
            found[_observable(self._of_form[object_id])].add(self._by_identity[one["created_by_ref"]])
        for one in objects:
            if one["type"] == "sighting" and one["sighting_of_ref"] in held and self._is_contribution(one):
                observable = _observable(self._of_form[one["sighting_of_ref"]])
                found[observable] |= {self._by_identity[ref] for ref in one["where_sighted_refs"]}
        return found

    def _is_contribution(self, sighting: Mapping[str, Any]) -> bool:
        """Return whether a sighting stands for a further report rather than for something seen in a network."""
        return "count" not in sighting and not sighting.get("revoked", False)

    # --- withdrawals

    def _withdrawals(self, kind: str) -> list[tuple[str, dict[str, Any]]]:
        return [
            (member, one)
            for member, listed in self._observed.withdrawals.items()
            for one in listed
            if one["kind"] == kind
        ]

    def _recall(self, owner: str, one: dict[str, Any]) -> Report:
        start = minute_of(one["withdrawn"])
        acknowledged = {member: self._acknowledged(member, one) for member in one["addressed"]}
        lags = {member: None if at is None else at - start for member, at in acknowledged.items()}
        known = [lag for lag in lags.values() if lag is not None]
        complete = bool(lags) and len(known) == len(lags)
        return {
            "object": self._entries[one["object_id"]],
            "member": owner,
            "recipients": len(lags),
            "acks": {member: written(lag) for member, lag in lags.items()},
            "acked_at": {
                name: sum(at is not None and at <= minute_of(self._scenario.at(name)) for at in acknowledged.values())
                for name in self._scenario.document.checkpoints
            },
            "pending_at_end": sorted(member for member, lag in lags.items() if lag is None),
            "complete": written(max(known)) if complete else None,
            "p50": written(median(known)) if complete else None,
        }

    def _acknowledged(self, member: str, one: dict[str, Any]) -> int | None:
        """Return the minute by which the member had verified the purge of every form it was told to purge."""
        told = [self._observed.histories[member, form] for form in one["forms"]]
        due = [each for each in told if each["notice_received"] is not None]
        times = [each["purge_verified"] for each in due]
        if not times or any(time is None or time > self._scenario.end for time in times):
            return None
        return minute_of(max(times))

    def _revocation(self, owner: str, one: dict[str, Any]) -> Report:
        exposures = {member: self._exposure(member, one) for member in one["addressed"]}
        submission = self._own[one["object_id"]]
        shared = self._scenario.document.shared_infrastructure.get(submission["value"])
        is_shared = shared is not None and submission["kind"] == "ipv4"
        return {
            "object": self._entries[one["object_id"]],
            "member": owner,
            "recipients": len(exposures),
            "exposures": {member: written(minutes) for member, minutes in exposures.items()},
            "recipients_exposed": sum(minutes > 0 for minutes in exposures.values()),
            "never_active_at": sorted(member for member, minutes in exposures.items() if minutes == 0),
            "exposure": written(max(exposures.values(), default=0)),
            "shared_infra_portals": len(shared.serves_portals_of) if shared and is_shared else 0,
        }

    def _exposure(self, member: str, one: dict[str, Any]) -> int:
        """Return for how many minutes the object was active at the member, up to the end."""
        told = [self._observed.histories[member, form] for form in one["forms"]]
        received = [minute_of(each["received"]) for each in told if each["received"] is not None]
        withdrawn = [minute_of(each["withdrawn"]) for each in told if each["withdrawn"] is not None]
        end = minute_of(self._scenario.end)
        if not received or min(received) > end:
            return 0
        return max(0, min([*withdrawn, end]) - min(received))


def _purged(scenario: Scenario, submission: Mapping[str, Any]) -> dict[str, str]:
    """Return what a recalled object stated: no node keeps it, so it is read from the scenario that it came from."""
    if submission["value"]:
        return {}
    entry = entry_of(submission)
    found = next((one for one in scenario.document.submissions if one.id == entry), None)
    if found is None:
        return {}
    observable = observable_of(found.type, found.raw)
    return {"kind": observable.kind, "value": observable.value}


def _observable(submission: Mapping[str, Any]) -> str:
    return f"{submission['kind']} {submission['value']}"


def _duty_clock(submission: Mapping[str, Any]) -> dict[str, Any]:
    extensions: dict[str, dict[str, Any]] = json.loads(submission["object"])["extensions"]
    return next(value for value in extensions.values() if _DUTY in value)


def _mean(counts: Sequence[int]) -> float | None:
    return round(sum(counts) / len(counts), 4) if counts else None


def _time_to_share(clocks: Sequence[Mapping[str, Any]]) -> Report:
    lags = [minute_of(instant_of(clock["shared_at"]) - instant_of(clock["aware_at"])) for clock in clocks]
    return {
        "n": len(lags),
        "median": written(median(lags)),
        "p90_nearest_rank": written(nearest_rank(lags, 0.9)),
    }


def _is_met(clock: Mapping[str, Any]) -> bool:
    if "notified_at" not in clock:
        return False
    lag = instant_of(clock["notified_at"]) - instant_of(clock["aware_at"])
    hours: float = clock["deadline_hours"]
    return lag <= hours * 3_600_000_000


def _cases(reports: Sequence[tuple[dict[str, Any], dict[str, Any]]]) -> Report:
    by_case: dict[str, list[tuple[str, bool]]] = defaultdict(list)
    for one, clock in reports:
        by_case[clock["case"]].append((one["member"], "shared_at" in clock))
    return {
        "reports": len(reports),
        "cases": len(by_case),
        "visible": sum(any(shared for _, shared in listed) for listed in by_case.values()),
        "merged": {case: sorted(member for member, _ in listed) for case, listed in by_case.items() if len(listed) > 1},
    }
