"""What a viewer reads, page by page: TAXII 2.1, 3.3 to 3.5 and 5.3 to 5.8."""

import re
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    LargeBinary,
    Select,
    Text,
    bindparam,
    case,
    cast,
    desc,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from comity.store.grants import Viewer
from comity.store.interning import Names
from comity.store.page_query import PageQuery
from comity.store.prepared import Prepared, Row
from comity.store.stretches import InTheLog, Stretch, Stretches
from comity.store.tables import spaces, types
from comity.store.visibility import ROW, is_sighting, position, shape_of, values_of, visible_rows
from comity.store.visibility import visible_object as _o
from comity.store.visibility import visible_release as _r
from comity.taxii.filters import EVERYTHING, Query

STIX_21 = "2.1"
_ID = re.compile(r"([^\0]{1,250}?)--([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})")
_CONTRIBUTION, _HOLDER, _TICK = 3, 7, 8
_MOST_SIGHTINGS = 100_000
_CHUNK = 500
_MOST_STATEMENTS = 512


class Served(msgspec.Struct, frozen=True):
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


@dataclass(frozen=True, slots=True)
class JoinedPage:
    """A page whose objects the database has put together: their bodies as they are, a comma between any two."""

    bodies: bytes
    first: int
    last: int
    more: bool
    class_ids: Sequence[int]
    ticks: Sequence[int]
    """The class and the tick of each object, if they were asked for."""


