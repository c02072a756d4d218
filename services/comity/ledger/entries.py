"""What the log records, and how a leaf hides it from those whom it does not concern.

A leaf is a digest over a secret salt and the entry. Whoever is given the salt and the entry, its *opening*, can check
the leaf; everybody else learns from a leaf that there is one, and no more.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from itertools import pairwise
from typing import Any

from comity.errors import LedgerError
from comity.ledger.merkle import leaf_hash

SALT_BYTES = 32
EVERYBODY = "*"
"""Stands for every member among those whom an entry is about."""


class Kind(StrEnum):
    """What an entry tells."""

    ACTIVATION = "activation"
    """Rules came into force."""
    GRANT = "grant"
    """From now on, so and so are served a class of objects."""
    SERVED = "served"
    """Somebody was served these rows of the release log."""
    UNCERTAIN = "uncertain"
    """Somebody may have been served anything it was granted: the record of it was lost."""
    RECALL = "recall"
    """An owner took an object back, and these had it."""
    RECEIPT = "receipt"
    """A node confirmed that it has purged a recalled object."""
    OVERDUE = "overdue"
    """A node has not confirmed in time."""
    KEY = "key"
    """The key with which a member's node signs."""
    QUESTIONS = "questions"
    """A member asked so many private questions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Something that happened, and the members who may read of it."""

    kind: Kind
    at: int
    """When, in microseconds since the Unix epoch."""
    about: tuple[str, ...]
    """The codes of members, or ``EVERYBODY``."""
    facts: Mapping[str, Any]
    """JSON."""

    def content(self) -> bytes:
        """Return the entry as it stands under its salt: JSON with sorted names and no blanks."""
        told = {**self.facts, "kind": self.kind, "at": self.at, "about": list(self.about)}
        return json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A leaf with what is behind it."""

    number: int
    salt: bytes
    content: bytes

    @property
    def leaf(self) -> bytes:
        """The leaf as it stands in the log."""
        return leaf_of(self.salt, self.content)

    @property
    def hash(self) -> bytes:
        """The hash of the leaf."""
        return leaf_hash(self.leaf)

    @property
    def told(self) -> dict[str, Any]:
        """What the entry tells.

        Raises:
            LedgerError: it is no entry.
        """
        try:
            told = json.loads(self.content)
        except (ValueError, RecursionError) as error:
            raise LedgerError(f"entry {self.number} is no JSON") from error
        if not isinstance(told, dict) or not isinstance(told.get("kind"), str) or not isinstance(told.get("at"), int):
            raise LedgerError(f"entry {self.number} does not tell its kind and time")
        return told


def leaf_of(salt: bytes, content: bytes) -> bytes:
    """Return the leaf for an entry: it binds to the content, and tells nothing of it without the salt."""
    if len(salt) != SALT_BYTES:
        raise LedgerError(f"a salt of {len(salt)} bytes, expected {SALT_BYTES}")
    return sha256(salt + content).digest()


def activation(digest: str, *, before: str | None, at: int, facts: Mapping[str, Any] | None = None) -> Entry:
    """Return the entry of rules coming into force; *facts* may add why they did."""
    told = {"digest": digest, "before": before, **(facts or {})}
    return Entry(kind=Kind.ACTIVATION, at=at, about=(EVERYBODY,), facts=told)


def grant(label: str, *, owner: str, opened: Iterable[str], closed: Iterable[str], digest: str, at: int) -> Entry:
    """Return the entry of viewers being granted the class of a label from now on, and of others no longer."""
    told = {"label": label, "opened": sorted(opened), "closed": sorted(closed), "digest": digest}
    return Entry(kind=Kind.GRANT, at=at, about=(owner,), facts=told)


def served(viewer: str, *, owner: str, ticks: Sequence[int], since: int, at: int) -> Entry:
    """Return the entry of a viewer having been served rows of *owner*, by their ticks, between two times.

    The ticks are sorted; each after the first is written as its distance from the one before.
    """
    gaps = [ticks[0], *(late - early for early, late in pairwise(ticks))]
    return Entry(kind=Kind.SERVED, at=at, about=(owner,), facts={"viewer": viewer, "since": since, "ticks": gaps})


def ticks_of(told: Mapping[str, Any]) -> list[int]:
    """Return the ticks of a ``served`` entry."""
    ticks: list[int] = []
    for gap in told["ticks"]:
        ticks.append(gap + (ticks[-1] if ticks else 0))
    return ticks


def uncertain(viewer: str, *, since: int, at: int) -> Entry:
    """Return the entry of the record of what a viewer was served having been lost."""
    return Entry(kind=Kind.UNCERTAIN, at=at, about=(EVERYBODY,), facts={"viewer": viewer, "since": since})


def recall(object_id: str, *, owner: str, holders: Iterable[str], at: int) -> Entry:
    """Return the entry of an object having been taken back from those who had it."""
    told = {"object": object_id, "holders": sorted(holders)}
    return Entry(kind=Kind.RECALL, at=at, about=(owner,), facts=told)


def receipt(object_id: str, *, owner: str, member: str, note: str, at: int) -> Entry:
    """Return the entry of a signed confirmation of a purge."""
    about = tuple(dict.fromkeys((owner, member)))
    return Entry(kind=Kind.RECEIPT, at=at, about=about, facts={"object": object_id, "member": member, "note": note})


def overdue(object_id: str, *, owner: str, member: str, since: int, at: int) -> Entry:
    """Return the entry of a confirmation that has not come in time after a recall."""
    facts = {"object": object_id, "member": member, "since": since}
    return Entry(kind=Kind.OVERDUE, at=at, about=tuple(dict.fromkeys((owner, member))), facts=facts)


def member_key(member: str, key: str, *, at: int) -> Entry:
    """Return the entry of a member's node having registered the key with which it signs."""
    return Entry(kind=Kind.KEY, at=at, about=(EVERYBODY,), facts={"member": member, "key": key})


def questions(member: str, count: int, *, at: int) -> Entry:
    """Return the entry of a member having asked so many private questions at once."""
    return Entry(kind=Kind.QUESTIONS, at=at, about=(member,), facts={"member": member, "count": count})
