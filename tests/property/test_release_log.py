"""Laws of the release log over random histories, on a real SQLite file; others run them on other databases.

No desk reads what it has no grant for; of one observable a desk holds the first contribution it was entitled to and has
the others as sightings; an incremental poller misses nothing and repeats nothing.
"""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np
from comity.domain.label import Label
from comity.domain.tier import Tier
from comity.domain.tlp import TLP
from comity.store.contributions import Added, Contribution
from comity.store.grants import Viewer
from comity.store.pages import Page, Served
from comity.store.store import Store
from comity.store.tables import grants
from comity.store.verdicts import Verdicts
from comity.taxii.filters import Query
from hypothesis import HealthCheck, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import select

VIEWERS = ("one", "two", "node")
SECTORS = ("a", "b", "c")
GRANTED: Mapping[str, frozenset[str]] = {
    "a": frozenset({"one", "two", "node"}),
    "b": frozenset({"one", "node"}),
    "c": frozenset({"two"}),
}


class SectorDecider:
    """Grants by sector; during an embargo to those exempt only, and to nobody who is suspended."""

    def __init__(self) -> None:
        self.granted = {sector: set(served) for sector, served in GRANTED.items()}
        self.suspended: set[str] = set()

    @property
    def digest(self) -> str:
        return f"{sorted((sector, sorted(served)) for sector, served in self.granted.items())} {sorted(self.suspended)}"

    def serves(self, viewer: str, label: Label) -> bool:
        exempt = label.embargo_exempt is None or viewer in label.embargo_exempt
        return viewer in self.granted[label.sector] and viewer not in self.suspended and exempt

    def decide(self, labels: Sequence[Label]) -> Verdicts:
        rules = [[0 if self.serves(viewer, label) else -1 for viewer in VIEWERS] for label in labels]
        return Verdicts(viewers=VIEWERS, rules=np.array(rules, dtype=np.int32), reasons=(("rule",),))


@dataclass
class Item:
    """What the model knows of one object."""

    number: int
    twin: int | None
    sector: str
    version: int = 1
    exempt: frozenset[str] | None = None
    lifts_at: int | None = None
    revoked: bool = False
    recalled: bool = False
    entitled_since: dict[str, int] = field(default_factory=dict)

    @property
    def active(self) -> bool:
        return not self.revoked and not self.recalled

    def label(self) -> Label:
        return Label(origin="XA", tlp=TLP.GREEN, tier=Tier.C1, sector=self.sector, embargo_exempt=self.exempt)


@dataclass
class Poller:
    """Reads on from where it stopped."""

    position: int | None = None
    ticks: list[int] = field(default_factory=list)
    copies: list[tuple[bytes, int]] = field(default_factory=list)
    """What came as it is, and in which turn of the rules: what is opened again is served again."""
    held: dict[bytes, bytes] = field(default_factory=dict)


def name_of(body: bytes) -> bytes:
    return body.split(b" ")[0]


