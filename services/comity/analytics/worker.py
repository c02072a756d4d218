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
    while most is None or seen < most:
        portion = PORTION if most is None else min(PORTION, most - seen)
        if not stored.terms_after(store.read(), stored.position(store.read()), limit=1):
            break
        with store.write() as connection:
            terms = stored.terms_after(connection, stored.position(connection), limit=portion)
            found += stored.put_matches(connection, _matches(connection, terms), store.clock())
            stored.set_position(connection, terms[-1].seq)
        seen += len(terms)
    return {"correlated": seen, "matches": found}


def _matches(connection: Connection, terms: Sequence[Term]) -> dict[int, list[Match]]:
    assets = stored.all_assets(connection)
    territory = Territory(assets)
    affected = stored.affected_by(connection, {term.value for term in terms if term.kind == "vulnerability"})
    return {
        term.object_no: software_matches(assets, term.value, affected.get(term.value, ()))
        if term.kind == "vulnerability"
        else territory.matches(term.kind, term.value)
        for term in terms
    }
