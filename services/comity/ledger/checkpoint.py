"""Checkpoints: the size and the root of a log at one time, as a signed note (C2SP tlog-checkpoint)."""

import binascii
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Self

from comity.errors import LedgerError
from comity.ledger.merkle import EMPTY_ROOT, HASH_BYTES
from comity.ledger.notes import Key, Signer

_LINES = 3
_MOST_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """So many leaves have this root."""

    origin: str
    """The name of the log, which is that of the key that signs for it."""
    size: int
    root: bytes

    def signed(self, signer: Signer) -> str:
        """Return the note that says so."""
        root = b64encode(self.root).decode()
        return signer.signed(f"{self.origin}\n{self.size}\n{root}\n")

    @classmethod
    def opened(cls, note: str, key: Key) -> Self:
        """Return what *note* says; lines after the third are kept for extensions and left alone.

        Raises:
            LedgerError: it is no checkpoint of the log that *key* signs for.
        """
        origin, size, root, *_ = (*key.opened(note).split("\n"), "", "")[: _LINES + 1]
        if origin != key.name:
            raise LedgerError(f"a checkpoint of {origin[:60]!r}, expected one of {key.name!r}")
        if not (size.isascii() and size.isdigit()) or len(size) > _MOST_DIGITS or str(int(size)) != size:
            raise LedgerError(f"a checkpoint of size {size[:40]!r}, expected a number")
        try:
            found = cls(origin, int(size), b64decode(root, validate=True))
        except (binascii.Error, ValueError) as error:
            raise LedgerError(f"a checkpoint with the root {root[:60]!r}, expected base64") from error
        if len(found.root) != HASH_BYTES or (found.size == 0 and found.root != EMPTY_ROOT):
            raise LedgerError("a checkpoint whose root is none")
        return found
