"""Grants: which viewer is served which label class. No row, no release."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection, delete, insert, select

from comity.domain.label import Label
from comity.errors import PolicyError
from comity.policy import classes as label_classes
from comity.store.interning import Names
from comity.store.tables import classes, grants, meta, viewers

PLAIN = "plain:"
"""What the key of a class of a plain collection begins with; it is no label."""

Rules = tuple[str, ...]


class Decider(Protocol):
    """Decides for every viewer of a service; there is one for nodes and one for the federation."""

    @property
    def digest(self) -> str:
        """What the decisions rest on; grants made under another digest are decided again."""

    def decide(self, label: Label) -> Mapping[str, Rules]:
        """Return the names of the viewers that are served objects with *label*, with the rules that say so."""


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

    def class_of(self, connection: Connection, label: Label) -> int:
        """Return the class of *label*; a new one is decided upon at once. Needs the write lock."""
        key = label_classes.key(label)
        known = self.classes.find(connection, key)
        if known is not None:
            return known
        number = self.classes.intern(connection, key)
        self._grant(connection, number, self._decider.decide(label))
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

    def refresh(self, connection: Connection) -> None:
        """Decide upon every class again when the rules or the viewers are not those of the last time.

        Needs the write lock.
        """
        state = f"{self._decider.digest} {self._viewers_digest(connection)}"
        known = connection.execute(select(meta.c.value).where(meta.c.key == "grants")).scalar()
        if known == state:
            return
        for class_id, key in connection.execute(select(classes.c.id, classes.c.key)).all():
            if not key.startswith(PLAIN):
                connection.execute(delete(grants).where(grants.c.class_id == class_id))
                self._grant(connection, class_id, self._decider.decide(label_classes.parse(key)))
        connection.execute(delete(meta).where(meta.c.key == "grants"))
        connection.execute(insert(meta).values(key="grants", value=state))

    def forget(self) -> None:
        """Drop what is remembered, after a transaction that did not commit."""
        self.classes.forget()
        self.viewers.forget()
        self._viewers.clear()

    def _grant(self, connection: Connection, class_id: int, served: Mapping[str, Rules]) -> None:
        rows = []
        for name, rules in served.items():
            viewer_id = self.viewers.find(connection, name)
            if viewer_id is None:
                raise PolicyError(f"viewer {name!r} is not known, so nothing can be granted to it")
            rows.append({"viewer_id": viewer_id, "class_id": class_id, "rules": " ".join(rules)})
        if rows:
            connection.execute(insert(grants), rows)

    def _viewers_digest(self, connection: Connection) -> str:
        return " ".join(sorted(connection.execute(select(viewers.c.name)).scalars()))
