"""What was on warning lists when it was taken in."""

from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import Connection, delete, select

from comity.store.feed_tables import warned
from comity.store.prepared import insert_rows

_CHUNK = 5_000


def note(connection: Connection, found: Mapping[str, Sequence[str]]) -> None:
    """Remember the lists that objects are on, by their ids, instead of what was noted of them before."""
    if not found:
        return
    connection.execute(delete(warned).where(warned.c.object_id.in_(found)))
    rows = [{"object_id": key, "lists": msgspec.json.encode(names).decode()} for key, names in found.items()]
    insert_rows(connection, warned, rows)


def noted(connection: Connection, ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the lists noted of objects, by their ids; those of which none is noted are left out."""
    found: dict[str, tuple[str, ...]] = {}
    for start in range(0, len(ids), _CHUNK):
        query = select(warned).where(warned.c.object_id.in_(ids[start : start + _CHUNK]))
        for row in connection.execute(query):
            found[row.object_id] = msgspec.json.decode(row.lists, type=tuple[str, ...])
    return found
