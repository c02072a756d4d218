"""What a viewer reads, decided inside the query: TAXII 2.1, 3.3 to 3.5 and 5.3 to 5.8.

A row is served when its class is granted to the viewer. Rows marked *special* carry further conditions (see
``tables.releases``). For a viewer that merges, the first contribution of an observable that it is entitled to is served
as it is; each further one as a sighting of that one.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    and_,
    case,
    desc,
    exists,
    func,
    literal,
    or_,
    select,
    true,
)

from comity.store.grants import Viewer
from comity.store.interning import Names
from comity.store.release_log import merged_types
from comity.store.tables import grants, objects, openings, releases, spaces, types
from comity.taxii.filters import AllVersions, ChosenVersions, LatestVersion, Query
from comity.taxii.timestamps import microseconds_of

STIX_21 = "2.1"
_ID = re.compile(r"([^\0]{1,250}?)--([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})")
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Served:
    """One row of a page."""

    tick: int
    body: bytes
    object_no: int
    space: str
    class_id: int
    twin: int | None = None
    sighting_of: "Served | None" = None
    """The contribution the viewer was served before, when this one reaches it as a sighting of that."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page in rising order of ticks, and whether more is to come."""

    rows: Sequence[Served]
    more: bool
    end: int | None = None
    """The tick after which the next page begins."""


_r = releases.alias("r")
_o = objects.alias("o")
_g = grants.alias("g")
visible_release, visible_object = _r, _o
"""The tables that ``visible_rows`` joins, for further conditions on the same rows."""


