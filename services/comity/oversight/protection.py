"""Which sums of an edition are published, so that nobody comes closer than k to one that is not.

Nobody: a reader of all editions so far, and every member's own regulator, who knows that member's row besides. What
has to be hidden along with the small sums is found by linear programs, and checked by others.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from comity.errors import PolicyError
from comity.oversight.knowledge import Atom, Knowledge, Price, Statement, cheapest_doubt
from comity.oversight.lines import Pattern, protect_lines
from comity.oversight.tables import ALL, Key, Place, Rule, Table

_COST_OF_ROW = 5.0
_COST_OF_TOTAL = 40.0
_SMALLER_FIRST = 1_000.0
_TOLERANCE = 1e-5


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """What earlier editions told about periods that the new one covers as well."""

    values: Mapping[Atom, int] = field(default_factory=dict)
    published: tuple[Place, ...] = ()
    small: tuple[Place, ...] = ()
    """What was too small to be told then."""
    covering: tuple[Place, ...] = ()
    """What was hidden to protect the small ones; it is no secret of its own, but a difference to it may be."""

    @property
    def places(self) -> tuple[Place, ...]:
        """Every sum of their tables."""
        return (*self.published, *self.small, *self.covering)

    @property
    def statements(self) -> list[Statement]:
        """What readers know from them."""
        return [Statement(place.atoms, place.value) for place in self.published]


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """What is published of an edition's tables, and what the audit found; only its maker may read the latter."""

    published: frozenset[Key]
    small: frozenset[Key]
    patterns: Mapping[str, Pattern]
    """By table: the first step, while all totals are published."""
    narrowest: float | None
    """The width of the narrowest interval of any target for any reader."""
    targets: int
    exposed: int
    """Targets that earlier editions had given away before they became targets."""


def protect(
    tables: Sequence[Table],
    *,
    rule: Rule,
    ties: Sequence[Statement] = (),
    earlier: Earlier | None = None,
) -> Protection:
    """Return what of *tables* is published; *ties* are sums that readers know to be equal because of what they count.

    Raises:
        PolicyError: no choice protects the tables.
    """
    parts = [_part(group, rule, ties, earlier or Earlier()) for group in _groups(tables, ties)]
    widths = [part.narrowest for part in parts if part.narrowest is not None]
    return Protection(
        published=frozenset[Key]().union(*(part.published for part in parts)),
        small=frozenset[Key]().union(*(part.small for part in parts)),
        patterns={name: pattern for part in parts for name, pattern in part.patterns.items()},
        narrowest=min(widths, default=None),
        targets=sum(part.targets for part in parts),
        exposed=sum(part.exposed for part in parts),
    )


def _part(tables: Sequence[Table], rule: Rule, ties: Sequence[Statement], earlier: Earlier) -> Protection:
    """Return the protection of tables that nothing ties to others."""
    names = {table.name for table in tables}
    search = _Search(
        tables,
        rule,
        ties=[tie for tie in ties if names & _tables_of(tie)],
        earlier=Earlier(
            values={atom: value for atom, value in earlier.values.items() if atom.table in names},
            published=tuple(place for place in earlier.published if place.key.table in names),
            small=tuple(place for place in earlier.small if place.key.table in names),
            covering=tuple(place for place in earlier.covering if place.key.table in names),
        ),
    )
    search.hide_all_that_must_be()
    search.publish_what_may_be()
    narrowest, exposed = search.audited()
    return Protection(
        published=frozenset(search.published),
        small=frozenset(search.small),
        patterns=search.patterns,
        narrowest=narrowest,
        targets=len(search.targets),
        exposed=exposed,
    )


def _groups(tables: Sequence[Table], ties: Sequence[Statement]) -> list[list[Table]]:
    """Return the tables in groups that nothing ties to each other: each is protected by itself, which is faster."""
    group_of = {table.name: {table.name} for table in tables}
    for tie in ties:
        together = set[str]().union(*(group_of[name] for name in _tables_of(tie) if name in group_of))
        group_of |= dict.fromkeys(together, together)
    groups: dict[int, list[Table]] = {}
    for table in tables:
        groups.setdefault(id(group_of[table.name]), []).append(table)
    return list(groups.values())


def _tables_of(tie: Statement) -> set[str]:
    return {atom.table for atom in tie.plus | tie.minus}


