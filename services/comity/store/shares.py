"""How much of the release log a viewer is granted, roughly: it decides how a page is read, never what is on it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, case, func, select

from comity.store.grants import Viewer
from comity.store.prepared import Prepared
from comity.store.tables import classes, grants, releases
from comity.store.visibility import number_of, values_of

_READS = 256
"""After so many pages of a viewer its share is counted anew; to count it costs as much as some pages."""
_SEEKS = 4
"""So many rows of the log are passed over in the time in which one is looked up by its class."""


@dataclass(slots=True)
class Share:
    """So many rows in so many classes, of a log of so many rows."""

    classes: int
    rows: int
    of: int
    reads: int = 0

    def rows_around(self, count: int) -> int:
        """Return among how many rows of the log about *count* of the viewer's are."""
        return count * max(self.of, 1) // max(self.rows, 1) + count

    def is_thin(self, count: int) -> bool:
        """Return whether *count* rows are found faster class by class than by walking the log."""
        return self.rows_around(count) > _SEEKS * (self.classes + count)


class Shares:
    """Counts what viewers are granted, and remembers it for a while."""

    def __init__(self) -> None:
        self._known: dict[int, Share] = {}
        self._count: Prepared | None = None

    def of(self, connection: Connection, viewer: Viewer) -> Share:
        """Return the share of *viewer*, as it is or was some pages ago."""
        known = self._known.get(viewer.id)
        if known is None or known.reads >= _READS:
            known = self._known[viewer.id] = Share(*self._counted(connection, viewer))
        known.reads += 1
        return known

    def _counted(self, connection: Connection, viewer: Viewer) -> Sequence[int]:
        if self._count is None:
            last = select(func.max(releases.c.class_no)).where(releases.c.class_id == classes.c.id).scalar_subquery()
            size = func.coalesce(last, 0)
            is_granted = grants.c.class_id.is_not(None)
            granted = and_(grants.c.class_id == classes.c.id, grants.c.viewer_id == number_of(viewer))
            statement = select(
                func.count(grants.c.class_id), func.sum(case((is_granted, size), else_=0)), func.sum(size)
            ).select_from(classes.outerjoin(grants, granted))
            self._count = Prepared(statement, connection)
        count, rows, of = self._count.rows(connection, values_of(viewer))[0]
        return int(count), int(rows or 0), int(of or 0)
