"""One database with all that is kept in it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, delete, insert, select

from comity.store.database import Clock, Database
from comity.store.grants import Decider, Grants
from comity.store.pages import Pages
from comity.store.policies import Activation
from comity.store.redecision import Changed
from comity.store.release_log import ReleaseLog
from comity.store.tables import meta


class Store:
    """What a node or the federation remembers; *clock* gives its present."""

    def __init__(self, url: str, *, decider: Decider, clock: Clock) -> None:
        self.database = Database(url)
        self.clock = clock
        self.grants = Grants(decider)
        self.log = ReleaseLog()
        self.pages = Pages()
        self.before_write: Callable[[Connection], None] | None = None
        """What every write transaction begins with: looking whether the rules are still those that are known."""
        self.on_activation: list[Callable[[Connection, Activation, Changed | None], None]] = []
        """Who is told, inside the transaction, of what was put in force and which grants it opened and closed."""

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Run one durable transaction as the only writer."""
        try:
            with self.database.write() as connection:
                if self.before_write is not None:
                    self.before_write(connection)
                yield connection
        except BaseException:
            self.grants.forget()
            self.log.forget()
            raise

    def read(self) -> Connection:
        """Return this thread's reading connection: every statement sees the newest commit."""
        return self.database.reader()

    def keep_time(self) -> int:
        """Release what embargoes that are over by now held back; return how many objects that is."""
        due = self.log.next_lift(self.read())
        now = self.clock()
        if due is None or due > now:
            return 0
        with self.write() as connection:
            return self.log.lift_due(connection, now)

    def setting(self, connection: Connection, key: str) -> str | None:
        """Return a value that the service keeps for itself."""
        return connection.execute(select(meta.c.value).where(meta.c.key == key)).scalar()

    def set_setting(self, connection: Connection, key: str, value: str) -> None:
        """Keep a value for the service itself."""
        connection.execute(delete(meta).where(meta.c.key == key))
        connection.execute(insert(meta).values(key=key, value=value))

    def close(self) -> None:
        """Close the database."""
        self.database.close()
