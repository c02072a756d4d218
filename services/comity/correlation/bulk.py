"""The rules of correlation for tables: one expression that any engine of ibis runs, over events by the million.

All joins are on equality. An address is three numbers: its upper 48 bits, its middle 48 and its lower 32. IPv4 is
mapped into IPv6 (RFC 4291, 2.5.5.2), so that one rule serves both. Every event states one key: the block (/24 or /48)
of its other side, or the digest of a text. One join on the keys leaves the few events that all else is done to.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import ibis
from ibis.expr.types import IntegerValue, Table

from comity.correlation.matching import CONFIDENCE, GUARDED, Rule
from comity.domain.asset import Layer

UPPER, MIDDLE, LOWER = 48, 48, 32
"""The bits of the three numbers of an address."""

MAPPED_BITS = 96
"""What the prefix length of an IPv4 network grows by when it is mapped."""

MAPPED_BLOCK = 1 << 48
"""What is added to the block of an IPv4 address, so that it is that of no IPv6 address."""

EVENTS = {
    "event": "int64",
    "at": "int64",
    "key": "int64",
    "remote_upper": "int64",
    "remote_middle": "int64",
    "remote_lower": "int64",
    "local_upper": "int64",
    "local_middle": "int64",
    "local_lower": "int64",
    "field": "string",
    "text": "string",
}
"""The columns of events: the member's own side, and of the other side either an address or one text.

``at`` is in microseconds since 1970; ``key`` is that of the address's block, or of the text (of a name, of its last two
labels); ``field`` is ``address``, or what the text is: ``name``, ``hash`` or ``url``, in canonical form.
"""

NETWORKS = {"id": "string", "bits": "int64", "upper": "int64", "middle": "int64", "lower": "int64"}
KEYS = {"key": "int64"}
TEXTS = {"id": "string", "field": "string", "value": "string"}
ASSETS = {**NETWORKS, "layer": "string"}
SHARED = {"id": "string"}
ROWS = ("event", "at", "indicator", "field", "rule", "asset", "layer", "confidence")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The tables that are correlated; ``bits`` of the tables of networks are those that occur in them."""

    events: Table
    networks: Table
    texts: Table
    keys: Table
    """The key of every event that may match: of all blocks in which ``networks`` has anything, and of all texts."""
    shared: Table
    """The ids of indicators of what many parties share."""
    assets: Table
    indicator_bits: Sequence[int]
    asset_bits: Sequence[int]


def matches(inputs: Inputs) -> Table:
    """Return one row for every event and indicator that match: ``ROWS``.

    ``field`` is what of the event matched; ``asset`` is the most specific one around its own side, or empty.
    """
    some = inputs.events.semi_join(inputs.keys, "key")
    # Two readers of what is left: with more of them DuckDB 2.0 goes through all events again for some.
    return _attributed(ibis.union(_by_network(some, inputs), _by_text(some, inputs)), inputs)


def summary(rows: Table) -> Table:
    """Return for each indicator and layer: how many events, on how many assets, first and last."""
    return rows.group_by(["indicator", "layer"]).aggregate(
        events=rows.event.nunique(), assets=rows.asset.nunique(), first=rows.at.min(), last=rows.at.max()
    )


_LOCAL = ("local_upper", "local_middle", "local_lower")
_SIDE = ("event", "at", *_LOCAL)


def _by_network(events: Table, inputs: Inputs) -> Table:
    around = _networks_around(events.filter(events.remote_lower.notnull()), "remote", inputs.indicator_bits)
    networks = inputs.networks
    joined = around.join(networks, _same_network(around, networks))
    is_same = around.bits == MAPPED_BITS + LOWER
    return joined.select(
        *(around[name] for name in _SIDE),
        indicator=networks.id,
        field=around.field,
        rule=ibis.ifelse(is_same, Rule.SAME.value, Rule.INSIDE.value),
    )