class _Search:
    """The choice of what is published, while it is being made."""

    def __init__(self, tables: Sequence[Table], rule: Rule, *, ties: Sequence[Statement], earlier: Earlier) -> None:
        self._rule = rule
        self._earlier = earlier
        self._fixed = [*earlier.statements, *ties]
        self._places = {place.key: place for table in tables for place in table.places()}
        self._values = dict(earlier.values)
        for table in tables:
            self._values.update(table.counts)
        self._members = sorted({atom.member for atom in self._values})
        self.patterns = {table.name: _first_step(table, rule) for table in tables if _has_all_sums(table)}
        self.small = {place.key for table in tables for place in table.places() if table.is_small(place, rule)}
        first = {key for table in tables if _has_all_sums(table) for key in _keys(table, self.patterns[table.name])}
        self.published = self._places.keys() - self.small - first
        self.targets = self._targets()
        self._baselines: dict[str, Knowledge] = {}

    def hide_all_that_must_be(self) -> None:
        """Hide more, for each reader and each target, until the reader can tell nothing closely."""
        for reader in ("", *self._members):
            own = self._own(reader)
            knowledge = self._knowledge(reader)
            for target in self.targets:
                asked = target - own.keys()
                if asked and self._is_close(knowledge, asked) and not self._is_exposed(reader, asked):
                    self._hide(reader, asked)
                    knowledge = self._knowledge(reader)

    def publish_what_may_be(self) -> None:
        """Publish again what turns out not to be needed, the largest first."""
        needless = self._places.keys() - self.published - self.small
        for key in sorted(needless, key=lambda key: (-self._places[key].value, key)):
            self.published = self.published | {key}
            if not self._holds():
                self.published = self.published - {key}

    def audited(self) -> tuple[float | None, int]:
        """Return the narrowest interval of all readers, and how many targets were given away before.

        Raises:
            PolicyError: a reader comes too close after all.
        """
        widths: list[float] = []
        exposed: set[frozenset[Atom]] = set()
        for reader in ("", *self._members):
            knowledge, own = self._knowledge(reader), self._own(reader)
            for target in self.targets:
                asked = target - own.keys()
                if not asked:
                    continue
                width = knowledge.interval(asked).width
                if width >= self._rule.k - _TOLERANCE:
                    widths.append(width)
                elif self._is_exposed(reader, asked):
                    exposed.add(target)
                else:
                    raise PolicyError(f"a hidden sum can be told to within {width}, expected {self._rule.k}")
        return min(widths, default=None), len(exposed)

    def _targets(self) -> list[frozenset[Atom]]:
        """Return what must stay in doubt: small sums, earlier ones too, and small differences of editions."""
        found = dict.fromkeys(self._places[key].atoms for key in sorted(self.small))
        found |= dict.fromkeys(place.atoms for place in self._earlier.small)
        for place in self._places.values():
            same = [one for one in self._earlier.places if one.key == place.key and one.atoms & place.atoms]
            inside = frozenset[Atom]().union(*(one.atoms for one in same if one.atoms < place.atoms))
            differences = [place.atoms - one.atoms for one in same] + [one.atoms - place.atoms for one in same]
            for atoms in (*differences, place.atoms - inside if inside else frozenset[Atom]()):
                if atoms and self._is_small(place, atoms):
                    found[atoms] = None
        return [atoms for atoms in found if atoms]

    def _is_small(self, place: Place, atoms: frozenset[Atom]) -> bool:
        value = sum(self._values[atom] for atom in atoms)
        contributors = len({atom.member for atom in atoms if self._values[atom]})
        return self._rule.hides(value, contributors if place.is_of_bloc else None)

    def _holds(self) -> bool:
        for reader in ("", *self._members):
            knowledge, own = self._knowledge(reader), self._own(reader)
            for target in self.targets:
                asked = target - own.keys()
                if asked and self._is_close(knowledge, asked) and not self._is_exposed(reader, asked):
                    return False
        return True

    def _hide(self, reader: str, asked: frozenset[Atom]) -> None:
        """Hide what leaves the sum of *asked* in doubt by k: upwards, and downwards where it cannot rise that far."""
        value = sum(self._values[atom] for atom in asked)
        rise = min(self._rule.k, self._baseline(reader).interval(asked).greatest - value)
        for distance in (rise, rise - self._rule.k):
            keys = sorted(self.published)
            chosen = cheapest_doubt(
                asked,
                distance,
                prices=[Price(self._places[key].atoms, self._cost(self._places[key])) for key in keys],
                fixed=self._fixed,
                values=self._values,
                own=self._own(reader).keys(),
            )
            self.published = self.published - {keys[number] for number in chosen}

    def _cost(self, place: Place) -> float:
        base = 1.0 if place.key.column != ALL else _COST_OF_ROW
        if place.key.member == ALL and place.key.column == ALL:
            base = _COST_OF_TOTAL
        return base + min(place.value, _SMALLER_FIRST) / _SMALLER_FIRST

    def _is_close(self, knowledge: Knowledge, asked: frozenset[Atom]) -> bool:
        return knowledge.interval(asked).width < self._rule.k - _TOLERANCE

    def _is_exposed(self, reader: str, asked: frozenset[Atom]) -> bool:
        """Return whether the reader could tell it closely from earlier editions alone."""
        return bool(self._earlier.published) and self._is_close(self._baseline(reader), asked)

    def _baseline(self, reader: str) -> Knowledge:
        """Return what the reader knows without the new edition."""
        if reader not in self._baselines:
            self._baselines[reader] = Knowledge(self._fixed, self._values, self._own(reader))
        return self._baselines[reader]

    def _own(self, reader: str) -> dict[Atom, int]:
        return {atom: value for atom, value in self._values.items() if atom.member == reader} if reader else {}

    def _knowledge(self, reader: str) -> Knowledge:
        told = [Statement(self._places[key].atoms, self._places[key].value) for key in sorted(self.published)]
        return Knowledge([*self._fixed, *told], self._values, self._own(reader))


def _has_all_sums(table: Table) -> bool:
    return table.by_member and table.has_column_sums


def _first_step(table: Table, rule: Rule) -> Pattern:
    counts = [[table.place(member, column).value for column in table.columns] for member in table.members]
    primary = [
        (i, j)
        for i, member in enumerate(table.members)
        for j, column in enumerate(table.columns)
        if table.is_small(table.place(member, column), rule)
    ]
    return protect_lines(counts, primary, k=rule.k)


def _keys(table: Table, pattern: Pattern) -> Iterable[Key]:
    return (Key(table.name, table.members[i], table.columns[j]) for i, j in pattern.hidden)
