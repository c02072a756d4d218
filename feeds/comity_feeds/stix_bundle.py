"""STIX bundles (2.0 and 2.1), TAXII envelopes, single objects and JSON Lines of any of these.

Objects of STIX 2.1 stay as received; those of 2.0 are brought to 2.1, as the rest of Comity knows no other.
Only what tells an object from other JSON is asked for here. Whether it keeps its standard, and what may become of it,
is decided where objects are taken in.
"""

import re
from collections.abc import Iterator, Mapping
from io import BytesIO

import msgspec
from comity.errors import InvalidObjectError

from comity_feeds.drafts import bounded, sized
from comity_feeds.json_text import decoded, members
from comity_feeds.options import FeedOptions, Limits
from comity_feeds.reading import unpack
from comity_feeds.record import FeedRecord
from comity_feeds.stix_20 import is_of_20, upgraded

_ID = re.compile(r"([a-z0-9][a-z0-9-]*)--[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


class _Header(msgspec.Struct):
    type: str
    id: str
    spec_version: str | None = None


class _Line(msgspec.Struct):
    """As much of a line as tells a bundle or an envelope from an object; what stands twice in it intake refuses."""

    type: object = None
    objects: msgspec.Raw = msgspec.Raw()

    @property
    def is_bundle(self) -> bool:
        """Whether there are objects in it."""
        return self.type == "bundle" or (self.type is None and len(bytes(self.objects)) > 0)


def read(source: bytes, options: FeedOptions | Mapping[str, object]) -> Iterator[FeedRecord]:
    """Yield every object of the source byte for byte, and an error for everything else that stands among them.

    Raises:
        InvalidObjectError: the source is no bundle, envelope, object or JSON Lines.
    """
    settings = FeedOptions.of(options)
    body = unpack(source, settings.limits)
    return bounded(_records(body, settings.limits), settings.limits)


def _records(body: bytes, limits: Limits) -> Iterator[FeedRecord]:
    try:
        document = members(body)
    except InvalidObjectError:
        if not _is_lines(body):
            raise
        yield from _of_lines(body, limits)
    else:
        yield from _of_document(document, body.strip(), place="", limits=limits)


def _is_lines(body: bytes) -> bool:
    """Return whether the first of several lines is an object by itself, as no line of a broken bundle is."""
    first, _, rest = body.strip().partition(b"\n")
    if not rest:
        return False
    try:
        decoded(first, dict[str, msgspec.Raw])
    except InvalidObjectError:
        return False
    return True


def _of_lines(body: bytes, limits: Limits) -> Iterator[FeedRecord]:
    for number, line in enumerate(BytesIO(body), 1):
        text = line.strip()
        if not text:
            continue
        place = f"line {number}"
        try:
            if decoded(text, _Line).is_bundle:
                yield from _of_document(members(text), text, place=place, limits=limits)
            else:
                yield _of_object(place, text, limits)
        except InvalidObjectError as error:
            yield FeedRecord.refused(place, error)


def _of_document(document: Mapping[str, bytes], text: bytes, *, place: str, limits: Limits) -> Iterator[FeedRecord]:
    """Yield the objects of a bundle or an envelope, or the one object that the document is."""
    if not _is_bundle(document):
        yield _of_object(place or "object 1", text, limits)
        return
    among = f"{place}, " if place else ""
    for number, raw in enumerate(decoded(document.get("objects", b"[]"), list[msgspec.Raw]), 1):
        yield _of_object(f"{among}object {number}", bytes(raw), limits)


def _is_bundle(document: Mapping[str, bytes]) -> bool:
    return document.get("type") == b'"bundle"' or ("type" not in document and "objects" in document)


def _of_object(place: str, raw: bytes, limits: Limits) -> FeedRecord:
    try:
        header = decoded(raw, _Header)
    except InvalidObjectError as error:
        return FeedRecord.refused(place, error)
    found = _ID.fullmatch(header.id)
    if not found or found[1] != header.type or header.type == "bundle":
        cause = f"id is {header.id[:80]!r} and type {header.type[:80]!r}, expected type--UUID of an object"
        return FeedRecord.refused(place, cause)
    if not is_of_20(header.type, header.spec_version):
        return sized((place,), raw, limits, relayed=True)
    try:
        return sized((place,), upgraded(raw), limits, relayed=True)
    except InvalidObjectError as error:
        return FeedRecord.refused(place, error)
