"""What is kept for oversight: filings, returns, editions, public tables. Nothing here is ever changed or deleted."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from comity.errors import RefusedError
from comity.store.oversight_tables import editions, filings, public_tables, returns
from comity.store.tables import objects


@dataclass(frozen=True, slots=True, kw_only=True)
class FilingRow:
    """What an operator recorded about one duty for one incident; *filed* is ``None`` where it does not apply."""

    object_id: str
    duty: str
    filed: int | None
    recorded: int
    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnRow:
    """The return of a member for a period."""

    member: str
    start: int
    end: int
    body: bytes
    received: int
    sent: int | None = None
    problem: str = ""
    """Why the federation did not take it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionRow:
    """An edition of the summary."""

    number: int
    start: int
    end: int
    made: int
    body: bytes
    digest: str
    signature: bytes
    audit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicTable:
    """A table with noise, and what it cost."""

    name: str
    start: int
    end: int
    made: int
    epsilon: str
    """A fraction, exactly."""
    body: str


def put_filing(connection: Connection, one: FilingRow) -> None:
    """Record a filing."""
    connection.execute(
        insert(filings).values(
            object_id=one.object_id, duty=one.duty, filed=one.filed, recorded=one.recorded, account=one.account
        )
    )


def all_filings(connection: Connection) -> dict[str, list[FilingRow]]:
    """Return the filings of each incident, by its id, in the order in which they were recorded."""
    found: dict[str, list[FilingRow]] = {}
    for row in connection.execute(select(filings).order_by(filings.c.id)):
        one = FilingRow(
            object_id=row.object_id, duty=row.duty, filed=row.filed, recorded=row.recorded, account=row.account
        )
        found.setdefault(row.object_id, []).append(one)
    return found


def put_return(connection: Connection, one: ReturnRow) -> bool:
    """Keep a return; return whether it is new.

    Raises:
        RefusedError: another return of the member covers a part of the period.
    """
    query = select(returns).where(
        returns.c.member == one.member, returns.c.starts < one.end, returns.c.ends > one.start
    )
    known = connection.execute(query).first()
    if known is not None:
        if (known.starts, known.ends, bytes(known.body)) == (one.start, one.end, one.body):
            return False
        raise RefusedError("there is a return for a part of this period already; what is late is counted in the next")
    connection.execute(
        insert(returns).values(
            member=one.member,
            starts=one.start,
            ends=one.end,
            body=one.body,
            received=one.received,
            sent=one.sent,
            problem=one.problem,
        )
    )
    return True


def all_returns(connection: Connection) -> list[ReturnRow]:
    """Return every return, in the order of periods."""
    query = select(returns).order_by(returns.c.starts, returns.c.member)
    return [
        ReturnRow(
            member=row.member,
            start=row.starts,
            end=row.ends,
            body=bytes(row.body),
            received=row.received,
            sent=row.sent,
            problem=row.problem,
        )
        for row in connection.execute(query)
    ]


def note_return(connection: Connection, one: ReturnRow, *, sent: int | None, problem: str) -> None:
    """Record that the other side has a return, or why it has not."""
    same = (returns.c.member == one.member, returns.c.starts == one.start)
    connection.execute(update(returns).where(*same).values(sent=sent, problem=problem))


def put_edition(connection: Connection, one: EditionRow) -> None:
    """Append an edition.

    Raises:
        RefusedError: it is not the next.
    """
    last = last_edition(connection)
    expected = 1 if last is None else last.number + 1
    if one.number != expected:
        raise RefusedError(f"edition {one.number}, expected {expected}")
    connection.execute(
        insert(editions).values(
            number=one.number,
            starts=one.start,
            ends=one.end,
            made=one.made,
            body=one.body,
            digest=one.digest,
            signature=one.signature,
            audit=one.audit,
        )
    )


def all_editions(connection: Connection, *, after: int = 0) -> list[EditionRow]:
    """Return the editions after number *after*, the oldest first."""
    query = select(editions).where(editions.c.number > after).order_by(editions.c.number)
    return [_edition(row) for row in connection.execute(query)]


def edition(connection: Connection, number: int) -> EditionRow | None:
    """Return one edition."""
    row = connection.execute(select(editions).where(editions.c.number == number)).first()
    return None if row is None else _edition(row)


def last_edition(connection: Connection) -> EditionRow | None:
    """Return the newest edition."""
    row = connection.execute(select(editions).order_by(editions.c.number.desc()).limit(1)).first()
    return None if row is None else _edition(row)


def put_public_tables(connection: Connection, several: Sequence[PublicTable]) -> None:
    """Enter public tables into the budget ledger."""
    rows = [
        {
            "name": one.name,
            "starts": one.start,
            "ends": one.end,
            "made": one.made,
            "epsilon": one.epsilon,
            "body": one.body,
        }
        for one in several
    ]
    connection.execute(insert(public_tables), rows)


def all_public_tables(connection: Connection) -> list[PublicTable]:
    """Return the whole budget ledger, the oldest entry first."""
    return [
        PublicTable(name=row.name, start=row.starts, end=row.ends, made=row.made, epsilon=row.epsilon, body=row.body)
        for row in connection.execute(select(public_tables).order_by(public_tables.c.id))
    ]


def corroboration(connection: Connection) -> tuple[int, int, int]:
    """Return how many observables there are, how many several members contributed, and the contributors of all.

    An observable that only one member contributed may have no key that merges it, so each contribution counts as one.
    """
    members = func.count(objects.c.space_id.distinct()).label("members")
    merged = select(objects.c.twin, members).where(objects.c.twin.is_not(None)).group_by(objects.c.twin).subquery()
    query = select(
        func.count(), func.count().filter(merged.c.members > 1), func.coalesce(func.sum(merged.c.members), 0)
    )
    found = connection.execute(query.select_from(merged)).one()
    return int(found[0]), int(found[1]), int(found[2])


def _edition(row: Any) -> EditionRow:  # noqa: ANN401  # a row
    return EditionRow(
        number=row.number,
        start=row.starts,
        end=row.ends,
        made=row.made,
        body=bytes(row.body),
        digest=row.digest,
        signature=bytes(row.signature),
        audit=row.audit,
    )
