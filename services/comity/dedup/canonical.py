"""Observables: what indicators and sightings are about, each in the one spelling that stands for all others.

The kind is part of the identity. Whatever the rules of a kind do not name stays significant.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from comity.dedup.addresses import ipv4, ipv6
from comity.dedup.host_names import host_name
from comity.dedup.urls import url
from comity.errors import InvalidObjectError

LONGEST = 16_384
"""The characters that the spelling of a value may have; what is longer is refused."""

_LOCAL = re.compile(r'[^\s@"()<>\[\]:;,\\\x00-\x1f\x7f]+|"(?:[^"\\\x00-\x1f\x7f]|\\[^\x00-\x1f\x7f])*"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Observable:
    """One thing that can be observed, its value in canonical form; ``observable_of`` makes it from any spelling."""

    kind: str
    value: str

    def __post_init__(self) -> None:
        if self.kind not in KINDS or not self.value:
            raise InvalidObjectError(f"observable is {self.kind!r} {self.value[:80]!r}, expected a kind and a value")

    def __str__(self) -> str:
        """Return kind and value."""
        return f"{self.kind} {self.value}"


def observable_of(kind: str, raw: str) -> Observable:
    """Return the observable of *kind* that *raw* spells, defanged or not.

    Raises:
        InvalidObjectError: *kind* is unknown, or *raw* is no value of it.
    """
    return Observable(kind=kind, value=value_of(kind, raw))


def value_of(kind: str, raw: str) -> str:
    """Return the canonical form of *raw*, a value of *kind*.

    Raises:
        InvalidObjectError: *kind* is unknown, or *raw* is no value of it.
    """
    canonical = _CANONICAL.get(kind)
    if canonical is None:
        raise InvalidObjectError(f"kind is {kind[:40]!r}, expected one of {', '.join(_CANONICAL)}")
    if len(raw) > LONGEST:
        raise InvalidObjectError(f"{kind} has {len(raw)} characters, expected at most {LONGEST}")
    text = raw.strip()
    while "[.]" in text:
        text = text.replace("[.]", ".")
    return canonical(text.replace("hxxp", "http") if "hxxp" in text else text)


def _email(text: str) -> str:
    local, _, host = text.rpartition("@")
    if not _LOCAL.fullmatch(local):
        raise InvalidObjectError(f"email is {text[:80]!r}, expected a local part, @ and a host name")
    return f"{_as_written(local)}@{host_name(host)}"


def _url(text: str) -> str:
    return url(text if text.isascii() else _as_written(text))


def _as_written(text: str) -> str:
    if not text:
        raise InvalidObjectError("value is empty, expected at least one character")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidObjectError(f"value is {text[:80]!r}, expected text that UTF-8 can hold") from error
    return text


def _digits(kind: str, length: int) -> Callable[[str], str]:
    """Return the canonical form of a hash in so many hexadecimal digits."""
    pattern = re.compile(f"[0-9A-Fa-f]{{{length}}}")

    def canonical(text: str) -> str:
        if not pattern.fullmatch(text):
            raise InvalidObjectError(f"{kind} is {text[:160]!r}, expected {length} hexadecimal digits")
        return text.lower()

    return canonical


_LENGTHS = {"file:md5": 32, "file:sha1": 40, "file:sha256": 64, "file:sha512": 128}
_CANONICAL: Mapping[str, Callable[[str], str]] = {
    "domain": host_name,
    "ipv4": ipv4,
    "ipv6": ipv6,
    "url": _url,
    "email": _email,
    **{kind: _digits(kind, length) for kind, length in _LENGTHS.items()},
    "file:path": _as_written,
    "vulnerability": _as_written,
}

KINDS = frozenset(_CANONICAL)
"""The kinds of observables there are."""
