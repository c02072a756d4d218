"""Where in a file of events a value can be, so that few new indicators are looked for in few rows.

Beside each file stand its addresses and the keys of its texts, each in order with the rows they are in. A network is
a stretch of the ordered addresses. What is found here is only where to look: the expression decides.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from comity.analytics.compiled import TEXT_KEYS, Compiled
from comity.correlation.bulk import LOWER, MAPPED_BITS, MIDDLE, UPPER

ROW_GROUP = 8_192
"""The rows of one row group of events: small, since a hit costs reading one."""

MOST_KEYS = 100_000
"""From this many indicators on everything is read anyway."""

MOST_PART = 0.3
"""From this part of the row groups on the whole file is read, which is one pass without detours."""

_MAPPED_MIDDLE = 0xFFFF
_HIGH_BITS = 64
_ROW = "file_row_number::UINTEGER"
_IPV4 = f"remote_upper = 0 AND remote_middle = {_MAPPED_MIDDLE}"
# What is put together here are names of columns and numbers of this file.
_QUERIES = {
    "ipv4": f"SELECT remote_lower::UINTEGER AS key, {_ROW} AS place FROM {{file}} WHERE {_IPV4}",  # noqa: S608
    "ipv6": f"SELECT remote_upper::UBIGINT * 65536 + (remote_middle >> 32)::UBIGINT AS key, {_ROW} AS place "  # noqa: S608
    f"FROM {{file}} WHERE remote_upper IS NOT NULL AND NOT ({_IPV4})",
    "text": f"SELECT key::UBIGINT AS key, {_ROW} AS place FROM {{file}} WHERE remote_upper IS NULL",  # noqa: S608
}
Keys = NDArray[np.uint64]


def write_index(events: Path) -> None:
    """Make the index of a file of events; it is there when all of it is."""
    source = f"read_parquet('{str(events).replace(chr(39), chr(39) * 2)}', file_row_number = true)"
    with duckdb.connect(config={"threads": 2, "memory_limit": "1GB", "preserve_insertion_order": False}) as connection:
        arrays: dict[str, NDArray[np.unsignedinteger]] = {}
        for name, query in _QUERIES.items():
            text = query.format(file=source)
            found = connection.execute(f"SELECT key, place FROM ({text}) ORDER BY key").fetchnumpy()  # noqa: S608  # ours
            arrays |= {f"{name}_keys": found["key"], f"{name}_places": found["place"]}
    # Uncompressed, so that it is mapped and only what is looked at is read.
    for name, array in arrays.items():
        partial = events.with_suffix(f".{name}.partial")
        with partial.open("wb") as file:
            np.save(file, np.ma.getdata(array))
        partial.rename(events.with_suffix(f".{name}.npy"))


def candidates(events: Path, compiled: Compiled) -> NDArray[np.uint32] | None:
    """Return the rows of a file, in order, in which anything of *compiled* may be, or ``None`` for all of them."""
    ranges = _ranges(compiled)
    files = {name: events.with_suffix(f".{name}_places.npy") for name in _QUERIES}
    if sum(len(starts) for starts, _ in ranges.values()) > MOST_KEYS or not all(map(Path.exists, files.values())):
        return None
    parts = [_places(events, name, *bounds) for name, bounds in ranges.items() if len(bounds[0])]
    return np.unique(np.concatenate(parts)) if parts else np.array([], np.uint32)


def _places(events: Path, name: str, starts: Keys, ends: Keys) -> NDArray[np.uint32]:
    """Return where keys from each start to each end, both included, are."""
    keys = np.load(events.with_suffix(f".{name}_keys.npy"), mmap_mode="r")
    places = np.load(events.with_suffix(f".{name}_places.npy"), mmap_mode="r")
    first = np.searchsorted(keys, starts.astype(keys.dtype), "left")
    last = np.searchsorted(keys, ends.astype(keys.dtype), "right")
    spans = [places[one:other] for one, other in zip(first, last, strict=True) if other > one]
    return np.unique(np.concatenate(spans)).astype(np.uint32) if spans else np.array([], np.uint32)


def _ranges(compiled: Compiled) -> dict[str, tuple[Keys, Keys]]:
    ipv4: list[tuple[int, int]] = []
    ipv6: list[tuple[int, int]] = []
    for bits, upper, middle, lower in _rows(compiled.tables["networks"]):
        if upper == 0 and middle == _MAPPED_MIDDLE and bits >= MAPPED_BITS:
            ipv4.append((lower, lower + (1 << (UPPER + MIDDLE + LOWER - bits)) - 1))
        else:
            high = (upper << (_HIGH_BITS - UPPER)) + (middle >> (UPPER + MIDDLE - _HIGH_BITS))
            ipv6.append((high, high + (1 << max(0, _HIGH_BITS - bits)) - 1))
    keys = compiled.tables["keys"]["key"].to_numpy()
    texts = keys[keys >= TEXT_KEYS].astype(np.uint64)
    return {"ipv4": _bounds(ipv4), "ipv6": _bounds(ipv6), "text": (texts, texts)}


def _rows(networks: pa.Table) -> Iterator[tuple[int, int, int, int]]:
    columns = (networks[name].to_pylist() for name in ("bits", "upper", "middle", "lower"))
    return zip(*columns, strict=True)


def _bounds(pairs: Iterable[tuple[int, int]]) -> tuple[Keys, Keys]:
    listed = list(pairs)
    return np.array([pair[0] for pair in listed], np.uint64), np.array([pair[1] for pair in listed], np.uint64)
