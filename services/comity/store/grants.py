"""Grants: which viewer is served which label class. No row, no release."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select

from comity.domain.label import Label
from comity.errors import PolicyError
from comity.policy import classes as label_classes
from comity.store.interning import Names
from comity.store.redecision import Changed, redecide
from comity.store.tables import classes, grants, meta, releases, viewers
from comity.store.verdicts import Decider as Decider  # noqa: PLC0414  # who makes grants, for those who open a store
from comity.store.verdicts import Rules as Rules  # noqa: PLC0414  # the ids that stand in a grant

PLAIN = "plain:"
"""What the key of a class of a plain collection begins with; it is no label."""

_STATE = "grants"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who reads: its number in the rows, and whether contributions of one observable are merged for it."""

    id: int
    name: str
    merges: bool

    @property
    def node_of(self) -> str | None:
        """The member whose node it is, or ``None`` where it is a desk or a collection."""
        member, _, what = self.name.rpartition(" ")
        return member if what == "node" and member else None


class Grants:
    """The label classes and viewers of one database, and the grants between them."""

    def __init__(self, decider: Decider) -> None:
        self._decider = decider
        self.classes = Names(classes, classes.c.key)
        self.viewers = Names(viewers, viewers.c.name)
        self._viewers: dict[int, Viewer] = {}

    def follow(self, decider: Decider) -> None:
        """Decide by *decider* from now on; ``refresh`` applies it to the classes that are there."""
        self._decider = decider

    def class_of(self, connection: Connection, label: Label) -> int:
        """Return the class of *label*; a new one is decided upon at once. Needs the write lock."""
        key = label_classes.key(label)
        known = self.classes.find(connection, key)
        if known is not None:
            return known
        number = self.classes.intern(connection, key)
        self._grant(connection, number, self._decider.decide([label]).of(0))
        return number

    def label_of(self, connection: Connection, class_id: int) -> Label:
        """Return the label that the class stands for.

        Raises:
            PolicyError: the class is that of a plain collection.
        """
        return label_classes.parse(self.classes.name(connection, class_id))

    def plain_class(self, connection: Connection, viewer_name: str) -> int:
        """Return the class that is granted to one viewer and to nobody else. Needs the write lock."""
        key = PLAIN + viewer_name
        known = self.classes.find(connection, key)
        if known is not None:
            return known
        number = self.classes.intern(connection, key)
        self._grant(connection, number, {viewer_name: ()})
        return number

    def add_viewer(self, connection: Connection, name: str, *, merges: bool) -> int:
        """Return the viewer called *name*. Needs the write lock."""
        return self.viewers.intern(connection, name, merges=merges)

    def viewer(self, connection: Connection, viewer_id: int) -> Viewer:
        """Return the viewer with the number *viewer_id*; a viewer never changes."""
        known = self._viewers.get(viewer_id)
        if known is None:
            row = connection.execute(select(viewers).where(viewers.c.id == viewer_id)).one()
            known = self._viewers[viewer_id] = Viewer(row.id, row.name, row.merges)
        return known

    def viewers_of(self, connection: Connection, class_id: int) -> frozenset[str]:
        """Return the names of all viewers that are granted the class."""
        query = select(viewers.c.name).join(grants, grants.c.viewer_id == viewers.c.id)
        return frozenset(connection.execute(query.where(grants.c.class_id == class_id)).scalars())

    def labels(self, connection: Connection) -> dict[int, Label]:
        """Return the label of every class that is under sharing rules."""
        rows = connection.execute(select(classes.c.id, classes.c.key).order_by(classes.c.id))
        return {number: label_classes.parse(key) for number, key in rows if not key.startswith(PLAIN)}

    def sizes(self, connection: Connection) -> dict[int, int]:
        """Return how many rows of the release log each class has."""
        last = select(func.max(releases.c.class_no)).where(releases.c.class_id == classes.c.id).scalar_subquery()
        return {number: count or 0 for number, count in connection.execute(select(classes.c.id, last))}

    def released(self, connection: Connection, several: Iterable[Viewer]) -> dict[int, int]:
        """Return by viewer how many rows its classes have; not all of them may be served to it, for other reasons."""
        ids = [viewer.id for viewer in several]
        last = select(func.max(releases.c.class_no)).where(releases.c.class_id == grants.c.class_id).scalar_subquery()
        query = select(grants.c.viewer_id, last).where(grants.c.viewer_id.in_(ids))
        counts = dict.fromkeys(ids, 0)
        for viewer_id, count in connection.execute(query):
            counts[viewer_id] += count or 0
        return counts

    def refresh(self, connection: Connection, now: int) -> Changed | None:
        """Decide upon every class again when the rules or the viewers are not those of the last time.

        What is opened is served to those who have read past it as well: older rows of the class get places in ticks
        that are reserved now. The work grows with classes and viewers, never with objects. Needs the write lock.
        Returns what has changed, or ``None`` when nothing had to be decided.
        """
        state = f"{self._decider.digest} {self._viewers_digest(connection)}"
        known = connection.execute(select(meta.c.value).where(meta.c.key == _STATE)).scalar()
        if known == state:
            return None
        labels = self.labels(connection)
        changed = None
        if labels:
            ids = {name: number for name, number in connection.execute(select(viewers.c.name, viewers.c.id))}
            verdicts = self._decider.decide(list(labels.values()))
            changed = redecide(connection, list(labels), verdicts, ids, now)
        connection.execute(delete(meta).where(meta.c.key == _STATE))
        connection.execute(insert(meta).values(key=_STATE, value=state))
        return changed

    def forget(self) -> None:
        """Drop what is remembered, after a transaction that did not commit."""
        self.classes.forget()
        self.viewers.forget()
        self._viewers.clear()

    def _grant(self, connection: Connection, number: int, served: Mapping[str, Rules]) -> None:
        rows = []
        for name, rules in served.items():
            viewer_id = self.viewers.find(connection, name)
            if viewer_id is None:
                raise PolicyError(f"viewer {name!r} is not known, so nothing can be granted to it")
            rows.append({"viewer_id": viewer_id, "class_id": number, "rules": " ".join(rules)})
        if rows:
            connection.execute(insert(grants), rows)

    def _viewers_digest(self, connection: Connection) -> str:
        return " ".join(sorted(connection.execute(select(viewers.c.name)).scalars()))
