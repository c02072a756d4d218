"""Evidence: a file with a checkpoint, entries with their proofs, and a proof that the log has only grown.

Whoever has the key of the log checks it without a connection: that the checkpoint is signed, that every entry is in the
log it speaks of, and that the log begins with the one of an earlier checkpoint.
"""

import json
from base64 import b64encode
from binascii import Error as Base64Error
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from comity.errors import LedgerError
from comity.ledger.checkpoint import Checkpoint
from comity.ledger.entries import Opening
from comity.ledger.merkle import check_consistency, check_inclusion
from comity.ledger.notes import Key

FORMAT = "comity-ledger-evidence/1"


class _Entry(msgspec.Struct, forbid_unknown_fields=True):
    number: int
    salt: bytes
    content: str
    proof: list[bytes]


class _Evidence(msgspec.Struct, forbid_unknown_fields=True):
    format: str
    checkpoint: str
    earlier: str
    consistency: list[bytes]
    entries: list[_Entry]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What one file holds."""

    checkpoint: str
    """A signed note."""
    earlier: str
    """A note signed before, or nothing."""
    consistency: Sequence[bytes]
    """The proof that the log of *checkpoint* begins with that of *earlier*."""
    entries: Sequence[tuple[Opening, Sequence[bytes]]]
    """Openings with their inclusion proofs."""

    @classmethod
    def parse(cls, text: bytes) -> "Evidence":
        """Return the evidence in a file.

        Raises:
            LedgerError: the file is none.
        """
        try:
            found = msgspec.json.decode(text, type=_Evidence)
        except (msgspec.MsgspecError, UnicodeDecodeError, Base64Error, RecursionError) as error:
            raise LedgerError(f"no evidence of a ledger: {error}") from error
        if found.format != FORMAT:
            raise LedgerError(f"format is {found.format[:60]!r}, expected {FORMAT!r}")
        entries = [
            (Opening(number=one.number, salt=one.salt, content=one.content.encode("utf-8", "surrogatepass")), one.proof)
            for one in found.entries
        ]
        return cls(checkpoint=found.checkpoint, earlier=found.earlier, consistency=found.consistency, entries=entries)

    def text(self) -> bytes:
        """Return the file."""
        entries = [
            {
                "number": one.number,
                "salt": _base64(one.salt),
                "content": one.content.decode(),
                "proof": [_base64(each) for each in proof],
            }
            for one, proof in self.entries
        ]
        told = {
            "format": FORMAT,
            "checkpoint": self.checkpoint,
            "earlier": self.earlier,
            "consistency": [_base64(each) for each in self.consistency],
            "entries": entries,
        }
        return json.dumps(told, ensure_ascii=False, indent=1).encode()

    def verified(self, key: Key) -> Checkpoint:
        """Return the checkpoint when everything holds under the key of the log.

        Raises:
            LedgerError: something does not.
        """
        checkpoint = Checkpoint.opened(self.checkpoint, key)
        if self.earlier:
            check_growth(Checkpoint.opened(self.earlier, key), checkpoint, self.consistency)
        for opening, proof in self.entries:
            check_inclusion(opening.number, checkpoint.size, opening.hash, proof, checkpoint.root)
        return checkpoint


def check_growth(earlier: Checkpoint, later: Checkpoint, proof: Sequence[bytes]) -> None:
    """Return when *later* is *earlier* or a continuation of it.

    Raises:
        LedgerError: the log has forked, or went back.
    """
    check_consistency(earlier.size, earlier.root, later.size, later.root, proof)


def verified_together(files: Iterable[bytes], key: Key) -> list[tuple[Evidence, Checkpoint]]:
    """Return several pieces of evidence when each holds, and no two show different logs of one size.

    Raises:
        LedgerError: one does not hold, or two signed checkpoints contradict each other.
    """
    found: list[tuple[Evidence, Checkpoint]] = []
    roots: dict[int, bytes] = {}
    for text in files:
        evidence = Evidence.parse(text)
        checkpoint = evidence.verified(key)
        notes = [checkpoint, *([Checkpoint.opened(evidence.earlier, key)] if evidence.earlier else [])]
        for one in notes:
            if roots.setdefault(one.size, one.root) != one.root:
                raise LedgerError(f"two signed checkpoints of {one.size} leaves differ: the log has forked")
        found.append((evidence, checkpoint))
    return found


def _base64(value: bytes) -> str:
    return b64encode(value).decode()
