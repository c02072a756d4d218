"""Names that stand in rows as small numbers: types, spaces, viewers and label classes."""

from threading import Lock

from sqlalchemy import Column, Connection, Table, func, insert, select


class Names:
    """The names of one table with the columns ``id`` and one of text; what was seen once is remembered."""

    def __init__(self, table: Table, column: Column[str]) -> None:
        self._table = table
        self._column = column
        self._ids: dict[str, int] = {}
        self._names: dict[int, str] = {}
        self._lock = Lock()

    def find(self, connection: Connection, name: str) -> int | None:
        """Return the number of *name*, or ``None`` when it has none."""
        known = self._ids.get(name)
        if known is not None:
            return known
        found = connection.execute(select(self._table.c.id).where(self._column == name)).scalar()
        return None if found is None else self._remember(found, name)

    def intern(self, connection: Connection, name: str, **values: object) -> int:
        """Return the number of *name*; a new one gets a row with the further *values*. Needs the write lock."""
        known = self.find(connection, name)
        if known is not None:
            return known
        highest = connection.execute(select(func.max(self._table.c.id))).scalar()
        number = 1 if highest is None else int(highest) + 1
        connection.execute(insert(self._table).values({"id": number, self._column.name: name, **values}))
        return number

    def name(self, connection: Connection, number: int) -> str:
        """Return the name of *number*.

        Raises:
            KeyError: no name has it.
        """
        known = self._names.get(number)
        if known is not None:
            return known
        found = connection.execute(select(self._column).where(self._table.c.id == number)).scalar()
        if found is None:
            raise KeyError(number)
        self._remember(number, found)
        return str(found)

    def forget(self) -> None:
        """Drop what is remembered, after a transaction that did not commit."""
        with self._lock:
            self._ids.clear()
            self._names.clear()

    def _remember(self, number: int, name: str) -> int:
        with self._lock:
            self._ids[name] = number
            self._names[number] = name
        return number
