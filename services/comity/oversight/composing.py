"""From members' returns to the tables of an edition, and which sums of them are published."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise

from comity.domain.member import Bloc
from comity.errors import RefusedError
from comity.oversight.classes import LAYERS, ROOT_CAUSES, RSIT_CLASSES
from comity.oversight.duties import State
from comity.oversight.knowledge import Atom, Statement
from comity.oversight.links import LINKS, Links, links_of
from comity.oversight.protection import Earlier, Protection, protect
from comity.oversight.returns import COUNTED_TWICE, NOT_STATED, UNLISTED, Amount, Return
from comity.oversight.tables import Key, Place, Rule, Table

CASES = "cases"
SECTOR, CLASS, CAUSE, LAYER = REPORTS = COUNTED_TWICE
ASSET = "infrastructure"
CONFIRMED = "confirmations"
CONFIRMATIONS = ("within an hour", "within a day", "later or not yet")
AMOUNTS = ("organisations", "user hours")
STATED = ("a number", "none", "does not say")
WITHHELD, REDACTED = "withheld", "redacted"
LINK, LINKED_SECTOR = "links", "linked by sector"
STATES = tuple(str(state) for state in State)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What an earlier edition covered, and what of its tables it published; only the federation keeps this."""

    start: int
    end: int
    members: tuple[str, ...]
    published: frozenset[Key]
    small: frozenset[Key]


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Everything that an edition is made of."""

    start: int
    end: int
    returns: Mapping[str, tuple[Return, ...]]
    """Member -> its returns that cover the period without a gap, in the order of time; no others."""
    tables: Mapping[str, Table]
    links: Links
    protection: Protection
    repeats: bool
    """Whether an earlier edition told of a part of the period: then nothing is told that the audit does not cover."""

    @property
    def every(self) -> list[Return]:
        """All returns."""
        return [one for several in self.returns.values() for one in several]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """All returns that a federation has, with the bloc they are of and what was told before."""

    bloc: Bloc
    rule: Rule
    returns: Sequence[Return]
    told: Sequence[Told] = field(default_factory=tuple)


def compose(reported: Reported, start: int, end: int) -> Material:
    """Return the material of the edition for the period from *start* up to *end*.

    Raises:
        RefusedError: no member reported for the whole period, or an edition told of it, or of a part of it and more.
        PolicyError: the tables cannot be protected.
    """
    _check_period(reported.told, start, end)
    returns = covering(reported.returns, start, end, members=reported.bloc.members)
    if not returns:
        raise RefusedError("no member reported for the whole of this period")
    links = links_of([one for several in returns.values() for one in several], reported.bloc.sectors)
    told = _overlapping(reported.told, start, end)
    tables = tables_of(reported.bloc, returns)
    tables += [] if told else link_tables(reported.bloc, links, start)
    earlier, ties = _earlier(reported, told)
    return Material(
        start=start,
        end=end,
        returns=returns,
        tables={table.name: table for table in tables},
        links=links,
        protection=protect(tables, rule=reported.rule, ties=[*_ties(tables), *ties], earlier=earlier),
        repeats=bool(told),
    )


def _check_period(told: Sequence[Told], start: int, end: int) -> None:
    """Return when the period is a new one, or the whole of several that were told.

    What was hidden in a whole was hidden as a whole: parts that are told later could be computed from it.
    """
    if any((one.start, one.end) == (start, end) for one in told):
        raise RefusedError("this period has an edition; what was late is counted in the next")
    if any(one.start < end and start < one.end and not (start <= one.start and one.end <= end) for one in told):
        raise RefusedError(
            "an edition tells of a part of this period and of more; expected a period apart or a longer one"
        )


def covering(
    returns: Iterable[Return], start: int, end: int, *, members: Iterable[str]
) -> dict[str, tuple[Return, ...]]:
    """Return, for each member whose returns cover the period without a gap, those returns, in the bloc's order."""
    inside = [one for one in returns if start <= one.start and one.end <= end]
    found = {}
    for member in members:
        own = sorted((one for one in inside if one.member == member), key=lambda one: one.start)
        edges = [(one.start, one.end) for one in own]
        joins = all(before[1] == after[0] for before, after in pairwise(edges))
        if own and joins and edges[0][0] == start and edges[-1][1] == end:
            found[member] = tuple(own)
    return found


