"""When two contributions are one, and how an object is told in a line."""

from typing import cast

import msgspec
from comity_schemas.extensions import PROVENANCE

from comity.dedup.canonical import Observable, observable_of
from comity.dedup.fingerprint import fingerprint_of, fingerprint_of_pattern, keyed
from comity.dedup.patterns import observable_in
from comity.errors import InvalidObjectError
from comity.stix.headers import Header
from comity.stix.objects import StixObject

_MAX_OUTLINE = 200
_OBSERVED = {
    "domain-name": "domain",
    "ipv4-addr": "ipv4",
    "ipv6-addr": "ipv6",
    "url": "url",
    "email-addr": "email",
}
_HASHES = {"SHA-512": "file:sha512", "SHA-256": "file:sha256", "SHA-1": "file:sha1", "MD5": "file:md5"}
"""Hash algorithm -> the kind of observable, the stronger first."""


class _Provenance(msgspec.Struct, frozen=True):
    fingerprint: str | None = None


_decode = msgspec.json.Decoder(_Provenance).decode


def twin_key_of(obj: StixObject, *, key: bytes, observable: Observable | None = None) -> bytes | None:
    """Return what contributions of the same observable have in common, or ``None`` where nothing is ever merged.

    *key* is the bloc's; without it the fingerprint of a short value could be guessed. *observable* is that of the
    object, where it has been found already.
    """
    header = obj.header
    if header.type not in ("indicator", "vulnerability"):
        return None
    stated = _stated_fingerprint(header)
    if stated is not None:
        return stated
    if header.type == "vulnerability":
        observable = _vulnerability(header)
        return None if observable is None else keyed(fingerprint_of(observable), key)
    if header.pattern_type != "stix" or header.pattern is None:
        return None
    plain = fingerprint_of_pattern(header.pattern) if observable is None else fingerprint_of(observable)
    return keyed(plain, key)


def observable_of_object(obj: StixObject) -> Observable | None:
    """Return the one observable that *obj* is about: that of a pattern, a vulnerability or an observed value."""
    header = obj.header
    if header.type == "indicator":
        is_pattern = header.pattern_type == "stix" and header.pattern is not None
        return observable_in(cast("str", header.pattern)) if is_pattern else None
    if header.type == "vulnerability":
        return _vulnerability(header)
    if header.type == "file":
        return _hashed(header)
    kind = _OBSERVED.get(header.type)
    return None if kind is None or header.value is None else _observable(kind, header.value)


def outline_of(obj: StixObject) -> str:
    """Return *obj* in at most 200 characters: the kind and value of its observable, else its type and name."""
    return outline(obj, observable_of_object(obj))


def outline(obj: StixObject, observable: Observable | None) -> str:
    """Return *obj* as ``outline_of`` does; *observable* is that of the object."""
    if observable is not None:
        return f"{observable.kind} {observable.value}"[:_MAX_OUTLINE]
    header = obj.header
    name = header.name or header.abstract or header.value or header.pattern or header.id
    return f"{header.type} {name}"[:_MAX_OUTLINE]


def _stated_fingerprint(header: Header) -> bytes | None:
    raw = header.extensions.get(PROVENANCE)
    stated = None if raw is None else _decode(raw).fingerprint
    return None if stated is None else bytes.fromhex(stated)


def _vulnerability(header: Header) -> Observable | None:
    references = (each.external_id for each in header.external_references if each.source_name == "cve")
    name = next((each for each in references if each), None) or header.name
    return None if name is None else _observable("vulnerability", name)


def _hashed(header: Header) -> Observable | None:
    for algorithm, kind in _HASHES.items():
        if value := (header.hashes or {}).get(algorithm):
            return _observable(kind, value)
    return None


def _observable(kind: str, value: str) -> Observable | None:
    try:
        return observable_of(kind, value)
    except InvalidObjectError:
        return None
