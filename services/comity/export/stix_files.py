"""STIX bundles, and the bodies of uploads to Microsoft Sentinel; every object stays as it was received."""

from collections.abc import Iterable
from uuid import UUID, uuid5

from comity.export.entries import Entry

_NAMESPACE = UUID("0d2a1b6d-6f5c-5c1e-9a65-3f1f8f0c2b12")
_UPLOADED = frozenset({"indicator", "attack-pattern", "threat-actor", "identity", "relationship"})
_MOST_UPLOADED = 100
"""The objects of one upload; Sentinel refuses more."""


def bundle(entries: Iterable[Entry]) -> bytes:
    """Return a STIX 2.1 bundle (2.1, 8)."""
    entries = list(entries)
    content = " ".join(sorted(f"{one.id} {one.modified}" for one in entries))
    head = b'{"type":"bundle","id":"bundle--%s"' % str(uuid5(_NAMESPACE, content)).encode()
    return head + (b',"objects":[' + b",".join(one.body for one in entries) + b"]}" if entries else b"}")


def uploads(entries: Iterable[Entry]) -> bytes:
    """Return the bodies of uploads one after another, a line each, of the types that Sentinel takes."""
    taken = [one.body.replace(b"\n", b" ").replace(b"\r", b" ") for one in entries if one.type in _UPLOADED]
    bodies = (b",".join(taken[start : start + _MOST_UPLOADED]) for start in range(0, len(taken), _MOST_UPLOADED))
    return b"".join(b'{"sourcesystem":"Comity","stixobjects":[%s]}\n' % body for body in bodies)
