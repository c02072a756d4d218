"""Answering whether any member knows a value, without learning the value and without telling who."""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from threading import Lock

from voprf.ristretto import BlindedInput, Evaluator

from comity.domain.label import Label
from comity.domain.tier import Tier
from comity.domain.tlp import TLP
from comity.errors import InvalidRequestError, PolicyError, RefusedError
from comity.federation.chronicle import Chronicle
from comity.gateway.questions import EPOCH, MOST_AT_ONCE, SEVERAL, TAG_BYTES, asked_about, tag_of
from comity.store import question_counts
from comity.store.known_values import known_values
from comity.store.store import Store

_DAY = 86_400_000_000
_FILLED_UP_TO = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the asking node needs to find out the answer for itself."""

    epoch: int
    key: bytes
    """The public key under which it was evaluated."""
    evaluated: tuple[bytes, ...]
    """For each blinded value its evaluation, with the proof that it was made under the key."""
    few: bytes
    """The tags of what one or two members know, each of ``TAG_BYTES`` bytes, sorted."""
    several: bytes
    """The tags of what ``SEVERAL`` members or more know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Epoch:
    number: int
    evaluator: Evaluator
    known: Sequence[tuple[bytes, frozenset[str]]]
    """Tags, and the members that know what each stands for."""


@dataclass(slots=True, kw_only=True)
class Questions:
    """The federation's side of private questions."""

    store: Store
    chronicle: Chronicle
    secret: bytes
    per_day: int
    """How many values a member may ask about in a day."""
    _epoch: _Epoch | None = None
    _lock: Lock = field(default_factory=Lock)

    def answer(self, member: str, blinded: Sequence[str]) -> Answer:
        """Return the evaluation of blinded values, and the tables to look the results up in.

        Raises:
            InvalidRequestError: they are none, or too many at once.
            RefusedError: the member has asked about as many values as it may today.
        """
        inputs = _inputs(blinded)
        self._count(member, len(inputs))
        epoch = self._present()
        others = [(tag, members - {member}) for tag, members in epoch.known]
        return Answer(
            epoch=epoch.number,
            key=epoch.evaluator.public_key.serialize(),
            evaluated=tuple(epoch.evaluator.evaluate(each).serialize() for each in inputs),
            few=self._table(epoch, "few", (tag for tag, members in others if 0 < len(members) < SEVERAL)),
            several=self._table(epoch, "several", (tag for tag, members in others if len(members) >= SEVERAL)),
        )

    def _count(self, member: str, count: int) -> None:
        day = self.store.clock() // _DAY
        with self.store.write() as connection:
            if question_counts.asked(connection, member, day) + count > self.per_day:
                raise RefusedError(f"{member} may ask about {self.per_day} values a day, and has asked")
            question_counts.count(connection, member, day, count)
            self.chronicle.asked(connection, member, count)

    def _present(self) -> _Epoch:
        number = self.store.clock() // EPOCH
        with self._lock:
            if self._epoch is None or self._epoch.number != number:
                self._epoch = self._made(number)
            return self._epoch

    def _made(self, number: int) -> _Epoch:
        evaluator = Evaluator.from_seed(self.secret, f"comity questions {number}".encode())
        may_be_told = lru_cache(maxsize=None)(self._may_be_told)
        known = [
            (tag_of(evaluator.evaluate_known_input(asked_about(one))), members)
            for one, members in known_values(self.store.read(), may_be_told)
        ]
        return _Epoch(number=number, evaluator=evaluator, known=known)

    def _may_be_told(self, class_id: int) -> bool:
        try:
            return may_be_told(self.store.grants.label_of(self.store.read(), class_id))
        except PolicyError:
            return False

    def _table(self, epoch: _Epoch, name: str, tags: Iterable[bytes]) -> bytes:
        """Return sorted tags, filled up to a round number with tags of nothing that stay the same for the hour."""
        found = list(tags)
        missing = -len(found) % _FILLED_UP_TO or (0 if found else _FILLED_UP_TO)
        for place in range(missing):
            text = f"{epoch.number} {name} {place}".encode()
            found.append(hmac.digest(self.secret, text, sha256)[:TAG_BYTES])
        return b"".join(sorted(found))


def may_be_told(label: Label) -> bool:
    """Return whether it may be told, to any member, that somebody knows what an object with *label* states.

    Only of what is shared beyond named recipients and below the sensitive tiers, is real, and is under no embargo.
    """
    is_open = label.tlp < TLP.AMBER_STRICT and label.tier <= Tier.C2 and not label.named
    return is_open and not label.exercise and not label.blocked and label.embargo_exempt is None


def _inputs(blinded: Sequence[str]) -> list[BlindedInput]:
    if not 0 < len(blinded) <= MOST_AT_ONCE:
        raise InvalidRequestError(f"{len(blinded)} values at once, expected 1 to {MOST_AT_ONCE}")
    try:
        return [BlindedInput.deserialize(b64decode(each, validate=True)) for each in blinded]
    except ValueError as error:
        raise InvalidRequestError("a blinded value is none") from error


def as_json(answer: Answer) -> dict[str, object]:
    """Return an answer as it is sent."""
    told = {name: _text(getattr(answer, name)) for name in ("key", "few", "several")}
    return {"epoch": answer.epoch, "evaluated": [_text(each) for each in answer.evaluated], **told}


def _text(value: bytes) -> str:
    return b64encode(value).decode()
