"""How far each feed was read, and how its last rounds went."""

from dataclasses import dataclass, replace

from sqlalchemy import Connection, delete, insert, select

from comity.store.feed_tables import feed_states


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """What is remembered of a feed; times are microseconds since the Unix epoch."""

    name: str
    since: int
    """When it was first read."""
    position: str = ""
    last_try: int | None = None
    last_success: int | None = None
    last_content: int | None = None
    """When a round last brought anything."""
    next_try: int = 0
    failures: int = 0
    """Rounds that failed since the last one that did not."""
    taken: int = 0
    refused: int = 0
    errors: int = 0
    """Of the last round that brought anything."""
    problem: str = ""

    def succeeded(self, now: int, *, next_try: int) -> "FeedState":
        """Return the state after a round that came to its end."""
        return replace(self, last_try=now, last_success=now, next_try=next_try, failures=0, problem="")

    def failed(self, now: int, *, next_try: int, problem: str) -> "FeedState":
        """Return the state after a round that did not."""
        return replace(self, last_try=now, next_try=next_try, failures=self.failures + 1, problem=problem)


def state_of(connection: Connection, name: str, now: int) -> FeedState:
    """Return what is remembered of the feed called *name*, or the state of one first read *now*."""
    row = connection.execute(select(feed_states).where(feed_states.c.name == name)).first()
    return FeedState(name=name, since=now) if row is None else FeedState(**row._asdict())


def keep(connection: Connection, state: FeedState) -> None:
    """Remember *state* instead of what was."""
    connection.execute(delete(feed_states).where(feed_states.c.name == state.name))
    values = {column.name: getattr(state, column.name) for column in feed_states.columns}
    connection.execute(insert(feed_states).values(values))
