"""Status resources: kept for a day at least, across restarts, and packed (TAXII 2.1, 4.3)."""

from isal import isal_zlib
from sqlalchemy import Connection, delete, insert, select

from comity.store.tables import statuses

_FASTEST = 1
KEPT = 48 * 3600 * 1_000_000
"""How long a status is kept, in microseconds."""


def put(connection: Connection, status_id: str, *, root: str, collection_id: str, body: bytes, now: int) -> None:
    """Keep a status, and drop those that have been kept long enough."""
    connection.execute(delete(statuses).where(statuses.c.created < now - KEPT))
    packed = isal_zlib.compress(body, _FASTEST)
    connection.execute(
        insert(statuses).values(id=status_id, root=root, collection_id=collection_id, created=now, body=packed)
    )


def get(connection: Connection, status_id: str, *, root: str) -> tuple[str, bytes] | None:
    """Return the collection a status belongs to, and its body."""
    query = select(statuses.c.collection_id, statuses.c.body).where(statuses.c.id == status_id, statuses.c.root == root)
    row = connection.execute(query).first()
    return None if row is None else (row.collection_id, isal_zlib.decompress(row.body))
