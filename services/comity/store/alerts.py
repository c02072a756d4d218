"""Alerts of saved searches: whom to tell, up to which tick they were told, and how the last delivery went."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Self

from sqlalchemy import Connection, Row, delete, insert, select, update

from comity.store.feed_tables import alerts

WEBHOOK, EMAIL = "webhook", "email"
KINDS = (WEBHOOK, EMAIL)
MOST_TRIES = 20
"""After so many failures in a row an alert is switched off."""

_FIRST_WAIT = 60_000_000
_LONGEST_WAIT = 21_600_000_000
_MOST_DOUBLINGS = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Whom a saved search tells of what is new; times are microseconds since 1970."""

    search_id: str
    kind: str
    target: str
    secret: str
    """What deliveries to a webhook are signed with; never shown again."""
    enabled: bool
    position: int
    """The tick up to which it was told."""
    last_try: int | None = None
    last_success: int | None = None
    last_count: int = 0
    """How many were told of last."""
    next_try: int = 0
    failures: int = 0
    problem: str = ""

    def told(self, count: int, *, now: int, position: int) -> Self:
        """Return the alert after *count* objects up to a tick were told of."""
        after = replace(self, position=position, failures=0, problem="", next_try=0)
        return replace(after, last_try=now, last_success=now, last_count=count) if count else after

    def failed(self, problem: str, *, now: int) -> Self:
        """Return the alert after a delivery failed: it waits longer each time, and in the end is switched off."""
        wait = min(_FIRST_WAIT << min(self.failures, _MOST_DOUBLINGS), _LONGEST_WAIT)
        failures = self.failures + 1
        goes_on = failures < MOST_TRIES
        text = problem[:500] if goes_on else f"switched off after {failures} tries: {problem}"[:500]
        return replace(self, enabled=goes_on, failures=failures, problem=text, last_try=now, next_try=now + wait)


def due(connection: Connection, now: int) -> list[Alert]:
    """Return the alerts that are switched on and need not wait."""
    query = select(alerts).where(alerts.c.enabled, alerts.c.next_try <= now).order_by(alerts.c.search_id)
    return [_alert(row) for row in connection.execute(query)]


def of_searches(connection: Connection, ids: Sequence[str]) -> dict[str, Alert]:
    """Return the alerts of searches, by the ids of these."""
    return {row.search_id: _alert(row) for row in connection.execute(select(alerts).where(alerts.c.search_id.in_(ids)))}


def put(connection: Connection, alert: Alert) -> None:
    """Keep an alert, in the place of the one that its search had."""
    remove(connection, alert.search_id)
    connection.execute(insert(alerts).values(asdict(alert)))


def keep(connection: Connection, before: Alert, after: Alert) -> None:
    """Keep how a delivery went, unless the alert was changed or removed in the meantime."""
    same = (alerts.c.search_id == before.search_id, alerts.c.secret == before.secret, alerts.c.enabled)
    values: Mapping[str, object] = asdict(after)
    connection.execute(update(alerts).where(*same).values(values))


def remove(connection: Connection, search_id: str) -> None:
    """Forget the alert of a search."""
    connection.execute(delete(alerts).where(alerts.c.search_id == search_id))


def _alert(row: Row[tuple[object, ...]]) -> Alert:
    return Alert(**row._mapping)
