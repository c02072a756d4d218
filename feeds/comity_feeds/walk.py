"""How a source is walked: what is asked of its publisher, in which parts it comes, and how far the reading has come.

A walk is a function ``walk(fetcher, place)`` that yields a ``Part`` for each answer, found by the entry point group
``comity.feed_walks``. It is told the position of the last part that was taken in, and begins behind it, so that a load
that was cut short goes on where it was.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a source is, and how far it was read."""

    url: str
    position: str
    """That of the last part, empty at the first time."""
    now: datetime
    page: int = 1_000
    """How many entries are asked for at once, where a publisher lets one choose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Some of a source, for the reader of its format."""

    body: bytes
    position: str
    """What to go on from once this part is taken in."""
    received_at: datetime
    """The time of its content."""


def time_of(headers: Mapping[str, str], now: datetime) -> datetime:
    """Return when the content was last changed as its publisher says (RFC 9110, 8.8.2), else *now*."""
    try:
        changed = parsedate_to_datetime(headers.get("last-modified", ""))
    except (TypeError, ValueError):
        return now
    changed = changed if changed.tzinfo else changed.replace(tzinfo=UTC)
    return min(changed.astimezone(UTC), now)