class Pages:
    """Reads the release log for one viewer at a time."""

    def __init__(self) -> None:
        self._types = Names(types, types.c.name)
        self._spaces = Names(spaces, spaces.c.name)
        self._stretches = Stretches()
        self._statements: dict[Hashable, Prepared] = {}

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
        if not _of_stix_21(query):
            return Page((), more=False)
        asked = self._asked(connection, viewer, query, rendered)
        rows: list[Row] = []
        for stretch in self._parts(connection, viewer, _low(query, after), limit + 1):
            make = partial(_stretch_statement, asked, stretch)
            statement = self._prepared(connection, ("rows", stretch.shape, *asked.shape), make)
            values = {**asked.values, **values_of(viewer), **stretch.values, "limit": limit + 1 - len(rows)}
            rows += statement.rows(connection, values)
            if len(rows) > limit:
                break
        return self._cut(connection, rows, viewer, limit)

    def joined(
        self, connection: Connection, viewer: Viewer, query: Query, *, after: int | None, limit: int, detailed: bool
    ) -> JoinedPage | None:
        """Return what ``page`` does as one text, with the class and tick of each object if it is to be *detailed*.

        ``None`` means that the page is empty, has a row that reaches the viewer as a sighting, or may have some that
        were opened to it later or are further off than expected.
        """
        if not _of_stix_21(query):
            return None
        stretch, *more = self._stretches.after(connection, viewer, _low(query, after))
        if more:
            return None
        stretch = next(self._stretches.parts(connection, viewer, stretch, limit))
        asked = self._asked(connection, viewer, query, ())
        values = {**asked.values, **values_of(viewer), **stretch.values, "limit": limit}
        make = partial(_joined_statement, connection, asked, stretch, detailed=detailed)
        key = ("joined", detailed, stretch.shape, *asked.shape)
        row = self._prepared(connection, key, make).rows(connection, values)[0]
        count, first, last, bodies, sightings, class_ids, ticks = row
        is_short = count < limit and isinstance(stretch, InTheLog) and stretch.high is not None
        if not count or sightings or is_short:
            return None
        has_more = count == limit and self._has_more(connection, asked, last)
        return JoinedPage(bytes(bodies), first, last, has_more, _numbers(class_ids), _numbers(ticks))

    def latest(
        self, connection: Connection, viewer: Viewer, uuid: bytes, type_name: str
    ) -> tuple[int, int, bytes] | None:
        """Return tick, class and body of the latest version of one object, if the viewer is served it as it is."""
        type_id = self._types.find(connection, type_name)
        if type_id is None:
            return None
        statement = self._prepared(connection, ("latest", shape_of(viewer)), partial(_latest_statement, viewer))
        rows = statement.rows(connection, {"uuid": uuid, "objecttype": type_id, **values_of(viewer)})
        return (rows[0][0], rows[0][1], bytes(rows[0][2])) if rows else None

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
        if type_id is None or not _of_stix_21(query):
            return Page((), more=False)
        asked = PageQuery(viewer)
        asked.filters(query)
        asked.object(uuid, type_id)
        statement = self._prepared(connection, ("placed", *asked.shape), partial(_placed_statement, asked))
        values = {**asked.values, **values_of(viewer), "low": _low(query, after), "limit": limit + 1}
        return self._cut(connection, statement.rows(connection, values), viewer, limit)

    def sightings(self, connection: Connection, viewer: Viewer, query: Query) -> list[Served]:
        """Return every row that is rendered as a sighting for this viewer, of the versions that *query* names."""
        asked = PageQuery(viewer)
        asked.filters(query)
        asked.where("sightings", lambda: is_sighting(viewer))
        statement = self._prepared(connection, ("placed", *asked.shape), partial(_placed_statement, asked))
        values = {**asked.values, **values_of(viewer), "low": _low(query, None), "limit": _MOST_SIGHTINGS}
        return self._served(connection, statement.rows(connection, values), viewer)

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
        statement = visible_rows(alone).add_columns(position(alone).label("tick"))
        rows = connection.execute(statement.where(_r.c.latest, _o.c.twin == twin).order_by("tick")).all()
        return [self._plain(connection, tuple(row)) for row in rows]

    def _asked(self, connection: Connection, viewer: Viewer, query: Query, rendered: Collection[int]) -> PageQuery:
        asked = PageQuery(viewer)
        asked.filters(query)
        if query.types is not None:
            numbers = [
                number for name in sorted(query.types) if (number := self._types.find(connection, name)) is not None
            ]
            asked.types(numbers, sightings="sighting" in query.types)
        if query.ids is not None:
            by_type: dict[int, list[bytes]] = {}
            for text in sorted(query.ids):
                found = split_id(text)
                number = self._types.find(connection, found[0]) if found else None
                if found and number is not None:
                    by_type.setdefault(number, []).append(found[1])
            asked.ids(by_type, sorted(rendered))
        return asked

    def _cut(self, connection: Connection, rows: Sequence[Row], viewer: Viewer, limit: int) -> Page:
        end = rows[:limit][-1][_TICK] if rows else None
        return Page(self._served(connection, rows[:limit], viewer), more=len(rows) > limit, end=end)

    def _has_more(self, connection: Connection, asked: PageQuery, last: int) -> bool:
        """Return whether a row comes after the last one of a full page in the last stretch."""
        values = {**asked.values, **values_of(asked.viewer), "limit": 1}
        for rest in self._stretches.parts(connection, asked.viewer, InTheLog(low=last), 1):
            make = partial(_stretch_statement, asked, rest)
            statement = self._prepared(connection, ("rows", rest.shape, *asked.shape), make)
            if statement.rows(connection, {**values, **rest.values}):
                return True
        return False

    def _parts(self, connection: Connection, viewer: Viewer, low: int, wanted: int) -> Iterator[Stretch]:
        for stretch in self._stretches.after(connection, viewer, low):
            yield from self._stretches.parts(connection, viewer, stretch, wanted)

    def _prepared(self, connection: Connection, key: Hashable, make: Callable[[], Select[Any]]) -> Prepared:
        found = self._statements.get(key)
        if found is None:
            if len(self._statements) >= _MOST_STATEMENTS:
                self._statements.clear()
            found = self._statements[key] = Prepared(make(), connection)
        return found

    def _served(self, connection: Connection, rows: Sequence[Sequence[Any]], viewer: Viewer) -> list[Served]:
        """Return what is served of rows; nothing for what is a sighting of what was purged since they were read."""
        plain = [self._plain(connection, row) for row in rows]
        if not viewer.merges:
            return plain
        held = {row[_HOLDER] for row in rows if row[_HOLDER] not in (None, row[_CONTRIBUTION])}
        if not held:
            return plain
        newest = self._newest(connection, sorted(held))
        served: list[Served] = []
        for one, row in zip(plain, rows, strict=True):
            holder = row[_HOLDER]
            if holder is None or holder == row[_CONTRIBUTION]:
                served.append(one)
            elif holder in newest:
                served.append(msgspec.structs.replace(one, sighting_of=newest[holder]))
        return served

    def _newest(self, connection: Connection, contributions: Sequence[int]) -> dict[int, Served]:
        """Return the newest version of each of several contributions that is still stored."""
        found: dict[int, Served] = {}
        for start in range(0, len(contributions), _CHUNK):
            statement = (
                select(*ROW, literal(None), _r.c.seq)
                .join(_o, _o.c.object_no == _r.c.object_no)
                .where(_r.c.contribution.in_(contributions[start : start + _CHUNK]))
                .order_by(_r.c.latest, _r.c.seq)
            )
            rows = connection.execute(statement).all()
            found |= {row.contribution: self._plain(connection, tuple(row)) for row in rows}
        return found

    def _plain(self, connection: Connection, row: Sequence[Any]) -> Served:
        _, object_no, class_id, _, twin, body, space_id, _, tick = row[: _TICK + 1]
        return Served(tick, bytes(body), object_no, self._spaces.name(connection, space_id), class_id, twin)


