"""A MISP feed: ``manifest.json`` names events by UUID; each that is newer than the last is fetched by itself."""

import hashlib
import re
from collections.abc import Iterator

import msgspec
from comity.errors import InvalidObjectError
from comity.transport.fetch import Fetcher

from comity_feeds.json_text import decoded
from comity_feeds.walk import Part, Place, time_of

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_MANIFEST = "manifest.json"


class _Entry(msgspec.Struct, rename={"digest": "integrity:sha256"}):
    timestamp: int = 0
    digest: str | None = None


def walk(fetcher: Fetcher, place: Place) -> Iterator[Part]:
    """Yield every event that is not older than the last one read, the oldest first.

    Events of one second are read again when one of them was the last: taking one in twice changes nothing.

    Raises:
        SyncError: something could not be fetched.
        InvalidObjectError: the manifest is none, or an event is not what the manifest says it is.
    """
    base = place.url.removesuffix(_MANIFEST).rstrip("/")
    listed = fetcher.get(f"{base}/{_MANIFEST}")
    entries = decoded(listed.body or b"{}", dict[str, _Entry])
    since = int(place.position or 0)
    wanted = sorted((entry.timestamp, uuid) for uuid, entry in entries.items() if entry.timestamp >= since)
    newest = wanted[-1][0] if wanted else 0
    if place.position and newest == since:
        return
    for timestamp, uuid in wanted:
        if not _UUID.fullmatch(uuid):
            raise InvalidObjectError(f"manifest names {uuid[:60]!r}, expected the UUID of an event")
        answer = fetcher.get(f"{base}/{uuid}.json")
        body = answer.body or b""
        _check(body, entries[uuid], uuid)
        yield Part(body=body, position=str(timestamp), received_at=time_of(answer.headers, place.now))


def _check(body: bytes, entry: _Entry, uuid: str) -> None:
    stated = (entry.digest or "").removeprefix("sha256:").lower()
    if stated and hashlib.sha256(body).hexdigest() != stated:
        raise InvalidObjectError(f"event {uuid} is not the one whose SHA-256 the manifest states")
