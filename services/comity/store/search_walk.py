"""How a search goes through what a viewer may read: by an index where there is one, newest first, and only so far.

An index names numbers of objects; which of them the viewer is served is decided inside the query that reads them, and
nothing is told of the others: what is counted, and where a walk stops, depends on rows that the viewer is served alone.
"""

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import neg

from sqlalchemy import Connection, func, select

from comity.domain.label import Label
from comity.store.grants import Viewer
from comity.store.interning import Names
from comity.store.prepared import Prepared
from comity.store.search_conditions import Criteria, Stated, Wanted, beginning, matching, stated, with_words
from comity.store.tables import grants, releases, spaces, terms, types
from comity.store.visible_rows import Row, VisibleRows
from comity.store.words import Asked, Phrase, of_class, of_kind, of_type, words_in

_FEW = 50_000
"""So many numbers of objects are read from an index that is not in their order; beyond that another way is taken."""

_MOST_CLASSES = 64
_SMALLEST_CHUNK, _LARGEST_CHUNK = 128, 4_096
_HIGHEST = 1 << 62

LabelOf = Callable[[Connection, int], Label | None]
Test = Callable[[Row], bool]


@dataclass(frozen=True, slots=True)
class Members:
    """Whose contributions are wanted, by the numbers of their spaces."""

    wanted: frozenset[int] | None
    unwanted: frozenset[int]

    def include(self, sources: Collection[int]) -> bool:
        """Return whether an object with these sources is wanted."""
        is_wanted = self.wanted is None or not self.wanted.isdisjoint(sources)
        return is_wanted and self.unwanted.isdisjoint(sources)


@dataclass(slots=True)
class Plan:
    """What to walk through, and what each row must fulfil."""

    numbers: list[int] | None = None
    """All that can match, the newest first, where they are few."""
    asked: Asked | None = None
    """What to ask the index of words for."""
    words: Asked | None = None
    """What to ask it of the objects with *numbers*."""
    tests: list[Test] = field(default_factory=list)
    members: Members | None = None
    low: int = 0
    high: int = _HIGHEST
    """The number of an object that is too new, and with it every newer one."""
    is_empty: bool = False


