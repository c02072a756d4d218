"""A desk that is granted little reads class by class; it is served what the log holds for it, in order."""

import tempfile
from collections.abc import Sequence
from math import inf
from pathlib import Path

from comity.domain.label import Label
from comity.domain.tier import Tier
from comity.domain.tlp import TLP
from comity.store.grants import Viewer
from comity.store.shares import Share
from comity.store.store import Store
from comity.store.stretches import InTheLog, Stretches
from comity.store.tables import objects, releases, spaces
from comity.taxii.filters import Query
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from tests.property.test_release_log import VIEWERS, SectorDecider

SIZE = 3_000
READER, HIDDEN, SEEN = "two", "b", "c"

runs = st.lists(st.tuples(st.integers(0, SIZE - 1), st.integers(1, 40)), max_size=6)


@settings(max_examples=4, deadline=None)
@given(runs=runs, limit=st.integers(1, 30))
def test_a_desk_that_is_granted_little_misses_nothing_and_reads_nothing_twice(
    runs: Sequence[tuple[int, int]], limit: int
) -> None:
    seen = sorted({place for start, length in runs for place in range(start, min(start + length, SIZE))})
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{Path(folder) / 'log.db'}", decider=SectorDecider(), clock=lambda: SIZE + 1)
        store.database.migrate()
        viewer = filled(store, frozenset(seen))
        found = read(store, viewer, limit)
        parts = parts_of(store, viewer, limit)
        store.close()

    assert [sum(each.low < tick_of(place) < (each.high or inf) for each in parts) for place in range(SIZE)] == [
        1
    ] * SIZE
    assert found == [tick_of(place) for place in seen]


def test_few_rows_of_few_classes_in_a_long_log_are_thin_and_those_of_many_classes_are_not() -> None:
    assert Share(classes=5, rows=5_000, of=1_000_000).is_thin(100)
    assert not Share(classes=5_000, rows=100_000, of=1_000_000).is_thin(100)
    assert not Share(classes=600, rows=600_000, of=1_000_000).is_thin(100)
    assert not Share(classes=0, rows=0, of=0).is_thin(1)


def tick_of(place: int) -> int:
    """Return the tick of the row at a place: rows come in bursts with gaps between."""
    return 1 + place + place // 100 * 10_000


def filled(store: Store, seen: frozenset[int]) -> Viewer:
    """Fill the log with rows that the reader sees at some places only; return the reader."""
    with store.write() as connection:
        numbers = {name: store.grants.add_viewer(connection, name, merges=True) for name in VIEWERS}
        hidden, shown = (
            store.grants.class_of(connection, Label(origin="XA", tlp=TLP.GREEN, tier=Tier.C1, sector=sector))
            for sector in (HIDDEN, SEEN)
        )
        connection.execute(insert(spaces).values(id=1, name="XA"))
        counts = {hidden: 0, shown: 0}
        both = []
        for place in range(SIZE):
            class_id = shown if place in seen else hidden
            counts[class_id] += 1
            both.append(rows_at(place, class_id, counts[class_id]))
        connection.execute(insert(objects), [one for one, _ in both])
        connection.execute(insert(releases), [one for _, one in both])
    return store.grants.viewer(store.read(), numbers[READER])


def rows_at(place: int, class_id: int, class_no: int) -> tuple[dict[str, object], dict[str, object]]:
    """Return the rows of one object and of its release."""
    common = {"object_no": place + 1, "contribution": place + 1, "class_id": class_id, "type_id": 1}
    body, uuid = b"%d" % tick_of(place), place.to_bytes(16, "big")
    own = {"uuid": uuid, "version": 1, "space_id": 1, "twin": None, "revoked": False, "body": body}
    row = {"seq": tick_of(place), "class_no": class_no, "latest": True, "special": False}
    return {**common, **own}, {**common, **row}


def parts_of(store: Store, viewer: Viewer, wanted: int) -> list[InTheLog]:
    """Return the parts in which the whole log is read for so many rows."""
    parts = Stretches().parts(store.read(), viewer, InTheLog(low=-1), wanted)
    return [each for each in parts if isinstance(each, InTheLog)]


def read(store: Store, viewer: Viewer, limit: int) -> list[int]:
    """Return the ticks that a reader is served page by page; a page that the database joins holds the same."""
    connection, query = store.read(), Query(limit=limit)
    found: list[int] = []
    after, more = None, True
    while more:
        page = store.pages.page(connection, viewer, query, after=after, limit=limit)
        joined = store.pages.joined(connection, viewer, query, after=after, limit=limit, detailed=True)
        ticks = [row.tick for row in page.rows]
        assert [int(row.body) for row in page.rows] == ticks
        if joined is not None:
            assert (list(joined.ticks), joined.more) == (ticks, page.more)
            assert list(map(int, joined.bodies.split(b","))) == ticks
        found += ticks
        after, more = page.end, page.more
    return found
