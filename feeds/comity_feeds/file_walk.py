"""A source that is one file: fetched only when it is another than the last time (RFC 9110, 13.1)."""

import hashlib
from collections.abc import Iterator

import msgspec
from comity.transport.fetch import Fetcher

from comity_feeds.walk import Part, Place, time_of


class _Position(msgspec.Struct, frozen=True):
    etag: str = ""
    modified: str = ""
    digest: str = ""


def walk(fetcher: Fetcher, place: Place) -> Iterator[Part]:
    """Yield the file, or nothing when it is as it was: its publisher says so, or its bytes do.

    Raises:
        SyncError: it could not be fetched.
    """
    last = msgspec.json.decode(place.position, type=_Position) if place.position else _Position()
    asked = {"if-none-match": last.etag, "if-modified-since": last.modified}
    answer = fetcher.get(place.url, headers={name: value for name, value in asked.items() if value})
    if answer.body is None:
        return
    position = _Position(
        etag=answer.headers.get("etag", ""),
        modified=answer.headers.get("last-modified", ""),
        digest=hashlib.sha256(answer.body).hexdigest(),
    )
    if position.digest == last.digest:
        return
    yield Part(
        body=answer.body,
        position=msgspec.json.encode(position).decode(),
        received_at=time_of(answer.headers, place.now),
    )