class Walks:
    """Plans walks, and goes them."""

    def __init__(self, label_of: LabelOf) -> None:
        self.types = Names(types, types.c.name)
        self.spaces = Names(spaces, spaces.c.name)
        self.visible = VisibleRows()
        self._label_of = label_of
        self._beginning: Prepared | None = None

    def plan(self, connection: Connection, viewer: Viewer, criteria: Criteria) -> Plan:
        """Return how to find what matches *criteria*."""
        values, asked = _values(criteria), _asked(criteria)
        if values is None or asked is None:
            return Plan(is_empty=True)
        plan = Plan()
        groups = self._labelled(connection, viewer, criteria, plan)
        self._rest(connection, criteria, plan)
        self._times(connection, viewer, criteria, plan)
        for one in values:
            plan.tests.append(_stating(one.test(), True))
            found = None if plan.is_empty else _numbers(connection, one, plan)
            if found is not None and (plan.numbers is None or len(found) < len(plan.numbers)):
                plan.numbers = found
        if plan.numbers is not None:
            plan.words = asked if asked.groups or asked.none else None
            return plan
        groups = [*asked.groups, *groups, *(_phrases(one) for one in values if _phrases(one))]
        if asked.none and not groups:
            groups = [tuple(map(of_type, self._all_types(connection).values()))]
        plan.asked = Asked(groups=tuple(groups), none=asked.none) if groups else None
        return plan

    def rows(
        self, connection: Connection, viewer: Viewer, plan: Plan, *, wanted: int, below: int | None = None
    ) -> Iterator[tuple[Row, bool]]:
        """Yield what the viewer is served of all that may match, newest first, and whether it does match.

        *wanted* is how many that match are likely to be taken.
        """
        high = plan.high if below is None else min(below, plan.high)
        size, is_last = min(max(wanted, _SMALLEST_CHUNK), _LARGEST_CHUNK), plan.is_empty
        while not is_last:
            rows, high, is_last = self._chunk(connection, viewer, plan, high=high, size=size)
            yield from zip(rows, self._verdicts(connection, viewer, plan, rows), strict=True)
            size = min(2 * size, _LARGEST_CHUNK)

    def sources(self, connection: Connection, viewer: Viewer, rows: Iterable[Row]) -> dict[int, set[int]]:
        """Return whose contributions the viewer may read, of the observables of *rows* that have several."""
        twins = (row.twin for row in rows if row.is_shared and row.twin is not None)
        return self.visible.sources(connection, viewer, twins)

    def beginning_with(self, connection: Connection, first: str, last: str, *, limit: int) -> list[int]:
        """Return the numbers of objects whose value is from *first* to before *last*, at most *limit*."""
        if self._beginning is None:
            self._beginning = Prepared(beginning(), connection)
        values = {"first": first, "last": last, "limit": limit}
        return [number for (number,) in self._beginning.rows(connection, values)]

    def _chunk(
        self, connection: Connection, viewer: Viewer, plan: Plan, *, high: int, size: int
    ) -> tuple[Sequence[Row], int, bool]:
        """Return some rows below the number *high*, the number to go on below, and whether there is nothing left."""
        if plan.numbers is None and plan.asked is None:
            rows = self.visible.below(connection, viewer, high, low=plan.low, limit=size)
            return rows, rows[-1].number if rows else high, len(rows) < size
        if plan.numbers is not None:
            start = bisect_right(plan.numbers, -high, key=neg)
            numbers = plan.numbers[start : start + size]
        else:
            numbers = matching(connection, plan.asked or Asked(), low=plan.low, high=high, limit=size)
        if not numbers:
            return (), high, True
        rows = self.visible.numbered(connection, viewer, numbers)
        return rows, numbers[-1], len(numbers) < size

    def _verdicts(self, connection: Connection, viewer: Viewer, plan: Plan, rows: Sequence[Row]) -> list[bool]:
        """Return of each row whether it fulfils everything."""
        having = None
        if plan.words is not None:
            having = with_words(connection, plan.words, [row.number for row in rows])
        sources = {} if plan.members is None else self.sources(connection, viewer, rows)
        return [
            all(test(row) for test in plan.tests)
            and (having is None or row.number in having)
            and (plan.members is None or plan.members.include(_sources(row, sources)))
            for row in rows
        ]

    # --- conditions

    def _labelled(
        self, connection: Connection, viewer: Viewer, criteria: Criteria, plan: Plan
    ) -> list[tuple[Phrase, ...]]:
        """Ask for types, kinds and what labels say, and return the words that what has them is found by."""
        groups: list[tuple[Phrase, ...]] = []
        if _chosen(criteria, "type"):
            known = self._all_types(connection)
            numbers = {number for name, number in known.items() if _is_wanted(criteria, "type", name)}
            plan.tests.append(lambda row: row.type_id in numbers)
            groups.append(tuple(map(of_type, sorted(numbers))))
        if _chosen(criteria, "kind"):
            plan.tests.append(lambda row: _is_wanted(criteria, "kind", row.kind or ""))
        if criteria.kind:
            groups.append(tuple(map(of_kind, sorted(criteria.kind))))
        if any(_chosen(criteria, name) for name in ("tlp", "tier", "sector")):
            classes = self._classes(connection, viewer, criteria)
            plan.tests.append(lambda row: row.class_id in classes)
            groups.append(tuple(map(of_class, sorted(classes))))
        plan.is_empty = any(not group for group in groups)
        return [group for group in groups if len(group) <= _MOST_CLASSES]

    def _rest(self, connection: Connection, criteria: Criteria, plan: Plan) -> None:
        if _chosen(criteria, "member"):
            wanted = self._space_numbers(connection, criteria.member) if criteria.member else None
            plan.members = Members(wanted, self._space_numbers(connection, criteria.unwanted.member))
        if _chosen(criteria, "revoked"):
            plan.tests.append(lambda row: _is_wanted(criteria, "revoked", "yes" if row.revoked else "no"))
        for text, said in _said(criteria.unwanted):
            one = stated(text, said=said)
            if one is not None:
                plan.tests.append(_stating(one.test(), False))

    def _space_numbers(self, connection: Connection, members: Iterable[str]) -> frozenset[int]:
        found = (self.spaces.find(connection, name) for name in members)
        return frozenset(number for number in found if number is not None)

    def _times(self, connection: Connection, viewer: Viewer, criteria: Criteria, plan: Plan) -> None:
        """Ask for times, and bound the numbers of the objects that can have come then."""
        since, until = criteria.since, criteria.until
        if since is not None:
            opened = self._opened(connection, viewer, since) if criteria.opened else frozenset()
            plan.tests.append(lambda row: row.seq >= since or row.class_id in opened)
            late = select(releases.c.object_no).where(releases.c.seq >= since).limit(_FEW).subquery()
            least, count = connection.execute(select(func.min(late.c.object_no), func.count()).select_from(late)).one()
            # An object that was released again later has a lower number than others of that time, so all are asked.
            plan.low = least if count and count < _FEW and not opened else plan.low
            plan.is_empty = plan.is_empty or not (count or opened)
        if until is not None:
            plan.tests.append(lambda row: row.seq < until)
            # Whatever was released before an ordinary row has a lower number than it.
            first = select(releases.c.object_no).where(releases.c.seq >= until, ~releases.c.special)
            found = connection.execute(first.order_by(releases.c.seq).limit(1)).scalar()
            plan.high = _HIGHEST if found is None else found

    def _opened(self, connection: Connection, viewer: Viewer, since: int) -> frozenset[int]:
        """Return the classes that were opened to the viewer after they had rows, from a tick on."""
        query = select(grants.c.class_id).where(grants.c.viewer_id == viewer.id, grants.c.since >= since)
        return frozenset(connection.execute(query).scalars())

    def _classes(self, connection: Connection, viewer: Viewer, criteria: Criteria) -> frozenset[int]:
        """Return the classes granted to the viewer whose labels are wanted."""
        query = select(grants.c.class_id).where(grants.c.viewer_id == viewer.id)
        granted = connection.execute(query).scalars()
        return frozenset(each for each in granted if self._is_label_wanted(connection, each, criteria))

    def _is_label_wanted(self, connection: Connection, class_id: int, criteria: Criteria) -> bool:
        label = self._label_of(connection, class_id)
        if label is None:
            return False
        said = {"tlp": label.tlp.word, "tier": label.tier.name, "sector": label.sector}
        return all(_is_wanted(criteria, name, value) for name, value in said.items())

    def _all_types(self, connection: Connection) -> dict[str, int]:
        return {row.name: row.id for row in connection.execute(select(types.c.name, types.c.id))}