class Pages:
    """Reads the release log for one viewer at a time."""

    def __init__(self) -> None:
        self._types = Names(types, types.c.name)
        self._spaces = Names(spaces, spaces.c.name)

    def page(
        self,
        connection: Connection,
        viewer: Viewer,
        query: Query,
        *,
        after: int | None,
        limit: int,
        rendered: Collection[int] = (),
    ) -> Page:
        """Return at most *limit* rows after the tick *after* that match *query*.

        *rendered* are the ticks of rows that the viewer knows by an id that the query asks for, but that is not stored.
        """
        if query.spec_versions is not None and STIX_21 not in query.spec_versions:
            return Page((), more=False)
        statement = self._statement(connection, viewer, query, rendered)
        low = max(-1 if after is None else after, -1 if query.added_after is None else query.added_after)
        rows: list[Any] = []
        for stretch in _stretches(connection, viewer, low):
            rows += connection.execute(stretch(statement).limit(limit + 1 - len(rows))).all()
            if len(rows) > limit:
                break
        return self._cut(connection, rows, viewer, limit)

    def object(
        self,
        connection: Connection,
        viewer: Viewer,
        uuid: bytes,
        type_name: str,
        query: Query,
        *,
        after: int | None,
        limit: int,
    ) -> Page:
        """Return the versions of one object that match *query*, as ``page`` does."""
        type_id = self._types.find(connection, type_name)
        if type_id is None:
            return Page((), more=False)
        statement = self._statement(connection, viewer, replace(query, ids=None, types=None))
        statement = statement.where(_o.c.uuid == uuid, _o.c.type_id == type_id, ~is_sighting(viewer))
        if query.spec_versions is not None and STIX_21 not in query.spec_versions:
            return Page((), more=False)
        statement = _placed(statement, viewer, query.added_after)
        if after is not None:
            statement = statement.where(position(viewer) > after)
        rows = connection.execute(statement.limit(limit + 1)).all()
        return self._cut(connection, rows, viewer, limit)

    def sightings(self, connection: Connection, viewer: Viewer, query: Query) -> list[Served]:
        """Return every row that is rendered as a sighting for this viewer, of the versions that *query* names."""
        statement = self._statement(connection, viewer, replace(query, ids=None, types=None))
        rows = connection.execute(_placed(statement.where(is_sighting(viewer)), viewer, query.added_after)).all()
        return self._served_of(connection, rows, viewer)

    def arrivals(self, connection: Connection, viewer: Viewer, ids: Iterable[str]) -> dict[str, int]:
        """Return the ticks at which objects came to the viewer, of those *ids* that it can see; by id."""
        wanted = {found: text for text in ids if (found := split_id(text))}
        uuids = [uuid for _, uuid in wanted]
        ticks: dict[str, int] = {}
        for start in range(0, len(uuids), _CHUNK):
            statement = visible_rows(viewer).add_columns(_o.c.uuid, _r.c.type_id, position(viewer).label("tick"))
            statement = statement.where(_o.c.uuid.in_(uuids[start : start + _CHUNK])).order_by(desc("tick"))
            for row in connection.execute(statement):
                text = wanted.get((self._types.name(connection, row.type_id), bytes(row.uuid)))
                if text is not None:
                    ticks[text] = row.tick
        return ticks

    def contributions(self, connection: Connection, viewer: Viewer, twin: int) -> list[Served]:
        """Return the latest version of every contribution of one observable that the viewer is entitled to."""
        alone = replace(viewer, merges=False)
        statement = visible_rows(alone).where(_r.c.latest, _o.c.twin == twin)
        rows = connection.execute(_placed(statement, alone, None)).all()
        return [self._plain(connection, row) for row in rows]

    def _cut(self, connection: Connection, rows: Sequence[Any], viewer: Viewer, limit: int) -> Page:
        end = rows[:limit][-1].tick if rows else None
        return Page(self._served_of(connection, rows[:limit], viewer), more=len(rows) > limit, end=end)

    def _statement(
        self, connection: Connection, viewer: Viewer, query: Query, rendered: Collection[int] = ()
    ) -> Select[Any]:
        statement = visible_rows(viewer).where(_version_condition(query, viewer))
        if query.types is not None:
            statement = statement.where(self._of_types(connection, viewer, query.types))
        if query.ids is not None:
            statement = statement.where(self._of_ids(connection, viewer, query.ids, rendered))
        return statement

    def _of_types(self, connection: Connection, viewer: Viewer, names: frozenset[str]) -> ColumnElement[bool]:
        numbers = [number for name in names if (number := self._types.find(connection, name)) is not None]
        plain = and_(_r.c.type_id.in_(numbers), ~is_sighting(viewer))
        return or_(plain, is_sighting(viewer)) if "sighting" in names else plain

    def _of_ids(
        self, connection: Connection, viewer: Viewer, ids: frozenset[str], rendered: Collection[int]
    ) -> ColumnElement[bool]:
        by_type: dict[int, list[bytes]] = {}
        for text in ids:
            found = split_id(text)
            number = self._types.find(connection, found[0]) if found else None
            if found and number is not None:
                by_type.setdefault(number, []).append(found[1])
        pairs = [and_(_o.c.type_id == number, _o.c.uuid.in_(uuids)) for number, uuids in by_type.items()]
        stored = and_(or_(literal(False), *pairs), ~is_sighting(viewer))
        return or_(stored, position(viewer).in_(rendered)) if rendered else stored

    def _served_of(self, connection: Connection, rows: Iterable[Any], viewer: Viewer) -> list[Served]:
        found = (self._served(connection, row, viewer) for row in rows)
        return [served for served in found if served is not None]

    def _served(self, connection: Connection, row: Any, viewer: Viewer) -> Served | None:  # noqa: ANN401  # a row
        """Return what is served of a row; nothing when what it is a sighting of was purged since the row was read."""
        served = self._plain(connection, row)
        if not viewer.merges or row.holder is None or row.holder == row.contribution:
            return served
        newest = connection.execute(
            select(_r, _o.c.body, _o.c.space_id, _r.c.seq.label("tick"))
            .join(_o, _o.c.object_no == _r.c.object_no)
            .where(_r.c.contribution == row.holder)
            .order_by(_r.c.latest.desc(), _r.c.seq.desc())
            .limit(1)
        ).first()
        return None if newest is None else replace(served, sighting_of=self._plain(connection, newest))

    def _plain(self, connection: Connection, row: Any) -> Served:  # noqa: ANN401  # a row
        space = self._spaces.name(connection, row.space_id)
        return Served(row.tick, bytes(row.body), row.object_no, space, row.class_id, row.twin)


