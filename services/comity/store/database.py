"""Opening a database, bringing it to the present schema, and running transactions in it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock, local
from typing import Any
from weakref import WeakSet, finalize

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection as Connection  # noqa: PLC0414  # passed around by those who do not import SQLAlchemy
from sqlalchemy import Engine, create_engine, event, text

from comity.errors import SettingsError
from comity.store import feed_tables as feed_tables  # noqa: PLC0414  # its tables are part of the schema

Clock = Callable[[], int]
"""Returns the present in microseconds since the Unix epoch; passed in, so that time can be simulated."""

_CONNECTIONS = 64
"""The most connections that are kept; there are more than threads, since each thread that reads holds one."""

_migration_lock = Lock()

WRITER_LOCK = 0x434F4D495459
"""The PostgreSQL advisory lock that makes ticks visible in commit order."""


class _Lent:
    """A reading connection in the hands of a thread; it goes back when the thread ends."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.give_back = finalize(self, connection.close)


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
        """Run one transaction as the only writer; it is durable when the block ends, or has left no trace."""
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
            with self._lending:
                self._readers.add(lent)
        return lent.connection

    def scrub(self) -> bool:
        """Drop from the database's files what transactions have deleted; return whether it is gone.

        SQLite overwrites deleted rows in the main file and keeps older pages in its log until no reader needs them.
        PostgreSQL leaves this to its own vacuum.
        """
        if self.dialect != "sqlite":
            return True
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
        return create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1), pool_size=_CONNECTIONS)
    raise SettingsError(f"unknown database url {url!r}, expected sqlite:///FILE or postgresql://...")


def _tune_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401  # the driver's own connection type
    connection.isolation_level = None
    for pragma in (
        "page_size=8192",
        "journal_mode=WAL",
        "synchronous=FULL",
        "busy_timeout=30000",
        "foreign_keys=ON",
        "cache_size=-32768",
        "temp_store=MEMORY",
        "secure_delete=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")
