"""The page of what must be protected: what touches it of what the desk may read, why, and how sure that is."""

from collections import Counter
from dataclasses import dataclass

import msgspec

from comity.correlation.matching import Rule
from comity.domain.asset import Asset, Layer
from comity.portal.access import Caller
from comity.portal.answers import Page, Table, moment
from comity.portal.site import Site
from comity.store import assets as stored
from comity.store.assets import Touch

MOST = 500
"""The matches that one page shows, the surest first."""

MOST_READ = 10_000
"""The matches that are read and counted for a page."""

_COLUMNS = ("value", "kind", "asset", "layer", "rule", "confidence", "evidence", "shared_by", "since", "object")
_WORDS = {
    Rule.SAME: "is the asset's own",
    Rule.INSIDE: "lies inside",
    Rule.AROUND: "lies around",
    Rule.RUNS: "affects",
}


class _Identified(msgspec.Struct):
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """One match, as people read it."""

    value: str
    kind: str
    asset: str
    name: str
    sector: str
    criticality: int
    layer: str
    rule: str
    confidence: int
    evidence: str
    shared_by: str
    since: str
    object: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InfrastructureData:
    """What the page says."""

    assets: int
    touched: int
    by_layer: dict[str, int]
    """Layer -> how many assets of it are touched."""
    layer: str
    """The one that is chosen, or none."""
    matches: tuple[Touched, ...]
    left_out: int
    is_cut: bool
    """Whether there are more than were read."""


def infrastructure_page(site: Site, caller: Caller, *, layer: str) -> Page:
    """Return the page, of one *layer* where there is such a one."""
    connection = site.services.store.read()
    assets = {one.key: one for one in stored.all_assets(connection)}
    own = [one for one in assets.values() if one.member == site.services.member]
    read = stored.touches(connection, caller.viewer, limit=MOST_READ)
    every = stored.distinct(read)
    chosen = layer if layer in set(Layer) else ""
    kept = [one for one in every if not chosen or one.layer == chosen]
    by_layer = Counter(touched_layer for _, touched_layer in {(one.asset, one.layer) for one in every})
    matches = tuple(_touched(one, assets.get(one.asset)) for one in kept[:MOST])
    data = InfrastructureData(
        assets=len(own),
        touched=len({one.asset for one in every}),
        by_layer={each.value: by_layer[each.value] for each in Layer},
        layer=chosen,
        matches=matches,
        left_out=len(kept) - len(matches),
        is_cut=len(read) == MOST_READ,
    )
    rows = [[getattr(one, name) for name in _COLUMNS] for one in matches]
    return Page(
        template="infrastructure.html",
        title="Infrastructure",
        data=data,
        table=Table(header=_COLUMNS, rows=rows),
        more={"words": {rule.value: text for rule, text in _WORDS.items()}, "most": MOST, "most_read": MOST_READ},
    )


def _touched(one: Touch, asset: Asset | None) -> Touched:
    return Touched(
        value=one.value,
        kind=one.kind,
        asset=one.asset,
        name=asset.name if asset else "",
        sector=asset.sector if asset else "",
        criticality=asset.criticality if asset else 0,
        layer=one.layer,
        rule=one.rule,
        confidence=one.confidence,
        evidence=one.evidence,
        shared_by=one.shared_by,
        since=moment(one.since),
        object=msgspec.json.decode(one.body, type=_Identified).id,
    )
