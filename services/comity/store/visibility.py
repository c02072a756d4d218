"""Which rows of the release log a viewer is served: decided inside the query, and nowhere else.

A row is served when its class is granted to the viewer. Rows marked *special* carry further conditions (see
``tables.releases``). For a viewer that merges, the first contribution of an observable that it is entitled to is served
as it is; each further one as a sighting of that one.
"""

from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    FromClause,
    Select,
    and_,
    bindparam,
    case,
    exists,
    false,
    func,
    literal,
    or_,
    select,
)

from comity.store.grants import Viewer
from comity.store.release_log import merged_types
from comity.store.tables import grants, objects, openings, releases, spaces, types

_r = releases.alias("r")
_o = objects.alias("o")
_g = grants.alias("g")
visible_release, visible_object, visible_grant = _r, _o, _g
"""The tables that ``visible_rows`` joins, for further conditions on the same rows."""

ROW = (_r.c.seq, _r.c.object_no, _r.c.class_id, _r.c.contribution, _r.c.twin, _o.c.body, _o.c.space_id)
"""What is read of a row."""


def visible_rows(viewer: Viewer) -> Select[Any]:
    """Return the rows that are served to the viewer: ``ROW``, and the contribution it holds of their observable."""
    holder = _holder(viewer) if viewer.merges else literal(None).label("holder")
    return (
        select(*ROW, holder)
        .select_from(_r)
        .join(_g, and_(_g.c.viewer_id == number_of(viewer), _g.c.class_id == class_of(_r)))
        .join(_o, _o.c.object_no == _r.c.object_no)
        .where(or_(~_r.c.special, _special_condition(viewer)))
    )


def class_of(row: FromClause) -> ColumnElement[int]:
    """Return the class of a row that is found in another way than by its class.

    Otherwise a database may look up class after class and sort all that is visible, instead of walking the log.
    """
    return row.c.class_id + 0


def position(viewer: Viewer) -> ColumnElement[int]:
    """Return the tick at which a row of ``visible_rows`` comes to the viewer.

    It is the row's own unless the row is older than a grant it needs; then it is in the block that was reserved.
    """
    guard = guard_since(viewer)
    late = and_(_r.c.guard_class.is_not(None), guard > _g.c.since, guard > _r.c.seq)
    return case((late, _guarded(guard) + _r.c.object_no), else_=came(_r, _g))


def came(row: FromClause, grant: FromClause) -> ColumnElement[int]:
    """Return the tick from which a viewer is entitled to a row by the grant of its class, whatever guards it."""
    return case((grant.c.since <= row.c.seq, row.c.seq), else_=grant.c.block + row.c.class_no)


def guard_since(viewer: Viewer) -> ColumnElement[Any]:
    """Return since when the class that guards a row is granted, 0 for a row without a guard."""
    other = grants.alias()
    query = select(other.c.since).where(other.c.viewer_id == number_of(viewer), other.c.class_id == _r.c.guard_class)
    return func.coalesce(query.scalar_subquery(), 0)


def _guarded(base: ColumnElement[Any]) -> ColumnElement[Any]:
    return select(openings.c.guarded).where(openings.c.base == base).scalar_subquery()


def _special_condition(viewer: Viewer) -> ColumnElement[bool]:
    conditions = and_(
        or_(_r.c.past_class.is_(None), ~granted(viewer, _r.c.past_class)),
        or_(_r.c.guard_class.is_(None), granted(viewer, _r.c.guard_class), _is_of_own(viewer)),
    )
    if not viewer.merges:
        return and_(conditions, _r.c.heir_of.is_(None))
    was_held = _held_at(viewer, _r.c.since - 1)
    return and_(
        conditions,
        or_(_r.c.heir_of.is_(None), and_(_g.c.since <= _r.c.seq, was_held == _r.c.heir_of)),
        or_(_r.c.twin.is_(None), _is_first(viewer), and_(_may_be_sighting(), _is_active(_holder_now(viewer)))),
    )


def _is_of_own(viewer: Viewer) -> ColumnElement[bool]:
    """Return whether a row is a sighting of an object of the member whose node the viewer is: it is not served that."""
    if viewer.node_of is None:
        return false()
    z = objects.alias()
    owner = select(spaces.c.id).where(spaces.c.name == bindparam("viewer_node", viewer.node_of)).scalar_subquery()
    return exists().where(z.c.object_no == _r.c.about, z.c.space_id == owner)


def granted(viewer: Viewer, class_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return whether a class is granted to the viewer."""
    other = grants.alias()
    return exists().where(other.c.viewer_id == number_of(viewer), other.c.class_id == class_id)


def _held_at(viewer: Viewer, tick: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the contribution that the viewer was served as it is at *tick*: the first one it was entitled to."""
    z = releases.alias()
    g = grants.alias()
    since = came(z, g)
    return (
        select(z.c.contribution)
        .join(g, and_(g.c.viewer_id == number_of(viewer), g.c.class_id == class_of(z)))
        .where(
            z.c.twin == _r.c.twin,
            since <= tick,
            z.c.heir_of.is_(None),
            or_(z.c.withdrawn.is_(None), z.c.withdrawn > tick),
            or_(z.c.past_class.is_(None), ~granted(viewer, z.c.past_class)),
        )
        .order_by(since)
        .limit(1)
        .correlate(_r, _g)
        .scalar_subquery()
    )


def _holder_now(viewer: Viewer) -> ColumnElement[Any]:
    """Return what is held as of the row; a row that withdraws its own contribution is judged as of just before."""
    return _held_at(viewer, case((_r.c.withdrawn == _r.c.seq, _r.c.seq - 1), else_=came(_r, _g)))


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
    numbers = select(types.c.id).where(or_(*(types.c.name == name for name in sorted(merged_types()))))
    return _r.c.type_id.in_(numbers)


def _is_active(contribution: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return whether *contribution* is still one of the observable, by its rows up to this one."""
    z = releases.alias()
    return (
        exists()
        .where(
            z.c.contribution == contribution, z.c.seq <= came(_r, _g), z.c.withdrawn.is_(None), z.c.heir_of.is_(None)
        )
        .correlate(_r, _g)
    )


def values_of(viewer: Viewer) -> dict[str, Any]:
    """Return the values that make a statement that was built for one viewer that of another of its shape."""
    return {"viewer": viewer.id} if viewer.node_of is None else {"viewer": viewer.id, "viewer_node": viewer.node_of}


def shape_of(viewer: Viewer) -> tuple[bool, bool]:
    """Return what a statement that was built for a viewer depends on, but for ``values_of``."""
    return viewer.merges, viewer.node_of is not None


def number_of(viewer: Viewer) -> BindParameter[int]:
    """Return the viewer's number under a name, so that a statement made for one viewer can be run for another."""
    return bindparam("viewer", viewer.id)
