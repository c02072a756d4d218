"""The append-only release log: every change of what viewers may read is a row at the end of it.

A tick orders the rows. It is the time in microseconds, moved on where needed so that ticks are unique and rise in the
order of commits. A viewer reads the rows granted to it in the order of ticks, so whoever remembers the last tick read
misses nothing and reads nothing twice.

Contributions of one observable ("twins") are kept apart. ``pages`` renders, for each viewer, the first one it is
entitled to as it is and the others as sightings of it. When the first is withdrawn the others are released again, as
*heirs*: to those viewers only that had been served the one withdrawn.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection, Row, Select, and_, bindparam, delete, func, insert, or_, select, update

from comity.store import words
from comity.store.contributions import PLAIN_SPACE, Added, Contribution, Known, Outcome, Refused
from comity.store.interning import Names
from comity.store.prepared import Prepared, insert_rows
from comity.store.search_terms import span_of
from comity.store.tables import classes, embargoes, objects, releases, spaces, terms, tombstones, types
from comity.store.ticks import next_tick

_CHUNK = 500
_MERGED_TYPES = frozenset({"indicator", "vulnerability"})
_BASE_COLUMNS = ("object_no", "class_id", "type_id", "contribution", "guard_class", "past_class", "twin", "about")
_SPECIAL = ("guard_class", "past_class", "twin", "heir_of")
_BLANK: Mapping[str, Any] = dict.fromkeys(column.name for column in releases.columns)

# What a batch runs once for each of many rows; the database compiles each of them once.
_MEET = (
    update(releases)
    .where(
        releases.c.contribution.in_(select(objects.c.contribution).where(objects.c.twin == bindparam("group"))),
        releases.c.withdrawn.is_(None),
    )
    .values(twin=bindparam("group"), special=True)
)
_SUPERSEDE = update(releases).where(releases.c.contribution == bindparam("past")).values(latest=False)
_NARROW = (
    update(releases)
    .where(releases.c.contribution == bindparam("past"))
    .values(guard_class=bindparam("guard"), special=True)
)
_NARROW_SIGHTINGS = (
    update(releases).where(releases.c.about == bindparam("past")).values(guard_class=bindparam("guard"), special=True)
)
_UUIDS = [f"uuid{place}" for place in range(_CHUNK)]
_KNOWN = select(
    objects.c.uuid,
    objects.c.object_no,
    objects.c.type_id,
    objects.c.version,
    objects.c.space_id,
    objects.c.class_id,
    objects.c.contribution,
    objects.c.twin,
).where(objects.c.uuid.in_([bindparam(name) for name in _UUIDS]))
_STORED = select(objects.c.uuid, objects.c.version, objects.c.space_id, objects.c.body).where(
    objects.c.uuid.in_([bindparam(name) for name in _UUIDS])
)
_BURIED = select(tombstones.c.uuid, tombstones.c.space_id).where(
    tombstones.c.uuid.in_([bindparam(name) for name in _UUIDS])
)
_END_EMBARGO = delete(embargoes).where(embargoes.c.object_no == bindparam("number"))
_END_TERM = delete(terms).where(terms.c.object_no == bindparam("number"))


@dataclass(slots=True)
class _Batch:
    """What a call is about to write, and what it must know of the past."""

    tick: int
    object_no: int
    past: dict[bytes, list["_Past"]]
    recalled: dict[bytes, set[int]]
    bodies: dict[int, bytes]
    """The bodies of the versions that are contributed again, and of those that are about to be stored, by number."""
    object_rows: dict[int, dict[str, Any]] = field(default_factory=dict)
    release_rows: dict[int, dict[str, Any]] = field(default_factory=dict)
    embargo_rows: dict[int, dict[str, Any]] = field(default_factory=dict)
    term_rows: dict[int, dict[str, Any]] = field(default_factory=dict)
    shared: dict[int, Contribution] = field(default_factory=dict)
    """Newest versions that are under sharing rules, which are what people search in, by number."""
    unread: list[int] = field(default_factory=list)
    """The numbers of versions that were so, and are the newest no more."""
    versions: dict[int, list[int]] = field(default_factory=dict)
    """The numbers of the versions that are about to be stored, by contribution."""
    superseded: list[tuple["_Past", "_Past"]] = field(default_factory=list)
    """Versions that were the newest, each with the one that is from now on."""

    def next_tick(self) -> int:
        self.tick += 1
        return self.tick


class _Past(msgspec.Struct, frozen=True, gc=False):
    """A version that is in the log, or about to be."""

    object_no: int
    type_id: int
    version: int
    space_id: int
    class_id: int
    contribution: int
    twin: int | None


class ReleaseLog:
    """Writes the log; every method runs inside one write transaction of its caller."""

    def __init__(self, *, is_searched: bool = True) -> None:
        self._is_searched = is_searched
        self.types = Names(types, types.c.name)
        self.spaces = Names(spaces, spaces.c.name)
        self._lookups: dict[str, Prepared] = {}

    def forget(self) -> None:
        """Drop what is remembered, after a transaction that did not commit."""
        self.types.forget()
        self.spaces.forget()

    def add(self, connection: Connection, contributions: Sequence[Contribution], now: int) -> list[Outcome]:
        """Store what is new of *contributions* and release it, older versions first unless they may come later.

        Returns one outcome a contribution, in their order.
        """
        outcomes: list[Outcome] = []
        for start in range(0, len(contributions), _CHUNK):
            outcomes.extend(self._add(connection, contributions[start : start + _CHUNK], now))
        return outcomes

    def stored(self, connection: Connection, space: str, uuids: Sequence[bytes]) -> dict[tuple[bytes, int], bytes]:
        """Return what *space* has under each of *uuids*, by UUID and version."""
        space_id = self.spaces.find(connection, space)
        found: dict[tuple[bytes, int], bytes] = {}
        for start in range(0, len(uuids), _CHUNK):
            for row in self._looked_up(connection, "stored", _STORED, uuids[start : start + _CHUNK]):
                if row[2] == space_id:
                    found[bytes(row[0]), row[1]] = bytes(row[3])
        return found

    def recall(self, connection: Connection, uuid: bytes, space: str, notice: Contribution, now: int) -> bool:
        """Withdraw an object: purge every version, leave a tombstone, and release *notice* to whoever was granted it.

        The notice has the classes of what it withdraws; its own class counts where the object never came here. Returns
        whether the notice is new.
        """
        space_id = self.spaces.intern(connection, space)
        type_id = self.types.intern(connection, notice.type)
        if self._is_known(connection, notice.uuid, space_id):
            return False
        gone = self._live_rows(connection, uuid, space_id)
        tick = self.next_tick(connection, now)
        number = self._next_object(connection)
        self._store_notice(connection, notice, number=number, space_id=space_id, type_id=type_id)
        doors = list(dict.fromkeys((row.class_id, row.past_class) for row in gone)) or [(notice.class_id, None)]
        rows = [
            _release(tick + place, number, class_id=class_id, type_id=type_id, contribution=number, past_class=past)
            for place, (class_id, past) in enumerate(doors)
        ]
        self._release_rows(connection, rows)
        if self._is_searched:
            classes_of_rows = {class_id for class_id, _ in doors}
            told = words.document(number, type_id=type_id, classes=classes_of_rows, term=None, body=notice.body)
            words.add(connection, [told])
        self._bury(connection, uuid, space_id, gone, tick=tick, type_id=type_id, now=now)
        return True

    def expire(self, connection: Connection, uuid: bytes, space: str, now: int) -> bool:
        """Purge an object that may be kept no longer; it may come again. Return whether anything was there."""
        space_id = self.spaces.intern(connection, space)
        gone = self._live_rows(connection, uuid, space_id)
        if gone:
            self._purge(connection, uuid, space_id, gone, tick=self.next_tick(connection, now), now=now)
        return bool(gone)

    def lift_due(self, connection: Connection, now: int) -> int:
        """Release what embargoes that are over held back; return how many objects that is."""
        due = connection.execute(
            select(embargoes.c.object_no, embargoes.c.class_id).where(embargoes.c.due <= now)
        ).all()
        for object_no, class_id in due:
            connection.execute(delete(embargoes).where(embargoes.c.object_no == object_no))
            live = connection.execute(
                select(releases).where(
                    releases.c.object_no == object_no, releases.c.latest, releases.c.heir_of.is_(None)
                )
            ).first()
            if live is not None and live.class_id != class_id:
                self._lift(connection, live, class_id, now)
        return len(due)

    def next_lift(self, connection: Connection) -> int | None:
        """Return when the next embargo ends, or ``None`` when none waits."""
        return connection.execute(select(func.min(embargoes.c.due))).scalar()

    def delete(self, connection: Connection, numbers: Sequence[int]) -> None:
        """Remove versions by their object numbers; the newest one left of each contribution becomes the latest."""
        rows = connection.execute(
            select(objects.c.contribution).where(objects.c.object_no.in_(numbers)).distinct()
        ).scalars()
        touched = list(rows)
        connection.execute(delete(objects).where(objects.c.object_no.in_(numbers)))
        connection.execute(delete(terms).where(terms.c.object_no.in_(numbers)))
        connection.execute(delete(embargoes).where(embargoes.c.object_no.in_(numbers)))
        connection.execute(update(releases).where(releases.c.object_no.in_(numbers)).values(latest=False))
        for contribution in touched:
            newest = connection.execute(
                select(objects.c.object_no)
                .where(objects.c.contribution == contribution)
                .order_by(objects.c.version.desc())
                .limit(1)
            ).scalar()
            if newest is not None:
                connection.execute(update(releases).where(releases.c.object_no == newest).values(latest=True))

    def next_tick(self, connection: Connection, now: int) -> int:
        """Return the tick for the next row: the present, or just after the last one."""
        return next_tick(connection, now)

    # --- adding

    def _add(self, connection: Connection, contributions: Sequence[Contribution], now: int) -> list[Outcome]:
        batch = self._prepare(connection, contributions, now)
        outcomes: dict[int, Outcome] = {}
        leavers: list[tuple[_Past, int]] = []
        for place in sorted(range(len(contributions)), key=lambda index: _order(contributions[index])):
            one = contributions[place]
            outcomes[place] = self._place(connection, one, batch, leavers)
        self._write(connection, batch)
        for past, tick in leavers:
            self._leave(connection, past, tick)
        self._meet(connection, batch)
        for past, tick in leavers:
            self._release_heirs(connection, past.contribution, past.twin, since=tick, now=now)
        return [outcomes[place] for place in range(len(contributions))]

    def _prepare(self, connection: Connection, contributions: Sequence[Contribution], now: int) -> _Batch:
        uuids = list({one.uuid for one in contributions})
        past: dict[bytes, list[_Past]] = {}
        for uuid, *rest in self._looked_up(connection, "known", _KNOWN, uuids):
            past.setdefault(bytes(uuid), []).append(_Past(*rest))
        recalled: dict[bytes, set[int]] = {}
        for uuid, space_id in self._looked_up(connection, "buried", _BURIED, uuids):
            recalled.setdefault(bytes(uuid), set()).add(space_id)
        bodies = self._bodies(connection, contributions, past)
        return _Batch(self.next_tick(connection, now) - 1, self._next_object(connection) - 1, past, recalled, bodies)

    def _bodies(
        self, connection: Connection, contributions: Sequence[Contribution], past: Mapping[bytes, Sequence[_Past]]
    ) -> dict[int, bytes]:
        """Return what is stored under the ids and versions that are contributed, by number."""
        numbers = [
            known.object_no for one in contributions for known in past.get(one.uuid, ()) if known.version == one.version
        ]
        if not numbers:
            return {}
        query = select(objects.c.object_no, objects.c.body).where(objects.c.object_no.in_(numbers))
        return {number: bytes(body) for number, body in connection.execute(query)}

    def _place(
        self, connection: Connection, one: Contribution, batch: _Batch, leavers: list[tuple[_Past, int]]
    ) -> Outcome:
        space_id = self.spaces.intern(connection, one.space)
        type_id = self.types.intern(connection, one.type)
        if one.uuid not in batch.past and one.uuid not in batch.recalled and one.about is None:
            return self._append(
                connection, one, batch, newest=None, space_id=space_id, type_id=type_id, leavers=leavers
            )
        versions = [past for past in batch.past.get(one.uuid, ()) if past.type_id == type_id]
        own = [past for past in versions if past.space_id == space_id]
        if space_id in batch.recalled.get(one.uuid, ()):
            return Refused("was recalled by its owner, and a recalled object never comes back")
        others = [past for past in versions if past.space_id != space_id]
        taken_by = self._squats(connection, one, batch, own=own, others=others)
        if taken_by is not None and taken_by.class_id != one.unless:
            return Refused("has an id that belongs to an object of another owner", of_class=taken_by.class_id)
        if same := next((past for past in own if past.version == one.version), None):
            same_bytes = batch.bodies.get(same.object_no) == one.body
            return Known() if same_bytes else Refused("is stored with other content under the same version")
        newest = max(own, key=lambda past: past.version, default=None)
        is_latest = newest is None or newest.version < one.version
        if not is_latest and not one.may_be_older:
            return Refused("is older than the version that is stored")
        if one.about is not None and not self._targets(connection, one.about, batch):
            return Refused("is a sighting of an object that is not known here")
        return self._append(connection, one, batch, newest=newest, space_id=space_id, type_id=type_id, leavers=leavers)

    def _append(
        self,
        connection: Connection,
        one: Contribution,
        batch: _Batch,
        *,
        newest: _Past | None,
        space_id: int,
        type_id: int,
        leavers: list[tuple[_Past, int]],
    ) -> Outcome:
        tick = batch.next_tick()
        batch.object_no += 1
        number = batch.object_no
        twin = None if one.revoked else one.twin
        contribution = newest.contribution if newest else number
        past = _Past(number, type_id, one.version, space_id, one.class_id, contribution, twin)
        batch.past.setdefault(one.uuid, []).append(past)
        is_latest = newest is None or newest.version < one.version
        batch.bodies[number] = one.body
        batch.versions.setdefault(contribution, []).append(number)
        batch.object_rows[number] = _object(one, past)
        row = _release(tick, number, class_id=one.class_id, type_id=type_id, contribution=contribution)
        row["latest"] = is_latest
        if one.about is not None:
            row.update(self._about(connection, one, batch))
        if one.unless is not None:
            row.update(past_class=one.unless, special=True)
        batch.release_rows[number] = row
        if one.term:
            batch.term_rows[number] = _term(number, *one.term)
        if one.lifts and not one.revoked:
            batch.embargo_rows[number] = {"object_no": number, "due": one.lifts[0], "class_id": one.lifts[1]}
        is_shared = not one.space.startswith(PLAIN_SPACE)
        if is_latest and is_shared:
            batch.shared[number] = one
        if newest and is_latest:
            self._supersede(newest, past, batch)
            if is_shared:
                batch.unread.append(newest.object_no)
            if one.revoked or newest.class_id != one.class_id or newest.twin != twin:
                group = self._group_of(connection, newest.contribution)
                leavers.append((replace(newest, twin=group), tick))
                if one.revoked and group is not None:
                    row.update(twin=group, special=True)
        return Added(tick)

    def _group_of(self, connection: Connection, contribution: int) -> int | None:
        """Return the twin key of a contribution that is one of several, or ``None`` when it stands alone."""
        query = select(releases.c.twin).where(
            releases.c.contribution == contribution, releases.c.twin.is_not(None), releases.c.withdrawn.is_(None)
        )
        return connection.execute(query.limit(1)).scalar()

    def _supersede(self, newest: _Past, past: _Past, batch: _Batch) -> None:
        """Note that *past* takes the place of *newest*, in the rows that are about to be written as in those that are.

        What the owner moved to another class is served in its older versions to those of both classes only.
        """
        batch.superseded.append((newest, past))
        batch.embargo_rows.pop(newest.object_no, None)
        batch.term_rows.pop(newest.object_no, None)
        batch.shared.pop(newest.object_no, None)
        values: dict[str, Any] = {"latest": False}
        if newest.class_id != past.class_id:
            values |= {"guard_class": past.class_id, "special": True}
        for number in batch.versions[newest.contribution]:
            if number != past.object_no:
                batch.release_rows[number].update(values)

    def _write_superseded(self, connection: Connection, batch: _Batch) -> None:
        every = [{"past": newest.contribution} for newest, _ in batch.superseded]
        narrowed = [
            {"past": newest.contribution, "guard": past.class_id}
            for newest, past in batch.superseded
            if newest.class_id != past.class_id
        ]
        numbers = [{"number": newest.object_no} for newest, _ in batch.superseded]
        for statement, values in (
            (_SUPERSEDE, every),
            (_NARROW, narrowed),
            (_NARROW_SIGHTINGS, narrowed),
            (_END_EMBARGO, numbers),
            (_END_TERM, numbers),
        ):
            if values:
                connection.execute(statement, values)

    def _about(self, connection: Connection, one: Contribution, batch: _Batch) -> dict[str, Any]:
        target = max(self._targets(connection, one.about or b"", batch), key=lambda past: past.version)
        return {"guard_class": target.class_id, "about": target.contribution, "special": True}

    def _targets(self, connection: Connection, uuid: bytes, batch: _Batch) -> list[_Past]:
        return batch.past.get(uuid) or [
            _Past(row.object_no, row.type_id, row.version, row.space_id, row.class_id, row.contribution, row.twin)
            for row in connection.execute(select(objects).where(objects.c.uuid == uuid))
        ]

    def _squats(
        self, connection: Connection, one: Contribution, batch: _Batch, *, own: Sequence[_Past], others: Sequence[_Past]
    ) -> _Past | None:
        """Return the object of another owner whose id *one* has; who had an id first keeps it."""
        if one.space.startswith(PLAIN_SPACE):
            return None
        first = min((past.contribution for past in own), default=None)
        for other in sorted(others, key=lambda past: past.version, reverse=True):
            if self.spaces.name(connection, other.space_id).startswith(PLAIN_SPACE):
                continue
            if first is not None and first < other.contribution:
                continue
            if not one.shared_id or batch.bodies.get(other.object_no) != one.body:
                return other
        return None

    def _write(self, connection: Connection, batch: _Batch) -> None:
        if self._is_searched:
            words.remove(connection, batch.unread)
        self._write_superseded(connection, batch)
        self._release_rows(connection, list(batch.release_rows.values()))
        for table, rows in (
            (objects, batch.object_rows),
            (embargoes, batch.embargo_rows),
            (terms, batch.term_rows),
        ):
            if rows:
                insert_rows(connection, table, rows.values())
        if self._is_searched and batch.shared:
            words.add(connection, [_document(number, one, batch) for number, one in batch.shared.items()])

    def _release_rows(self, connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
        """Write rows of the log with their numbers in their classes."""
        if not rows:
            return
        ids = sorted({row["class_id"] for row in rows})
        last = {number: most or 0 for number, most in connection.execute(_LAST_NUMBERS, {"ids": ids})}
        for row in rows:
            last[row["class_id"]] += 1
            row["class_no"] = last[row["class_id"]]
        insert_rows(connection, releases, rows)

    def _looked_up(
        self, connection: Connection, name: str, query: Select[Any], uuids: Sequence[bytes]
    ) -> Sequence[Sequence[Any]]:
        """Return the rows of a lookup of at most as many UUIDs as a chunk has contributions."""
        statement = self._lookups.get(name)
        if statement is None:
            statement = self._lookups[name] = Prepared(query, connection)
        padding = [uuids[-1]] * (_CHUNK - len(uuids))
        return statement.rows(connection, dict(zip(_UUIDS, (*uuids, *padding), strict=True)))

    # --- twins

    def _meet(self, connection: Connection, batch: _Batch) -> None:
        """Mark the rows of contributions that turn out to be of one observable."""
        keys = sorted({row["twin"] for row in batch.object_rows.values() if row["twin"] is not None})
        if not keys:
            return
        groups = connection.execute(
            select(objects.c.twin)
            .where(objects.c.twin.in_(keys))
            .group_by(objects.c.twin)
            .having(func.count(objects.c.contribution.distinct()) > 1)
        ).scalars()
        if found := [{"group": twin} for twin in groups]:
            connection.execute(_MEET, found)

    def _leave(self, connection: Connection, past: _Past, tick: int) -> None:
        """Record that a contribution is no longer one of its observable as it was; its rows up to *tick* say so."""
        connection.execute(
            update(releases)
            .where(
                releases.c.contribution == past.contribution,
                releases.c.withdrawn.is_(None),
                or_(releases.c.seq < tick, and_(releases.c.seq == tick, releases.c.twin.is_not(None))),
            )
            .values(withdrawn=tick)
        )
        connection.execute(
            update(objects)
            .where(objects.c.contribution == past.contribution, objects.c.object_no <= past.object_no)
            .values(twin=None)
        )

    def _release_heirs(self, connection: Connection, withdrawn: int, twin: int | None, *, since: int, now: int) -> None:
        """Release the other contributions of an observable again, to those who were served the one withdrawn."""
        if twin is None:
            return
        others = connection.execute(
            select(releases)
            .where(
                releases.c.twin == twin,
                releases.c.contribution != withdrawn,
                releases.c.latest,
                releases.c.heir_of.is_(None),
                releases.c.withdrawn.is_(None),
                releases.c.seq < since,
            )
            .order_by(releases.c.seq)
        ).all()
        tick = self.next_tick(connection, now)
        rows = [_copy(row, tick + place, heir_of=withdrawn, since=since) for place, row in enumerate(others)]
        self._release_rows(connection, rows)

    # --- embargo and recall

    def _lift(self, connection: Connection, live: Row[Any], class_id: int, now: int) -> None:
        tick = self.next_tick(connection, now)
        rows = [_copy(live, tick, class_id=class_id, past_class=live.class_id)]
        about = connection.execute(
            select(releases).where(releases.c.about == live.contribution, releases.c.latest).order_by(releases.c.seq)
        ).all()
        rows += [
            _copy(row, tick + place, guard_class=class_id, past_class=live.class_id)
            for place, row in enumerate(about, start=1)
        ]
        self._release_rows(connection, rows)
        connection.execute(update(objects).where(objects.c.object_no == live.object_no).values(class_id=class_id))

    def _live_rows(self, connection: Connection, uuid: bytes, space_id: int) -> list[Row[Any]]:
        contributions = select(objects.c.contribution).where(objects.c.uuid == uuid, objects.c.space_id == space_id)
        return list(
            connection.execute(
                select(releases).where(
                    releases.c.contribution.in_(contributions), releases.c.latest, releases.c.heir_of.is_(None)
                )
            )
        )

    def _is_known(self, connection: Connection, uuid: bytes, space_id: int) -> bool:
        query = select(objects.c.object_no).where(objects.c.uuid == uuid, objects.c.space_id == space_id)
        return connection.execute(query).first() is not None

    def _store_notice(
        self, connection: Connection, notice: Contribution, *, number: int, space_id: int, type_id: int
    ) -> None:
        past = _Past(number, type_id, notice.version, space_id, notice.class_id, number, None)
        connection.execute(insert(objects), [_object(notice, past)])

    def _bury(
        self,
        connection: Connection,
        uuid: bytes,
        space_id: int,
        gone: Sequence[Row[Any]],
        *,
        tick: int,
        type_id: int,
        now: int,
    ) -> None:
        contributions = {row.contribution for row in gone}
        first = connection.execute(
            select(func.min(releases.c.seq)).where(releases.c.contribution.in_(contributions))
        ).scalar()
        if not connection.execute(
            select(tombstones).where(tombstones.c.uuid == uuid, tombstones.c.space_id == space_id)
        ).first():
            buried_type = gone[0].type_id if gone else type_id
            connection.execute(
                insert(tombstones).values(
                    uuid=uuid, space_id=space_id, type_id=buried_type, received=first, withdrawn=now
                )
            )
        self._purge(connection, uuid, space_id, gone, tick=tick, now=now)

    def _purge(
        self, connection: Connection, uuid: bytes, space_id: int, gone: Sequence[Row[Any]], *, tick: int, now: int
    ) -> None:
        """Delete every version of an object, and release again what was a sighting of it."""
        contributions = {row.contribution for row in gone}
        numbers = list(
            connection.execute(
                select(objects.c.object_no).where(objects.c.uuid == uuid, objects.c.space_id == space_id)
            ).scalars()
        )
        if self._is_searched:
            words.remove(connection, numbers)
            words.remember_to_rewrite(connection)
        for table in (objects, terms, embargoes):
            connection.execute(delete(table).where(table.c.object_no.in_(numbers)))
        connection.execute(
            update(releases)
            .where(releases.c.contribution.in_(contributions))
            .values(latest=False, withdrawn=func.coalesce(releases.c.withdrawn, tick))
        )
        connection.execute(update(releases).where(releases.c.about.in_(contributions)).values(latest=False))
        for contribution, twin in {(row.contribution, row.twin) for row in gone}:
            self._release_heirs(connection, contribution, twin, since=tick, now=now)

    def _next_object(self, connection: Connection) -> int:
        highest = connection.execute(select(func.max(releases.c.object_no))).scalar()
        return 1 if highest is None else int(highest) + 1


def _order(one: Contribution) -> tuple[bool, int]:
    """What is sighted comes before its sightings, and a version before the next one unless it may come later."""
    return one.about is not None, 0 if one.may_be_older else one.version


def merged_types() -> Iterable[str]:
    """Return the types whose further contributions are rendered as sightings."""
    return _MERGED_TYPES


def _term(number: int, kind: str, value: str) -> dict[str, Any]:
    return {"object_no": number, "kind": kind, "value": value, "span": span_of(kind, value)}


def _document(number: int, one: Contribution, batch: _Batch) -> words.Document:
    lifted = batch.embargo_rows.get(number)
    found = {one.class_id, *([] if lifted is None else [lifted["class_id"]])}
    type_id = batch.object_rows[number]["type_id"]
    return words.document(number, type_id=type_id, classes=found, term=one.term, body=one.body)


def _object(one: Contribution, past: _Past) -> dict[str, Any]:
    return {
        "object_no": past.object_no,
        "uuid": one.uuid,
        "type_id": past.type_id,
        "version": one.version,
        "space_id": past.space_id,
        "class_id": one.class_id,
        "contribution": past.contribution,
        "twin": past.twin,
        "revoked": one.revoked,
        "body": one.body,
    }


def _release(
    tick: int, number: int, *, class_id: int, type_id: int, contribution: int, **more: object
) -> dict[str, Any]:
    row: dict[str, Any] = {
        **_BLANK,
        "seq": tick,
        "object_no": number,
        "class_id": class_id,
        "type_id": type_id,
        "contribution": contribution,
        "latest": True,
        **more,
    }
    row["special"] = bool(more) and any(row[name] is not None for name in _SPECIAL)
    return row


_LAST_NUMBERS = select(
    classes.c.id,
    select(func.max(releases.c.class_no)).where(releases.c.class_id == classes.c.id).scalar_subquery(),
).where(classes.c.id.in_(bindparam("ids", expanding=True)))


def _copy(row: Row[Any], tick: int, **changes: object) -> dict[str, Any]:
    copied: dict[str, Any] = {name: getattr(row, name) for name in _BASE_COLUMNS}
    copied.update(changes)
    return _release(tick, copied.pop("object_no"), **copied)
