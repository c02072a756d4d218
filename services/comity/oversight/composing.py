"""What an edition is made of: the returns that cover its period, and what of their tables is published."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from comity.domain.member import Bloc
from comity.errors import RefusedError
from comity.oversight.counting import link_tables, tables_of, ties_of
from comity.oversight.knowledge import Atom, Statement
from comity.oversight.links import Links, links_of
from comity.oversight.protection import Earlier, Protection, protect
from comity.oversight.returns import Return
from comity.oversight.tables import Key, Place, Rule, Table


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
        protection=protect(tables, rule=reported.rule, ties=[*ties_of(tables), *ties], earlier=earlier),
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
        ties += ties_of(tables)
        for table in tables:
            values.update(table.counts)
            for place in table.places():
                kept = small if place.key in one.small else covering_others
                (published if place.key in one.published else kept).append(place)
    return Earlier(values=values, published=tuple(published), small=tuple(small), covering=tuple(covering_others)), ties
