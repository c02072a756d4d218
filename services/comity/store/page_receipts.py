"""Who was served what: noted in memory as pages go out, written to the ledger together from time to time.

A read does not pay for a write. The first page that a viewer is served after the last writing leaves a mark in the
database, before it goes out; the mark goes when the receipts are written. So a crash loses no more than the detail:
a mark that nobody will complete says that the viewer may have been served anything it was granted.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from uuid import uuid4

from sqlalchemy import Connection, and_, delete, insert, or_, select

from comity.errors import PolicyError
from comity.ledger import entries
from comity.ledger.entries import Entry, ticks_of
from comity.store.ledger import Ledger
from comity.store.ledger_tables import open_pages, page_receipts
from comity.store.store import Store
from comity.store.tables import objects, releases, spaces, types, viewers

MOST_PENDING = 200_000
"""How many served rows are noted in memory before they are written out of turn."""

_STALE = 3_600_000_000
"""After how long a mark that its process did not complete is taken to be left by a crash, in microseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A viewer that was served an object."""

    viewer: str
    since: int
    """When it was first served it, in microseconds since the Unix epoch, to the interval of the receipts."""
    entries: tuple[int, ...]
    """The entries of the ledger that say so; none where it is not certain."""

    @property
    def is_certain(self) -> bool:
        """Whether it was served it, rather than that this cannot be ruled out."""
        return bool(self.entries)

    @property
    def member(self) -> str:
        """The member that the viewer belongs to."""
        return member_of(self.viewer)


@dataclass(slots=True)
class _Pending:
    since: int
    rows: list[tuple[int, int]]
    """Ticks with classes, as often as they were served."""


class PageReceipts:
    """The receipts of one process that serves pages."""

    def __init__(self, store: Store, ledger: Ledger) -> None:
        self._store = store
        self._ledger = ledger
        self._process = uuid4().hex
        self._pending: dict[int, _Pending] = {}
        self._marked: set[int] = set()
        self._count = 0
        self._lock = Lock()

    def note(self, viewer_id: int, served: Sequence[tuple[int, int]]) -> None:
        """Note that a viewer is about to be served rows, each a tick and a class; never call it inside a write."""
        now = self._store.clock()
        with self._lock:
            pending = self._pending.setdefault(viewer_id, _Pending(now, []))
            pending.rows.extend(served)
            self._count += len(served)
            is_marked = viewer_id in self._marked
            is_full = self._count > MOST_PENDING
        if not is_marked:
            self._mark(viewer_id, now)
        if is_full:
            self.write()

    def write(self) -> None:
        """Write what was noted so far, if there is anything."""
        if self._pending or self._marked:
            with self.writing():
                pass

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Run a transaction that begins with writing what was noted so far, for what must know of it."""
        pending: dict[int, _Pending] = {}
        marked: set[int] = set()
        try:
            with self._store.write() as connection:
                with self._lock:
                    pending, self._pending, self._count = self._pending, {}, 0
                    marked, self._marked = self._marked, set()
                self._flush(connection, pending, marked)
                yield connection
        except BaseException:
            self._put_back(pending, marked)
            raise

    def tell_uncertain(self, connection: Connection) -> None:
        """Turn marks that a crash left into entries of the ledger. Needs the write lock."""
        now = self._store.clock()
        stale = (open_pages.c.since < now - _STALE, open_pages.c.process != self._process)
        rows = connection.execute(select(open_pages).where(*stale)).all()
        told = [
            entries.uncertain(self._store.grants.viewer(connection, row.viewer_id).name, since=row.since, at=now)
            for row in rows
        ]
        for number, entry in zip(self._ledger.append(connection, told), told, strict=True):
            connection.execute(
                insert(page_receipts).values(
                    entry=number, viewer=entry.facts["viewer"], owner=entries.EVERYBODY, first=0, last=now
                )
            )
        connection.execute(delete(open_pages).where(*stale))

    def holders(self, connection: Connection, owner: str, uuid: bytes, type_name: str) -> list[Holding]:
        """Return who was served any version of an object of *owner*, and who may have been, by what is written."""
        ticks = _ticks_of_object(connection, owner, uuid, type_name)
        found: dict[str, Holding] = {}
        if ticks:
            self._add_served(connection, owner, {tick for tick, _ in ticks}, found)
        classes = {class_id for _, class_id in ticks}
        if ticks:
            self._add_uncertain(connection, min(tick for tick, _ in ticks), classes, found)
        return sorted(found.values(), key=lambda one: one.viewer)

    def _add_served(self, connection: Connection, owner: str, ticks: set[int], found: dict[str, Holding]) -> None:
        around = [and_(page_receipts.c.first <= tick, page_receipts.c.last >= tick) for tick in sorted(ticks)]
        query = select(page_receipts).where(page_receipts.c.owner == owner, or_(*around))
        for row in connection.execute(query.order_by(page_receipts.c.entry)).all():
            told = self._ledger.opening(connection, row.entry).told
            if ticks.isdisjoint(ticks_of(told)):
                continue
            known = found.get(row.viewer)
            numbers = (*(known.entries if known else ()), row.entry)
            since = min(told["since"], known.since) if known else told["since"]
            found[row.viewer] = Holding(viewer=row.viewer, since=since, entries=numbers)

    def _add_uncertain(self, connection: Connection, first: int, classes: set[int], found: dict[str, Holding]) -> None:
        """Add who is granted one of the classes and has a mark that was never completed."""
        granted: set[str] = set()
        for class_id in classes:
            granted |= self._store.grants.viewers_of(connection, class_id)
        lost = select(page_receipts.c.viewer, page_receipts.c.first.label("since")).where(
            page_receipts.c.owner == entries.EVERYBODY, page_receipts.c.last >= first
        )
        open_now = select(viewers.c.name, open_pages.c.since).join(viewers, viewers.c.id == open_pages.c.viewer_id)
        for viewer, since in (*connection.execute(lost), *connection.execute(open_now)):
            if viewer in granted:
                found.setdefault(viewer, Holding(viewer=viewer, since=max(since, first), entries=()))

    def _mark(self, viewer_id: int, now: int) -> None:
        with self._store.write() as connection:
            with self._lock:
                if viewer_id in self._marked or viewer_id not in self._pending:
                    return
            mark = (open_pages.c.process == self._process, open_pages.c.viewer_id == viewer_id)
            connection.execute(delete(open_pages).where(*mark))
            connection.execute(insert(open_pages).values(process=self._process, viewer_id=viewer_id, since=now))
            connection.commit()
            with self._lock:
                self._marked.add(viewer_id)

    def _flush(self, connection: Connection, pending: Mapping[int, _Pending], marked: set[int]) -> None:
        now = self._store.clock()
        mine = (open_pages.c.process == self._process, open_pages.c.viewer_id.in_(marked))
        connection.execute(delete(open_pages).where(*mine))
        told: list[Entry] = []
        for viewer_id, one in pending.items():
            name = self._store.grants.viewer(connection, viewer_id).name
            for owner, seen in sorted(self._by_owner(connection, one.rows).items()):
                told.append(entries.served(name, owner=owner, ticks=sorted(seen), since=one.since, at=now))
        for number, entry in zip(self._ledger.append(connection, told), told, strict=True):
            ticks = ticks_of(entry.facts)
            connection.execute(
                insert(page_receipts).values(
                    entry=number,
                    viewer=entry.facts["viewer"],
                    owner=entry.about[0],
                    first=ticks[0],
                    last=ticks[-1],
                )
            )

    def _by_owner(self, connection: Connection, rows: Iterable[tuple[int, int]]) -> dict[str, set[int]]:
        by_class: dict[int, set[int]] = {}
        for tick, class_id in rows:
            by_class.setdefault(class_id, set()).add(tick)
        found: dict[str, set[int]] = {}
        for class_id, ticks in by_class.items():
            try:
                owner = self._store.grants.label_of(connection, class_id).origin
            except PolicyError:
                continue
            found.setdefault(owner, set()).update(ticks)
        return found

    def _put_back(self, pending: Mapping[int, _Pending], marked: set[int]) -> None:
        with self._lock:
            self._marked |= marked
            for viewer_id, one in pending.items():
                newer = self._pending.setdefault(viewer_id, _Pending(one.since, []))
                newer.since = min(newer.since, one.since)
                newer.rows.extend(one.rows)
                self._count += len(one.rows)


def member_of(viewer: str) -> str:
    """Return the member that a viewer belongs to: ``XB`` of ``XB node`` and of ``XB/soc incident-response``."""
    return viewer.partition(" ")[0].partition("/")[0]


def _ticks_of_object(connection: Connection, owner: str, uuid: bytes, type_name: str) -> list[tuple[int, int]]:
    query = (
        select(releases.c.seq, releases.c.class_id)
        .join(objects, objects.c.object_no == releases.c.object_no)
        .join(spaces, spaces.c.id == objects.c.space_id)
        .join(types, types.c.id == objects.c.type_id)
        .where(objects.c.uuid == uuid, spaces.c.name == owner, types.c.name == type_name)
    )
    return [(row.seq, row.class_id) for row in connection.execute(query.order_by(releases.c.seq))]