def _chosen(criteria: Criteria, name: str) -> bool:
    return bool(getattr(criteria, name) or getattr(criteria.unwanted, name))


def _is_wanted(criteria: Criteria, name: str, value: str) -> bool:
    wanted, unwanted = getattr(criteria, name), getattr(criteria.unwanted, name)
    return (not wanted or value in wanted) and value not in unwanted


def _said(terms_of: Wanted) -> list[tuple[str, bool]]:
    """Return what may be values, and whether each is said to be one."""
    return [*((text, True) for text in terms_of.value), *((word, False) for word in terms_of.words)]


def _stating(holds: Callable[[str | None, str | None], bool], expected: bool) -> Test:
    return lambda row: holds(row.kind, row.value) is expected


def _sources(row: Row, sources: Mapping[int, Collection[int]]) -> Collection[int]:
    found = sources.get(row.twin) if row.is_shared and row.twin is not None else None
    return found or (row.space_id,)


def _values(criteria: Criteria) -> list[Stated] | None:
    """Return the values that all are to be stated, or ``None`` where one of them can be stated by nothing.

    Those that are said to be values are alternatives.
    """
    found = [one for word in criteria.words if (one := stated(word, said=False)) is not None]
    said = [one for text in criteria.value if (one := stated(text, said=True)) is not None]
    if said:
        readings = tuple(dict.fromkeys(each for one in said for each in one.readings))
        beginnings = tuple(dict.fromkeys(each for one in said for each in one.beginnings))
        if not readings and not beginnings:
            return None
        found.append(Stated(readings, beginnings))
    return found


def _asked(criteria: Criteria) -> Asked | None:
    """Return what is asked of the words of an object, or ``None`` where nothing can have it."""
    groups = [_phrase(word) for word in criteria.words if stated(word, said=False) is None]
    groups += [_phrase(text) for text in criteria.text]
    if not all(phrase.words for phrase in groups):
        return None
    none = [_phrase(word) for word in criteria.unwanted.words if stated(word, said=False) is None]
    none += [_phrase(text) for text in criteria.unwanted.text]
    return Asked(groups=tuple((phrase,) for phrase in groups), none=tuple(phrase for phrase in none if phrase.words))


def _phrase(text: str) -> Phrase:
    return Phrase(words_in(text), text.endswith("*"))


def _phrases(one: Stated) -> tuple[Phrase, ...]:
    """Return what the index of words finds at least all that states a value by."""
    if one.beginnings:
        return ()
    kinds = sorted({reading.kind for reading in one.readings if reading.kind != "domain"})
    return (*one.domains, *map(of_kind, kinds))


def _numbers(connection: Connection, one: Stated, plan: Plan) -> list[int] | None:
    """Return the numbers of what states a value, the newest first, or ``None`` where they are not few."""
    found: set[int] = set()
    indexed = one.indexed()
    if indexed is not None:
        indexed = indexed.where(terms.c.object_no >= plan.low).limit(_FEW)
        found.update(connection.execute(indexed).scalars())
    if one.domains and len(found) < _FEW:
        found.update(matching(connection, Asked(groups=(one.domains,)), low=plan.low, high=_HIGHEST, limit=_FEW))
    return sorted(found, reverse=True) if len(found) < _FEW else None
