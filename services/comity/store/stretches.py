"""The stretches of a viewer's ticks: the log itself, and between its rows what was opened to the viewer later.

Rows that are older than a grant of theirs come to the viewer in ticks that were reserved when the grant was made. So a
viewer's ticks are stretches of the log with reserved blocks between them, and each stretch is one walk of an index.
"""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
    Select,
    bindparam,
    literal_column,
    or_,
    select,
)

from comity.store.grants import Viewer
from comity.store.prepared import Prepared
from comity.store.shares import Shares
from comity.store.tables import grants, openings, releases
from comity.store.visibility import guard_since, number_of, values_of
from comity.store.visibility import visible_grant as _g
from comity.store.visibility import visible_release as _r

_ZERO = literal_column("0", BigInteger)
"""The zero of the partial index ``grants_late``; as a parameter it makes SQLite compile the statement every time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InTheLog:
    """Rows that every grant they need is older than, where they are in the log."""

    low: int
    high: int | None = None
    by_class: bool = False
    """Whether rows are looked up class by class, which is faster for who is granted little of what is there."""

    @property
    def shape(self) -> Hashable:
        """What the statement depends on."""
        return "log", self.low >= 0, self.high is None, self.by_class

    @property
    def values(self) -> Mapping[str, Any]:
        """The values of the statement."""
        return {"low": self.low, "high": self.high}

    def narrow(self, statement: Select[Any], viewer: Viewer) -> Select[Any]:
        """Return the rows of *statement* in this stretch with their ticks, in order."""
        is_old = or_(~_r.c.special, _r.c.guard_class.is_(None), guard_since(viewer) <= _r.c.seq)
        statement = statement.add_columns(_r.c.seq.label("tick")).where(_g.c.since <= _r.c.seq, is_old)
        if self.by_class:
            return statement.where(_r.c.seq.in_(self._granted(viewer))).order_by(_r.c.seq)
        return statement.where(*self._between(_r)).order_by(_r.c.seq)

    def _between(self, row: FromClause) -> list[ColumnElement[bool]]:
        conditions = [row.c.seq > bindparam("low")] if self.low >= 0 else []
        return conditions if self.high is None else [*conditions, row.c.seq < bindparam("high")]

    def _granted(self, viewer: Viewer) -> Select[Any]:
        """Return the ticks of all rows in this stretch whose class is granted."""
        row, grant = releases.alias(), grants.alias()
        mine = select(grant.c.class_id).where(grant.c.viewer_id == number_of(viewer))
        return select(row.c.seq).where(row.c.class_id.in_(mine), *self._between(row))


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """Rows of one class that are older than its grant."""

    low: int
    base: int
    class_id: int
    block: int
    shape: Hashable = field(default="opened", init=False)

    @property
    def values(self) -> Mapping[str, Any]:
        """The values of the statement."""
        return {"after_no": self.low - self.block, "base": self.base, "opened": self.class_id, "block": self.block}

    def narrow(self, statement: Select[Any], viewer: Viewer) -> Select[Any]:
        """Return the rows of *statement* in this stretch with their ticks, in order."""
        return (
            statement.add_columns((bindparam("block", type_=BigInteger) + _r.c.class_no).label("tick"))
            .where(
                _r.c.class_id == bindparam("opened"),
                _r.c.class_no > bindparam("after_no"),
                _r.c.seq < bindparam("base"),
                or_(~_r.c.special, guard_since(viewer) <= bindparam("base")),
            )
            .order_by(_r.c.class_no)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedGuards:
    """Rows that are older than the grant of the class that guards them; the grant of their own is older still."""

    low: int
    base: int
    guarded: int
    shape: Hashable = field(default="guards", init=False)

    @property
    def values(self) -> Mapping[str, Any]:
        """The values of the statement."""
        return {"low": self.low, "base": self.base, "guarded": self.guarded}

    def narrow(self, statement: Select[Any], viewer: Viewer) -> Select[Any]:
        """Return the rows of *statement* in this stretch with their ticks, in order."""
        late = select(grants.c.class_id).where(
            grants.c.viewer_id == number_of(viewer),
            grants.c.since == bindparam("base"),
            grants.c.since > _ZERO,
        )
        return (
            statement.add_columns((bindparam("guarded", type_=BigInteger) + _r.c.object_no).label("tick"))
            .where(
                _r.c.guard_class.is_not(None),
                _r.c.guard_class.in_(late),
                _g.c.since < bindparam("base"),
                _r.c.seq < bindparam("base"),
                _r.c.object_no > bindparam("low", type_=BigInteger) - bindparam("guarded", type_=BigInteger),
            )
            .order_by(_r.c.object_no, _r.c.seq)
        )


Stretch = InTheLog | Opened | OpenedGuards
_LEAST, _GROWTH = 500, 2
"""How many rows are looked through at least, and how many times more where there was too little among the last."""


class Stretches:
    """Finds the stretches of viewers."""

    def __init__(self) -> None:
        self._openings: Prepared | None = None
        self._classes: Prepared | None = None
        self._ends: Prepared | None = None
        self._shares = Shares()

    def _opened_classes(self, connection: Connection, viewer: Viewer, base: int, low: int) -> list[tuple[int, int]]:
        """Return the classes that an opening opened to the viewer and whose ticks are not all before *low*."""
        if self._classes is None:
            self._classes = Prepared(_classes(viewer), connection)
        rows = self._classes.rows(connection, {**values_of(viewer), "base": base})
        ends = [*(block for _, block in rows[1:]), None]
        return [
            (class_id, block) for (class_id, block), end in zip(rows, ends, strict=True) if end is None or end > low
        ]

    def after(self, connection: Connection, viewer: Viewer, low: int) -> Iterator[Stretch]:
        """Yield the stretches of the viewer's ticks after *low*, in order."""
        if self._openings is None:
            self._openings = Prepared(_openings(viewer), connection)
        for base, guarded, last in self._openings.rows(connection, {**values_of(viewer), "low": low}):
            yield InTheLog(low=low, high=base)
            for class_id, block in self._opened_classes(connection, viewer, base, low):
                yield Opened(low=max(low, base), base=base, class_id=class_id, block=block)
            if last > guarded:
                yield OpenedGuards(low=max(low, guarded), base=base, guarded=guarded)
            low = max(low, last)
        yield InTheLog(low=low)

    def parts(self, connection: Connection, viewer: Viewer, stretch: Stretch, wanted: int) -> Iterator[Stretch]:
        """Yield the parts of a stretch in order, as it is best read to find *wanted* rows; they may be in the first."""
        share = self._shares.of(connection, viewer) if isinstance(stretch, InTheLog) else None
        if not isinstance(stretch, InTheLog) or share is None or not share.is_thin(wanted):
            yield stretch
            return
        low, rows = stretch.low, _LEAST + share.rows_around(wanted + wanted // 2)
        end = self._end(connection, low, rows)
        while end is not None and (stretch.high is None or end < stretch.high):
            yield InTheLog(low=low, high=end, by_class=True)
            low, rows = end - 1, rows * _GROWTH
            end = self._end(connection, low, rows)
        yield InTheLog(low=low, high=stretch.high, by_class=True)

    def _end(self, connection: Connection, low: int, rows: int) -> int | None:
        """Return the tick of the row that comes so many *rows* after *low*, if there are so many."""
        if self._ends is None:
            after = select(releases.c.seq).where(releases.c.seq > bindparam("low")).order_by(releases.c.seq)
            self._ends = Prepared(after.limit(1).offset(bindparam("rows")), connection)
        found = self._ends.rows(connection, {"low": low, "rows": rows})
        return int(found[0][0]) if found else None


def _openings(viewer: Viewer) -> Select[Any]:
    late = select(grants.c.since).where(grants.c.viewer_id == number_of(viewer), grants.c.since > _ZERO)
    return (
        select(openings.c.base, openings.c.guarded, openings.c.last)
        .where(openings.c.last > bindparam("low"), openings.c.base.in_(late))
        .order_by(openings.c.base)
    )


def _classes(viewer: Viewer) -> Select[Any]:
    return (
        select(grants.c.class_id, grants.c.block)
        .where(grants.c.viewer_id == number_of(viewer), grants.c.since > _ZERO, grants.c.since == bindparam("base"))
        .order_by(grants.c.block)
    )
