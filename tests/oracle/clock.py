"""Times of a scenario as whole minutes since its epoch (FORMAT 1)."""

import re
from collections.abc import Iterable
from statistics import median

HOUR = 60
DAY = 24 * HOUR
_TIME = re.compile(r"D(\d+) (\d\d):(\d\d)")


def minute(text: str) -> int:
    """Return the minute that *text*, ``D<day> HH:MM``, names."""
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"not a time of a scenario: {text!r}")
    day, hours, minutes = map(int, match.groups())
    return (day - 1) * DAY + hours * HOUR + minutes


def maybe_minute(text: str | None) -> int | None:
    """Return the minute that *text* names, or None when there is no text."""
    return None if text is None else minute(text)


def text_of(at: int) -> str:
    """Return the text that names a minute."""
    day, rest = divmod(at, DAY)
    return f"D{day + 1} {rest // HOUR:02}:{rest % HOUR:02}"


def duration(minutes: float) -> str:
    """Return a duration as the report spells it, fractions of a minute dropped."""
    hours, rest = divmod(int(minutes), HOUR)
    return f"{hours}h{rest:02}m"


def middle(durations: Iterable[int]) -> str | None:
    """Return the median duration, or None when there is none."""
    known = list(durations)
    return duration(median(known)) if known else None


def longest(durations: Iterable[int]) -> str | None:
    """Return the longest duration, or None when there is none."""
    known = list(durations)
    return duration(max(known)) if known else None
