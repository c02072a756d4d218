"""Correlation beside the plain scan of the same columns in the same run, and a cascade through a large graph.

Sizes are those of the goal unless ``COMITY_BENCH_SCALE`` says which part of them, such as 0.1. The scan and the
correlation read the same Parquet file with the same settings; CPU time is that of all threads, which the machine's
load changes least.
"""

import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from time import perf_counter, process_time

import duckdb
import numpy as np
from comity.analytics.compiled import Compiled, Indicator, compile_tables
from comity.analytics.engines import DuckDBEngine, compiled_sql
from comity.analytics.telemetry import PORTION, events_writer
from comity.analytics.telemetry_index import ROW_GROUP, write_index
from comity.correlation.bulk import EVENTS
from comity.correlation.cascade import Graph
from comity.domain.asset import Asset, AssetKind

SCALE = float(os.environ.get("COMITY_BENCH_SCALE", "1"))
ROUNDS = 3
EVENT_COUNT, STORED_EVENTS = int(5_000_000 * SCALE), int(50_000_000 * SCALE)
INDICATORS = (int(1_000_000 * SCALE), int(10_000_000 * SCALE))
NEW, ASSETS, THREADS = 1_000, int(200_000 * SCALE), 2
FILES_STORED = 10
NODES, EDGES = int(100_000 * SCALE), int(500_000 * SCALE)
DOMAINS, ADDRESSES, FILES, URLS = 0.436, 0.193, 0.203, 0.076
"""The parts of the indicators that are of each kind; the rest are networks."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run of something cost."""

    cpu: float
    wall: float
    rows: int


def best(run: Callable[[], int]) -> Cost:
    """Return the cheapest of several runs."""
    costs = []
    for _ in range(ROUNDS):
        cpu, wall = process_time(), perf_counter()
        rows = run()
        costs.append(Cost(process_time() - cpu, perf_counter() - wall, rows))
    return min(costs, key=lambda cost: cost.cpu)


def indicators(count: int, *, version: int, first: int = 0) -> Iterator[Indicator]:
    """Yield indicators of all kinds; most networks are of /24 (IPv4) or /48 (IPv6) and longer, some are wider."""
    rng = np.random.default_rng(first + version)
    numbers = rng.integers(0, 1 << 32, count)
    shares = rng.random(count)
    lengths = rng.choice([24, 24, 24, 24, 26, 28, 22, 20] if version == 4 else [48, 48, 48, 48, 56, 64, 46, 44], count)
    bounds = np.cumsum([DOMAINS, ADDRESSES, FILES, URLS])
    for place, (number, share, length) in enumerate(zip(numbers.tolist(), shares, lengths.tolist(), strict=True)):
        name = str(first + place)
        if share < bounds[0]:
            yield Indicator(id=name, kind="domain", value=f"d{number % 3_000_000}.example")
        elif share < bounds[1]:
            yield Indicator(id=name, kind=f"ipv{version}", value=address(number, version))
        elif share < bounds[2]:
            yield Indicator(id=name, kind="file:sha256", value=sha256(str(number).encode()).hexdigest())
        elif share < bounds[3]:
            yield Indicator(id=name, kind="url", value=f"http://d{number % 3_000_000}.example/{number}")
        else:
            yield Indicator(id=name, kind=f"ipv{version}", value=f"{address(number, version, length)}/{length}")


def address(number: int, version: int, length: int = 128) -> str:
    """Return an address spread over the whole space that events come from, cut to a prefix of *length*."""
    if version == 4:
        cut = number >> (32 - min(length, 32)) << (32 - min(length, 32))
        return ".".join(str(cut >> shift & 255) for shift in (24, 16, 8, 0))
    groups = (0x2000 + (number >> 24 & 255), number >> 8 & 0xFFFF, (number & 0xFFFF) * 31_153 & 0xFFFF, 0)
    whole = sum(group << shift for group, shift in zip(groups, (112, 96, 80, 64), strict=True)) + (number & 0xFF)
    cut = whole >> (128 - length) << (128 - length)
    return ":".join(f"{cut >> shift & 0xFFFF:x}" for shift in range(112, -1, -16))


def assets(count: int) -> list[Asset]:
    """Return assets, 3 of 5 with a prefix in 10.0.0.0/8."""
    return [
        Asset(
            key=f"asset {number}",
            member="XA",
            kind=AssetKind.PROVIDER,
            prefixes=(f"10.{number >> 11 & 255}.{number >> 3 & 255}.{(number & 7) << 5}/27",) if number % 5 < 3 else (),
        )
        for number in range(count)
    ]


