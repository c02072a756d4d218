"""Accounts and what they may do: an account is a desk, a member's node, an operator, or a client of plain collections.

Every change raises the version of the accounts, so that whoever remembers them knows when to look again.

Secrets are kept as argon2 hashes (passwords) and as SHA-256 digests (tokens, which are random and long).
"""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, delete, insert, select, update

from comity.errors import SettingsError
from comity.store.tables import accounts, collections, meta, rights

TOKEN_BYTES = 32
VERSION = "accounts"
"""The setting that holds the version of the accounts."""

OVERSIGHT = "oversight"
"""The kind of a collection that no request can reach: it says for which purposes a regulator may log in, no more."""

_LONGEST_SECRET = 1024
hasher = PasswordHasher()
"""What hashes passwords: the second choice of RFC 9106, 4, which takes 64 MiB and three passes each time."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who is calling."""

    id: int
    name: str
    member: str
    role: str


@dataclass(frozen=True, slots=True)
class CollectionRow:
    """A collection, and what one account may do with it."""

    id: str
    root: str
    title: str
    description: str
    alias: str | None
    kind: str
    viewer_id: int
    can_read: bool
    can_write: bool


def create(
    connection: Connection, name: str, *, member: str, role: str, password: str | None, token: str | None
) -> int:
    """Add an account, or give the account called *name* new secrets; return its number."""
    if password is not None and len(password) > _LONGEST_SECRET:
        raise SettingsError(f"password of {len(password)} characters, expected at most {_LONGEST_SECRET}")
    values = {
        "name": name,
        "member": member,
        "role": role,
        "password": hasher.hash(password) if password is not None else None,
        "token": digest_of(token) if token is not None else None,
    }
    _changed(connection)
    known = connection.execute(select(accounts.c.id).where(accounts.c.name == name)).scalar()
    if known is not None:
        connection.execute(update(accounts).where(accounts.c.id == known).values(values))
        return int(known)
    return int(connection.execute(insert(accounts).values(values).returning(accounts.c.id)).scalar_one())


def grant(connection: Connection, account_id: int, collection_id: str, *, can_read: bool, can_write: bool) -> None:
    """Say what an account may do with a collection, instead of whatever was said before."""
    _changed(connection)
    key = (rights.c.account_id == account_id, rights.c.collection_id == collection_id)
    connection.execute(delete(rights).where(*key))
    connection.execute(
        insert(rights).values(
            account_id=account_id, collection_id=collection_id, can_read=can_read, can_write=can_write
        )
    )


def add_collection(connection: Connection, values: dict[str, object]) -> str:
    """Add a collection or change the one with its root and title; return its id."""
    _changed(connection)
    same = (collections.c.root == values["root"], collections.c.title == values["title"])
    known = connection.execute(select(collections.c.id).where(*same)).scalar()
    if known is not None:
        connection.execute(
            update(collections).where(*same).values({key: value for key, value in values.items() if key != "id"})
        )
        return str(known)
    connection.execute(insert(collections).values(values))
    return str(values["id"])


def by_password(connection: Connection, name: str, password: str) -> Account | None:
    """Return the account called *name* if *password* is its password; it takes as long when there is none."""
    row = connection.execute(select(accounts).where(accounts.c.name == name)).first()
    try:
        hasher.verify(row.password if row is not None and row.password else _decoy(), password[:_LONGEST_SECRET])
    except (VerificationError, InvalidHashError):
        return None
    return Account(row.id, row.name, row.member, row.role) if row is not None and row.password else None


def by_token(connection: Connection, token: str) -> Account | None:
    """Return the account that *token* belongs to."""
    row = connection.execute(select(accounts).where(accounts.c.token == digest_of(token))).first()
    return None if row is None else Account(row.id, row.name, row.member, row.role)


def readable_viewers(connection: Connection, account: Account) -> frozenset[int]:
    """Return the numbers of the viewers whose collections the account may read."""
    query = select(collections.c.viewer_id).join(rights, rights.c.collection_id == collections.c.id)
    return frozenset(connection.execute(query.where(rights.c.account_id == account.id, rights.c.can_read)).scalars())


def by_id(connection: Connection, account_id: int) -> Account | None:
    """Return the account with the number *account_id*."""
    row = connection.execute(select(accounts).where(accounts.c.id == account_id)).first()
    return None if row is None else Account(row.id, row.name, row.member, row.role)


def listed(connection: Connection) -> list[Account]:
    """Return all accounts by name."""
    rows = connection.execute(select(accounts).order_by(accounts.c.name))
    return [Account(row.id, row.name, row.member, row.role) for row in rows]


def collections_of(connection: Connection, account: Account, root: str) -> list[CollectionRow]:
    """Return the collections of *root* that the account may read or write, by id."""
    return [one for one in _collections(connection, account) if one.root == root]


def every_collection(connection: Connection) -> list[CollectionRow]:
    """Return all collections, without anybody's rights."""
    rows = connection.execute(select(collections).order_by(collections.c.id))
    return [CollectionRow(**row._asdict(), can_read=False, can_write=False) for row in rows]


def roots(connection: Connection) -> list[str]:
    """Return the names of all API roots."""
    return sorted(connection.execute(select(collections.c.root).distinct()).scalars())


def new_token() -> str:
    """Return a secret that nobody can guess."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest_of(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _changed(connection: Connection) -> None:
    known = connection.execute(select(meta.c.value).where(meta.c.key == VERSION)).scalar()
    connection.execute(delete(meta).where(meta.c.key == VERSION))
    connection.execute(insert(meta).values(key=VERSION, value=str(int(known or 0) + 1)))


@cache
def _decoy() -> str:
    """Return a hash that is compared with where there is no account, so that it takes as long as where there is one."""
    return hasher.hash("no account has this password")


def _collections(connection: Connection, account: Account) -> Iterable[CollectionRow]:
    query = (
        select(collections, rights.c.can_read, rights.c.can_write)
        .join(rights, rights.c.collection_id == collections.c.id)
        .where(rights.c.account_id == account.id, collections.c.kind != OVERSIGHT)
        .order_by(collections.c.id)
    )
    for row in connection.execute(query):
        if row.can_read or row.can_write:
            yield CollectionRow(**row._asdict())
