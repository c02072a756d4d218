"""Taking a feed into a node: its records in, batch after batch, and a tally of what became of each.

A feed is a plug-in, found by its name in the entry point group ``comity.feeds``; what it yields is all that is known of
it here.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol

from comity.taxii.status import Fate, Outcome

BATCH = 4_000
_FIRST_REASONS = 10


class Record(Protocol):
    """What a feed yields: an object, or the reason why there is none."""

    @property
    def places(self) -> tuple[str, ...]:
        """Where it stands in the source."""

    @property
    def raw(self) -> bytes | None:
        """A STIX 2.1 object."""

    @property
    def error(self) -> str | None:
        """The first place and the cause, when there is no object."""

    @property
    def relayed(self) -> bool:
        """Whether the object is another's rather than authored by the feed."""


Take = Callable[[Sequence[Record]], Sequence[Outcome]]
"""Takes the objects of records in, and tells the fate of each in their order."""


@dataclass(slots=True)
class Tally:
    """What became of the records of a feed so far."""

    taken: int = 0
    """Objects that are in the node, those that were there before included."""
    refused: int = 0
    """Objects that the node did not take."""
    errors: int = 0
    """Records of which the feed made no object."""
    reasons: list[str] = field(default_factory=list)
    """Why, for the first that were not taken: the place in the source and the cause."""

    @property
    def records(self) -> int:
        """How many records there were."""
        return self.taken + self.refused + self.errors

    def count_error(self, record: Record) -> None:
        """Count a record without an object."""
        self.errors += 1
        self._give(record.error or f"{record.places[0]}: no object")

    def count(self, record: Record, outcome: Outcome) -> None:
        """Count an object by its fate."""
        if outcome.fate is Fate.SUCCESS:
            self.taken += 1
        else:
            self.refused += 1
            self._give(f"{record.places[0]}: {outcome.message or 'refused'}")

    def plus(self, other: "Tally") -> "Tally":
        """Return what became of both."""
        reasons = [*self.reasons, *other.reasons][:_FIRST_REASONS]
        return Tally(self.taken + other.taken, self.refused + other.refused, self.errors + other.errors, reasons)

    def _give(self, reason: str) -> None:
        if len(self.reasons) < _FIRST_REASONS:
            self.reasons.append(reason)


def feed_in(records: Iterable[Record], take: Take, *, batch: int = BATCH) -> Iterator[Tally]:
    """Take the objects of *records* in, and yield the tally after every batch, and at least once.

    A batch is stored before the next one is read, so that a load that is cut short can be started again: what was
    taken before is a success then. What is refused is tried again at the end, since it may hang on something that
    stands behind it in the source, such as the definition of its marking.
    """
    tally = Tally()
    refused: list[Record] = []
    for some in _batches(records, batch):
        found = [record for record in some if record.raw is not None]
        for record in some:
            if record.raw is None:
                tally.count_error(record)
        for record, outcome in _fates(found, take):
            if outcome.fate is Fate.SUCCESS:
                tally.taken += 1
            else:
                refused.append(record)
        yield tally
    for some in _batches(refused, batch):
        for record, outcome in _fates(some, take):
            tally.count(record, outcome)
        yield tally
    if not tally.records:
        yield tally


def _batches(records: Iterable[Record], size: int) -> Iterator[list[Record]]:
    remaining = iter(records)
    while some := list(islice(remaining, size)):
        yield some


def _fates(found: Sequence[Record], take: Take) -> Iterator[tuple[Record, Outcome]]:
    outcomes = take(found) if found else ()
    return zip(found, outcomes, strict=True)
