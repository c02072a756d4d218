"""How many private questions each member asked on each day."""

from sqlalchemy import Connection, delete, insert, select

from comity.store.ledger_tables import question_counts


def asked(connection: Connection, member: str, day: int) -> int:
    """Return how many values a member has asked about on a day, counted from 1970."""
    query = select(question_counts.c.count).where(question_counts.c.member == member, question_counts.c.day == day)
    return int(connection.execute(query).scalar() or 0)


def count(connection: Connection, member: str, day: int, more: int) -> None:
    """Count further questions; earlier days are forgotten, the ledger has them."""
    known = asked(connection, member, day)
    connection.execute(delete(question_counts).where(question_counts.c.member == member))
    connection.execute(insert(question_counts).values(member=member, day=day, count=known + more))
