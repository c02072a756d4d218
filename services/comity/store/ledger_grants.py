"""To whom each class is granted, as the ledger last told it."""

import json

from sqlalchemy import Connection, delete, func, insert, select

from comity.store.grants import PLAIN
from comity.store.ledger_tables import ledger_grants
from comity.store.tables import classes


def classes_to_tell(connection: Connection, *, every: bool) -> list[tuple[int, str, frozenset[str] | None]]:
    """Return the classes that the ledger has not told of, or all of them: number, label, to whom it told of a grant."""
    query = select(classes.c.id, classes.c.key, ledger_grants.c.viewers).outerjoin(
        ledger_grants, ledger_grants.c.class_id == classes.c.id
    )
    if not every:
        told = select(func.coalesce(func.max(ledger_grants.c.class_id), 0)).scalar_subquery()
        query = query.where(classes.c.id > told)
    return [
        (class_id, key, None if viewers is None else frozenset(json.loads(viewers)))
        for class_id, key, viewers in connection.execute(query.order_by(classes.c.id)).all()
        if not key.startswith(PLAIN)
    ]


def tell(connection: Connection, class_id: int, viewers: frozenset[str]) -> None:
    """Keep that the ledger tells to whom a class is granted."""
    connection.execute(delete(ledger_grants).where(ledger_grants.c.class_id == class_id))
    connection.execute(insert(ledger_grants).values(class_id=class_id, viewers=json.dumps(sorted(viewers))))
