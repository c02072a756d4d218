"""The public keys of members' nodes, and when each node last called."""

from sqlalchemy import Connection, delete, insert, select, update

from comity.store.ledger_tables import contacts, member_keys


def registered(connection: Connection, member: str) -> str | None:
    """Return the key with which the member's node signs now."""
    query = select(member_keys.c.key).where(member_keys.c.member == member, member_keys.c.until.is_(None))
    return connection.execute(query).scalar()


def register(connection: Connection, member: str, key: str, now: int) -> None:
    """Keep the key of a member's node."""
    known = (member_keys.c.member == member, member_keys.c.key == key)
    connection.execute(delete(member_keys).where(*known))
    connection.execute(insert(member_keys).values(member=member, key=key, since=now, until=None))


def retire(connection: Connection, member: str, now: int) -> None:
    """Let the member's node register another key; what it signed with the old one stays signed."""
    current = (member_keys.c.member == member, member_keys.c.until.is_(None))
    connection.execute(update(member_keys).where(*current).values(until=now))


def every(connection: Connection) -> dict[str, list[str]]:
    """Return all keys ever registered, by member, the oldest first."""
    found: dict[str, list[str]] = {}
    for row in connection.execute(select(member_keys).order_by(member_keys.c.since)):
        found.setdefault(row.member, []).append(row.key)
    return found


def saw(connection: Connection, member: str, now: int) -> None:
    """Keep that a member's node called."""
    connection.execute(delete(contacts).where(contacts.c.member == member))
    connection.execute(insert(contacts).values(member=member, at=now))


def last_seen(connection: Connection) -> dict[str, int]:
    """Return when each member's node last called."""
    return {row.member: row.at for row in connection.execute(select(contacts))}
