"""What a request asks of the release log, as conditions whose statement is compiled once for each *shape* of request.

Two requests have the same shape when they differ only in values: another viewer, another id, another time. Pollers ask
in few shapes, so nearly every request finds its statement ready (TAXII 2.1, 3.4 and 3.5).
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, exists, false, or_, true

from comity.store.grants import Viewer
from comity.store.tables import grants, objects, releases
from comity.store.visibility import came, class_of, is_sighting, position, shape_of
from comity.store.visibility import visible_object as _o
from comity.store.visibility import visible_release as _r
from comity.taxii.filters import AllVersions, ChosenVersions, LatestVersion, Query
from comity.taxii.timestamps import microseconds_of

Condition = Callable[[], ColumnElement[bool]]
_T = TypeVar("_T")


@dataclass(slots=True)
class PageQuery:
    """The conditions on rows, in the order they were asked; each is built only where no statement is ready."""

    viewer: Viewer
    values: dict[str, Any] = field(default_factory=dict)
    """The values of the statement, by name."""
    conditions: list[Condition] = field(default_factory=list)
    _shape: list[Hashable] = field(default_factory=list)

    @property
    def shape(self) -> tuple[Hashable, ...]:
        """What the statement depends on."""
        return (shape_of(self.viewer), *self._shape)

    def where(self, shape: Hashable, condition: Condition, values: Mapping[str, Any] | None = None) -> None:
        """Ask for rows that fulfil *condition*, which may depend on nothing but *shape*."""
        self._shape.append(shape)
        self.conditions.append(condition)
        if values:
            self.values.update(values)

    def types(self, numbers: Sequence[int], *, sightings: bool) -> None:
        """Ask for types; what is rendered as a sighting has that type, whatever it is stored as."""
        numbers = _padded(numbers)
        viewer = self.viewer

        def condition() -> ColumnElement[bool]:
            plain = and_(_one_of(_r.c.type_id, "type", len(numbers)), ~is_sighting(viewer))
            return or_(plain, is_sighting(viewer)) if sightings else plain

        self.where(("types", len(numbers), sightings), condition, _named("type", numbers))

    def ids(self, by_type: Mapping[int, Sequence[bytes]], rendered: Sequence[int]) -> None:
        """Ask for ids, of objects as they are stored by type, or at the ticks *rendered*."""
        viewer, groups = self.viewer, [(number, _padded(uuids)) for number, uuids in by_type.items()]
        counts, ticks = tuple(len(uuids) for _, uuids in groups), _padded(rendered)

        def condition() -> ColumnElement[bool]:
            pairs = [
                and_(_o.c.type_id == bindparam(f"idtype{place}"), _one_of(_o.c.uuid, f"id{place}_", count))
                for place, count in enumerate(counts)
            ]
            stored = and_(or_(false(), *pairs), ~is_sighting(viewer))
            return or_(stored, _one_of(position(viewer), "rendered", len(ticks))) if ticks else stored

        values = _named("rendered", ticks)
        for place, (number, uuids) in enumerate(groups):
            values |= {f"idtype{place}": number, **_named(f"id{place}_", uuids)}
        self.where(("ids", counts, len(ticks)), condition, values)

    def object(self, uuid: bytes, type_id: int) -> None:
        """Ask for the versions of one object as they are stored."""
        viewer = self.viewer

        def condition() -> ColumnElement[bool]:
            return and_(_o.c.uuid == bindparam("uuid"), _o.c.type_id == bindparam("objecttype"), ~is_sighting(viewer))

        self.where("object", condition, {"uuid": uuid, "objecttype": type_id})

    def filters(self, query: Query) -> None:
        """Ask for what the query says of versions; they choose among what is left, also by time (3.4.1).

        The time itself is asked for by the stretch, for it depends on where a row comes to the viewer.
        """
        since = query.added_after is not None
        if since:
            self.values["added_after"] = query.added_after
        viewer = self.viewer
        match query.versions:
            case LatestVersion():
                self.where(("latest", since), lambda: _is_latest_version(viewer, since=since))
            case AllVersions():
                self.where("all", true)
            case ChosenVersions(first=first, last=last, instants=instants):
                named = _padded(sorted(instants))
                ticks = _padded([tick for each in sorted(instants) if (tick := microseconds_of(each)) is not None])

                def condition() -> ColumnElement[bool]:
                    conditions = [_one_of(_o.c.version, "version", len(named))] if named else []
                    if ticks:
                        # An object without versions of its own has the time it was added for one (5.3.1).
                        conditions.append(and_(_o.c.version == 0, _one_of(position(viewer), "tick", len(ticks))))
                    if last:
                        conditions.append(_is_latest_version(viewer, since=since))
                    if first:
                        conditions.append(~_other_version(viewer, since=since, older=True))
                    return or_(false(), *conditions)

                shape = ("chosen", first, last, len(named), len(ticks), since)
                self.where(shape, condition, _named("version", named) | _named("tick", ticks))


def _is_latest_version(viewer: Viewer, *, since: bool) -> ColumnElement[bool]:
    """In a plain collection a version may come after the one that replaces it; then it is the latest of its time."""
    if not since:
        return _r.c.latest
    return or_(_r.c.latest, and_(~_r.c.special, ~_other_version(viewer, since=True, older=False)))


def _other_version(viewer: Viewer, *, since: bool, older: bool) -> ColumnElement[bool]:
    """Return whether there is an older or newer version of the row's object among what was added in time."""
    p = objects.alias()
    pr = releases.alias()
    g = grants.alias()
    return exists().where(
        p.c.uuid == _o.c.uuid,
        p.c.contribution == _o.c.contribution,
        p.c.version < _o.c.version if older else p.c.version > _o.c.version,
        pr.c.object_no == p.c.object_no,
        g.c.viewer_id == bindparam("viewer", viewer.id),
        g.c.class_id == class_of(pr),
        came(pr, g) > bindparam("added_after") if since else true(),
    )


def _one_of(column: ColumnElement[Any], name: str, count: int) -> ColumnElement[bool]:
    parameters: list[BindParameter[Any]] = [bindparam(f"{name}{place}") for place in range(count)]
    return column.in_(parameters) if parameters else false()


def _named(name: str, values: Iterable[object]) -> dict[str, Any]:
    return {f"{name}{place}": value for place, value in enumerate(values)}


def _padded(values: Sequence[_T]) -> list[_T]:
    """Return the values with the last one repeated, so that lists of nearly one length have one shape."""
    wanted = 1 << max(len(values) - 1, 0).bit_length()
    return [*values, *[values[-1]] * (wanted - len(values))] if values else []
