"""Indicators and assets as the tables that ``correlation.bulk`` joins, in Arrow."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import md5
from ipaddress import IPv4Network, IPv6Network, ip_network

import numpy as np
import pyarrow as pa

from comity.correlation.bulk import (
    ASSETS,
    KEYS,
    LOWER,
    MAPPED_BITS,
    MAPPED_BLOCK,
    MIDDLE,
    NETWORKS,
    SHARED,
    TEXTS,
    UPPER,
)
from comity.correlation.matching import Territory
from comity.domain.asset import Asset, AssetKind

WIDEST = {4: 8, 6: 32}
"""The shortest prefix lengths that are looked for in telemetry; whatever is wider is in everybody's."""

TEXT_KEYS = 1 << 62
"""The least key of a text; those of blocks are below it."""

_BLOCK_BITS = {4: 24, 6: 48}
_MAPPED_PREFIX = 0xFFFF
_SCHEMAS = {
    "networks": NETWORKS,
    "texts": TEXTS,
    "shared": SHARED,
    "assets": ASSETS,
}
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


def key_of_text(text: str) -> int:
    """Return the key of a URL or hash: part of its MD5, which is no secret and only says where to look."""
    return int.from_bytes(md5(text.encode(), usedforsecurity=False).digest()[8:], "little") >> 2 | TEXT_KEYS


def key_of_name(name: str) -> int:
    """Return the key of a host name, which is that of its last two labels."""
    return key_of_text(".".join(name.rsplit(".", 2)[-2:]))


def compile_tables(indicators: Iterable[Indicator], assets: Iterable[Asset]) -> Compiled:
    """Return the tables of *indicators* and *assets*; assets of what many share mark the indicators in them."""
    listed = list(assets)
    services = [asset for asset in listed if asset.kind is AssetKind.SHARED_SERVICE]
    shared = Territory(services)
    rows: dict[str, _Rows] = {name: _Rows(schema) for name, schema in _SCHEMAS.items()}
    keys: list[range] = []
    skipped = 0
    for one in indicators:
        found = _row(one)
        if found is None:
            skipped += 1
            continue
        table, row, around = found
        rows[table].append(row)
        keys.append(around)
        if services and shared.closest(one.kind, one.value) is not None:
            rows["shared"].append((one.id,))
    for asset in listed:
        for network in asset.networks:
            rows["assets"].append((asset.key, *numbers_of(network), asset.layer.value))
    tables = {name: each.table() for name, each in rows.items()}
    return Compiled(
        tables={**tables, "keys": pa.table([_distinct(keys)], names=list(KEYS))},
        indicator_bits=_bits(tables["networks"]),
        asset_bits=_bits(tables["assets"]),
        skipped=skipped,
    )


def _row(one: Indicator) -> tuple[str, tuple[object, ...], range] | None:
    """Return the table in which an indicator is looked up, its row, and the keys of the events that it may match."""
    if one.kind in {"ipv4", "ipv6"}:
        network = ip_network(one.value)
        is_wide = network.prefixlen < WIDEST[network.version]
        return None if is_wide else ("networks", (one.id, *numbers_of(network)), _blocks(network))
    if one.kind == "domain":
        return "texts", (one.id, "name", one.value), _single(key_of_name(one.value))
    if one.kind == "url":
        return "texts", (one.id, "url", one.value), _single(key_of_text(one.value))
    if one.kind.startswith(_HASHES) and one.kind != "file:path":
        return "texts", (one.id, "hash", one.value), _single(key_of_text(one.value))
    return None


def _single(key: int) -> range:
    return range(key, key + 1)


def _blocks(network: Network) -> range:
    first = block_of(network)
    return range(first, first + (1 << max(0, _BLOCK_BITS[network.version] - network.prefixlen)))


def _bits(networks: pa.Table) -> tuple[int, ...]:
    # An engine needs at least one length; one that no network has finds nothing.
    return tuple(sorted(networks["bits"].unique().to_pylist())) or (UPPER + MIDDLE + LOWER,)


def _distinct(ranges: Sequence[range]) -> pa.Array:
    starts = np.array([each.start for each in ranges], np.int64)
    counts = np.array([len(each) for each in ranges], np.int64)
    offsets = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return pa.array(np.unique(np.repeat(starts, counts) + offsets), pa.int64())


class _Rows:
    """Rows of a table as they come, kept by column."""

    def __init__(self, schema: Mapping[str, str]) -> None:
        self._schema = schema
        self._columns: list[list[object]] = [[] for _ in schema]

    def append(self, row: tuple[object, ...]) -> None:
        for column, value in zip(self._columns, row, strict=True):
            column.append(value)

    def table(self) -> pa.Table:
        arrays = [
            pa.array(values, _TYPES[kind]) for values, kind in zip(self._columns, self._schema.values(), strict=True)
        ]
        return pa.table(arrays, names=list(self._schema))
