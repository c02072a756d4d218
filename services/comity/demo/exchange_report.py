"""The part of a scenario's report that is about give and take, and about what those who oversee are told."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from comity_schemas.extensions import DUTY_CLOCK, RELEASE

from comity.demo.observation import Observed, entry_of
from comity.demo.scenario import END, Scenario

PUBLISHED_FROM = 3
_POINTS = {"PERMIT": 1.0, "REDACT": 0.5, "WITHHOLD": 0.0}
Report = dict[str, Any]
Links = Sequence[Sequence[Any]]
"""Two cases and how many observables they share, as ``campaign_links`` tells."""


@dataclass(frozen=True, slots=True)
class _Pair:
    """What one other member gets of one object at the end."""

    object_id: str
    owner: str
    recipient: str
    effect: str
    reason: str | None


def exchange_report(scenario: Scenario, observed: Observed, *, links: Links) -> Report:
    """Return the sections that are observed, and no others."""
    pairs = _pairs(scenario, observed)
    members = scenario.document.members
    released = [pair for pair in pairs if pair.effect != "WITHHOLD"]
    give, take = Counter(pair.owner for pair in released), Counter(pair.recipient for pair in released)
    return {
        "cross_border": _cross_border(observed, links),
        "openness": {member: _openness(pairs, member) for member in members},
        "give": {member: give[member] for member in members},
        "take": {member: take[member] for member in members},
        "balance": {member: _share(give[member] - take[member], give[member] + take[member]) for member in members},
        "deliveries": len(released),
        "withheld_bloc": _withheld(pairs),
        **({"suppression": _suppression(observed.audit)} if observed.audit else {}),
    }


def _pairs(scenario: Scenario, observed: Observed) -> list[_Pair]:
    owners = {one["object_id"]: member for member, listed in observed.submissions.items() for one in listed}
    known = set(scenario.document.members)
    return [
        _Pair(object_id, owners[object_id], recipient, outcome["effect"], outcome["reason"])
        for object_id, outcomes in observed.moments[END].outcomes.items()
        for recipient, outcome in outcomes.items()
        if recipient in known
    ]


def _openness(pairs: list[_Pair], owner: str) -> float | None:
    points = [_POINTS[pair.effect] for pair in pairs if pair.owner == owner]
    return round(sum(points) / len(points), 4) if points else None


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _withheld(pairs: list[_Pair]) -> Report:
    by_reason: dict[str, list[_Pair]] = defaultdict(list)
    for pair in pairs:
        if pair.effect == "WITHHOLD":
            by_reason[str(pair.reason)].append(pair)
    return {reason: _withheld_for(some) for reason, some in by_reason.items()}


def _withheld_for(pairs: list[_Pair]) -> Report:
    objects, owners = len({pair.object_id for pair in pairs}), len({pair.owner for pair in pairs})
    is_told = objects >= PUBLISHED_FROM and owners >= PUBLISHED_FROM
    return {
        "pairs": len(pairs),
        "objects": objects,
        "owners": owners,
        "published": objects if is_told else "suppressed",
    }


def _cross_border(observed: Observed, links: Links) -> Report:
    own = [one | {"member": member} for member, listed in observed.submissions.items() for one in listed]
    entries = [one for one in own if entry_of(one) is not None]
    reporters: dict[str, set[str]] = defaultdict(set)
    reached: dict[str, set[str]] = defaultdict(set)
    visible: set[str] = set()
    for one in entries:
        if one["type"] == "incident":
            extensions = msgspec.json.decode(one["object"])["extensions"]
            case = extensions[DUTY_CLOCK]["case"]
            reporters[case].add(one["member"])
            reached[case] |= set(extensions[RELEASE].get("victims", ()))
            visible |= {case} if "shared_at" in extensions[DUTY_CLOCK] else set()
    confirmed = {case for case in visible if len(reporters[case]) > 1}
    inferred = {case for case in visible - confirmed if len(reached[case]) > 1}
    linked = {case for link in links for case in link[:2]} & visible
    some = confirmed | inferred | linked
    return {
        "confirmed": sorted(confirmed),
        "inferred": sorted(inferred),
        "campaign_linked": sorted(linked),
        "any": sorted(some),
        "share_confirmed": _share(len(confirmed), len(visible)),
        "share_any": _share(len(some), len(visible)),
    }


def _suppression(audit: Mapping[str, Any]) -> Report:
    """Return how the table of ordinary cases was protected in the first step, as the federation's audit tells."""
    step = audit["first_step"]["cases"]
    narrowest = step["narrowest"]
    return {
        "k": audit["k"],
        "cells": step["cells"],
        "total": step["total"],
        "row_totals": step["rows"],
        "col_totals": step["columns"],
        "zeros_published": step["zeros"],
        "primary": step["primary"],
        "complementary": step["complementary"],
        "audit_rounds": step["rounds"],
        "suppressed_value_total": step["hidden_total"],
        "min_interval_width": None if narrowest is None else round(narrowest, 3),
        "pattern": step["hidden"],
        "primary_only_breakable": step["breakable"],
    }
