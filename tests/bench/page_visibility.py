"""What a page costs a desk that sees a part of what is there, beside a desk that sees everything, in the same store.

``python tests/bench/page_visibility.py [N]`` puts N objects (100,000 unless said otherwise) of 1,000 classes into a
store; 200 of the classes are rare and hold one object in 200 together. It prints the CPU time of a page, and its ratio
to the same page for a desk that is granted every class, at three depths and for two sizes of page.
"""

import random
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from math import inf
from pathlib import Path

import msgspec
import numpy as np
from comity.domain.label import Kind, Label
from comity.domain.tier import Tier
from comity.domain.tlp import TLP
from comity.policy.classes import key
from comity.store.grants import Viewer
from comity.store.pages import JoinedPage
from comity.store.store import Store
from comity.store.tables import objects, releases
from comity.store.verdicts import Verdicts
from comity.taxii.filters import Query
from load import objects as indicators
from policy_change import object_row, release_row
from sqlalchemy import insert

CLASSES, RARE, RARE_SHARE = 1_000, 200, 0.005
COMMON = CLASSES - RARE
SEEN: Mapping[str, Sequence[int]] = {
    "all": range(CLASSES),
    "60 %": range(RARE, RARE + COMMON * 3 // 5),
    "5 %": range(RARE, RARE + COMMON // 20),
    "0.5 %": range(RARE, RARE + COMMON // 200),
    "0.5 % in 200 classes": range(RARE),
}
"""Which classes each desk is granted."""
LIMITS = {"60 %": 1.5, "5 %": 2.0, "0.5 %": 10.0, "0.5 % in 200 classes": 10.0}
DEPTHS = (0.0, 0.5, 0.9)
SIZES = (100, 1_000)
_CHUNK, _ROUNDS, _SECONDS = 10_000, 5, 0.1


class SomeSee:
    """Grants each desk the classes of ``SEEN``."""

    digest = "some see"

    def decide(self, labels: Sequence[Label]) -> Verdicts:
        """Return who sees each label; its sector says which class it is."""
        numbers = [int(label.sector) for label in labels]
        rules = np.array([[0 if number in seen else -1 for seen in SEEN.values()] for number in numbers], np.int32)
        return Verdicts(viewers=tuple(SEEN), rules=rules, reasons=((),))


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{Path(folder) / 'hub.db'}", decider=SomeSee(), clock=lambda: 10 * count)
        store.database.migrate()
        viewers = filled(store, count)
        compare(store, viewers, count)
        store.close()


def filled(store: Store, count: int) -> Mapping[str, Viewer]:
    """Put *count* objects into *store*, each of a class by chance; return the desks."""
    source = random.Random(1)  # noqa: S311  # load, not secrets
    bodies = indicators(_CHUNK)
    with store.write() as connection:
        numbers = {name: store.grants.add_viewer(connection, name, merges=True) for name in SEEN}
        labels = [
            Label(origin="XA", tlp=TLP.GREEN, tier=Tier.C1, kind=Kind.INDICATOR, sector=str(number))
            for number in range(CLASSES)
        ]
        ids = [store.grants.classes.intern(connection, key(label)) for label in labels]
        store.grants.refresh(connection, 0)
        sizes = dict.fromkeys(ids, 0)
        for start in range(0, count, _CHUNK):
            places = range(start, min(start + _CHUNK, count))
            rows = [row_of(place, ids[chosen(source)], sizes) for place in places]
            found = [
                {**object_row(place, [row["class_id"]]), "body": body}
                for place, row, body in zip(places, rows, bodies, strict=False)
            ]
            connection.execute(insert(objects), found)
            connection.execute(insert(releases), rows)
    return {name: store.grants.viewer(store.read(), number) for name, number in numbers.items()}


def chosen(source: random.Random) -> int:
    """Return the class of the next object."""
    return source.randrange(RARE) if source.random() < RARE_SHARE else source.randrange(RARE, CLASSES)


def row_of(place: int, class_id: int, sizes: dict[int, int]) -> dict[str, object]:
    """Return a row of the release log; its class has one row more."""
    sizes[class_id] += 1
    return {**release_row(place, [class_id]), "class_no": sizes[class_id]}


def compare(store: Store, viewers: Mapping[str, Viewer], count: int) -> None:
    """Print what each page costs, and whether the ratios are within ``LIMITS``."""
    print(f"{count:,} objects; milliseconds of CPU for a page, and times the page of a desk that sees all")
    for size in SIZES:
        for depth in DEPTHS:
            after = int(count * depth)
            taken = dict.fromkeys(viewers, inf)
            for _ in range(_ROUNDS):  # in turn and the least of several, since others use the machine and its caches
                for name, viewer in viewers.items():
                    taken[name] = min(taken[name], page_time(store, viewer, after, size))
            print(f"page of {size} after {depth:.0%}: {taken['all'] * 1e3:.2f} ms for all")
            for name, limit in LIMITS.items():
                ratio = taken[name] / taken["all"]
                verdict = "" if ratio <= limit else "   TOO MUCH"
                print(f"  {name:22} {taken[name] * 1e3:8.2f} ms   {ratio:6.2f} of at most {limit}{verdict}")


def page_time(store: Store, viewer: Viewer, after: int, size: int) -> float:
    """Return the seconds of CPU that a page takes."""
    connection, query = store.read(), Query(limit=size)

    def page() -> JoinedPage | None:
        return store.pages.joined(connection, viewer, query, after=after, limit=size, detailed=True)

    first = page()
    assert first is not None
    assert len(msgspec.json.decode(b"[" + first.bodies + b"]", type=list[msgspec.Raw])) == len(first.ticks)
    start, pages = time.process_time(), 0
    while time.process_time() - start < _SECONDS:
        page()
        pages += 1
    return (time.process_time() - start) / pages


if __name__ == "__main__":
    main()
