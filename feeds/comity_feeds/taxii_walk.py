"""TAXII 2.1 and 2.0 collections of others, through ``taxii2-client`` over our own bounded connection.

Servers differ in whether ``added_after`` is inclusive, and many objects may have one ``date_added``. So every round
asks from a moment before the last one, takes what it knows already for what it is, and a page of nothing but ties is
asked for again with a larger limit instead of being passed over or read for ever.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, timedelta
from functools import partial
from typing import Any

import msgspec
from comity.errors import InvalidObjectError, RefusedError
from comity.transport.fetch import Answer, Fetcher, FetchError
from taxii2client import v20, v21
from taxii2client.exceptions import TAXIIServiceException

from comity_feeds.json_text import decoded
from comity_feeds.times import parse_time
from comity_feeds.walk import Part, Place

_LAST_ADDED = "x-taxii-date-added-last"
_LARGEST_LIMIT = 200_000
_MOST_PAGES = 100_000
_UNREADABLE_RANGE = frozenset({400, 416})


class _Object(msgspec.Struct, frozen=True):
    id: str = ""
    modified: str = ""


class _Envelope(msgspec.Struct):
    objects: list[_Object] = []
    more: bool = False
    next: str | None = None


class _Connection:
    """What ``taxii2-client`` asks through; it keeps the answer as it was, which the library only hands out parsed."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        self.last = Answer(body=b"", headers={})

    def get(
        self, url: str, headers: Mapping[str, str] | None = None, params: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return the JSON object at *url*."""
        # The library gives some values as a sequence of one, as its own HTTP client would take them.
        asked = {
            name: str(*value) if isinstance(value, tuple) else str(value) for name, value in (params or {}).items()
        }
        self.last = self._answer(url, asked, dict(headers or {}))
        body = self.last.body or b""
        decoded(body, dict[str, msgspec.Raw])
        found: dict[str, Any] = json.loads(body)
        return found

    def _answer(self, url: str, params: Mapping[str, str], headers: dict[str, str]) -> Answer:
        try:
            return self._fetcher.get(url, params=params, headers=headers)
        except FetchError as error:
            ranged = headers.get("Range", "")
            if error.status not in _UNREADABLE_RANGE or not ranged.startswith("items="):
                raise
            # TAXII 2.0 (3.4) writes ``items 0-9``, HTTP ``items=0-9``; servers read either.
            headers["Range"] = ranged.replace("=", " ", 1)
            return self._fetcher.get(url, params=params, headers=headers)

    def close(self) -> None:
        """Leave the connection to whoever opened it."""


def walk_21(fetcher: Fetcher, place: Place) -> Iterator[Part]:
    """Yield the envelopes of a TAXII 2.1 collection (5.4), from where the last one ended.

    Raises:
        SyncError: a page could not be fetched.
        RefusedError: the collection may not be read.
        InvalidObjectError: an answer is no envelope, or pages never end.
    """
    connection = _Connection(fetcher)
    collection = v21.Collection(place.url, conn=connection)
    after, limit = place.position, place.page
    cursors = [""]
    known: frozenset[_Object] = frozenset()
    for _ in range(_MOST_PAGES):
        # A cursor stands for the whole query; servers refuse or forget it where a filter comes with it.
        filters = {"next": cursors[-1]} if cursors[-1] else {"added_after": _before(after)}
        _ask(partial(collection.get_objects, limit=limit, **filters))
        body = connection.last.body or b"{}"
        page = decoded(body, _Envelope)
        last = connection.last.headers.get(_LAST_ADDED) or after
        found = frozenset(page.objects)
        if found - known:
            yield Part(body=body, position=last, received_at=place.now)
        if not page.more:
            return
        if page.next in cursors:
            raise InvalidObjectError("server names a page as the next one that it has given before")
        if page.next is None:
            limit = _larger(limit) if last == after else place.page
        cursors.append(page.next or "")
        after, known = last, found
    raise InvalidObjectError(f"more than {_MOST_PAGES} pages")


def walk_20(fetcher: Fetcher, place: Place) -> Iterator[Part]:
    """Yield the bundles of a TAXII 2.0 collection (5.3), page by page as ranges of items (3.4).

    Raises:
        SyncError: a page could not be fetched.
        RefusedError: the collection may not be read.
        InvalidObjectError: an answer is no bundle.
    """
    connection = _Connection(fetcher)
    collection = v20.Collection(place.url, conn=connection)
    start, last = 0, place.position
    for _ in range(_MOST_PAGES):
        try:
            _ask_range(collection, start, place)
        except FetchError as error:
            if start and error.status == 416:
                return
            raise
        body = connection.last.body or b"{}"
        count = len(decoded(body, _Envelope).objects)
        start += count
        total = _total(connection.last.headers.get("content-range", ""))
        last = connection.last.headers.get(_LAST_ADDED) or last
        is_done = not count or total is None or start >= total
        yield Part(body=body, position=last if is_done else place.position, received_at=place.now)
        if is_done:
            return


def _ask_range(collection: v20.Collection, start: int, place: Place) -> None:
    filters = {"added_after": _before(place.position)} if place.position else {}
    _ask(partial(collection.get_objects, start=start, per_request=place.page, **filters))


def _ask(call: Callable[[], object]) -> None:
    try:
        call()
    except TAXIIServiceException as error:
        raise RefusedError(f"collection cannot be read: {type(error).__name__}") from error


def _before(time: str) -> str:
    """Return the moment before *time*, or nothing where nothing was read yet."""
    if not time:
        return ""
    moment = parse_time(time) - timedelta(microseconds=1)
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _larger(limit: int) -> int:
    if limit >= _LARGEST_LIMIT:
        raise InvalidObjectError(f"more than {limit} objects share one time, and the server names no next page")
    return min(limit * 4, _LARGEST_LIMIT)


def _total(content_range: str) -> int | None:
    total = content_range.rpartition("/")[2].strip()
    return int(total) if total.isascii() and total.isdecimal() else None
