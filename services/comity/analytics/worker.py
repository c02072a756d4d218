"""The worker: correlates what has come in since it last ran, in portions, each kept before the next is begun."""

from collections.abc import Sequence

from comity.analytics.context import Analytics
from comity.correlation.matching import Match, Territory, software_matches
from comity.store import assets as stored
from comity.store.assets import Term
from comity.store.database import Connection

PORTION = 10_000
"""How many objects are correlated in one transaction; other writers come in between."""


def run(analytics: Analytics, *, most: int | None = None) -> dict[str, int]:
    """Correlate everything that is new, or the next *most* objects; return how many objects, and how many matches.

    A run that is cut short goes on where it stopped. A change of the registry begins it anew.
    """
    store = analytics.store
    seen = found = 0
    if stored.has_orphans(store.read()):
        with store.write() as connection:
            stored.drop_orphans(connection)
    known: _Known | None = None
    while most is None or seen < most:
        portion = PORTION if most is None else min(PORTION, most - seen)
        if not stored.terms_after(store.read(), stored.position(store.read()), limit=1):
            break
        with store.write() as connection:
            position = stored.position(connection)
            if known is None or known.position != position:
                # Another position than the one that was left means that the registry has changed.
                known = _Known(connection)
            terms = stored.terms_after(connection, position, limit=portion)
            found += stored.put_matches(connection, known.matches(connection, terms), store.clock())
            known.position = terms[-1].seq
            stored.set_position(connection, known.position)
        seen += len(terms)
    return {"correlated": seen, "matches": found}


class _Known:
    """The registry as it was when a run began, and the position that the run has come to."""

    def __init__(self, connection: Connection) -> None:
        self.position = -1
        self._assets = stored.all_assets(connection)
        self._territory = Territory(self._assets)

    def matches(self, connection: Connection, terms: Sequence[Term]) -> dict[int, list[Match]]:
        """Return what each object touches."""
        affected = stored.affected_by(connection, {term.value for term in terms if term.kind == "vulnerability"})
        return {
            term.object_no: software_matches(self._assets, term.value, affected.get(term.value, ()))
            if term.kind == "vulnerability"
            else self._territory.matches(term.kind, term.value)
            for term in terms
        }
