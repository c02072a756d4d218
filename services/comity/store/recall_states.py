"""Where a member's own recalls stand at each who had the object, as the federation last told its node."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, delete, insert, select

from comity.store.ledger_tables import recall_states


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallState:
    """The recall of one object, or of one form of it, at one who had it."""

    object_id: str
    viewer: str
    member: str
    state: str
    """``pending``, ``overdue`` or ``confirmed``."""
    since: int
    """When it came to that."""
    last_seen: int | None
    """When the member's node last called the federation."""


def keep(connection: Connection, several: Sequence[RecallState]) -> None:
    """Keep what was told, in place of what was told before."""
    connection.execute(delete(recall_states))
    if several:
        connection.execute(insert(recall_states), [asdict(one) for one in several])


def of_objects(connection: Connection, object_ids: Sequence[str]) -> list[RecallState]:
    """Return the states of an object and its forms, by viewer."""
    query = select(recall_states).where(recall_states.c.object_id.in_(object_ids))
    return [RecallState(**row._asdict()) for row in connection.execute(query.order_by(recall_states.c.viewer))]