def tables_of(bloc: Bloc, returns: Mapping[str, tuple[Return, ...]]) -> list[Table]:
    """Return the tables of counts that the returns add up to."""
    every = [one for several in returns.values() for one in several]
    keeps = frozenset(one.member for one in every if not one.publishes_zeros)
    counted = {
        SECTOR: (*bloc.sectors, NOT_STATED, UNLISTED),
        CLASS: (*RSIT_CLASSES, NOT_STATED, UNLISTED),
        CAUSE: (*ROOT_CAUSES, NOT_STATED),
        LAYER: (*LAYERS, NOT_STATED),
        ASSET: tuple(dict.fromkeys(column for one in every for column in sorted(one.reports.get(ASSET, ())))),
    }
    tables = [_counted(name, columns, returns, has_total=name != ASSET) for name, columns in counted.items()]
    tables += [_derived(stated_table(name), STATED, returns, partial(_stated, amount=name)) for name in AMOUNTS]
    tables.append(_derived(CONFIRMED, CONFIRMATIONS, returns, _confirmations))
    tables.append(_cases(returns, keeps))
    tables += [
        _flat(name, [(one, getattr(one, name)) for one in every], tuple(returns)) for name in (WITHHELD, REDACTED)
    ]
    tables += [table for member, several in returns.items() for table in _duties(bloc, member, several, keeps)]
    return [table for table in tables if table.counts]


def link_tables(bloc: Bloc, links: Links, start: int) -> list[Table]:
    """Return the tables of linked cases, which periods do not add up to: a case may go on in the next."""
    sectors = (*bloc.sectors, NOT_STATED, UNLISTED)
    return [
        _link_table(LINK, LINKS, links.by_kind, links.members_of_kind, start),
        _link_table(LINKED_SECTOR, sectors, links.by_sector, links.members_of_sector, start),
    ]


def _counted(
    name: str, columns: tuple[str, ...], returns: Mapping[str, tuple[Return, ...]], *, has_total: bool
) -> Table:
    counts: dict[Atom, int] = {}
    for member, several in returns.items():
        for one in several:
            row = one.reports.get(name, {})
            other = UNLISTED if UNLISTED in columns else NOT_STATED
            for column in columns:
                counts[Atom(name, member, column, one.start)] = row.get(column, 0)
            for column in row.keys() - set(columns):
                counts[Atom(name, member, other, one.start)] += row[column]
    return Table(name=name, members=tuple(returns), columns=columns, counts=counts, has_total=has_total)


def _derived(
    name: str,
    columns: tuple[str, ...],
    returns: Mapping[str, tuple[Return, ...]],
    numbers: Callable[[Return], tuple[int, ...]],
) -> Table:
    counts = {
        Atom(name, member, column, one.start): number
        for member, several in returns.items()
        for one in several
        for column, number in zip(columns, numbers(one), strict=True)
    }
    return Table(name=name, members=tuple(returns), columns=columns, counts=counts)


def stated_table(amount: str) -> str:
    """Return the name of the table of how many reports state an amount."""
    return f"{amount} stated"


def _stated(one: Return, amount: str) -> tuple[int, ...]:
    found = one.amounts.get(amount, Amount(not_shared=sum(one.reports.get(SECTOR, {}).values())))
    return found.numbers, found.zeros, found.not_shared


def _confirmations(one: Return) -> tuple[int, ...]:
    quality = one.quality
    return (
        quality.confirmed_in_hour,
        quality.confirmed_in_day - quality.confirmed_in_hour,
        quality.asked - quality.confirmed_in_day,
    )


def _cases(returns: Mapping[str, tuple[Return, ...]], keeps: frozenset[str]) -> Table:
    sharing = {
        member: several for member, several in returns.items() if all(one.ordinary is not None for one in several)
    }
    columns = tuple(
        dict.fromkeys(column for several in sharing.values() for one in several for column in one.ordinary or ())
    )
    counts = {
        Atom(CASES, member, column, one.start): number
        for member, several in sharing.items()
        for one in several
        for column, number in (one.ordinary or {}).items()
        if number is not None and all((other.ordinary or {}).get(column) is not None for other in several)
    }
    return Table(
        name=CASES,
        members=tuple(sharing),
        columns=columns,
        counts=counts,
        by_member=True,
        keeps_zeros=keeps & frozenset(sharing),
    )


