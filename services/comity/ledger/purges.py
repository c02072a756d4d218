"""Receipts: the signed word of a member's node that it has purged an object that was taken back."""

import re
from dataclasses import dataclass
from typing import Self

from comity.errors import LedgerError
from comity.ledger.notes import Key, Signer

_FIRST = "comity purge 1"
RECALL, RETENTION = "recall", "retention"
"""Why an object was purged: its owner took it back, or it may be kept no longer."""

_NUMBER = "([0-9]{1,18})"
_TEXT = re.compile(
    rf"{_FIRST}\nmember (\S{{1,40}})\nowner (\S{{1,40}})\nobject (\S{{1,300}})\n"
    rf"cause ({RECALL}|{RETENTION})\n"
    rf"received {_NUMBER}\ncompleted {_NUMBER}\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Purge:
    """When a member was told of a recall, and when nothing was left of the object; microseconds since 1970."""

    member: str
    owner: str
    """The member that took the object back."""
    object_id: str
    cause: str
    received: int
    completed: int

    def signed(self, signer: Signer) -> str:
        """Return the note that says so."""
        lines = (
            _FIRST,
            f"member {self.member}",
            f"owner {self.owner}",
            f"object {self.object_id}",
            f"cause {self.cause}",
            f"received {self.received}",
            f"completed {self.completed}",
        )
        return signer.signed("".join(f"{line}\n" for line in lines))

    @classmethod
    def opened(cls, note: str, key: Key) -> Self:
        """Return what *note* says.

        Raises:
            LedgerError: it is no receipt, or *key* has not signed it.
        """
        found = _TEXT.fullmatch(key.opened(note))
        if not found:
            raise LedgerError("a signed note is no receipt of a purge")
        return cls(
            member=found[1],
            owner=found[2],
            object_id=found[3],
            cause=found[4],
            received=int(found[5]),
            completed=int(found[6]),
        )
