"""Statements that are compiled once and then run on the driver's own connection.

What is read with every request is too small for a query to be put together each time: building and compiling costs
more than running it. A prepared statement has names where values go, and is otherwise an ordinary SQLAlchemy statement.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import ClauseElement, Connection, Insert, Table, insert

Row = tuple[Any, ...]


class Prepared:
    """One statement for one database, with its values by name (``bindparam``) and no list of open length in it.

    An ``insert`` takes a value for every column of its table but the one that counts by itself.
    """

    def __init__(self, statement: ClauseElement, connection: Connection) -> None:
        columns = _given(statement) if isinstance(statement, Insert) else None
        compiled: Any = statement.compile(dialect=connection.dialect, column_keys=columns)
        self._sql = str(compiled)
        given = compiled.construct_params(_check=False)
        required = {name for name, each in compiled.binds.items() if each.required}
        self._fixed: Mapping[str, Any] = {name: value for name, value in given.items() if name not in required}
        order = tuple(compiled.positiontup or ()) if connection.dialect.positional else None
        self._arguments = _named if order is None else _in_order(order)

    def rows(self, connection: Connection, values: Mapping[str, Any]) -> list[Row]:
        """Run the statement and return all rows."""
        driver: Any = connection.connection.driver_connection
        rows: list[Row] = driver.execute(self._sql, self._with_fixed(values)).fetchall()
        return rows

    def many(self, connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
        """Run the statement once for each of *rows*."""
        driver: Any = connection.connection.driver_connection
        cursor = driver.cursor()
        cursor.executemany(self._sql, map(self._with_fixed if self._fixed else self._arguments, rows))
        cursor.close()

    def _with_fixed(self, values: Mapping[str, Any]) -> Mapping[str, Any] | Sequence[Any]:
        return self._arguments({**self._fixed, **values} if self._fixed else values)


def insert_rows(connection: Connection, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert rows that have a value for every column of *table* but the one that counts by itself."""
    key = table.name, connection.dialect.name
    statement = _inserts.get(key)
    if statement is None:
        statement = _inserts[key] = Prepared(insert(table), connection)
    statement.many(connection, rows)


_inserts: dict[tuple[str, str], Prepared] = {}


def _given(statement: Insert) -> list[str]:
    counted = statement.table.autoincrement_column if isinstance(statement.table, Table) else None
    return [column.name for column in statement.table.columns if column is not counted]


def _named(values: Mapping[str, Any]) -> Mapping[str, Any]:
    return values


def _in_order(names: tuple[str, ...]) -> Callable[[Mapping[str, Any]], Sequence[Any]]:
    """Return what puts values in the order of the places in a statement; a value that is missing is a ``KeyError``."""
    if not names:
        return lambda _values: ()
    return itemgetter(*names) if len(names) > 1 else lambda values: (values[names[0]],)
