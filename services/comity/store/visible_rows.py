"""The newest versions that a viewer is served as they are, read by their numbers or from the end, without their bodies.

The statements are made once for each shape of viewer (``prepared``): a search is mostly the time to make statements.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, and_, bindparam, select

from comity.store.grants import Viewer
from comity.store.prepared import Prepared
from comity.store.search_conditions import among, contributions, numbers_for
from comity.store.tables import terms
from comity.store.visibility import is_sighting, shape_of, values_of, visible_rows
from comity.store.visibility import visible_object as _o
from comity.store.visibility import visible_release as _r


class Row(NamedTuple):
    """A version that the viewer is served as it is."""

    number: int
    seq: int
    type_id: int
    class_id: int
    twin: int | None
    space_id: int
    revoked: bool
    kind: str | None
    value: str | None
    """The observable that it states, where that is kept for search."""
    is_shared: bool
    """Whether others may have contributed the observable as well."""


class VisibleRows:
    """Reads rows of one database."""

    def __init__(self) -> None:
        self._statements: dict[tuple[str, tuple[bool, bool]], Prepared] = {}

    def numbered(self, connection: Connection, viewer: Viewer, numbers: Sequence[int]) -> list[Row]:
        """Return the rows of the objects with some numbers, the newest first."""
        statement = self._prepared("numbered", connection, viewer, lambda: _numbered(connection, viewer))
        return _rows(statement, connection, {**values_of(viewer), "numbers": numbers_for(connection, numbers)})

    def below(self, connection: Connection, viewer: Viewer, high: int, *, low: int, limit: int) -> list[Row]:
        """Return the newest rows of objects from the number *low* to before *high*, the newest first."""
        statement = self._prepared("below", connection, viewer, lambda: _below(viewer))
        return _rows(statement, connection, {**values_of(viewer), "high": high, "low": low, "limit": limit})

    def bodies(self, connection: Connection, viewer: Viewer, numbers: Sequence[int]) -> dict[int, tuple[int, bytes]]:
        """Return by number the contribution and the body of those of some objects that the viewer is served."""
        statement = self._prepared("bodies", connection, viewer, lambda: _bodies(connection, viewer))
        values = {**values_of(viewer), "numbers": numbers_for(connection, numbers)}
        return {number: (origin, bytes(body)) for number, origin, body in statement.rows(connection, values)}

    def sources(self, connection: Connection, viewer: Viewer, twins: Iterable[int]) -> dict[int, set[int]]:
        """Return the spaces whose contributions the viewer may read, of observables that have several."""
        wanted = sorted(set(twins))
        found: dict[int, set[int]] = {}
        if wanted:
            statement = self._prepared("sources", connection, viewer, lambda: _sources(connection, viewer))
            values = {**values_of(viewer), "numbers": numbers_for(connection, wanted)}
            for twin, space_id in statement.rows(connection, values):
                found.setdefault(twin, set()).add(space_id)
        return found

    def _prepared(self, name: str, connection: Connection, viewer: Viewer, make: Callable[[], Select[Any]]) -> Prepared:
        key = (name, shape_of(viewer))
        found = self._statements.get(key)
        if found is None:
            found = self._statements[key] = Prepared(make(), connection)
        return found


def served(viewer: Viewer) -> Select[Any]:
    """Return the newest versions that the viewer is served as they are, with the observable they state."""
    rows = visible_rows(viewer).where(_r.c.latest, ~is_sighting(viewer))
    return rows.outerjoin(terms, terms.c.object_no == _r.c.object_no)


def _columns(viewer: Viewer) -> Select[Any]:
    is_shared = and_(_r.c.twin.is_not(None), ~_o.c.revoked)
    return (
        served(viewer)
        .with_only_columns(
            _r.c.object_no,
            _r.c.seq,
            _r.c.type_id,
            _r.c.class_id,
            _r.c.twin,
            _o.c.space_id,
            _o.c.revoked,
            terms.c.kind,
            terms.c.value,
            is_shared,
        )
        .order_by(_r.c.object_no.desc())
    )


def _numbered(connection: Connection, viewer: Viewer) -> Select[Any]:
    return _columns(viewer).where(among(connection, _r.c.object_no))


def _bodies(connection: Connection, viewer: Viewer) -> Select[Any]:
    wanted = served(viewer).where(among(connection, _r.c.object_no))
    return wanted.with_only_columns(_r.c.object_no, _r.c.contribution, _o.c.body)


def _below(viewer: Viewer) -> Select[Any]:
    bounded = _columns(viewer).where(_r.c.object_no < bindparam("high"), _r.c.object_no >= bindparam("low"))
    return bounded.limit(bindparam("limit"))


def _sources(connection: Connection, viewer: Viewer) -> Select[Any]:
    shared = contributions(viewer).where(among(connection, _r.c.twin)).subquery()
    return select(shared.c.twin, shared.c.space_id)


def _rows(statement: Prepared, connection: Connection, values: dict[str, Any]) -> list[Row]:
    return [Row(*row) for row in statement.rows(connection, values)]
