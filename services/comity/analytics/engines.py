"""Engines that run the expression of ``correlation.bulk``: DuckDB in this process, or Spark beyond one machine."""

import functools
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

import duckdb
import ibis
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from comity.analytics.compiled import Compiled
from comity.analytics.telemetry import SCHEMA
from comity.analytics.telemetry_index import MOST_PART, candidates
from comity.correlation.bulk import EVENTS, ROWS, matches, placeholders
from comity.errors import SettingsError

Row = tuple[Any, ...]
"""The values of ``bulk.ROWS``."""


class Engine(Protocol):
    """Runs the expression over stored events."""

    def rows(self, events: Iterable[Path], compiled: Compiled) -> list[Row]:
        """Return every match in the Parquet files *events*, in no order."""


def compiled_sql(compiled: Compiled, dialect: str) -> str:
    """Return the expression in the SQL of an engine, over tables by the names of ``bulk.placeholders``."""
    inputs = placeholders(indicator_bits=compiled.indicator_bits, asset_bits=compiled.asset_bits)
    return str(ibis.to_sql(matches(inputs).select(*ROWS), dialect=dialect))


class DuckDBEngine:
    """DuckDB, embedded; *memory* and *threads* are limits, in megabytes and numbers of threads."""

    def __init__(self, *, memory: int = 2_000, threads: int = 2) -> None:
        self._threads = threads
        self._settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": f"{memory}MB",
            "threads": threads,
            "autoinstall_known_extensions": False,
        }

    def rows(self, events: Iterable[Path], compiled: Compiled) -> list[Row]:
        """Return every match in the Parquet files *events*, in no order."""
        whole, parts = _narrowed(events, compiled, self._threads)
        if not whole and not parts:
            return []
        with duckdb.connect(config=self._settings) as connection:
            for name, table in compiled.tables.items():
                connection.from_arrow(table).create(name)
            sources = [connection.from_parquet(whole)] if whole else []
            sources += [connection.from_arrow(pa.concat_tables(parts))] if parts else []
            functools.reduce(duckdb.DuckDBPyRelation.union, sources).create_view("events")
            return [tuple(row) for row in connection.execute(compiled_sql(compiled, "duckdb")).fetchall()]


def _narrowed(events: Iterable[Path], compiled: Compiled, threads: int) -> tuple[list[str], list[pa.Table]]:
    """Return the files to be read as a whole, and of the others the rows among which all matches are."""
    paths = list(events)
    with ThreadPoolExecutor(threads) as pool:
        found = list(pool.map(lambda path: _part(path, compiled), paths))
    whole = [str(path) for path, part in zip(paths, found, strict=True) if part is None]
    return whole, [part for part in found if part is not None and part.num_rows]


def _part(path: Path, compiled: Compiled) -> pa.Table | None:
    """Return the rows of a file among which all matches are, or nothing where reading all of it is cheaper."""
    rows = candidates(path, compiled)
    if rows is None or not len(rows):
        return None if rows is None else SCHEMA.empty_table()
    with pq.ParquetFile(path) as file:
        size = file.metadata.row_group(0).num_rows
        groups, places = np.unique(rows // size, return_inverse=True)
        if len(groups) > MOST_PART * file.num_row_groups:
            return None
        return file.read_row_groups(groups.tolist(), use_threads=False).take(places * size + rows % size)


class SparkEngine:
    """Spark, on a cluster that *session* is connected to; it needs the extra ``spark``."""

    def __init__(self, session: Any) -> None:  # noqa: ANN401  # of a library that need not be there
        self._session = session

    @classmethod
    def at(cls, master: str) -> "SparkEngine":
        """Return the engine at a master, such as ``local-cluster[2,1,1024]``.

        Raises:
            SettingsError: PySpark is not installed.
        """
        try:
            from pyspark.sql import SparkSession  # noqa: PLC0415  # an extra
        except ImportError as error:
            raise SettingsError("the engine is spark, expected the extra comity[spark] to be installed") from error
        builder = SparkSession.builder.master(master).appName("comity")
        for name, value in _SPARK.items():
            builder = builder.config(name, value)
        return cls(builder.getOrCreate())

    def rows(self, events: Iterable[Path], compiled: Compiled) -> list[Row]:
        """Return every match in the Parquet files *events*, in no order."""
        files = [str(path.resolve()) for path in events]
        if not files:
            return []
        self._session.read.schema(_ddl(EVENTS)).parquet(*files).createOrReplaceTempView("events")
        for name, table in compiled.tables.items():
            self._session.createDataFrame(table).createOrReplaceTempView(name)
        return [tuple(row) for row in self._session.sql(compiled_sql(compiled, "pyspark")).collect()]

    def close(self) -> None:
        """Let go of the cluster."""
        self._session.stop()


_SPARK = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.shuffle.partitions": "4",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
}
_SPARK_TYPES = {"int64": "bigint", "string": "string"}


def _ddl(schema: Mapping[str, str]) -> str:
    return ", ".join(f"`{name}` {_SPARK_TYPES[kind]}" for name, kind in schema.items())
