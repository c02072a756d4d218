"""The release log on PostgreSQL: the laws that hold on SQLite, the migration, and several writers at once."""

import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import ClassVar

import msgspec
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from comity.domain.label import Label
from comity.errors import SettingsError
from comity.store.contributions import Added, Contribution
from comity.store.grants import Viewer
from comity.store.store import Store
from comity.store.tables import metadata
from comity.taxii.filters import Query
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.integration.postgresql.server import Server
from tests.property.test_release_log import VIEWERS, Histories, Item, SectorDecider
from tests.property.test_thin_desks import filled, read, tick_of

WRITERS = 2
TRANSACTIONS = 60
IN_EACH = 3


def opened(url: str) -> Store:
    """Return a store of its own, as another process has one."""
    store = Store(url, decider=SectorDecider(), clock=lambda: 1_000_000)
    store.database.migrate()
    return store


@pytest.fixture
def url(new_database: Callable[[], str]) -> str:
    """A new database."""
    return new_database()


@pytest.fixture
def stores(url: str) -> Iterator[list[Store]]:
    """Several stores of one database, each with a lock and connections of its own."""
    several = [opened(url) for _ in range(WRITERS + 1)]
    yield several
    for store in several:
        store.close()


def viewer_in(store: Store, name: str) -> Viewer:
    with store.write() as connection:
        return Viewer(store.grants.add_viewer(connection, name, merges=True), name, merges=True)


def add_all_viewers(store: Store) -> Viewer:
    first, *_ = [viewer_in(store, name) for name in VIEWERS]
    return first


def label() -> Label:
    return Item(1, None, "a").label()


def contribution(number: int, class_id: int, *, space: str = "XA", twin: int | None = None) -> Contribution:
    return Contribution(
        uuid=number.to_bytes(16, "big"),
        type="indicator",
        version=1,
        space=space,
        class_id=class_id,
        body=str(number).encode(),
        twin=twin,
    )


def put(store: Store, numbers: range, *, linger: float) -> None:
    """Store objects in one transaction that takes its time before it commits."""
    with store.write() as connection:
        class_id = store.grants.class_of(connection, label())
        several = [contribution(number, class_id) for number in numbers]
        outcomes = store.log.add(connection, several, store.clock())
        time.sleep(linger)
    assert all(isinstance(outcome, Added) for outcome in outcomes)


def write(store: Store, writer: int) -> None:
    dice = random.Random(writer)  # noqa: S311  # a test's
    for turn in range(TRANSACTIONS):
        first = (writer * TRANSACTIONS + turn) * IN_EACH
        put(store, range(first, first + IN_EACH), linger=dice.random() / 200)


def fail(store: Store) -> None:
    """Found a class in a transaction that comes to nothing."""
    with store.write() as connection:
        assert store.grants.class_of(connection, label()) / 0


def poll(store: Store, desk: Viewer, done: Event) -> list[bytes]:
    """Read on from where the last page ended until nobody writes any more; return all that was read."""
    held: list[bytes] = []
    position = None
    while True:
        is_last = done.is_set()
        page = store.pages.page(store.read(), desk, Query(), after=position, limit=7)
        if page.rows:
            position = page.rows[-1].tick
            held += [row.body for row in page.rows]
        elif is_last:
            return held


def test_random_histories_keep_the_laws(server: Server) -> None:
    class OnPostgreSQL(Histories):
        databases: ClassVar[Server] = server

        def new_database(self) -> str:
            return self.databases.new_database()

    run_state_machine_as_test(
        OnPostgreSQL,
        settings=settings(
            max_examples=12, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def test_the_migration_makes_the_tables_that_the_code_knows(url: str) -> None:
    store = opened(url)
    try:
        with store.database.engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            differences = compare_metadata(context, metadata)
    finally:
        store.close()

    assert differences == []


def test_a_desk_that_is_granted_little_is_served_all_of_it(url: str) -> None:
    seen = [0, 700, 701, 1500, 2999]
    store = opened(url)
    try:
        found = read(store, filled(store, frozenset(seen)), 2)
    finally:
        store.close()

    assert found == [tick_of(place) for place in seen]


def test_a_database_that_is_up_to_date_is_migrated_again_without_harm(url: str) -> None:
    first = opened(url)
    desk = add_all_viewers(first)
    put(first, range(3), linger=0)
    first.close()
    second = opened(url)
    try:
        rows = second.pages.page(second.read(), desk, Query(), after=None, limit=10).rows
    finally:
        second.close()

    assert [row.body for row in rows] == [b"0", b"1", b"2"]


def test_two_writers_at_once_leave_nothing_out_for_a_poller(stores: list[Store]) -> None:
    reading, *writing = stores
    desk = add_all_viewers(reading)
    done = Event()
    with ThreadPoolExecutor(WRITERS + 1) as pool:
        polled = pool.submit(poll, reading, desk, done)
        for written in [pool.submit(write, store, number) for number, store in enumerate(writing)]:
            written.result()
        done.set()
        held = polled.result()

    assert sorted(map(int, held)) == list(range(WRITERS * TRANSACTIONS * IN_EACH))


def test_a_class_that_another_writer_founded_is_the_same_class(stores: list[Store]) -> None:
    first, second, _ = stores
    add_all_viewers(first)
    with first.write() as connection:
        one = first.grants.class_of(connection, label())
    with second.write() as connection:
        other = second.grants.class_of(connection, label())

    assert one == other


def test_what_was_not_committed_left_no_trace(stores: list[Store]) -> None:
    first, second, _ = stores
    desk = add_all_viewers(first)
    with pytest.raises(ZeroDivisionError):
        fail(first)
    put(second, range(2), linger=0)
    put(first, range(2, 4), linger=0)
    rows = first.pages.page(first.read(), desk, Query(), after=None, limit=10).rows

    assert [row.body for row in rows] == [b"0", b"1", b"2", b"3"]


def test_threads_that_have_ended_hold_no_connection(url: str) -> None:
    store = opened(url)
    try:
        for _ in range(100):
            with ThreadPoolExecutor(1) as pool:
                pool.submit(lambda: store.log.next_lift(store.read())).result()
    finally:
        store.close()


def test_a_url_of_no_database_is_refused_by_name() -> None:
    with pytest.raises(SettingsError, match="unknown database url 'mysql://x'"):
        Store("mysql://x", decider=SectorDecider(), clock=lambda: 0)


def test_twins_heirs_and_recall_work_as_on_sqlite(url: str) -> None:
    store = opened(url)
    try:
        desk = add_all_viewers(store)
        with store.write() as connection:
            class_id = store.grants.class_of(connection, label())
            first, second = (
                contribution(number, class_id, space=space, twin=-7) for number, space in ((1, "XA"), (2, "XB"))
            )
            store.log.add(connection, [first, second], store.clock())
        before = store.pages.page(store.read(), desk, Query(), after=None, limit=10).rows
        with store.write() as connection:
            notice = msgspec.structs.replace(first, uuid=b"n" * 16, type="x-recall", body=b"notice", twin=None)
            store.log.recall(connection, first.uuid, "XA", notice, store.clock())
        after = store.pages.page(store.read(), desk, Query(), after=before[-1].tick, limit=10).rows
    finally:
        store.close()

    assert [(row.body, row.sighting_of and row.sighting_of.body) for row in before] == [(b"1", None), (b"2", b"1")]
    assert [(row.body, row.sighting_of) for row in after] == [(b"notice", None), (b"2", None)]
