"""Searches that a desk keeps: their query, how far what they find may go, and the token by which programs read it."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from comity.errors import InvalidRequestError
from comity.store.accounts import digest_of, new_token
from comity.store.feed_tables import searches

_MOST = 500
"""The searches that one account keeps at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedSearch:
    """A search that is kept; it reads as the viewer its desk was when it was saved."""

    id: str
    account_id: int
    viewer_id: int
    name: str
    query: str
    audience: str
    created: int
    is_live: bool
    """Whether programs may read it by a token."""


def save(connection: Connection, values: Mapping[str, object]) -> str:
    """Keep a search, in the place of the one with its name; return its id.

    Raises:
        InvalidRequestError: the account keeps too many.
    """
    same = (searches.c.account_id == values["account_id"], searches.c.name == values["name"])
    known = connection.execute(select(searches.c.id).where(*same)).scalar()
    if known is not None:
        # A token was given out for what the search found, so it does not go on to read something else.
        connection.execute(update(searches).where(*same).values({**values, "token": None}))
        return str(known)
    count = connection.execute(select(func.count()).where(searches.c.account_id == values["account_id"])).scalar() or 0
    if count >= _MOST:
        raise InvalidRequestError(f"{count} searches are kept already, expected at most {_MOST}")
    identifier = str(uuid4())
    connection.execute(insert(searches).values({**values, "id": identifier, "token": None}))
    return identifier


def of_account(connection: Connection, account_id: int) -> list[SavedSearch]:
    """Return the searches that an account keeps, by name."""
    rows = connection.execute(select(searches).where(searches.c.account_id == account_id).order_by(searches.c.name))
    return [_search(row) for row in rows]


def remove(connection: Connection, account_id: int, identifier: str) -> bool:
    """Forget a search of an account, and with it its token; return whether there was one."""
    own = (searches.c.account_id == account_id, searches.c.id == identifier)
    return connection.execute(delete(searches).where(*own)).rowcount > 0


def open_to_programs(connection: Connection, account_id: int, identifier: str) -> str | None:
    """Return a new token of a search, the only time that it can be read; an older one is void from now on."""
    token = new_token()
    own = (searches.c.account_id == account_id, searches.c.id == identifier)
    changed = connection.execute(update(searches).where(*own).values(token=digest_of(token))).rowcount
    return token if changed else None


def by_token(connection: Connection, identifier: str, token: str) -> SavedSearch | None:
    """Return the search called *identifier* if *token* is its token."""
    row = connection.execute(select(searches).where(searches.c.id == identifier)).first()
    if row is None or row.token is None or not hmac.compare_digest(row.token, digest_of(token)):
        return None
    return _search(row)


def by_id(connection: Connection, identifier: str) -> SavedSearch | None:
    """Return the search called *identifier*."""
    row = connection.execute(select(searches).where(searches.c.id == identifier)).first()
    return None if row is None else _search(row)


def _search(row: Row[tuple[object, ...]]) -> SavedSearch:
    return SavedSearch(
        id=row.id,
        account_id=row.account_id,
        viewer_id=row.viewer_id,
        name=row.name,
        query=row.query,
        audience=row.audience,
        created=row.created,
        is_live=row.token is not None,
    )
