"""What an operator's overview shows beyond ``operations``: all peers, and how the outbox stands in sum."""

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from comity.store.operations import WAITING
from comity.store.tables import outbox, peers


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """How the exchange with another service stands."""

    name: str
    last_push: int | None
    last_pull: int | None
    problem: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """Letters in one state for one reason."""

    state: str
    reason: str
    count: int
    oldest: int
    next_try: int | None
    """Only while they wait."""


def all_peers(connection: Connection) -> list[Peer]:
    """Return every peer by name."""
    rows = connection.execute(select(peers).order_by(peers.c.name))
    return [Peer(name=row.name, last_push=row.last_push, last_pull=row.last_pull, problem=row.problem) for row in rows]


def backlog(connection: Connection) -> list[Backlog]:
    """Return how many letters are in each state, and why; what waits comes first."""
    query = (
        select(
            outbox.c.state,
            outbox.c.reason,
            func.count().label("letters"),
            func.min(outbox.c.queued).label("oldest"),
            func.min(outbox.c.next_try).label("next_try"),
        )
        .group_by(outbox.c.state, outbox.c.reason)
        .order_by(outbox.c.state.desc(), outbox.c.reason)
    )
    return [
        Backlog(
            state=row.state,
            reason=row.reason,
            count=row.letters,
            oldest=row.oldest,
            next_try=row.next_try if row.state == WAITING else None,
        )
        for row in connection.execute(query)
    ]


def letter_states(connection: Connection) -> dict[str, dict[str, int]]:
    """Return how many letters of each object are in each state, by the id of the object or form that they carry."""
    query = select(outbox.c.object_id, outbox.c.state, func.count()).group_by(outbox.c.object_id, outbox.c.state)
    found: dict[str, dict[str, int]] = {}
    for object_id, state, count in connection.execute(query):
        found.setdefault(object_id, {})[state] = count
    return found