def _networks_around(events: Table, side: str, bits: Sequence[int]) -> Table:
    """Return each event once for every prefix length, with the network of that length around one of its addresses."""
    several = events.mutate(bits=ibis.array([ibis.literal(each, "int64") for each in bits]).unnest())
    upper, middle, lower = (several[f"{side}_{part}"] for part in ("upper", "middle", "lower"))
    return several.mutate(
        upper=_cut(upper, UPPER - several.bits, UPPER),
        middle=_cut(middle, UPPER + MIDDLE - several.bits, MIDDLE),
        lower=_cut(lower, UPPER + MIDDLE + LOWER - several.bits, LOWER),
    )


def _cut(number: IntegerValue, dropped: IntegerValue, most: int) -> IntegerValue:
    """Return *number* without its last *dropped* bits, of which there are none if that is negative."""
    bits = ibis.greatest(ibis.least(dropped, most), 0)
    return (number >> bits) << bits


def _same_network(one: Table, other: Table) -> list[ibis.expr.types.BooleanValue]:
    return [one[name] == other[name] for name in ("bits", "upper", "middle", "lower")]


def _by_text(events: Table, inputs: Inputs) -> Table:
    events = events.filter(events.text.notnull())
    # Spark takes what it splits by for a regular expression, in which a dot is anything; a slash is a slash.
    labels = events.mutate(labels=events.text.replace(".", "/").split("/"))
    # Only names have others above them; one of one label, such as a top-level domain, is found as itself.
    levels = ibis.ifelse(labels.field == "name", ibis.greatest(labels.labels.length() - 1, 1), 1)
    several = labels.mutate(first=ibis.range(0, levels).unnest())
    parts = several.labels
    above = parts[several.first : parts.length()].join(".")
    found = several.mutate(value=ibis.ifelse(several.first == 0, several.text, above))
    texts = inputs.texts
    joined = found.join(texts, ["field", "value"])
    return joined.select(
        *(found[name] for name in _SIDE),
        indicator=texts.id,
        field=found.field,
        rule=ibis.ifelse(found.first == 0, Rule.SAME.value, Rule.INSIDE.value),
    )


def _attributed(hits: Table, inputs: Inputs) -> Table:
    address = list(_LOCAL)
    around = _networks_around(hits.select(address).distinct(), "local", inputs.asset_bits)
    assets = inputs.assets
    candidates = around.join(assets, _same_network(around, assets)).select(
        *(around[name] for name in _LOCAL), around.bits, asset=assets.id, layer=assets.layer
    )
    order = ibis.window(group_by=address, order_by=[candidates.bits.desc(), candidates.asset])
    placed = candidates.mutate(place=ibis.row_number().over(order))
    closest = placed.filter(placed.place == 0).select(*address, "asset", "layer")
    found = hits.left_join(closest, address)
    worth = {rule.value: CONFIDENCE[rule] for rule in (Rule.SAME, Rule.INSIDE)}
    shared = inputs.shared.mutate(is_shared=True)
    flagged = found.left_join(shared, found.indicator == shared.id)
    usual = ibis.cases(*((found.rule == rule, confidence) for rule, confidence in worth.items()), else_=GUARDED)
    return flagged.select(
        found.event,
        found.at,
        found.indicator,
        found.field,
        found.rule,
        asset=found.asset.fill_null(""),
        layer=found.layer.fill_null(Layer.INFORMATIONAL.value),
        confidence=ibis.ifelse(shared.is_shared.notnull(), GUARDED, usual).cast("int64"),
    )


def placeholders(*, indicator_bits: Sequence[int], asset_bits: Sequence[int]) -> Inputs:
    """Return tables without data, by the names under which an engine has them."""
    networks, assets = ibis.table(NETWORKS, name="networks"), ibis.table(ASSETS, name="assets")
    return Inputs(
        events=ibis.table(EVENTS, name="events"),
        networks=networks,
        texts=ibis.table(TEXTS, name="texts"),
        keys=ibis.table(KEYS, name="keys"),
        shared=ibis.table(SHARED, name="shared"),
        assets=assets,
        indicator_bits=tuple(indicator_bits),
        asset_bits=tuple(asset_bits),
    )
