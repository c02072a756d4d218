"""Indicators and assets as the tables that ``correlation.bulk`` joins, in Arrow."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network

import numpy as np
import pyarrow as pa

from comity.correlation.bulk import (
    ASSETS,
    LOWER,
    MAPPED_BITS,
    MAPPED_BLOCK,
    MIDDLE,
    NAMES,
    NETWORKS,
    SHARED,
    UPPER,
    VALUES,
)
from comity.correlation.matching import Territory
from comity.domain.asset import Asset, AssetKind

WIDEST = {4: 8, 6: 32}
"""The shortest prefix lengths that are looked for in telemetry; whatever is wider is in everybody's."""

_BLOCK_BITS = {4: 24, 6: 48}
_MAPPED_PREFIX = 0xFFFF
_TYPES = {"int64": pa.int64(), "string": pa.string()}
_HASHES = "file:"
Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """One value to look for, in canonical form."""

    id: str
    kind: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """The tables, by the names under which the expression knows them."""

    tables: Mapping[str, pa.Table]
    indicator_bits: tuple[int, ...]
    asset_bits: tuple[int, ...]
    skipped: int
    """How many indicators cannot be looked for: of kinds that telemetry does not have, or too wide networks."""


def numbers_of(network: Network) -> tuple[int, int, int, int]:
    """Return the prefix length and the three numbers of a network, IPv4 mapped into IPv6 (RFC 4291, 2.5.5.2)."""
    number = int(network.network_address)
    if network.version == 4:
        return network.prefixlen + MAPPED_BITS, 0, _MAPPED_PREFIX, number
    middle = (number >> LOWER) & ((1 << MIDDLE) - 1)
    return network.prefixlen, number >> (MIDDLE + LOWER), middle, number & ((1 << LOWER) - 1)


def block_of(network: Network) -> int:
    """Return the block that begins where *network* begins."""
    upper = int(network.network_address) >> (network.max_prefixlen - _BLOCK_BITS[network.version])
    return upper + MAPPED_BLOCK if network.version == 4 else upper


def apex_of(name: str) -> str:
    """Return the last two labels of a host name."""
    return ".".join(name.rsplit(".", 2)[-2:])


def compile_tables(indicators: Iterable[Indicator], assets: Iterable[Asset]) -> Compiled:
    """Return the tables of *indicators* and *assets*; assets of what many share mark the indicators in them."""
    listed = list(assets)
    services = [asset for asset in listed if asset.kind is AssetKind.SHARED_SERVICE]
    shared = Territory(services)
    columns: dict[str, list[tuple[object, ...]]] = defaultdict(list)
    blocks: list[range] = []
    skipped = 0
    for one in indicators:
        found = _row(one)
        if found is None:
            skipped += 1
            continue
        table, row, around = found
        columns[table].append(row)
        if around is not None:
            blocks.append(around)
        if services and shared.closest(one.kind, one.value) is not None:
            columns["shared"].append((one.id,))
    for asset in listed:
        for network in asset.networks:
            columns["assets"].append((asset.key, *numbers_of(network), asset.layer.value))
    schemas = {
        "networks": NETWORKS,
        "names": NAMES,
        "hashes": VALUES,
        "urls": VALUES,
        "shared": SHARED,
        "assets": ASSETS,
    }
    tables = {name: _table(columns[name], schema) for name, schema in schemas.items()}
    apexes = dict.fromkeys(row[2] for row in columns["names"])
    return Compiled(
        tables={
            **tables,
            "apexes": pa.table({"apex": pa.array(apexes, pa.string())}),
            "blocks": pa.table({"block": _distinct(blocks)}),
        },
        indicator_bits=_bits(columns["networks"]),
        asset_bits=_bits(columns["assets"]),
        skipped=skipped,
    )


def _row(one: Indicator) -> tuple[str, tuple[object, ...], range | None] | None:
    """Return the table in which an indicator is looked up, its row, and the blocks that it is in."""
    if one.kind in {"ipv4", "ipv6"}:
        network = ip_network(one.value)
        is_wide = network.prefixlen < WIDEST[network.version]
        return None if is_wide else ("networks", (one.id, *numbers_of(network)), _blocks(network))
    if one.kind == "domain":
        return "names", (one.id, one.value, apex_of(one.value)), None
    if one.kind == "url":
        return "urls", (one.id, one.value), None
    if one.kind.startswith(_HASHES) and one.kind != "file:path":
        return "hashes", (one.id, one.value), None
    return None


def _blocks(network: Network) -> range:
    first = block_of(network)
    return range(first, first + (1 << max(0, _BLOCK_BITS[network.version] - network.prefixlen)))


def _bits(rows: Iterable[tuple[object, ...]]) -> tuple[int, ...]:
    # An engine needs at least one length; one that no network has finds nothing.
    return tuple(sorted({int(str(row[1])) for row in rows})) or (UPPER + MIDDLE + LOWER,)


def _distinct(ranges: Sequence[range]) -> pa.Array:
    starts = np.array([each.start for each in ranges], np.int64)
    counts = np.array([len(each) for each in ranges], np.int64)
    offsets = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return pa.array(np.unique(np.repeat(starts, counts) + offsets), pa.int64())


def _table(rows: Iterable[tuple[object, ...]], schema: Mapping[str, str]) -> pa.Table:
    by_column = list(zip(*rows, strict=True)) or [()] * len(schema)
    arrays = [pa.array(values, _TYPES[kind]) for values, kind in zip(by_column, schema.values(), strict=True)]
    return pa.table(arrays, names=list(schema))