class Histories(RuleBasedStateMachine):
    """Publish, change, relabel, revoke, recall, lift, open, close, suspend, readmit, poll, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.now = 1_000_000
        self.decider = SectorDecider()
        self.store = Store(self.new_database(), decider=self.decider, clock=lambda: self.now)
        self.store.database.migrate()
        self.items: list[Item] = []
        self.pollers = {name: Poller() for name in VIEWERS}
        self.viewers: dict[str, Viewer] = {}
        self.order = 0
        self.placed: dict[int, int] = {}
        self.turns = 0
        self.orphans: set[tuple[str, int]] = set()
        """Viewers and observables of which the one held was closed: the others may stay as sightings of it."""

    def new_database(self) -> str:
        """Return the URL of a database that nothing is in."""
        return f"sqlite:///{Path(self.folder.name) / 'log.db'}"

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    @initialize()
    def set_up(self) -> None:
        with self.store.write() as connection:
            for name in VIEWERS:
                number = self.store.grants.add_viewer(connection, name, merges=name != "node")
                self.viewers[name] = Viewer(number, name, name != "node")
            self.store.grants.refresh(connection, self.now)

    def contribution(self, item: Item) -> Contribution:
        with self.store.write() as connection:
            class_id = self.store.grants.class_of(connection, item.label())
            lifted = self.store.grants.class_of(connection, item.label().lifted())
        return Contribution(
            uuid=item.number.to_bytes(16, "big"),
            type="indicator",
            version=item.version,
            space="XA",
            class_id=class_id,
            body=f"{item.number} v{item.version}".encode(),
            revoked=item.revoked,
            twin=item.twin,
            lifts=(item.lifts_at, lifted) if item.lifts_at is not None else None,
        )

    def entitle(self, item: Item) -> None:
        """Record whoever is entitled from now on, in the order of entitlement."""
        self.order += 1
        for viewer in VIEWERS:
            if self.visible_to(item, viewer) and item.active:
                item.entitled_since.setdefault(viewer, self.order)

    def visible_to(self, item: Item, viewer: str) -> bool:
        return self.decider.serves(viewer, item.label())

    def put(self, item: Item) -> None:
        one = self.contribution(item)
        with self.store.write() as connection:
            outcomes = self.store.log.add(connection, [one], self.now)
        assert isinstance(outcomes[0], Added)
        self.placed[item.number] = outcomes[0].tick
        self.entitle(item)

    def live(self) -> list[Item]:
        return [item for item in self.items if item.active]

    @rule(
        twin=st.sampled_from([None, 7, 7, 8]),
        sector=st.sampled_from(SECTORS),
        exempt=st.sampled_from([None, None, frozenset(), frozenset({"one"}), frozenset({"two", "node"})]),
        wait=st.integers(1, 5),
    )
    def publish(self, twin: int | None, sector: str, exempt: frozenset[str] | None, wait: int) -> None:
        lifts_at = None if exempt is None else self.now + wait
        item = Item(len(self.items) + 1, twin, sector, exempt=exempt, lifts_at=lifts_at)
        self.items.append(item)
        self.put(item)

    @precondition(lambda self: self.live())
    @rule(data=st.data(), sector=st.sampled_from(SECTORS), twin=st.sampled_from([None, 7, 8]), same=st.booleans())
    def change(self, data: st.DataObject, sector: str, twin: int | None, same: bool) -> None:
        item = data.draw(st.sampled_from(self.live()), label="changed")
        item.version += 1
        if not same and (sector, twin) != (item.sector, item.twin):
            item.sector, item.twin = sector, twin
            item.entitled_since.clear()
        self.put(item)

    @precondition(lambda self: self.live())
    @rule(data=st.data())
    def revoke(self, data: st.DataObject) -> None:
        item = data.draw(st.sampled_from(self.live()), label="revoked")
        item.version += 1
        item.revoked = True
        self.put(item)

    @precondition(lambda self: self.live())
    @rule(data=st.data())
    def recall(self, data: st.DataObject) -> None:
        item = data.draw(st.sampled_from(self.live()), label="recalled")
        item.recalled = True
        body = f"recall {item.number}".encode()
        notice = msgspec.structs.replace(
            self.contribution(item),
            uuid=(1000 + item.number).to_bytes(16, "big"),
            type="x-recall",
            body=body,
            lifts=None,
        )
        with self.store.write() as connection:
            assert self.store.log.recall(connection, item.number.to_bytes(16, "big"), "XA", notice, self.now)

    @rule(steps=st.integers(1, 4))
    def time_passes(self, steps: int) -> None:
        self.now += steps
        with self.store.write() as connection:
            self.store.log.lift_due(connection, self.now)
        due = [item for item in self.items if item.lifts_at is not None and item.lifts_at <= self.now]
        for item in sorted(due, key=lambda one: (one.lifts_at, one.number)):
            item.lifts_at = None
            item.exempt = None if item.active else item.exempt
            self.entitle(item)

    @rule(viewer=st.sampled_from(VIEWERS), sector=st.sampled_from(SECTORS))
    def the_rules_change(self, viewer: str, sector: str) -> None:
        """Open a sector to a viewer, or close it."""
        self.decider.granted[sector] ^= {viewer}
        self.decide_again()

    @rule(viewer=st.sampled_from(VIEWERS))
    def a_viewer_is_suspended_or_readmitted(self, viewer: str) -> None:
        self.decider.suspended ^= {viewer}
        self.decide_again()

    def decide_again(self) -> None:
        before = {viewer: [item for item in self.items if viewer in item.entitled_since] for viewer in VIEWERS}
        with self.store.write() as connection:
            self.store.grants.refresh(connection, self.now)
        self.turns += 1
        for viewer, entitled in before.items():
            for item in entitled:
                if not self.visible_to(item, viewer):
                    del item.entitled_since[viewer]
                    if item.twin is not None:
                        self.orphans.add((viewer, item.twin))
        self.open_in_order()

    def open_in_order(self) -> None:
        """Entitle whoever is entitled now: class by class, and in a class in the order of the log."""
        with self.store.write() as connection:
            by_class = sorted(
                self.live(),
                key=lambda item: (self.store.grants.class_of(connection, item.label()), self.placed[item.number]),
            )
        for item in by_class:
            self.entitle(item)

    def read(self, viewer: str, after: int | None, limit: int) -> Page:
        return self.store.pages.page(self.store.read(), self.viewers[viewer], Query(), after=after, limit=limit)

    @rule(viewer=st.sampled_from(VIEWERS), limit=st.integers(1, 3), pages=st.integers(1, 4))
    def poll(self, viewer: str, limit: int, pages: int) -> None:
        for _ in range(pages):
            self.turn_page(viewer, limit)

    def turns_of(self, viewer: str, row: Served) -> int:
        """Return the opening with which the viewer got the class of a row, 0 for what it had from the beginning."""
        query = select(grants.c.since).where(
            grants.c.viewer_id == self.viewers[viewer].id, grants.c.class_id == row.class_id
        )
        return int(self.store.read().execute(query).scalar_one())

    def turn_page(self, viewer: str, limit: int) -> bool:
        poller = self.pollers[viewer]
        page = self.read(viewer, poller.position, limit)
        for row in page.rows:
            poller.position = row.tick
            poller.ticks.append(row.tick)
            if row.sighting_of is None:
                poller.copies.append((row.body, self.turns_of(viewer, row)))
                poller.held[name_of(row.body)] = row.body
        return page.more

    def fresh(self, viewer: str) -> list[Served]:
        return list(self.read(viewer, None, 10_000).rows)

    @invariant()
    def the_laws_hold_for_whoever_begins_anew(self) -> None:
        for viewer in self.viewers:
            rows = self.fresh(viewer)
            self.nobody_reads_without_a_grant(viewer, rows)
            self.a_desk_holds_the_first_contribution_and_sights_the_others(viewer, rows)

    def nobody_reads_without_a_grant(self, viewer: str, rows: Sequence[Served]) -> None:
        for row in rows:
            label = self.store.grants.label_of(self.store.read(), row.class_id)
            assert self.decider.serves(viewer, label), (viewer, row.body)

    def a_desk_holds_the_first_contribution_and_sights_the_others(self, viewer: str, rows: Sequence[Served]) -> None:
        note(f"{viewer}: {[(row.tick, row.body, row.sighting_of and row.sighting_of.body) for row in rows]}")
        current = {f"{item.number} v{item.version}".encode(): item for item in self.live()}
        whole = [row.body for row in rows if row.sighting_of is None and row.body in current]
        sighted = [
            (row.body, row.sighting_of.body) for row in rows if row.sighting_of is not None and row.body in current
        ]
        entitled = [item for item in self.live() if self.visible_to(item, viewer)]
        groups: dict[object, list[Item]] = {}
        for item in entitled:
            alone = item.twin is None or not self.viewers[viewer].merges
            groups.setdefault(("alone", item.number) if alone else item.twin, []).append(item)
        expected_whole, expected_sighted = [], []
        for group in groups.values():
            group.sort(key=lambda item: item.entitled_since[viewer])
            first, *others = (f"{item.number} v{item.version}".encode() for item in group)
            expected_whole.append(first)
            expected_sighted += [(other, first) for other in others]
        assert sorted(whole) == sorted(expected_whole)
        assert sorted(sighted) == sorted(expected_sighted)

    @invariant()
    def a_poller_repeats_nothing(self) -> None:
        for poller in self.pollers.values():
            assert poller.ticks == sorted(set(poller.ticks))
            assert len(poller.copies) == len(set(poller.copies))

    @rule(viewer=st.sampled_from(VIEWERS))
    def a_poller_that_caught_up_misses_nothing(self, viewer: str) -> None:
        while self.turn_page(viewer, 3):
            pass
        whole = {name_of(row.body): row.body for row in self.fresh(viewer) if row.sighting_of is None}
        expected = {name: body for name, body in whole.items() if not self.is_orphan(viewer, name)}
        assert expected.items() <= self.pollers[viewer].held.items()

    def is_orphan(self, viewer: str, name: bytes) -> bool:
        """Return whether the viewer may have it as a sighting of something that was closed since."""
        twin = next((item.twin for item in self.items if str(item.number).encode() == name), None)
        return twin is not None and (viewer, twin) in self.orphans


TestHistories = Histories.TestCase
TestHistories.settings = settings(
    max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
