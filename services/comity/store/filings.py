"""The reports that a member owes after it released something urgent without waiting for an approval."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from comity.store.filing_tables import urgent_filings


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """A report that is owed, or was made; times are microseconds since 1970."""

    object_id: str
    released: int
    due: int
    filed: int | None
    reference: str

    def is_overdue(self, now: int) -> bool:
        """Return whether the report should have been made."""
        return self.filed is None and self.due < now


def start(connection: Connection, object_ids: Iterable[str], *, now: int, due: int) -> None:
    """Start the clock for objects that left; one that runs, or was stopped, is left alone."""
    wanted = list(dict.fromkeys(object_ids))
    known = set(
        connection.execute(select(urgent_filings.c.object_id).where(urgent_filings.c.object_id.in_(wanted))).scalars()
    )
    rows = [
        {"object_id": each, "released": now, "due": due, "filed": None, "reference": ""}
        for each in wanted
        if each not in known
    ]
    if rows:
        connection.execute(insert(urgent_filings), rows)


def every(connection: Connection) -> list[Filing]:
    """Return all filings, those that are owed first, by when they are due."""
    rows = connection.execute(
        select(urgent_filings).order_by(urgent_filings.c.filed.is_not(None), urgent_filings.c.due)
    )
    return [Filing(**row._asdict()) for row in rows]


def stop(connection: Connection, object_id: str, *, reference: str, now: int) -> bool:
    """Keep that the report was made; return whether it was owed."""
    owed = (urgent_filings.c.object_id == object_id, urgent_filings.c.filed.is_(None))
    return bool(connection.execute(update(urgent_filings).where(*owed).values(filed=now, reference=reference)).rowcount)
