"""Tables of counts by member and column, and the sums of them that an edition may publish."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from comity.oversight.knowledge import Atom

ALL = ""
"""Stands for the sum over all members, or over all columns."""


class Key(NamedTuple):
    """Names a sum: one member or all, one column or all."""

    table: str
    member: str
    column: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What may not be told; the committee of the bloc decides on the numbers."""

    k: int = 3
    """A count from 1 to k - 1 is not published, and no reader comes closer than k to one that is not."""
    contributors: int = 3
    """A sum over the bloc to which fewer members contributed is not published."""
    dominance: float = 0.10
    """An amount is not published if the second largest contributor can estimate the largest more closely than this."""

    def hides(self, value: int, contributors: int | None = None) -> bool:
        """Return whether a count is too small to be told; *contributors* is for sums over the bloc."""
        few = contributors is not None and 0 < contributors < self.contributors
        return 0 < value < self.k or few

    def hides_amount(self, shares: Iterable[float]) -> bool:
        """Return whether a sum of one amount a member tells too much of the largest (the p% rule)."""
        ordered = sorted((share for share in shares if share > 0), reverse=True)
        if not ordered:
            return False
        return len(ordered) < self.contributors or sum(ordered[2:]) < self.dominance * ordered[0]


@dataclass(frozen=True, slots=True)
class Place:
    """A sum that may be published."""

    key: Key
    atoms: frozenset[Atom]
    value: int
    contributors: int

    @property
    def is_of_bloc(self) -> bool:
        """Whether it is a sum over all members."""
        return self.key.member == ALL


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Counts of the members that reported, over the periods of their returns."""

    name: str
    members: tuple[str, ...]
    columns: tuple[str, ...]
    counts: Mapping[Atom, int]
    by_member: bool = False
    """Whether cells and sums of single members are published at all; else sums over the bloc only."""
    has_column_sums: bool = True
    has_total: bool = True
    keeps_zeros: frozenset[str] = field(default_factory=frozenset)
    """The members whose zeros are not published."""
    contributed: Mapping[str, int] | None = None
    """Column -> members that contributed to it, where the atoms are of no single member."""

    def place(self, member: str, column: str) -> Place:
        """Return the sum of *member* and *column*, either of which may be ``ALL``."""
        atoms = frozenset(atom for atom in self.counts if member in {ALL, atom.member} and column in {ALL, atom.column})
        value = sum(self.counts[atom] for atom in atoms)
        contributors = len({atom.member for atom in atoms if self.counts[atom]})
        if self.contributed is not None:
            contributors = max((self.contributed[one] for one in self.columns if column in {ALL, one}), default=0)
        return Place(Key(self.name, member, column), atoms, value, contributors)

    def places(self) -> Iterator[Place]:
        """Yield every sum that may be published, cells first, then sums of rows, of columns and of all."""
        return (place for place in map(self.place, *zip(*self._keys(), strict=True)) if place.atoms)

    def _keys(self) -> list[tuple[str, str]]:
        keys = []
        if self.by_member:
            keys += [(member, column) for member in self.members for column in self.columns]
            keys += [(member, ALL) for member in self.members]
        if self.has_column_sums:
            keys += [(ALL, column) for column in self.columns]
        return [*keys, (ALL, ALL)] if self.has_total else keys

    def is_small(self, place: Place, rule: Rule) -> bool:
        """Return whether *place* is too small to be told; a sum of nothing was not shared, which is not zero."""
        if not place.atoms:
            return False
        if place.is_of_bloc:
            return rule.hides(place.value, place.contributors)
        is_kept_zero = place.value == 0 and place.key.column != ALL and place.key.member in self.keeps_zeros
        return is_kept_zero or rule.hides(place.value)