def split_id(text: str) -> tuple[str, bytes] | None:
    """Return the type and the UUID of a STIX id, or ``None`` when *text* is none (STIX 2.1, 2.9)."""
    found = _ID.fullmatch(text)
    return (found[1], bytes.fromhex(found[2].replace("-", ""))) if found else None


def visible_rows(viewer: Viewer) -> Select[Any]:
    """Return the rows that are served to the viewer, with the contribution it holds of their observable."""
    return _rows_of(viewer).where(or_(~_r.c.special, _special_condition(viewer)))


def _placed(statement: Select[Any], viewer: Viewer, added_after: int | None) -> Select[Any]:
    """Return *statement* over few rows in the order in which they come to the viewer, with the ticks of that."""
    tick = position(viewer)
    if added_after is not None:
        statement = statement.where(tick > added_after)
    return statement.add_columns(tick.label("tick")).order_by("tick")


Stretch = Callable[[Select[Any]], Select[Any]]
"""Narrows a statement to one stretch of a viewer's ticks, in their order."""


def _stretches(connection: Connection, viewer: Viewer, low: int) -> Iterator[Stretch]:
    """Yield the stretches of the viewer's ticks after *low*, in order: the log itself, and between them what opened."""
    late = select(grants.c.since).where(grants.c.viewer_id == viewer.id, grants.c.since > 0)
    opened = select(openings).where(openings.c.last > low, openings.c.base.in_(late)).order_by(openings.c.base)
    for opening in connection.execute(opened).all():
        yield partial(_in_the_log, viewer=viewer, low=low, high=opening.base)
        for place in _opened_classes(connection, viewer, opening.base, low):
            yield partial(_opened, viewer=viewer, base=opening.base, place=place, low=max(low, opening.base))
        if opening.last > opening.guarded:
            yield partial(_opened_guards, viewer=viewer, opening=opening, low=max(low, opening.guarded))
        low = max(low, opening.last)
    yield partial(_in_the_log, viewer=viewer, low=low, high=None)


def _in_the_log(statement: Select[Any], *, viewer: Viewer, low: int, high: int | None) -> Select[Any]:
    """Rows that every grant they need is older than, where they are in the log."""
    statement = statement.add_columns(_r.c.seq.label("tick")).where(
        _g.c.since <= _r.c.seq, or_(~_r.c.special, _r.c.guard_class.is_(None), _guard_since(viewer) <= _r.c.seq)
    )
    if low >= 0:
        statement = statement.where(_r.c.seq > low)
    if high is not None:
        statement = statement.where(_r.c.seq < high)
    return statement.order_by(_r.c.seq)


def _opened_classes(connection: Connection, viewer: Viewer, base: int, low: int) -> list[tuple[int, int]]:
    """Return the classes that an opening opened to the viewer and whose ticks are not all before *low*, with blocks."""
    rows = connection.execute(
        select(grants.c.class_id, grants.c.block)
        .where(grants.c.viewer_id == viewer.id, grants.c.since > 0, grants.c.since == base)
        .order_by(grants.c.block)
    ).all()
    ends = [*(row.block for row in rows[1:]), None]
    return [(row.class_id, row.block) for row, end in zip(rows, ends, strict=True) if end is None or end > low]


def _opened(statement: Select[Any], *, viewer: Viewer, base: int, place: tuple[int, int], low: int) -> Select[Any]:
    """Rows of one class that are older than its grant."""
    class_id, block = place
    return (
        statement.add_columns((literal(block) + _r.c.class_no).label("tick"))
        .where(
            _r.c.class_id == class_id,
            _r.c.class_no > low - block,
            _r.c.seq < base,
            or_(~_r.c.special, _guard_since(viewer) <= base),
        )
        .order_by(_r.c.class_no)
    )


