"""Who may do what, remembered: every request asks, and accounts, rights and collections change seldom.

What is remembered holds for one version of the accounts, a number in the database that every change of an account, a
right or a collection raises. So a change takes effect at once in every process that serves the database.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from comity.store import accounts
from comity.store.accounts import Account, CollectionRow

_MOST_REMEMBERED = 10_000


@dataclass(slots=True)
class Directory:
    """The API roots and collections, as of one version of the accounts."""

    version: int
    roots: Sequence[str]
    _collections: dict[tuple[int, str], Mapping[str, CollectionRow]] = field(default_factory=dict)

    @classmethod
    def read(cls, connection: Connection, version: int) -> "Directory":
        """Return what is in the database."""
        return cls(version, tuple(accounts.roots(connection)))

    def collections_of(self, connection: Connection, account: Account, root: str) -> Mapping[str, CollectionRow]:
        """Return the collections of *root* that the account may read or write, by id and by alias."""
        found = self._collections.get((account.id, root))
        if found is None:
            rows = accounts.collections_of(connection, account, root)
            found = {row.alias: row for row in rows if row.alias} | {row.id: row for row in rows}
            if len(self._collections) >= _MOST_REMEMBERED:
                self._collections.clear()
            self._collections[account.id, root] = found
        return found
