"""A witness of the log: it signs a checkpoint only when that continues the last one that it has signed.

Whoever asks for its signature beside that of the log knows to be shown the log that the witness saw. What that is and
its private key are in one file: who loses the one has lost the other, and cannot sign a second log.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from comity.errors import LedgerError
from comity.ledger.checkpoint import Checkpoint
from comity.ledger.evidence import Evidence, check_growth
from comity.ledger.notes import TIME_BYTES, Key, Signer

_OWNER_ONLY = 0o600
_LAST_TIME = (1 << 63) - 1


class _State(msgspec.Struct, forbid_unknown_fields=True):
    key: str
    log: str
    checkpoint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """A key to sign with, the log that it is for, and what was seen of that."""

    signer: Signer
    log: Key
    checkpoint: str = ""
    """The note that was signed last, or nothing."""

    @classmethod
    def read(cls, path: Path) -> "Witness":
        """Return the witness that *path* keeps.

        Raises:
            LedgerError: the file cannot be read or is none of a witness.
        """
        try:
            state = msgspec.json.decode(path.read_bytes(), type=_State)
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise LedgerError(f"file {str(path)!r} keeps no witness") from error
        return cls(signer=Signer.parse(state.key), log=Key.parse(state.log), checkpoint=state.checkpoint)

    def write(self, path: Path) -> None:
        """Keep the witness in *path*, whole or not at all."""
        state = _State(key=self.signer.text, log=str(self.log), checkpoint=self.checkpoint)
        replace_file(path, msgspec.json.encode(state))

    def signed(self, evidence: Evidence, *, at: int) -> "Witness":
        """Return the witness after it has signed the checkpoint of *evidence*, at so many seconds since 1970.

        Raises:
            LedgerError: the evidence does not hold, or its log does not continue what was seen.
        """
        later = evidence.verified(self.log)
        if self.checkpoint:
            self._check_growth(Checkpoint.opened(self.checkpoint, self.log), later, evidence)
        return replace(self, checkpoint=self.signer.cosigned(evidence.checkpoint, at=at))

    def _check_growth(self, seen: Checkpoint, later: Checkpoint, evidence: Evidence) -> None:
        if later.size <= seen.size:
            check_growth(seen, later, ())
        elif not evidence.earlier or Checkpoint.opened(evidence.earlier, self.log) != seen:
            raise LedgerError(
                f"the evidence does not continue the log of {seen.size} entries that this witness has seen, "
                "expected an export with --since and the file that it signed last"
            )


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Keep others from the witness in *path* meanwhile: of two at once, each would sign what it sees.

    Raises:
        LedgerError: the folder of the file cannot be opened.
    """
    try:
        folder = os.open(path.absolute().parent, os.O_RDONLY)
    except OSError as error:
        raise LedgerError(f"folder {str(path.absolute().parent)!r} cannot be opened") from error
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def replace_file(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read, so that after a crash it is the old one or the new one.

    Raises:
        LedgerError: it cannot be written.
    """
    try:
        _replace(path, content)
    except OSError as error:
        raise LedgerError(f"file {str(path)!r} cannot be written") from error


def _replace(path: Path, content: bytes) -> None:
    made = path.with_name(f"{path.name}.new")
    descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    made.replace(path)
    folder = os.open(path.absolute().parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def witnessed_at(note: str, key: Key) -> int:
    """Return when the witness with *key* signed *note*, in seconds since 1970.

    Raises:
        LedgerError: it did not.
    """
    key.opened(note)
    at = int.from_bytes(key.found(note)[1][:TIME_BYTES])
    if at > _LAST_TIME:
        raise LedgerError(f"a cosignature of the time {at}, expected one below 2^63")
    return at
