"""What members registered as their own, and the hints that follow from it: for owners only, and naming nobody."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, delete, insert, select

from comity.dedup.canonical import Observable
from comity.store.exposure_tables import exposures, hints
from comity.store.tables import objects, releases, spaces, terms, types

_CHUNK = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """An object that states an observable now."""

    uuid: bytes
    object_id: str
    owner: str
    class_id: int
    observable: Observable


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """An object that matches what so many members registered who are not served it."""

    object_id: str
    members: int
    at: int


def register(connection: Connection, member: str, values: Iterable[str]) -> None:
    """Keep what a member registers, in place of what it had registered."""
    connection.execute(delete(exposures).where(exposures.c.member == member))
    if rows := [{"member": member, "value": value} for value in sorted(set(values))]:
        connection.execute(insert(exposures), rows)


def registered(connection: Connection) -> dict[str, frozenset[str]]:
    """Return by value which members registered it."""
    found: dict[str, set[str]] = {}
    for row in connection.execute(select(exposures)):
        found.setdefault(row.value, set()).add(row.member)
    return {value: frozenset(members) for value, members in found.items()}


def stated(connection: Connection, uuids: Sequence[bytes] | None = None) -> Iterator[Stated]:
    """Yield every object that states an observable and is not revoked, or those of some ids."""
    query = (
        select(objects.c.uuid, types.c.name, spaces.c.name, objects.c.class_id, terms.c.kind, terms.c.value)
        .join(terms, terms.c.object_no == objects.c.object_no)
        .join(releases, releases.c.object_no == objects.c.object_no)
        .join(types, types.c.id == objects.c.type_id)
        .join(spaces, spaces.c.id == objects.c.space_id)
        .where(releases.c.latest, ~objects.c.revoked)
        .distinct()
    )
    portions = [None] if uuids is None else [uuids[start : start + _CHUNK] for start in range(0, len(uuids), _CHUNK)]
    for some in portions:
        for uuid, type_name, owner, class_id, kind, value in connection.execute(
            query if some is None else query.where(objects.c.uuid.in_(some))
        ):
            yield Stated(
                uuid=bytes(uuid),
                object_id=f"{type_name}--{UUID(bytes=bytes(uuid))}",
                owner=owner,
                class_id=class_id,
                observable=Observable(kind=kind, value=value),
            )


def put_hint(connection: Connection, one: Stated, members: int, now: int) -> None:
    """Keep a hint, or drop it where no member is left."""
    known = (hints.c.uuid == one.uuid, hints.c.owner == one.owner)
    connection.execute(delete(hints).where(*known))
    if members:
        values = {"uuid": one.uuid, "owner": one.owner, "object_id": one.object_id, "members": members, "at": now}
        connection.execute(insert(hints).values(values))


def drop_hints(connection: Connection) -> None:
    """Drop every hint, because all objects will be looked at again."""
    connection.execute(delete(hints))


def hints_for(connection: Connection, owner: str) -> list[Hint]:
    """Return the hints for an owner, about what it has not taken back or declared invalid since."""
    live = (
        select(objects.c.uuid)
        .join(releases, releases.c.object_no == objects.c.object_no)
        .where(releases.c.latest, ~objects.c.revoked)
    )
    query = select(hints).where(hints.c.owner == owner, hints.c.uuid.in_(live)).order_by(hints.c.at, hints.c.object_id)
    return [Hint(object_id=row.object_id, members=row.members, at=row.at) for row in connection.execute(query)]
