"""Whether a scenario keeps to its format (FORMAT 1 to 2)."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_network
from itertools import pairwise
from typing import Any

from tests.oracle.canonical import ADVISORY, KINDS, canonical
from tests.oracle.clock import minute
from tests.oracle.connectivity import line_of
from tests.oracle.profile import SOVEREIGN, Profile, tier

Entry = Mapping[str, Any]
Rule = Callable[[Entry, Profile], Iterator[str]]
TLPS = ("clear", "green", "amber", "amber+strict", "red")


def problems(scenario: Entry, classification: Entry) -> list[str]:
    """Return what is wrong with a scenario, if anything."""
    profile = Profile(classification)
    return [problem for rule in RULES for problem in rule(scenario, profile)]


def _failures(name: str, **checks: bool) -> Iterator[str]:
    return (f"{name}: {check.replace('_', ' ')}" for check, holds in checks.items() if not holds)


def _ids(scenario: Entry, _profile: Profile) -> Iterator[str]:
    for array in ("submissions", "sightings", "incident_reports", "software_assets"):
        counts = Counter(entry["id"] for entry in scenario[array])
        yield from (f"{array}: {name!r} is not unique" for name, count in counts.items() if count > 1)


def _references(scenario: Entry, _profile: Profile) -> Iterator[str]:
    members = set(scenario["members"])
    for entry in (*scenario["submissions"], *scenario["incident_reports"]):
        rel = set() if entry["rel"] == "ALL" else set(entry["rel"])
        yield from _failures(
            entry["id"],
            the_owner_is_a_member=entry["member"] in members,
            others_are_named=rel <= members - {entry["member"]},
            nobody_is_named_twice=entry["rel"] == "ALL" or len(rel) == len(entry["rel"]),
        )


def _values(scenario: Entry, _profile: Profile) -> Iterator[str]:
    for entry in (*scenario["submissions"], *scenario["sightings"]):
        if entry["type"] == ADVISORY:
            continue
        if entry["type"] not in KINDS:
            yield f"{entry['id']}: no such type"
        elif not canonical(entry["type"], entry["raw"]):
            yield f"{entry['id']}: no value"


def _times(scenario: Entry, _profile: Profile) -> Iterator[str]:
    end = minute(scenario["end"])
    for entry in scenario["submissions"]:
        t = minute(entry["t"])
        withdrawn = entry.get("recalled_at") or entry.get("revoked_at")
        yield from _failures(
            entry["id"],
            it_is_before_the_end=t <= end,
            the_owner_is_online=line_of(scenario["connectivity"], entry["member"]).is_online(t),
            it_is_written_before_it_is_sent=minute(entry.get("created", entry["t"])) <= t,
            it_is_withdrawn_after_it_is_sent=withdrawn is None or t <= minute(withdrawn) <= end,
        )
    for entry in scenario["sightings"]:
        yield from _failures(entry["id"], it_is_before_the_end=minute(entry["t"]) <= end)


def _derivatives(scenario: Entry, profile: Profile) -> Iterator[str]:
    for entry in (*scenario["submissions"], *scenario["incident_reports"]):
        rank = profile.tier_of(entry["member"], entry["label"])
        if "redactable_to" in entry:
            yield from _failures(
                entry["id"],
                the_derivative_is_lower=tier(entry["redactable_to"]) < rank,
                the_derivative_is_of_neither_red_nor_sovereign=entry.get("tlp") != "red" and rank != SOVEREIGN,
            )


def _policies(scenario: Entry, _profile: Profile) -> Iterator[str]:
    for entry in scenario["submissions"]:
        rel = scenario["members"] if entry["rel"] == "ALL" else entry["rel"]
        yield from _failures(
            entry["id"],
            the_tlp_is_known=entry["tlp"] in TLPS,
            embargo_fields_come_together=("embargo_until" in entry) == ("embargo_rel" in entry),
            the_embargo_list_is_part_of_rel=set(entry.get("embargo_rel", ())) <= set(rel) - {entry["member"]},
            it_is_not_both_recalled_and_revoked=not {"recalled_at", "revoked_at"} <= entry.keys(),
            recalls_have_reasons=("recalled_at" in entry) == ("recall_reason" in entry),
            revocations_have_reasons=("revoked_at" in entry) == ("revoke_reason" in entry),
            true_is_the_only_flag=entry.get("victim", True) is True and entry.get("routine", True) is True,
        )


def _replacements(scenario: Entry, _profile: Profile) -> Iterator[str]:
    by_id = {entry["id"]: entry for entry in scenario["submissions"]}
    for entry in scenario["submissions"]:
        if "replaced_by" in entry:
            later = by_id.get(entry["replaced_by"], {"member": None, "t": entry["t"]})
            yield from _failures(
                entry["id"],
                a_replaced_object_is_recalled="recalled_at" in entry,
                the_owner_replaces_it=later["member"] == entry["member"],
                the_replacement_is_later=minute(later["t"]) >= minute(entry["t"]),
            )


def _routine(scenario: Entry, _profile: Profile) -> Iterator[str]:
    kinds: dict[bool, set[tuple[str, str]]] = {True: set(), False: set()}
    for entry in scenario["submissions"]:
        if entry["type"] in KINDS:
            value = canonical(entry["type"], entry["raw"])
            kinds[entry.get("routine", False)].add((entry["type"], value))
    yield from (f"{value}: is both story and routine" for value in sorted(kinds[True] & kinds[False]))


def _reports(scenario: Entry, profile: Profile) -> Iterator[str]:
    end = minute(scenario["end"])
    for entry in scenario["incident_reports"]:
        is_sovereign = profile.tier_of(entry["member"], entry["label"]) == SOVEREIGN and entry["rel"] == []
        yield from _failures(
            entry["id"],
            a_duty_is_notified=entry["duty_hours"] is None or entry["notified"] is not None,
            an_unshared_report_is_sovereign=entry["shared"] is not None or is_sovereign,
            awareness_comes_first=all(
                minute(entry["aware"]) <= minute(entry[later]) <= end
                for later in ("notified", "shared")
                if entry[later] is not None
            ),
        )


def _cases(scenario: Entry, _profile: Profile) -> Iterator[str]:
    owned = {(entry["member"], entry["case"]) for entry in scenario["incident_reports"]}
    known = {case for _, case in owned}
    for entry in scenario["submissions"]:
        if "case" in entry and (entry["member"], entry["case"]) not in owned:
            yield f"{entry['id']}: its case is not the owner's"
    for name, region in scenario["cloud_regions"].items():
        is_other = region["member"] not in region["hosts_services_of"]
        yield from _failures(name, the_case_is_known=region["case"] in known, others_are_hosted=is_other)


def _connectivity(scenario: Entry, _profile: Profile) -> Iterator[str]:
    for member, entry in scenario["connectivity"].items():
        for kind, intervals in entry.items():
            spans = sorted((minute(begins), minute(ends)) for begins, ends in intervals)
            gap = 1 if kind == "online" else 0
            yield from _failures(
                member,
                intervals_run_forwards=all(begins <= ends for begins, ends in spans),
                intervals_do_not_overlap=all(one[1] + gap <= two[0] for one, two in pairwise(spans)),
            )
        if len(entry) != 1 or not entry.keys() <= {"online", "offline"}:
            yield f"{member}: neither online nor offline"


def _checkpoints(scenario: Entry, _profile: Profile) -> Iterator[str]:
    end = scenario["end"]
    texts = scenario.get("checkpoints", ["D8 00:00"])
    moments = [minute(end if text == "END" else text) for text in texts]
    is_ascending = all(one < two for one, two in pairwise(moments))
    yield from _failures(
        "checkpoints", they_ascend=is_ascending, they_are_not_after_the_end=max(moments) <= minute(end)
    )


def _surroundings(scenario: Entry, _profile: Profile) -> Iterator[str]:
    members = set(scenario["members"])
    capacity = scenario["international_capacity_gbps"]
    landing = {name: {member for member in capacity if name in capacity[member]} for name in scenario["cables"]}
    blocks = [ip_network(ranges[kind]) for ranges in scenario["ranges"].values() for kind in ("isp", "gov")]
    yield from _failures(
        "surroundings",
        every_member_has_capacity=capacity.keys() == members and all(capacity.values()),
        those_with_capacity_land=all(
            set(cable["lands"]) == landing[name] for name, cable in scenario["cables"].items()
        ),
        every_member_has_ranges=scenario["ranges"].keys() == members,
        ranges_are_apart=len({str(block) for block in blocks}) == len(blocks),
        every_member_has_a_row=scenario["routine_cases"]["rows"].keys() == members,
        versions_agree=all(f":{asset['version']}:" in asset["cpe"] for asset in scenario["software_assets"]),
        the_vulnerability_is_reported=any(
            entry["raw"].strip() == scenario["vulnerability"]["id"] for entry in scenario["submissions"]
        ),
    )


RULES: tuple[Rule, ...] = (
    _ids,
    _references,
    _values,
    _times,
    _derivatives,
    _policies,
    _replacements,
    _routine,
    _reports,
    _cases,
    _connectivity,
    _checkpoints,
    _surroundings,
)
