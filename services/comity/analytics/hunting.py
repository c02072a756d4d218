"""Retro-hunting: which indicators that a member's CERT may read were seen in the member's stored telemetry."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from comity.analytics.compiled import Compiled, Indicator, compile_tables
from comity.analytics.context import Analytics
from comity.analytics.engines import Engine
from comity.analytics.telemetry import place_of, stored_events
from comity.correlation.bulk import ROWS
from comity.store import assets as stored

AT_ONCE = 10
"""The files of events that are looked through in one go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """That a stored event and an indicator match, and why that is said."""

    file: int
    record: int
    at: int | None
    kind: str
    value: str
    field: str
    rule: str
    asset: str
    layer: str
    confidence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hunt:
    """What a hunt found, and up to which tick of the release log indicators were looked for."""

    hits: tuple[Hit, ...]
    indicators: int
    skipped: int
    position: int


def hunt(
    analytics: Analytics,
    store: Path,
    engine: Engine,
    *,
    after: int = 0,
    progress: Callable[[int, int], object] = lambda _done, _total: None,
) -> Hunt:
    """Look in the events in the folder *store* for the indicators that came after the tick *after*.

    *progress* is told how many files of how many were looked through.
    """
    connection = analytics.store.read()
    terms = stored.readable_terms(connection, analytics.viewers(connection), after=after)
    by_id = {str(term.object_no): term for term in terms}
    indicators = [Indicator(id=key, kind=term.kind, value=term.value) for key, term in by_id.items()]
    compiled: Compiled = compile_tables(indicators, stored.all_assets(connection))
    hits = []
    files = stored_events(store) if indicators else []
    for done in range(0, len(files), AT_ONCE):
        progress(done, len(files))
        for row in engine.rows(files[done : done + AT_ONCE], compiled):
            values = dict(zip(ROWS, row, strict=True))
            term = by_id[values["indicator"]]
            hits.append(_hit(values, term.kind, term.value))
    return Hunt(
        hits=tuple(sorted(set(hits), key=lambda hit: (-hit.confidence, hit.file, hit.record, hit.value, hit.field))),
        indicators=len(indicators),
        skipped=compiled.skipped,
        position=max((term.seq for term in terms), default=after),
    )


def _hit(values: dict[str, Any], kind: str, value: str) -> Hit:
    file, record = place_of(values["event"])
    same = {name: values[name] for name in ("at", "field", "rule", "asset", "layer", "confidence")}
    return Hit(file=file, record=record, kind=kind, value=value, **same)
