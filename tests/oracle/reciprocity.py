"""How open members are, what they give and take, and what stays withheld (REPORT, ``openness`` and on)."""

from collections import Counter
from itertools import permutations
from typing import NamedTuple

from tests.oracle.decisions import Decision, decide
from tests.oracle.incidents import share
from tests.oracle.log import Handling, Log

PUBLISHED_FROM = 3


class Pair(NamedTuple):
    """What one other member gets of one object at the end."""

    object: str
    owner: str
    recipient: str
    decision: Decision


def _pairs(log: Log) -> list[Pair]:
    objects = {f"submission {known.id}": known.handling for known in log.story}
    objects |= {f"report {report.id}": report.handling for report in log.reports}
    return [
        Pair(name, handling.owner, recipient, decide(log, handling, recipient, log.end))
        for name, handling in objects.items()
        for recipient in log.others(handling.owner)
    ]


def _openness(pairs: list[Pair], owner: str) -> float | None:
    points = {"PERMIT": 1.0, "REDACT": 0.5, "WITHHOLD": 0.0}
    own = [points[pair.decision.effect] for pair in pairs if pair.owner == owner]
    return round(sum(own) / len(own), 4) if own else None


def _withheld_bloc(pairs: list[Pair]) -> dict[str, object]:
    withheld: dict[str, list[Pair]] = {}
    for pair in pairs:
        if not pair.decision.is_release:
            withheld.setdefault(pair.decision.reason, []).append(pair)
    return {reason: _withheld(some) for reason, some in withheld.items()}


def _withheld(pairs: list[Pair]) -> dict[str, object]:
    objects = len({pair.object for pair in pairs})
    owners = len({pair.owner for pair in pairs})
    is_published = objects >= PUBLISHED_FROM and owners >= PUBLISHED_FROM
    return {
        "pairs": len(pairs),
        "objects": objects,
        "owners": owners,
        "published": objects if is_published else "suppressed",
    }


def _standing(handling: Handling, member: str) -> tuple[bool, bool]:
    return handling.rel is None or member in handling.rel, member in handling.embargo_rel


def _is_inverted(log: Log, handling: Handling, a: str, b: str) -> bool:
    limit = log.profile.limit
    return (
        limit(handling.owner, a) >= limit(handling.owner, b)
        and _standing(handling, a) == _standing(handling, b)
        and decide(log, handling, b, log.end).is_release
        and not decide(log, handling, a, log.end).is_release
    )


def reciprocity(log: Log) -> dict[str, object]:
    """Return what flows between the members, and what does not."""
    pairs = _pairs(log)
    released = [pair for pair in pairs if pair.decision.is_release]
    give = Counter(pair.owner for pair in released)
    take = Counter(pair.recipient for pair in released)
    return {
        "openness": {member: _openness(pairs, member) for member in log.members},
        "give": {member: give[member] for member in log.members},
        "take": {member: take[member] for member in log.members},
        "balance": {member: share(give[member] - take[member], give[member] + take[member]) for member in log.members},
        "deliveries": len(released),
        "withheld_bloc": _withheld_bloc(pairs),
        "monotonicity_violations": sum(
            _is_inverted(log, known.handling, a, b)
            for known in log.story
            for a, b in permutations(log.others(known.owner), 2)
        ),
    }
