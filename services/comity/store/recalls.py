"""What the federation knows of recalls: who had the object, who has confirmed its purge, who is late."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, and_, insert, select, update

from comity.store.ledger_tables import recall_holders, recalls

PENDING, OVERDUE, CONFIRMED, NEVER = "pending", "overdue", "confirmed", "never had it"
"""The states of a recall at somebody who had the object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Somebody who had a recalled object, or may have had it."""

    object_id: str
    owner: str
    at: int
    """When it was recalled."""
    viewer: str
    member: str
    served: int | None
    """When it was first served it; nothing where that is not certain."""
    overdue: int | None
    completed: int | None

    @property
    def state(self) -> str:
        """Where the recall stands here."""
        if self.completed is not None:
            return CONFIRMED
        return PENDING if self.overdue is None else OVERDUE


def put(
    connection: Connection, object_id: str, *, owner: str, at: int, holders: Mapping[str, tuple[str, int | None]]
) -> bool:
    """Keep a recall with its holders: viewer -> (member, since when it was served); return whether it is new."""
    if is_recalled(connection, object_id, owner):
        return False
    connection.execute(insert(recalls).values(object_id=object_id, owner=owner, at=at))
    rows = [
        {"object_id": object_id, "owner": owner, "viewer": viewer, "member": member, "served": served}
        for viewer, (member, served) in holders.items()
    ]
    if rows:
        connection.execute(insert(recall_holders), rows)
    return True


def is_recalled(connection: Connection, object_id: str, owner: str) -> bool:
    """Return whether a member has taken back an object of its own with this id."""
    known = (recalls.c.object_id == object_id, recalls.c.owner == owner)
    return connection.execute(select(recalls.c.at).where(*known)).first() is not None


def holders_of(connection: Connection, *, owner: str | None = None, member: str | None = None) -> list[Holder]:
    """Return the holders of what *owner* recalled, or what nodes of *member* held; by time, object and viewer."""
    same = and_(recalls.c.object_id == recall_holders.c.object_id, recalls.c.owner == recall_holders.c.owner)
    query = select(recall_holders, recalls.c.at).join(recalls, same)
    if owner is not None:
        query = query.where(recalls.c.owner == owner)
    if member is not None:
        query = query.where(recall_holders.c.member == member)
    rows = connection.execute(query.order_by(recalls.c.at, recalls.c.object_id, recall_holders.c.viewer))
    return [Holder(**row._asdict()) for row in rows]


def unsettled(connection: Connection, owner: str, since: int) -> list[Holder]:
    """Return the holders of what *owner* recalled, of each object of which anything is open or changed since a time."""
    every = holders_of(connection, owner=owner)
    wanted = {one.object_id for one in every if one.completed is None or one.completed >= since or one.at >= since}
    return [one for one in every if one.object_id in wanted]


def unheld(connection: Connection, owner: str) -> list[tuple[str, int]]:
    """Return the objects that *owner* took back before anybody had them, and when."""
    held = select(recall_holders.c.object_id).where(recall_holders.c.owner == owner)
    query = select(recalls).where(recalls.c.owner == owner, recalls.c.object_id.not_in(held))
    return [(row.object_id, row.at) for row in connection.execute(query)]


def confirm(connection: Connection, object_id: str, *, owner: str, viewer: str, now: int) -> None:
    """Keep that a holder has confirmed."""
    held = (
        recall_holders.c.object_id == object_id,
        recall_holders.c.owner == owner,
        recall_holders.c.viewer == viewer,
    )
    connection.execute(update(recall_holders).where(*held).values(completed=now))


def newly_overdue(connection: Connection, *, before: int) -> list[Holder]:
    """Return who has not confirmed what was recalled before a time, and was not marked as late yet."""
    return [one for one in holders_of(connection) if one.state == PENDING and one.at < before]


def mark_overdue(connection: Connection, late: Iterable[Holder], now: int) -> None:
    """Keep that confirmations are late."""
    for one in late:
        held = (
            recall_holders.c.object_id == one.object_id,
            recall_holders.c.owner == one.owner,
            recall_holders.c.viewer == one.viewer,
        )
        connection.execute(update(recall_holders).where(*held).values(overdue=now))


def owed(connection: Connection, *, member: str, viewer: str) -> list[Holder]:
    """Return the confirmations that a viewer of *member* still owes."""
    return [one for one in holders_of(connection, member=member) if one.state != CONFIRMED and one.viewer == viewer]
