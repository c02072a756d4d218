"""Which observables members have shared, and how many members each: for answers that name nobody."""

from collections.abc import Callable, Iterator

from sqlalchemy import Connection, select

from comity.dedup.canonical import Observable
from comity.store.tables import objects, releases, spaces, terms


def known_values(
    connection: Connection, may_be_told: Callable[[int], bool]
) -> Iterator[tuple[Observable, frozenset[str]]]:
    """Yield each observable that is shared now, with the members that shared it in a class that *may_be_told*."""
    query = (
        select(terms.c.kind, terms.c.value, spaces.c.name, releases.c.class_id)
        .join(objects, objects.c.object_no == terms.c.object_no)
        .join(releases, releases.c.object_no == objects.c.object_no)
        .join(spaces, spaces.c.id == objects.c.space_id)
        .where(~objects.c.revoked, releases.c.latest)
        .order_by(terms.c.kind, terms.c.value)
    )
    present: Observable | None = None
    members: set[str] = set()
    for kind, value, member, class_id in connection.execute(query):
        one = Observable(kind=kind, value=value)
        if one != present:
            if present is not None and members:
                yield present, frozenset(members)
            present, members = one, set()
        if may_be_told(class_id):
            members.add(member)
    if present is not None and members:
        yield present, frozenset(members)
