"""Ticks: the places in the release log, which are times in microseconds made unique and rising in order of commits."""

from sqlalchemy import Connection, func, select

from comity.store.tables import openings, releases

_LAST = select(select(func.max(releases.c.seq)).scalar_subquery(), select(func.max(openings.c.last)).scalar_subquery())


def next_tick(connection: Connection, now: int) -> int:
    """Return the tick for what comes next: the present, or just after the last one used or reserved."""
    return max(now, last_tick(connection) + 1)


def last_tick(connection: Connection) -> int:
    """Return the last tick that was used or reserved, 0 where there is none."""
    row, reserved = connection.execute(_LAST).one()
    return max(row or 0, reserved or 0)
