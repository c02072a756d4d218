"""What a node was sent and could not take: kept as it came, served to nobody, shown to the operators with the cause."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select

from comity.store.quarantine_tables import quarantine

MOST = 10_000
"""The most objects that are kept; the oldest make room for new ones, and are counted no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """An object that was not taken."""

    object_id: str
    """Its id as far as it states one."""
    label: str
    body: bytes
    reason: str
    at: int
    id: int = 0


def hold(connection: Connection, several: Iterable[Held]) -> None:
    """Keep objects that were not taken; one that is held already with the same label and bytes is held once."""
    for one in several:
        same = (quarantine.c.object_id == one.object_id, quarantine.c.body == one.body, quarantine.c.label == one.label)
        connection.execute(delete(quarantine).where(*same))
        values = {"object_id": one.object_id, "label": one.label, "body": one.body, "reason": one.reason, "at": one.at}
        connection.execute(insert(quarantine).values(values))
    highest = connection.execute(select(func.max(quarantine.c.id))).scalar() or 0
    connection.execute(delete(quarantine).where(quarantine.c.id <= int(highest) - MOST))


def held(connection: Connection, *, limit: int = MOST) -> list[Held]:
    """Return what is held, or the newest of it, the oldest first."""
    rows = connection.execute(select(quarantine).order_by(quarantine.c.id.desc()).limit(limit)).all()
    return [Held(**row._asdict()) for row in reversed(rows)]


def count(connection: Connection) -> int:
    """Return how many objects are held."""
    return int(connection.execute(select(func.count()).select_from(quarantine)).scalar_one())


def free(connection: Connection, ids: Sequence[int]) -> None:
    """Let go of what was taken after all."""
    connection.execute(delete(quarantine).where(quarantine.c.id.in_(ids)))


def purge(connection: Connection, object_id: str) -> None:
    """Let go of every version of an object that its owner took back."""
    connection.execute(delete(quarantine).where(quarantine.c.object_id == object_id))


def is_held(connection: Connection, object_id: str) -> bool:
    """Return whether any version of an object is held."""
    return connection.execute(select(quarantine.c.id).where(quarantine.c.object_id == object_id)).first() is not None
