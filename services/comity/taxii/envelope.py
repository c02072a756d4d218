"""Envelope, manifest and versions resources, spliced from encoded bytes (TAXII 2.1, 3.7, 5.3.1, 5.8.1).

An object is relayed as the bytes it came in, so an answer is put together and never encoded again. A page of nothing is
``{}``: a list in TAXII is never empty (section 2). ``next`` comes with manifests and versions too, which clients need.
"""

import msgspec

from comity.taxii.media_type import STIX
from comity.taxii.timestamps import format_timestamp


class ManifestRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One version of one object, without its content (TAXII 2.1, 5.3.1)."""

    id: str
    date_added: str
    version: str
    media_type: str


_encoder = msgspec.json.Encoder()


def envelope(
    joined_objects: bytes,
    more: bool = False,
    next: str | None = None,  # noqa: A002 - TAXII's name
    *,
    custom: bytes = b"",
) -> bytes:
    """Return an envelope of objects that are JSON already and joined by commas.

    *custom* are JSON members of further, custom properties, each followed by a comma (7.1.1).
    """
    return _resource(custom + b'"objects":[', joined_objects, more=more, cursor=next)


def manifest(joined_records: bytes, more: bool = False, next: str | None = None) -> bytes:  # noqa: A002 - TAXII's name
    """Return a manifest of records that ``manifest_record`` made, joined by commas."""
    return _resource(b'"objects":[', joined_records, more=more, cursor=next)


def versions(joined_versions: bytes, more: bool = False, next: str | None = None) -> bytes:  # noqa: A002 - TAXII's name
    """Return a versions resource of JSON strings joined by commas."""
    return _resource(b'"versions":[', joined_versions, more=more, cursor=next)


def manifest_record(object_id: str, version: str, *, date_added: int, media_type: str = STIX) -> bytes:
    """Return the record of one version, which was added at *date_added* microseconds since the Unix epoch."""
    return _encoder.encode(
        ManifestRecord(
            id=object_id,
            date_added=format_timestamp(date_added),
            version=version,
            media_type=media_type,
        )
    )


def version_text(version: str) -> bytes:
    """Return one entry of a versions resource."""
    return _encoder.encode(version)


def _resource(opening: bytes, items: bytes, *, more: bool, cursor: str | None) -> bytes:
    """Return one page: whether more is to come, the cursor to get it by, and the *items* if there are any."""
    listed = (opening, items, b"]}") if items else (b"}",)
    if more and cursor is not None:
        return b"".join((b'{"more":true,"next":', _encoder.encode(cursor), b"," if items else b"", *listed))
    if more:
        return b"".join((b'{"more":true', b"," if items else b"", *listed))
    return b"".join((b'{"more":false,', *listed)) if items else b"{}"
