"""From members' returns to tables of counts, and which of their sums readers know to be equal."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from comity.domain.member import Bloc
from comity.oversight.classes import LAYERS, ROOT_CAUSES, RSIT_CLASSES
from comity.oversight.duties import State
from comity.oversight.knowledge import Atom, Statement
from comity.oversight.links import LINKS, Links
from comity.oversight.returns import COUNTED_TWICE, NOT_STATED, UNLISTED, Amount, Return
from comity.oversight.tables import Table

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


def ties_of(tables: Sequence[Table]) -> list[Statement]:
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
