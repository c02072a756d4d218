"""What an entry of the ledger tells, in words."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from comity.errors import LedgerError
from comity.ledger.entries import Kind, ticks_of


def in_words(told: Mapping[str, Any]) -> str:
    """Return a line that says what an entry tells.

    Raises:
        LedgerError: it lacks something that an entry of its kind has.
    """
    words = _WORDS.get(told["kind"])
    try:
        return str(told["kind"]) if words is None else words(told)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        raise LedgerError(f"an entry of the kind {told['kind']!r} is not whole") from error


def _grant(told: Mapping[str, Any]) -> str:
    label = json.loads(told["label"])
    what = f"{label.get('tier', '')} {label.get('kind', '')} of {label.get('origin', '')}"
    opened, closed = _viewers(told["opened"]), _viewers(told["closed"])
    return f"{what}: opened to {opened or 'nobody'}" + (f"; closed to {closed}" if closed else "")


def _rules(told: Mapping[str, Any]) -> str:
    into_force = f"rules {told['digest'][:12]} came into force"
    if "cause" not in told:
        return into_force
    proposal, suspended = told["proposal"], " ".join(told["suspended"])
    cause = told["cause"] if proposal is None else f"{told['cause']} by proposal {proposal}"
    return f"{into_force}; {cause}: {told['reason']}" + (f"; suspended: {suspended}" if suspended else "")


def _viewers(viewers: Iterable[str]) -> str:
    """Return the desks and nodes that the viewers are, whatever the purpose, by the members that have the same."""
    desks: dict[str, set[str]] = {}
    for viewer in viewers:
        desk, _, after = viewer.partition(" ")
        member, _, role = desk.partition("/")
        desks.setdefault(member, set()).add(role or after)
    alike: dict[str, list[str]] = {}
    for member, roles in sorted(desks.items()):
        alike.setdefault(" ".join(sorted(roles)), []).append(member)
    return ", ".join(f"{' '.join(members)} ({roles})" for roles, members in alike.items())


def _time(microseconds: int) -> str:
    return datetime.fromtimestamp(microseconds / 1_000_000, UTC).isoformat(timespec="seconds")[:19]


_WORDS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    Kind.ACTIVATION: _rules,
    Kind.GRANT: _grant,
    Kind.SERVED: lambda told: f"{told['viewer']} was served {len(ticks_of(told))} rows since {_time(told['since'])}",
    Kind.UNCERTAIN: lambda told: f"{told['viewer']} may have been served anything since {_time(told['since'])}",
    Kind.RECALL: lambda told: f"{told['object']} was taken back from {' '.join(told['holders']) or 'nobody'}",
    Kind.RECEIPT: lambda told: f"{told['member']} confirmed the purge of {told['object']}",
    Kind.OVERDUE: lambda told: f"{told['member']} is late to confirm the purge of {told['object']}",
    Kind.KEY: lambda told: f"{told['member']} signs with {told['key']}",
    Kind.QUESTIONS: lambda told: f"{told['member']} asked {told['count']} private questions",
}
