"""The NVD API 2.0: pages by ``startIndex``, first of everything, then of what changed, at most 120 days at a time."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec
from comity.transport.fetch import Fetcher

from comity_feeds.json_text import decoded
from comity_feeds.walk import Part, Place

_WINDOW = timedelta(days=120)
_PAGE = 2_000


class _Position(msgspec.Struct, frozen=True):
    """How far: all that had changed *until*, and of the round that began then the entries before *index*."""

    until: datetime | None = None
    began: datetime | None = None
    index: int = 0


class _Page(msgspec.Struct):
    totalResults: int  # noqa: N815  # the API's own name
    vulnerabilities: list[msgspec.Raw]


def walk(fetcher: Fetcher, place: Place) -> Iterator[Part]:
    """Yield the pages of a round, or what is left of one that was cut short.

    Raises:
        SyncError: a page could not be fetched.
        InvalidObjectError: an answer is no page.
    """
    at = msgspec.json.decode(place.position, type=_Position) if place.position else _Position()
    began = at.began or _end(at.until, place.now)
    index = at.index if at.began else 0
    while True:
        params = {"startIndex": str(index), "resultsPerPage": str(_PAGE)}
        if at.until:
            params |= {"lastModStartDate": _text(at.until), "lastModEndDate": _text(began)}
        body = fetcher.get(place.url, params=params).body or b"{}"
        page = decoded(body, _Page)
        index += len(page.vulnerabilities)
        is_done = index >= page.totalResults or not page.vulnerabilities
        following = _Position(until=began) if is_done else _Position(until=at.until, began=began, index=index)
        yield Part(body=body, position=msgspec.json.encode(following).decode(), received_at=place.now)
        if is_done:
            return


def _end(until: datetime | None, now: datetime) -> datetime:
    return min(now, until + _WINDOW) if until else now


def _text(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
