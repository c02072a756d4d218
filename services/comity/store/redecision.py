"""Deciding upon every class again: what a change of rules closes, what it opens, and where the older rows go.

The work grows with classes and viewers, never with objects.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from comity.errors import PolicyError
from comity.store.tables import classes, grants, openings, past_grants, releases
from comity.store.ticks import next_tick
from comity.store.verdicts import Verdicts

_THIS = (grants.c.viewer_id == bindparam("viewer"), grants.c.class_id == bindparam("of_class"))
_CLOSE = delete(grants).where(*_THIS)
_RESTATE = update(grants).where(*_THIS).values(rules=bindparam("by"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What a new decision on every class has changed; a pair is the numbers of a viewer and of a class."""

    tick: int
    opened: Sequence[tuple[int, int]]
    closed: Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class _Known:
    """The grants there are: by class and viewer the number of their rules' text, -1 for none, and since when."""

    texts: npt.NDArray[np.int32]
    since: npt.NDArray[np.int64]
    ever: frozenset[int]
    """The viewers that have been granted anything before."""
    gone: tuple[tuple[int, int, int, str], ...]
    """Grants to viewers that are not decided for any more: viewer, class, since, rules."""


def redecide(
    connection: Connection, numbers: Sequence[int], verdicts: Verdicts, viewer_ids: Mapping[str, int], now: int
) -> Changed:
    """Make the grants of the classes *numbers* those of *verdicts*, whose rows they are. Needs the write lock.

    What is opened is served to those who have read past it as well: rows that are older than the grant get places in
    ticks that are reserved now.

    Raises:
        PolicyError: something is granted to a viewer that has no number.
    """
    tick = next_tick(connection, now)
    ids, wanted = _columns(verdicts, viewer_ids)
    texts = {text: number for number, text in reversed(list(enumerate(" ".join(each) for each in verdicts.reasons)))}
    by_number = np.array([texts[" ".join(each)] for each in verdicts.reasons] or [0], dtype=np.int32)
    wanted = np.where(wanted >= 0, by_number[wanted], -1)
    known = _known(connection, numbers, ids, texts)
    names = {number: text for text, number in texts.items()}

    def pairs(where: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
        return [(int(row), int(column)) for row, column in np.argwhere(where)]

    opened = pairs((wanted >= 0) & (known.texts < 0))
    closed = pairs((wanted < 0) & (known.texts >= 0))
    restated = pairs((wanted >= 0) & (known.texts >= 0) & (wanted != known.texts))
    past = [
        (ids[column], numbers[row], int(known.since[row, column]), names[int(known.texts[row, column])])
        for row, column in closed
    ]
    _close(connection, [*past, *known.gone], tick)
    _run(
        connection,
        _RESTATE,
        [
            {"viewer": ids[column], "of_class": numbers[row], "by": names[int(wanted[row, column])]}
            for row, column in restated
        ],
    )
    late = sorted({numbers[row] for row, column in opened if ids[column] in known.ever})
    blocks = _reserve(connection, late, tick) if opened or past or known.gone else {}
    rows = [
        _grant(
            ids[column],
            numbers[row],
            names[int(wanted[row, column])],
            tick,
            blocks if ids[column] in known.ever else {},
        )
        for row, column in opened
    ]
    _run(connection, insert(grants), rows)
    return Changed(
        tick=tick,
        opened=[(ids[column], numbers[row]) for row, column in opened],
        closed=[(viewer, of_class) for viewer, of_class, _, _ in (*past, *known.gone)],
    )


def _columns(verdicts: Verdicts, viewer_ids: Mapping[str, int]) -> tuple[list[int], npt.NDArray[np.int32]]:
    """Return the viewers that have a number, and their columns."""
    places = [place for place, name in enumerate(verdicts.viewers) if name in viewer_ids]
    if len(places) != len(verdicts.viewers):
        others = [place for place, name in enumerate(verdicts.viewers) if name not in viewer_ids]
        granted = [verdicts.viewers[place] for place in others if (verdicts.rules[:, place] >= 0).any()]
        if granted:
            raise PolicyError(f"viewer {granted[0]!r} is not known, so nothing can be granted to it")
    return [viewer_ids[verdicts.viewers[place]] for place in places], verdicts.rules[:, places]


def _known(connection: Connection, numbers: Sequence[int], ids: Sequence[int], texts: dict[str, int]) -> _Known:
    rows_of = {number: row for row, number in enumerate(numbers)}
    columns_of = {number: column for column, number in enumerate(ids)}
    found = np.full((len(numbers), len(ids)), -1, dtype=np.int32)
    since = np.zeros(found.shape, dtype=np.int64)
    ever: set[int] = set(connection.execute(select(past_grants.c.viewer_id).distinct()).scalars())
    gone = []
    query = select(grants.c.viewer_id, grants.c.class_id, grants.c.rules, grants.c.since)
    for viewer, of_class, rules, start in connection.execute(query):
        row, column = rows_of.get(of_class), columns_of.get(viewer)
        if row is None:
            continue
        ever.add(viewer)
        if column is None:
            gone.append((viewer, of_class, start, rules))
            continue
        found[row, column] = texts.setdefault(rules, len(texts) + _SPARE)
        since[row, column] = start
    return _Known(found, since, frozenset(ever), tuple(gone))


_SPARE = 1_000_000
"""Texts that are in the database only are numbered from here."""


def _close(connection: Connection, past: Sequence[tuple[int, int, int, str]], tick: int) -> None:
    _run(
        connection,
        insert(past_grants),
        [
            {"viewer_id": viewer, "class_id": of_class, "closed": tick, "since": since, "rules": rules}
            for viewer, of_class, since, rules in past
        ],
    )
    _run(connection, _CLOSE, [{"viewer": viewer, "of_class": of_class} for viewer, of_class, *_ in past])


def _reserve(connection: Connection, opened: Sequence[int], tick: int) -> dict[int, int]:
    """Reserve ticks for the older rows of the classes *opened*; return where each class begins.

    The tick of the change itself is taken in any case, so that no two changes have the same.
    """
    last_no = select(func.max(releases.c.class_no)).where(releases.c.class_id == classes.c.id).scalar_subquery()
    counts = {number: count or 0 for number, count in connection.execute(select(classes.c.id, last_no))}
    blocks: dict[int, int] = {}
    end = tick
    for number in opened:
        if counts[number]:
            blocks[number] = end
            end += counts[number]
    guarded = connection.execute(select(releases.c.seq).where(releases.c.guard_class.is_not(None)).limit(1)).first()
    most = connection.execute(select(func.max(releases.c.object_no))).scalar() if guarded and blocks else 0
    connection.execute(insert(openings).values(base=tick, guarded=end, last=end + (most or 0)))
    return blocks


def _grant(viewer: int, of_class: int, rules: str, tick: int, blocks: Mapping[int, int]) -> dict[str, Any]:
    block = blocks.get(of_class)
    since = 0 if block is None else tick
    return {"viewer_id": viewer, "class_id": of_class, "rules": rules, "since": since, "block": block or 0}


def _run(connection: Connection, statement: Any, rows: Sequence[Mapping[str, Any]]) -> None:  # noqa: ANN401  # any statement
    if rows:
        connection.execute(statement, rows)
