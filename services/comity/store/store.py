"""One database with all that is kept in it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select

from comity.store.accounts import VERSION
from comity.store.database import Clock, Database
from comity.store.directory import Directory
from comity.store.grants import Decider, Grants
from comity.store.pages import Pages
from comity.store.policies import Activation
from comity.store.prepared import Prepared
from comity.store.redecision import Changed
from comity.store.release_log import ReleaseLog
from comity.store.tables import embargoes, meta


@dataclass(frozen=True, slots=True)
class Pulse:
    """What every request must know to be up to date."""

    accounts: int
    """The version of the accounts (``store.accounts``)."""
    next_lift: int | None
    """When the next embargo ends."""


_PULSE = select(
    select(meta.c.value).where(meta.c.key == VERSION).scalar_subquery(),
    select(func.min(embargoes.c.due)).scalar_subquery(),
)


class Store:
    """What a node or the federation remembers; *clock* gives its present.

    Words are kept for ``store.search`` unless it *is_searched* by nobody, which is settled when its database is made.
    """

    def __init__(self, url: str, *, decider: Decider, clock: Clock, is_searched: bool = True) -> None:
        self.database = Database(url)
        self.clock = clock
        self.grants = Grants(decider)
        self.log = ReleaseLog(is_searched=is_searched)
        self.pages = Pages()
        self._pulse: Prepared | None = None
        self._directory: Directory | None = None
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

    def pulse(self) -> Pulse:
        """Return what every request must know to be up to date, in one small statement."""
        connection = self.read()
        if self._pulse is None:
            self._pulse = Prepared(_PULSE, connection)
        version, next_lift = self._pulse.rows(connection, {})[0]
        return Pulse(int(version or 0), next_lift)

    def directory(self, pulse: Pulse) -> Directory:
        """Return who may do what, as of the version of the accounts that *pulse* tells."""
        known = self._directory
        if known is None or known.version != pulse.accounts:
            known = self._directory = Directory.read(self.read(), pulse.accounts)
        return known

    @property
    def known_roots(self) -> Sequence[str]:
        """The API roots, as they were when they were last looked at."""
        known = self._directory or self.directory(self.pulse())
        return known.roots

    def is_late(self, pulse: Pulse) -> bool:
        """Return whether an embargo is over whose object has not been released yet."""
        return pulse.next_lift is not None and pulse.next_lift <= self.clock()

    def keep_time(self) -> int:
        """Release what embargoes that are over by now held back; return how many objects that is."""
        if not self.is_late(self.pulse()):
            return 0
        with self.write() as connection:
            return self.log.lift_due(connection, self.clock())

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
