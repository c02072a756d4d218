"""Times as TAXII 2.1 (section 2, timestamp) and STIX 2.1 (2.16) write them, and as this system counts them.

The day an object was added is counted in microseconds since the Unix epoch. A version of an object is an instant: the
steps of 100 nanoseconds since the year 1, which keeps seven digits of the second and fits 64 bits up to the year 9999.
"""

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from comity.errors import InvalidObjectError, InvalidRequestError

_WHEN = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?"
_STIX = re.compile(rf"{_WHEN}Z")
_WITH_OFFSET = re.compile(rf"({_WHEN})(?:Z|([+ -])([01][0-9]|2[0-3]):?([0-5][0-9]))")
_STEPS = 10_000_000
_DAY = 86_400
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAYS = _EPOCH.toordinal() - 1
_FIRST = -_EPOCH_DAYS * _DAY * 1_000_000
_LAST = _FIRST + date.max.toordinal() * _DAY * 1_000_000 - 1
_DIGITS_OF_INSTANT = 7
_DIGITS_OF_MICROSECOND = 6


def parse_added_after(text: str) -> int:
    """Return the microseconds since the Unix epoch of a timestamp with 0 to 9 digits, which may have an offset.

    A plus sign that the query string turned into a blank is a plus sign. Digits beyond the sixth are dropped: no
    object is added between two microseconds.

    Raises:
        InvalidRequestError: *text* is no timestamp of the years 1 to 9999.
    """
    found = _WITH_OFFSET.fullmatch(text)
    if not found:
        raise InvalidRequestError(f"added_after is {text[:40]!r}, expected YYYY-MM-DDTHH:MM:SS.ssssssZ")
    when, sign, hours, minutes = found.groups()
    try:
        seconds = _seconds(when) - _EPOCH_DAYS * _DAY
    except ValueError as error:
        raise InvalidRequestError(f"added_after is {text!r}, which no calendar has") from error
    if sign:
        east = int(hours) * 3600 + int(minutes) * 60
        seconds += east if sign == "-" else -east
    microseconds = seconds * 1_000_000 + _fraction(when, _DIGITS_OF_MICROSECOND)
    if not _FIRST <= microseconds <= _LAST:
        raise InvalidRequestError(f"added_after is {text!r}, expected the years 1 to 9999")
    return microseconds


@lru_cache(maxsize=8192)
def instant(text: str) -> int:
    """Return the instant of a STIX timestamp, in steps of 100 nanoseconds since the start of the year 1.

    Objects that come together share many of their times, so those are remembered.

    Raises:
        InvalidObjectError: *text* is no timestamp of UTC with 0 to 9 digits after the second.
    """
    try:
        if _STIX.fullmatch(text):
            return _seconds(text) * _STEPS + _fraction(text[:-1], _DIGITS_OF_INSTANT)
    except ValueError as error:
        raise InvalidObjectError(f"timestamp is {text!r}, which no calendar has") from error
    raise InvalidObjectError(f"timestamp is {text[:40]!r}, expected YYYY-MM-DDTHH:MM:SS.sssZ")


def instant_of(microseconds: int) -> int:
    """Return the instant of a time counted in microseconds since the Unix epoch."""
    return (microseconds - _FIRST) * 10


def microseconds_of(moment: int) -> int | None:
    """Return an instant in microseconds since the Unix epoch, or ``None`` when it lies between two of them."""
    whole, rest = divmod(moment, 10)
    return None if rest else whole + _FIRST


def format_timestamp(microseconds: int) -> str:
    """Return a time as TAXII 2.1 writes it: exactly six digits after the second, and ``Z``.

    Raises:
        OverflowError: the time is outside the years 1 to 9999.
    """
    seconds, fraction = divmod(microseconds, 1_000_000)
    return f"{_format_second(seconds)}.{fraction:06d}Z"


@lru_cache(maxsize=4096)
def _format_second(seconds: int) -> str:
    """Return a time in whole seconds without its zone; what is added together shares its second."""
    return (_EPOCH + timedelta(seconds=seconds)).isoformat()[:19]


def _seconds(text: str) -> int:
    """Return the whole seconds since the start of the year 1, or raise ``ValueError`` for a date that is none."""
    moment = datetime.fromisoformat(text[:19])
    return (moment.toordinal() - 1) * _DAY + moment.hour * 3600 + moment.minute * 60 + moment.second


def _fraction(text: str, digits: int) -> int:
    """Return the fraction of the second in units of so many *digits*; *text* ends in its last digit."""
    return int(text[20 : 20 + digits].ljust(digits, "0"))
