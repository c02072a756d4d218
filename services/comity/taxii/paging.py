"""The ``next`` value: where a page ended, sealed to the query it belongs to (TAXII 2.1, 3.5 and appendix B).

A cursor holds everything the next request needs, so it outlives restarts, works at every worker and never expires. The
seal is short: it keeps honest clients from mixing up queries, and a forger gains nothing, because every page is decided
upon for the caller anew.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import blake2b

from comity.errors import InvalidRequestError
from comity.taxii.filters import AllVersions, ChosenVersions, LatestVersion, Query, Versions

_POSITION_BYTES = 8
_SEAL_BYTES = 10
_LENGTH = 24
_LARGEST = 2**63


def encode_cursor(position: int, scope: bytes, key: bytes) -> str:
    """Return a URL-safe text for *position*, a number of 64 bits, that only *scope* and *key* can read again."""
    place = position.to_bytes(_POSITION_BYTES, "big")
    return urlsafe_b64encode(place + _seal(place, scope, key)).decode("ascii")


def decode_cursor(text: str, scope: bytes, key: bytes) -> int:
    """Return the position that ``encode_cursor`` sealed.

    Raises:
        InvalidRequestError: *text* is garbled, or belongs to another query or server.
    """
    if len(text) == _LENGTH and text.isascii():
        try:
            place = urlsafe_b64decode(text)[:_POSITION_BYTES]
        except ValueError:
            place = b""
        position = int.from_bytes(place, "big")
        if position < _LARGEST and hmac.compare_digest(encode_cursor(position, scope, key), text):
            return position
    raise InvalidRequestError(f"next is {text[:40]!r}, expected a value that this query was given")


def scope_of(collection_id: str, endpoint: str, query: Query) -> bytes:
    """Return a digest of what a cursor is good for: the collection, the endpoint and the match filters.

    ``limit`` is left out, for it shapes the pages and not the result. So is ``added_after``: a page begins after every
    object that came before it, so a client that drops or advances ``added_after`` on the way still gets what it asks.
    """
    text = repr(
        (
            collection_id,
            endpoint,
            _listed(query.ids),
            _listed(query.types),
            _listed(query.spec_versions),
            _spelled(query.versions),
        )
    )
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _seal(place: bytes, scope: bytes, key: bytes) -> bytes:
    """Return the keyed digest of a place within a scope."""
    return blake2b(place + scope, digest_size=_SEAL_BYTES, key=key, person=b"comity cursor 1").digest()


def _listed(values: frozenset[str] | None) -> list[str] | None:
    return None if values is None else sorted(values)


def _spelled(versions: Versions) -> object:
    """Return a value that is printed alike for versions that are alike."""
    match versions:
        case LatestVersion():
            return "last"
        case AllVersions():
            return "all"
        case ChosenVersions():
            return versions.first, versions.last, sorted(versions.instants)