def _opened_guards(statement: Select[Any], *, viewer: Viewer, opening: Any, low: int) -> Select[Any]:  # noqa: ANN401  # a row
    """Rows that are older than the grant of the class that guards them; the grant of their own is older still."""
    late = select(grants.c.class_id).where(
        grants.c.viewer_id == viewer.id, grants.c.since == opening.base, grants.c.since > 0
    )
    return (
        statement.add_columns((literal(opening.guarded) + _r.c.object_no).label("tick"))
        .where(
            _r.c.guard_class.is_not(None),
            _r.c.guard_class.in_(late),
            _g.c.since < opening.base,
            _r.c.seq < opening.base,
            _r.c.object_no > low - opening.guarded,
        )
        .order_by(_r.c.object_no, _r.c.seq)
    )


def position(viewer: Viewer) -> ColumnElement[int]:
    """Return the tick at which a row of ``visible_rows`` comes to the viewer.

    It is the row's own unless the row is older than a grant it needs; then it is in the block that was reserved.
    """
    guard = _guard_since(viewer)
    late = and_(_r.c.guard_class.is_not(None), guard > _g.c.since, guard > _r.c.seq)
    return case((late, _guarded(guard) + _r.c.object_no), else_=_came(_r, _g))


def _came(row: FromClause, grant: FromClause) -> ColumnElement[int]:
    """Return the tick from which a viewer is entitled to a row by the grant of its class, whatever guards it."""
    return case((grant.c.since <= row.c.seq, row.c.seq), else_=grant.c.block + row.c.class_no)


def _rows_of(viewer: Viewer) -> Select[Any]:
    holder = _holder(viewer) if viewer.merges else literal(None).label("holder")
    columns = (_r.c.seq, _r.c.object_no, _r.c.class_id, _r.c.contribution, _r.c.twin, _o.c.body, _o.c.space_id, holder)
    return (
        select(*columns)
        .select_from(_r)
        .join(_g, and_(_g.c.viewer_id == viewer.id, _g.c.class_id == _class_of(_r)))
        .join(_o, _o.c.object_no == _r.c.object_no)
    )


def _class_of(row: FromClause) -> ColumnElement[int]:
    """Return the class of a row that is found in another way than by its class.

    Otherwise a database may look up class after class and sort all that is visible, instead of walking the log.
    """
    return row.c.class_id + 0


def _guard_since(viewer: Viewer) -> ColumnElement[Any]:
    """Return since when the class that guards a row is granted, 0 for a row without a guard."""
    other = grants.alias()
    query = select(other.c.since).where(other.c.viewer_id == viewer.id, other.c.class_id == _r.c.guard_class)
    return func.coalesce(query.scalar_subquery(), 0)


def _guarded(base: ColumnElement[Any]) -> ColumnElement[Any]:
    return select(openings.c.guarded).where(openings.c.base == base).scalar_subquery()


def _special_condition(viewer: Viewer) -> ColumnElement[bool]:
    conditions = and_(
        or_(_r.c.past_class.is_(None), ~_granted(viewer, _r.c.past_class)),
        or_(_r.c.guard_class.is_(None), _granted(viewer, _r.c.guard_class)),
    )
    if not viewer.merges:
        return and_(conditions, _r.c.heir_of.is_(None))
    was_held = _held_at(viewer, _r.c.since - 1)
    return and_(
        conditions,
        or_(_r.c.heir_of.is_(None), and_(_g.c.since <= _r.c.seq, was_held == _r.c.heir_of)),
        or_(_r.c.twin.is_(None), _is_first(viewer), and_(_may_be_sighting(), _is_active(_holder_now(viewer)))),
    )


def _granted(viewer: Viewer, class_id: ColumnElement[Any]) -> ColumnElement[bool]:
    other = grants.alias()
    return exists().where(other.c.viewer_id == viewer.id, other.c.class_id == class_id)


