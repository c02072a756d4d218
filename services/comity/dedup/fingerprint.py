"""Fingerprints: sixteen bytes that are equal for two indicators exactly when the two say the same.

The version is part of what is hashed. A normaliser that gives another canonical form is version 2, and an index of
fingerprints is then built anew. A fingerprint of an IPv4 address can be reversed by trying all of them, so that between
members only a keyed one stands for a value that does not travel itself.
"""

import hmac
import unicodedata
from collections.abc import Mapping
from hashlib import sha256

import can_ada

from comity.dedup.canonical import Observable
from comity.dedup.pattern_normal import normal_form
from comity.dedup.pattern_shortcuts import plain_value
from comity.errors import InvalidObjectError

VERSION = 1
TABLES: Mapping[str, str] = {"unicode": unicodedata.unidata_version, "idna": f"can_ada {can_ada.__version__}"}
"""The tables of names that canonical forms depend on, to be kept beside an index of fingerprints."""

_SIZE = 16
_SHORTEST_KEY = 16
_OBSERVABLE = f"comity observable {VERSION}\0"
_PATTERN = f"comity pattern {VERSION}\0"
_AS_WRITTEN = f"comity pattern as written {VERSION}\0"


def fingerprint_of(observable: Observable) -> bytes:
    """Return the fingerprint of *observable*."""
    return _hashed(f"{_OBSERVABLE}{observable.kind}\0{observable.value}")


def fingerprint_of_pattern(text: str) -> bytes:
    """Return the fingerprint of a STIX pattern: of the observable that it states, or else of its normal form.

    Raises:
        InvalidObjectError: *text* is no STIX pattern.
    """
    plain = plain_value(text)
    if plain:
        return _hashed(f"{_OBSERVABLE}{plain[0]}\0{plain[1]}")
    form = normal_form(text)
    if form.observable:
        return fingerprint_of(form.observable)
    return _hashed((_PATTERN if form.complete else _AS_WRITTEN) + form.text)


def keyed(fingerprint: bytes, key: bytes) -> bytes:
    """Return *fingerprint* as those who share *key* know it, and nobody else can find a value for.

    Raises:
        InvalidObjectError: *key* is too short to keep a secret.
    """
    if len(key) < _SHORTEST_KEY:
        raise InvalidObjectError(f"key has {len(key)} bytes, expected at least {_SHORTEST_KEY}")
    return hmac.digest(key, fingerprint, "sha256")[:_SIZE]


def _hashed(text: str) -> bytes:
    return sha256(text.encode()).digest()[:_SIZE]