def write_events(path: Path, count: int, *, version: int, first: int = 0) -> None:
    """Write telemetry: 6 of 10 events are flows, 3 look names up, 1 has the hash of a file."""
    spread = {
        4: ("(1::BIGINT << 48) + (far >> 8)", "0", "65535", "far"),
        6: ("upper6", "upper6", "0", "far & 255"),
    }[version]
    flow = "CASE WHEN i % 10 < 6 THEN {} END"
    block, (upper, middle, lower) = spread[0], map(flow.format, spread[1:])
    apex = "'d' || (far % 60000000) || '.example'"
    digest = "sha256(far::VARCHAR)"
    key = "(1::BIGINT << 62) + (md5_number_lower(CASE WHEN i % 10 = 9 THEN {} ELSE {} END) >> 2)::BIGINT"
    columns = {
        "event": "i",
        "at": "1800000000000000 + i * 1000",
        "key": f"CASE WHEN i % 10 < 6 THEN {block} ELSE {key.format(digest, apex)} END",
        "remote_upper": upper,
        "remote_middle": middle,
        "remote_lower": lower,
        "local_upper": "0",
        "local_middle": "65535",
        "local_lower": "(10 << 24) + (hash(i * 3) % 16777216)::BIGINT",
        "field": "CASE WHEN i % 10 < 6 THEN 'address' WHEN i % 10 = 9 THEN 'hash' ELSE 'name' END",
        "text": f"CASE WHEN i % 10 = 9 THEN {digest} WHEN i % 10 > 5 THEN 'w' || (i % 7) || '.' || {apex} END",
    }
    assert list(columns) == list(EVENTS)
    upper6 = (
        "((8192 + (far >> 24 & 255)) << 32) + ((far >> 8 & 65535) << 16) + (((far & 65535) * 31153) & 65535) AS upper6"
    )
    types = {"int64": "BIGINT", "string": "VARCHAR"}
    chosen = ", ".join(f'({text})::{types[EVENTS[name]]} AS "{name}"' for name, text in columns.items())
    source = f"SELECT i, (hash(i) % 4294967296)::BIGINT AS far FROM range({first}, {first + count}) t(i)"  # noqa: S608  # ours
    with duckdb.connect(config={"threads": THREADS, "memory_limit": "2GB"}) as connection:
        rows = connection.sql(f"SELECT {chosen} FROM (SELECT *, {upper6} FROM ({source}))")  # noqa: S608  # ours
        with events_writer(path) as writer:
            for batch in rows.to_arrow_reader(PORTION):
                writer.write_batch(batch, row_group_size=ROW_GROUP)


def measure(path: Path, compiled: Compiled) -> tuple[Cost, Cost]:
    """Return what the plain scan of the columns costs, and what the correlation does."""
    with duckdb.connect(config={"threads": THREADS, "memory_limit": "4GB"}) as connection:
        for name, table in compiled.tables.items():
            connection.from_arrow(table).create(name)
        connection.from_parquet(str(path)).create_view("events")
        sql = compiled_sql(compiled, "duckdb")
        # What is asked for is in no statistics, so that every value is read.
        read = {"int64": 'sum("{}")', "string": 'sum(strlen("{}"))'}
        columns = ", ".join(read[kind].format(name) for name, kind in EVENTS.items())
        scan = f"SELECT {columns} FROM events"  # noqa: S608  # ours
        return best(lambda: len(connection.execute(scan).fetchall())), best(
            lambda: connection.sql(sql).to_arrow_table().num_rows
        )


def correlate(path: Path, version: int, count: int, protected: list[Asset]) -> None:
    """Print the rate of correlation with *count* indicators."""
    started = process_time()
    compiled = compile_tables(indicators(count, version=version), protected)
    spent = process_time() - started
    scan, cost = measure(path, compiled)
    print(
        f"IPv{version}: {EVENT_COUNT:,} events, {count:,} indicators, {ASSETS:,} assets: {cost.rows:,} matches; "
        f"{EVENT_COUNT / cost.wall / 1e6:.1f} M events/s, {EVENT_COUNT / cost.cpu / 1e6:.1f} M events/CPU s "
        f"({cost.wall:.2f} s, {cost.cpu:.2f} CPU s, {THREADS} threads); "
        f"{cost.cpu / scan.cpu:.2f}x the plain scan ({scan.wall:.2f} s, {scan.cpu:.2f} CPU s); "
        f"tables of indicators made in {spent:.1f} CPU s",
        flush=True,
    )


def arrive(folder: Path, protected: list[Asset]) -> None:
    """Print what new indicators cost over many stored events, with the index that stands beside them."""
    paths = [folder / f"{number}.parquet" for number in range(FILES_STORED)]
    started = process_time()
    for number, path in enumerate(paths):
        write_events(path, STORED_EVENTS // FILES_STORED, version=4, first=number * STORED_EVENTS)
        write_index(path)
    made = process_time() - started
    size = sum(path.stat().st_size for path in folder.iterdir() if path.suffix == ".npy")
    compiled = compile_tables(indicators(NEW, version=4, first=10**7), protected)
    cost = best(lambda: len(DuckDBEngine().rows(paths, compiled)))
    print(
        f"{NEW:,} new indicators over {STORED_EVENTS:,} stored events in {FILES_STORED} files: {cost.wall:.2f} s "
        f"({cost.cpu:.2f} CPU s), {cost.rows:,} matches; index {size / STORED_EVENTS:.0f} bytes an event, "
        f"events and index made in {made:.0f} CPU s"
    )


def cascade() -> None:
    """Print what the loss of twenty assets costs to follow."""
    rng = np.random.default_rng(1)
    dependents = rng.integers(1, NODES, EDGES)
    dependencies = (dependents * rng.random(EDGES) ** 2).astype(np.int64)
    graph = Graph([str(number) for number in range(NODES)], dependents, dependencies, rng.random(EDGES) / 5)
    lost = [str(number) for number in range(20)]
    cost = best(lambda: int(np.count_nonzero(graph.losses(lost))))
    print(f"cascade: {NODES:,} assets, {EDGES:,} dependencies: {cost.cpu * 1_000:.0f} ms CPU, {cost.rows:,} touched")


def main() -> None:
    """Print all figures."""
    protected = assets(ASSETS)
    cascade()
    with tempfile.TemporaryDirectory() as scratch:
        for version in (4, 6):
            path = Path(scratch) / f"{version}.parquet"
            write_events(path, EVENT_COUNT, version=version)
            for count in INDICATORS:
                correlate(path, version, count, protected)
            path.unlink()
        arrive(Path(scratch), protected)


if __name__ == "__main__":
    main()
