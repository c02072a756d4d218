"""Editions of the cross-border summary: one document whose numbers every format shows, chained and signed.

An edition is never changed. It names the digest of the one before, so that a missing or a second edition shows.
"""

import hashlib

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from comity.errors import InvalidObjectError

SUPPRESSED = "suppressed"
"""Stands for every number that is not told: a small one, one that protects it, or one that rests on too few."""
NOT_SHARED = "not shared"
"""Stands for a number that no member gave, which is not zero."""

Number = int | float | str
"""A number, or one of the words that stand for one."""

_CONTEXT = b"comity edition 1\n"


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One figure with its name."""

    name: str
    value: Number
    unit: str = ""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a table."""

    name: str
    cells: tuple[Number, ...]


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """A table as it is published."""

    id: str
    title: str
    header: tuple[str, ...]
    """The name of the rows, then of each column."""
    rows: tuple[Row, ...]
    note: str = ""


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """One of the eleven parts of an edition."""

    number: int
    title: str
    facts: tuple[Fact, ...] = ()
    sheets: tuple[Sheet, ...] = ()
    notes: tuple[str, ...] = ()


class Edition(msgspec.Struct, frozen=True, kw_only=True):
    """The document; times are RFC 3339 in UTC."""

    title: str
    number: int
    start: str
    end: str
    """The first moment that is not covered any more."""
    made: str
    """The data cut-off."""
    previous: str
    """The SHA-256 digest of the edition before, in hexadecimal; empty for the first."""
    rules: str
    k: int
    contributors: int
    dominance: float
    sections: tuple[Section, ...]


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """The bytes of an edition and the federation's signature of them."""

    body: bytes
    signature: bytes

    @property
    def digest(self) -> str:
        """The SHA-256 digest of the body, in hexadecimal."""
        return hashlib.sha256(self.body).hexdigest()

    @property
    def edition(self) -> Edition:
        """The document."""
        return msgspec.json.decode(self.body, type=Edition)


def sign(edition: Edition, key: bytes) -> Signed:
    """Return *edition* signed with the Ed25519 private *key*, 32 bytes (RFC 8032)."""
    body = msgspec.json.encode(edition)
    return Signed(body=body, signature=Ed25519PrivateKey.from_private_bytes(key).sign(_CONTEXT + body))


def public_key(key: bytes) -> bytes:
    """Return the public part of the private *key*."""
    return Ed25519PrivateKey.from_private_bytes(key).public_key().public_bytes_raw()


def verify(signed: Signed, key: bytes, *, number: int, previous: str) -> Edition:
    """Return the document of *signed*, which is edition *number* after the one whose digest is *previous*.

    Raises:
        InvalidObjectError: the signature is not that of *key*, or it is another edition.
    """
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signed.signature, _CONTEXT + signed.body)
    except (InvalidSignature, ValueError) as error:
        raise InvalidObjectError(f"edition {number} is not signed by the federation's key") from error
    try:
        edition = signed.edition
    except msgspec.MsgspecError as error:
        raise InvalidObjectError(f"edition {number} cannot be read: {error}") from error
    if (edition.number, edition.previous) != (number, previous):
        found = f"{edition.number} after {edition.previous[:12]!r}"
        raise InvalidObjectError(f"edition {found}, expected {number} after {previous[:12]!r}")
    return edition


def rows_of(edition: Edition) -> list[tuple[int, str, str, str, str, Number]]:
    """Return every number as section, its title, table, row, column and value: the edition as one flat table."""
    rows: list[tuple[int, str, str, str, str, Number]] = []
    for section in edition.sections:
        place = (section.number, section.title)
        rows += [(*place, "", fact.name, fact.unit, fact.value) for fact in section.facts]
        rows += [
            (*place, sheet.title, row.name, column, cell)
            for sheet in section.sheets
            for row in sheet.rows
            for column, cell in zip(sheet.header[1:], row.cells, strict=True)
        ]
    return rows


FLAT_HEADER = ("section", "title", "table", "name", "column", "value")
"""The header of ``rows_of``."""