def _held_at(viewer: Viewer, tick: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the contribution that the viewer was served as it is at *tick*: the first one it was entitled to."""
    z = releases.alias()
    g = grants.alias()
    since = _came(z, g)
    return (
        select(z.c.contribution)
        .join(g, and_(g.c.viewer_id == viewer.id, g.c.class_id == _class_of(z)))
        .where(
            z.c.twin == _r.c.twin,
            since <= tick,
            z.c.heir_of.is_(None),
            or_(z.c.withdrawn.is_(None), z.c.withdrawn > tick),
            or_(z.c.past_class.is_(None), ~_granted(viewer, z.c.past_class)),
        )
        .order_by(since)
        .limit(1)
        .correlate(_r, _g)
        .scalar_subquery()
    )


def _holder_now(viewer: Viewer) -> ColumnElement[Any]:
    """Return what is held as of the row; a row that withdraws its own contribution is judged as of just before."""
    return _held_at(viewer, case((_r.c.withdrawn == _r.c.seq, _r.c.seq - 1), else_=_came(_r, _g)))


def _holder(viewer: Viewer) -> ColumnElement[Any]:
    return case((_r.c.twin.is_(None), None), else_=_holder_now(viewer)).label("holder")


def _is_first(viewer: Viewer) -> ColumnElement[bool]:
    return _holder_now(viewer) == _r.c.contribution


def is_sighting(viewer: Viewer) -> ColumnElement[bool]:
    """Return whether a visible row reaches the viewer as a sighting of another contribution."""
    if not viewer.merges:
        return literal(False)
    return and_(_r.c.special, _r.c.twin.is_not(None), _holder_now(viewer) != _r.c.contribution)


def _may_be_sighting() -> ColumnElement[bool]:
    """Only indicators and vulnerabilities can be sighted (STIX 2.1, 5.2); a copy of anything else says nothing new."""
    numbers = select(types.c.id).where(types.c.name.in_(sorted(merged_types())))
    return _r.c.type_id.in_(numbers)


def _is_active(contribution: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return whether *contribution* is still one of the observable, by its rows up to this one."""
    z = releases.alias()
    return (
        exists()
        .where(
            z.c.contribution == contribution,
            z.c.seq <= _came(_r, _g),
            z.c.withdrawn.is_(None),
            z.c.heir_of.is_(None),
        )
        .correlate(_r, _g)
    )


def _version_condition(query: Query, viewer: Viewer) -> ColumnElement[bool]:
    """Return what the version filter asks for; it comes after all others, so it chooses among what they leave."""
    match query.versions:
        case LatestVersion():
            return _is_latest_version(viewer, query.added_after)
        case AllVersions():
            return true()
        case ChosenVersions(first=first, last=last, instants=instants):
            conditions = _of_instants(viewer, instants) if instants else []
            if last:
                conditions.append(_is_latest_version(viewer, query.added_after))
            if first:
                conditions.append(~_other_version(viewer, query.added_after, older=True))
            return or_(literal(False), *conditions)


def _of_instants(viewer: Viewer, instants: frozenset[int]) -> list[ColumnElement[bool]]:
    """An object without versions of its own has the time it was added for one (TAXII 2.1, 5.3.1)."""
    ticks = [tick for each in instants if (tick := microseconds_of(each)) is not None]
    return [_o.c.version.in_(sorted(instants)), and_(_o.c.version == 0, position(viewer).in_(sorted(ticks)))]


def _is_latest_version(viewer: Viewer, added_after: int | None) -> ColumnElement[bool]:
    """In a plain collection a version may come after the one that replaces it; then it is the latest of its time."""
    if added_after is None:
        return _r.c.latest
    return or_(_r.c.latest, and_(~_r.c.special, ~_other_version(viewer, added_after, older=False)))


def _other_version(viewer: Viewer, added_after: int | None, *, older: bool) -> ColumnElement[bool]:
    """Return whether there is an older or newer version of the row's object among what was added in time."""
    p = objects.alias()
    pr = releases.alias()
    g = grants.alias()
    return exists().where(
        p.c.uuid == _o.c.uuid,
        p.c.contribution == _o.c.contribution,
        p.c.version < _o.c.version if older else p.c.version > _o.c.version,
        pr.c.object_no == p.c.object_no,
        g.c.viewer_id == viewer.id,
        g.c.class_id == _class_of(pr),
        true() if added_after is None else _came(pr, g) > added_after,
    )


def count_visible(connection: Connection, viewer: Viewer) -> int:
    """Return how many rows the viewer may read now."""
    rows = visible_rows(viewer).where(_r.c.latest).subquery()
    return int(connection.execute(select(func.count()).select_from(rows)).scalar_one())
