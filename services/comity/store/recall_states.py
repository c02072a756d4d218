"""Where a member's own recalls stand at each who had the object, as the federation last told its node."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from sqlalchemy import Connection, delete, insert, select

from comity.store.ledger_tables import recall_states
from comity.store.operations import Receipt, Withdrawal, receipts_of
from comity.store.recalls import CONFIRMED, NEVER, OVERDUE, PENDING


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
    served: int | None
    """When it was first served it; nothing where that is not certain."""


def keep(connection: Connection, several: Sequence[RecallState]) -> None:
    """Keep what was told of objects, in place of what was told of the same before."""
    for object_id in {one.object_id for one in several}:
        connection.execute(delete(recall_states).where(recall_states.c.object_id == object_id))
    if several:
        connection.execute(insert(recall_states), [asdict(one) for one in several])


def of_objects(connection: Connection, object_ids: Sequence[str]) -> list[RecallState]:
    """Return the states of an object and its forms, by viewer."""
    query = select(recall_states).where(recall_states.c.object_id.in_(object_ids))
    return [RecallState(**row._asdict()) for row in connection.execute(query.order_by(recall_states.c.viewer))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where the recall of an object in all its forms stands at one member."""

    member: str
    state: str
    """``confirmed``, ``overdue``, ``pending``, or ``never had it``."""
    since: int
    last_seen: int | None
    """When its node last called the federation, where that is known and matters."""
    notes: tuple[str, ...]
    """Its signed receipts."""


def standings(connection: Connection, one: Withdrawal) -> list[Standing]:
    """Return where a recall stands at every member that was told, or that had the object; by member."""
    states: dict[str, list[RecallState]] = {}
    for state in of_objects(connection, one.forms):
        states.setdefault(state.member, []).append(state)
    receipts: dict[str, list[Receipt]] = {}
    for receipt in receipts_of(connection, one.origin, one.forms):
        receipts.setdefault(receipt.member, []).append(receipt)
    is_told = bool(states)
    states.pop("", None)
    found = [
        _standing(one, member, states.get(member, []), receipts.get(member, []))
        for member in sorted({*one.addressed, *states, *receipts})
    ]
    # The federation has told who had it, so that whoever it did not name never had it.
    return [
        replace(each, state=NEVER) if is_told and each.state == PENDING and each.member not in states else each
        for each in found
    ]


def _standing(one: Withdrawal, member: str, states: Sequence[RecallState], receipts: Sequence[Receipt]) -> Standing:
    waiting = [state for state in states if state.state != CONFIRMED]
    notes = tuple(receipt.note for receipt in receipts)
    completed = [receipt.completed for receipt in receipts if receipt.completed is not None]
    last_seen = max((state.last_seen for state in states if state.last_seen is not None), default=None)
    if completed and not waiting:
        return Standing(member=member, state=CONFIRMED, since=max(completed), last_seen=last_seen, notes=notes)
    is_late = any(state.state == OVERDUE for state in waiting)
    since = min((state.since for state in waiting), default=one.withdrawn)
    return Standing(member=member, state=OVERDUE if is_late else PENDING, since=since, last_seen=last_seen, notes=notes)
