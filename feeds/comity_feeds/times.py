"""Times as sources write them, and as STIX 2.1 (2.16) does."""

import re
from datetime import UTC, datetime
from functools import lru_cache

from comity.errors import InvalidObjectError

_SECONDS = re.compile(r"[0-9]{9,11}")
_OF_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}.*")


def parse_time(text: str) -> datetime:
    """Return the time that *text* states: ISO 8601 with a blank or a ``T``, or seconds since the Unix epoch.

    A time without an offset is taken as UTC, as the sources that write such times say of themselves.

    Raises:
        InvalidObjectError: *text* is no time.
    """
    trimmed = text.strip().removesuffix(" UTC")
    try:
        if _SECONDS.fullmatch(trimmed):
            return datetime.fromtimestamp(int(trimmed), UTC)
        time = datetime.fromisoformat(trimmed if _OF_DAY.fullmatch(trimmed) else "")
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidObjectError(f"time is {text[:40]!r}, expected YYYY-MM-DD hh:mm:ss or seconds") from error


@lru_cache(maxsize=8192)
def stix_time(time: datetime) -> str:
    """Return *time* to the millisecond, as STIX writes it; the objects of one source share most of their times."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def time_or_none(text: str) -> datetime | None:
    """Return the time that *text* states, or ``None`` where it is empty.

    Raises:
        InvalidObjectError: it is neither.
    """
    return parse_time(text) if text else None
