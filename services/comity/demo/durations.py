"""Durations as the report writes them: whole minutes, hours not folded into days."""

from collections.abc import Sequence
from datetime import datetime

_MINUTE = 60_000_000


def minute_of(instant: int) -> int:
    """Return the whole minutes since the Unix epoch of an instant in microseconds."""
    return instant // _MINUTE


def instant_of(text: str) -> int:
    """Return the instant, in microseconds, that a STIX timestamp names."""
    return int(datetime.fromisoformat(text).timestamp() * 1_000_000)


def written(minutes: float | None) -> str | None:
    """Return a duration as ``<hours>h<minutes>m``, fractions of a minute dropped."""
    if minutes is None:
        return None
    hours, rest = divmod(int(minutes), 60)
    return f"{hours}h{rest:02d}m"


def median(values: Sequence[float]) -> float | None:
    """Return the median, or ``None`` of nothing."""
    ordered = sorted(values)
    if not ordered:
        return None
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def nearest_rank(values: Sequence[float], share: float) -> float | None:
    """Return the nearest-rank percentile, or ``None`` of nothing."""
    ordered = sorted(values)
    if not ordered:
        return None
    rank = -int(-share * len(ordered) // 1)
    return ordered[rank - 1]
