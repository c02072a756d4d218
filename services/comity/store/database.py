"""Opening a database, bringing it to the present schema, and running transactions in it."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import inf
from pathlib import Path
from threading import Lock, local
from time import monotonic
from typing import Any
from weakref import WeakSet, finalize

from alembic import command
from alembic.config import Config
from psycopg.abc import Buffer
from psycopg.types.string import StrDumperUnknown
from sqlalchemy import Connection as Connection  # noqa: PLC0414  # passed around by those who do not import SQLAlchemy
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import OperationalError

from comity.errors import SettingsError
from comity.store import feed_tables as feed_tables  # noqa: PLC0414  # its tables are part of the schema
from comity.store import words

Clock = Callable[[], int]
"""Returns the present in microseconds since the Unix epoch; passed in, so that time can be simulated."""

_CONNECTIONS = 64
"""The most connections that are kept; there are more than threads, since each thread that reads holds one."""

_STEPS_BETWEEN_LOOKS = 20_000
"""How many steps of SQLite's machine are taken between two looks at the clock: less than a millisecond."""

_migration_lock = Lock()

WRITER_LOCK = 0x434F4D495459
"""The PostgreSQL advisory lock that makes ticks visible in commit order."""


class OverBudgetError(Exception):
    """A statement was stopped because its time was up, or not begun because it may take longer than there is."""


class _Lent:
    """A reading connection in the hands of a thread; it goes back when the thread ends."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.deadline = inf
        """When statements are stopped, by the clock that only ever rises."""
        self.give_back = finalize(self, connection.close)


class Budget:
    """A block of limited time for the statements of one thread."""

    __slots__ = ("_lent", "_seconds")

    def __init__(self, lent: _Lent, seconds: float) -> None:
        self._lent = lent
        self._seconds = seconds

    def __enter__(self) -> None:
        self._lent.deadline = monotonic() + self._seconds

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        self._lent.deadline = inf
        if isinstance(error, sqlite3.OperationalError | OperationalError) and "interrupted" in str(error):
            raise OverBudgetError from error


class Database:
    """One SQLite file or PostgreSQL database: many readers, one writer at a time.

    A commit is durable before it returns (``synchronous=FULL``). Each thread reads through a connection of its own.
    """

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        self.dialect = self.engine.dialect.name
        self._write_lock = Lock()
        self._local = local()
        self._lending = Lock()
        self._readers: WeakSet[_Lent] = WeakSet()

    def migrate(self) -> None:
        """Bring the schema to the newest version; data is kept."""
        # Alembic keeps its context in the process, so that one migration at a time can run in it.
        with _migration_lock:
            self._migrate()

    def _migrate(self) -> None:
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        with self.engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Run one transaction as the only writer; it is durable when the block ends, or has left no trace.

        Raises:
            OverBudgetError: the thread has a budget, and a write may have to wait for another one.
        """
        lent: _Lent | None = getattr(self._local, "lent", None)
        if lent is not None and lent.deadline != inf:
            raise OverBudgetError
        with self._write_lock, self.engine.connect() as connection:
            if self.dialect == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": WRITER_LOCK})
            yield connection
            connection.commit()

    def reader(self) -> Connection:
        """Return this thread's connection in autocommit mode: every statement sees the newest commit."""
        lent: _Lent | None = getattr(self._local, "lent", None)
        if lent is None:
            lent = _Lent(self.engine.connect().execution_options(isolation_level="AUTOCOMMIT"))
            self._local.lent = lent
            if self.is_embedded:
                driver: Any = lent.connection.connection.driver_connection
                driver.set_progress_handler(lambda: monotonic() > lent.deadline, _STEPS_BETWEEN_LOOKS)
            with self._lending:
                self._readers.add(lent)
        return lent.connection

    @property
    def is_embedded(self) -> bool:
        """Whether a query is a function call in this process, and not a message to another one."""
        return self.dialect == "sqlite"

    def budget(self, seconds: float) -> "Budget":
        """Return a block in which this thread's reads are stopped once *seconds* have passed.

        The block raises ``OverBudgetError`` when a statement was stopped; it may be run again without a budget. Only an
        embedded database can be stopped.
        """
        self.reader()
        return Budget(self._local.lent, seconds)

    def scrub(self) -> bool:
        """Drop from the database's files what transactions have deleted; return whether it is gone.

        SQLite overwrites deleted rows in the main file and keeps older pages in its log until no reader needs them; the
        index of words is rewritten, part by part, so that others can write in between. PostgreSQL leaves this to its
        own vacuum.
        """
        if self.dialect != "sqlite":
            return True
        goes_on = True
        while goes_on:
            with self.write() as connection:
                goes_on = words.rewrite_some(connection)
        with self._write_lock, self.engine.connect() as connection:
            busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar()
        return busy == 0

    def close(self) -> None:
        """Close every connection."""
        with self._lending:
            for lent in list(self._readers):
                lent.give_back()
            self._readers.clear()
        self._local = local()
        self.engine.dispose()


def _engine(url: str) -> Engine:
    if url.startswith("sqlite:///"):
        engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": 30}, pool_size=_CONNECTIONS)
        event.listen(engine, "connect", _tune_sqlite)
        return engine
    if url.startswith("postgresql"):
        engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1), pool_size=_CONNECTIONS)
        event.listen(engine, "connect", _tune_postgresql)
        return engine
    raise SettingsError(f"unknown database url {url!r}, expected sqlite:///FILE or postgresql://...")


class _TextDumper(StrDumperUnknown):
    """Writes a replacement character for NUL, which PostgreSQL keeps in no text; also in what is looked up."""

    def dump(self, obj: str) -> Buffer | None:
        return super().dump(obj.replace("\0", "\ufffd"))


def _tune_postgresql(connection: Any, _record: object) -> None:  # noqa: ANN401  # the driver's own connection type
    connection.adapters.register_dumper(str, _TextDumper)


def _tune_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401  # the driver's own connection type
    connection.isolation_level = None
    for pragma in (
        "page_size=16384",
        "journal_mode=WAL",
        "wal_autocheckpoint=256",
        "journal_size_limit=4194304",
        "synchronous=FULL",
        "busy_timeout=30000",
        "foreign_keys=ON",
        "cache_size=-16384",
        "temp_store=MEMORY",
        "secure_delete=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")
