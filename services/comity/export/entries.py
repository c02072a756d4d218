"""What is exported of an object: its observable or pattern, and what devices and people need to know of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec

from comity.dedup.canonical import Observable
from comity.domain.tlp import TLP
from comity.taxii.timestamps import instant

ADDRESSES = ("ipv4", "ipv6")
HASHES = ("file:md5", "file:sha1", "file:sha256", "file:sha512")
_STEPS = 10_000_000
_EPOCH = 62_135_596_800
"""The Unix epoch in seconds since the start of the year 1, from which instants are counted."""


class _Body(msgspec.Struct, frozen=True):
    id: str
    name: str = ""
    description: str = ""
    confidence: int | None = None
    modified: str = ""
    valid_until: str = ""
    pattern: str = ""
    pattern_type: str = ""


_decode = msgspec.json.Decoder(_Body).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An object as it is exported."""

    id: str
    type: str
    body: bytes
    kind: str
    """The kind of its observable; empty where it states none."""
    value: str
    name: str
    description: str
    confidence: int | None
    tlp: TLP
    modified: int
    """The time of its version, in seconds since the Unix epoch."""
    added: int
    """When it came to the desk, in seconds since the Unix epoch."""
    expires: int | None
    """When its owner stops standing by it, in seconds since the Unix epoch."""
    pattern: str
    pattern_type: str

    @property
    def uuid(self) -> str:
        """The UUID in its id."""
        return self.id.partition("--")[2]

    @property
    def title(self) -> str:
        """Its name where it says more than the value, on one line."""
        return " ".join((self.name if self.name != self.value else "").split())

    @property
    def weight(self) -> int:
        """How sure its source is, from 1 to 100; 1 where it does not say."""
        return max(1, self.confidence or 0)


def entry_of(body: bytes, *, stix_type: str, observable: Observable | None, tlp: TLP, added: int) -> Entry:
    """Return the entry of an object whose JSON text is *body*, and that came to the desk at *added*, in seconds."""
    found = _decode(body)
    return Entry(
        id=found.id,
        type=stix_type,
        body=body,
        kind=observable.kind if observable else "",
        value=observable.value if observable else "",
        name=found.name,
        description=found.description,
        confidence=found.confidence,
        tlp=tlp,
        modified=_seconds(found.modified) or 0,
        added=added,
        expires=_seconds(found.valid_until),
        pattern=found.pattern,
        pattern_type=found.pattern_type,
    )


def _seconds(time: str) -> int | None:
    return instant(time) // _STEPS - _EPOCH if time else None


def surest_first(entries: Iterable[Entry]) -> list[Entry]:
    """Return *entries* so that whoever reads only the first of them reads those that are surest, then newest."""
    return sorted(entries, key=lambda one: (-(one.confidence or 0), -one.modified, one.value))


def values(entries: Iterable[Entry], *kinds: str) -> Iterator[str]:
    """Yield the values of *kinds*, the surest first, each once; what could not stand alone on a line is left out."""
    seen: set[str] = set()
    for one in surest_first(one for one in entries if one.kind in kinds):
        if one.value not in seen and is_one_word(one.value):
            seen.add(one.value)
            yield one.value


def is_one_word(value: str) -> bool:
    """Return whether *value* is printable and without a blank, so that it is one entry wherever it is written."""
    return value.isprintable() and " " not in value