def split_id(text: str) -> tuple[str, bytes] | None:
    """Return the type and the UUID of a STIX id, or ``None`` when *text* is none (STIX 2.1, 2.9)."""
    found = _ID.fullmatch(text)
    return (found[1], bytes.fromhex(found[2].replace("-", ""))) if found else None


def _of_stix_21(query: Query) -> bool:
    return query.spec_versions is None or STIX_21 in query.spec_versions


def _low(query: Query, after: int | None) -> int:
    """Return the tick after which a page begins."""
    return max(-1 if after is None else after, -1 if query.added_after is None else query.added_after)


def _conditions(asked: PageQuery) -> Select[Any]:
    return visible_rows(asked.viewer).where(*(each() for each in asked.conditions))


def _stretch_statement(asked: PageQuery, stretch: Stretch) -> Select[Any]:
    return stretch.narrow(_conditions(asked), asked.viewer).limit(bindparam("limit"))


def _placed_statement(asked: PageQuery) -> Select[Any]:
    """Return the statement for few rows, wherever they come to the viewer."""
    tick = position(asked.viewer)
    statement = _conditions(asked).add_columns(tick.label("tick")).where(tick > bindparam("low"))
    return statement.order_by("tick").limit(bindparam("limit"))


def _latest_statement(viewer: Viewer) -> Select[Any]:
    asked = PageQuery(viewer)
    asked.filters(EVERYTHING)
    asked.object(b"", 0)
    tick = position(viewer).label("tick")
    return _conditions(asked).with_only_columns(tick, _r.c.class_id, _o.c.body).order_by("tick").limit(1)


def _numbers(text: str | None) -> list[int]:
    return list(map(int, text.split(","))) if text else []


def _joined_statement(connection: Connection, asked: PageQuery, stretch: Stretch, *, detailed: bool) -> Select[Any]:
    """Return one row: how many objects, the first and last tick, the bodies, how many sightings, classes and ticks."""
    inner = _stretch_statement(asked, stretch)
    wanted: list[ColumnElement[Any]] = [_r.c.seq, _o.c.body, *([_r.c.class_id] if detailed else [])]
    if asked.viewer.merges:
        wanted.append(case((is_sighting(asked.viewer), 1), else_=0).label("sighting"))
    page = inner.with_only_columns(*wanted).subquery()
    joined = _joined_in_sqlite if connection.dialect.name == "sqlite" else _joined_in_postgresql
    return select(
        func.count(),
        func.min(page.c.seq),
        func.max(page.c.seq),
        joined(page.c.body, page.c.seq),
        func.sum(page.c.sighting) if asked.viewer.merges else literal(0),
        cast(joined(cast(page.c.class_id, Text), page.c.seq), Text) if detailed else literal(None),
        cast(joined(cast(page.c.seq, Text), page.c.seq), Text) if detailed else literal(None),
    )


def _joined_in_sqlite(column: ColumnElement[Any], _order: ColumnElement[Any]) -> ColumnElement[Any]:
    """SQLite puts together what a subquery with an order of its own yields in that order."""
    return cast(func.group_concat(column, ","), LargeBinary)


def _joined_in_postgresql(column: ColumnElement[Any], order: ColumnElement[Any]) -> ColumnElement[Any]:
    kind = column.type
    return func.string_agg(
        column, aggregate_order_by(cast(b"," if isinstance(kind, LargeBinary) else ",", kind), order)
    )
