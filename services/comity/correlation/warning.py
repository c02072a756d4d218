"""How much earlier a member was warned than it saw."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """That an observable was contributed, by whom, and since when the member that looks has it; in any unit of time."""

    by: str
    at: int | None
    """``None`` where it never came to the member."""


def lead(member: str, seen: int, known: Iterable[Known]) -> int | None:
    """Return how long before *seen* the first of others' contributions had reached *member*.

    It is no warning, so ``None``, where the member had contributed the observable itself by then, or nothing had come.
    """
    by_then = [(one.by, one.at) for one in known if one.at is not None and one.at <= seen]
    if not by_then or any(by == member for by, _ in by_then):
        return None
    return seen - min(at for _, at in by_then)