def _flat(name: str, rows: Sequence[tuple[Return, Mapping[str, int]]], members: tuple[str, ...]) -> Table:
    columns = tuple(sorted({column for _, row in rows for column in row}))
    counts = {Atom(name, one.member, column, one.start): row.get(column, 0) for one, row in rows for column in columns}
    return Table(name=name, members=members, columns=columns, counts=counts, has_total=False)


def duty_table(member: str, regime: str) -> str:
    """Return the name of the table of one regime's clocks; each regime has one of its own."""
    return f"duties {member} {regime}"


def _duties(bloc: Bloc, member: str, several: Sequence[Return], keeps: frozenset[str]) -> list[Table]:
    known = dict.fromkeys(duty.regime for duty in bloc.members[member].duties)
    return [
        Table(
            name=duty_table(member, regime),
            members=(member,),
            columns=STATES,
            counts={
                Atom(duty_table(member, regime), member, state, one.start): one.duties.get(regime, {}).get(state, 0)
                for one in several
                for state in STATES
            },
            by_member=True,
            has_column_sums=False,
            has_total=False,
            keeps_zeros=keeps & {member},
        )
        for regime in known
    ]


def _link_table(
    name: str, columns: tuple[str, ...], counts: Mapping[str, int], members: Mapping[str, int], start: int
) -> Table:
    return Table(
        name=name,
        members=(),
        columns=columns,
        counts={Atom(name, "", column, start): counts.get(column, 0) for column in columns},
        contributed={column: members.get(column, 0) for column in columns},
    )


def _ties(tables: Sequence[Table]) -> list[Statement]:
    """Return which sums readers know to be equal: the same reports are counted by several words."""
    by_name = {table.name: table for table in tables}
    ties = []
    first = by_name.get(SECTOR)
    for name in (*REPORTS[1:], *map(stated_table, AMOUNTS)):
        if first is None or name not in by_name:
            continue
        sides = [_by_member_and_period(table) for table in (first, by_name[name])]
        ties += [Statement(sides[0][key], 0.0, sides[1][key]) for key in sides[0]]
    if LINK in by_name and LINKED_SECTOR in by_name:
        linked = frozenset(atom for atom in by_name[LINK].counts if atom.column != LINKS[-1])
        ties.append(Statement(linked, 0.0, frozenset(by_name[LINKED_SECTOR].counts)))
    return ties


def _by_member_and_period(table: Table) -> dict[tuple[str, int], frozenset[Atom]]:
    found: dict[tuple[str, int], set[Atom]] = {}
    for atom in table.counts:
        found.setdefault((atom.member, atom.period), set()).add(atom)
    return {key: frozenset(atoms) for key, atoms in found.items()}


def _overlapping(told: Sequence[Told], start: int, end: int) -> list[Told]:
    """Return the earlier editions that have a part of the period in common, directly or through others."""
    found: list[Told] = []
    spans = [(start, end)]
    while spans:
        first, last = spans.pop()
        for one in told:
            if one not in found and one.start < last and first < one.end:
                found.append(one)
                spans.append((one.start, one.end))
    return found


def _earlier(reported: Reported, told: Sequence[Told]) -> tuple[Earlier, list[Statement]]:
    ties: list[Statement] = []
    values: dict[Atom, int] = {}
    published: list[Place] = []
    small: list[Place] = []
    covering_others: list[Place] = []
    for one in told:
        returns = covering(reported.returns, one.start, one.end, members=one.members)
        tables = tables_of(reported.bloc, returns)
        ties += _ties(tables)
        for table in tables:
            values.update(table.counts)
            for place in table.places():
                kept = small if place.key in one.small else covering_others
                (published if place.key in one.published else kept).append(place)
    return Earlier(values=values, published=tuple(published), small=tuple(small), covering=tuple(covering_others)), ties
