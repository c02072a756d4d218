"""``comity analytics``: what of what is shared touches what a member must protect, asked at its node."""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from comity.analytics import questions, registry, worker
from comity.analytics.context import Analytics
from comity.analytics.hunts import hunted, keep_hunted
from comity.analytics.importers.documents import document
from comity.app.node_service import open_node
from comity.cli.options import AsJSON, Folder
from comity.correlation.matching import Territory
from comity.errors import InvalidObjectError, SettingsError
from comity.settings import load as load_settings
from comity.store import assets as stored

if TYPE_CHECKING:
    from comity.analytics.engines import Engine

app = typer.Typer(help="What of what is shared touches what must be protected.", no_args_is_help=True)


@app.command()
def run(folder: Folder, as_json: AsJSON = False) -> None:
    """Correlate what has come in since the last run with the member's assets."""
    with _opened(folder) as analytics:
        done = worker.run(analytics)
        viewers = analytics.viewers(analytics.store.read())
        found = questions.touches(analytics, viewers, limit=50)
    if as_json:
        typer.echo(json.dumps(done))
        return
    _print(
        f"{done['correlated']} objects correlated, {done['matches']} matches; the surest of all",
        ("value", "asset", "rule", "layer", "confidence", "shared by"),
        ((each.value, each.asset, each.rule, each.layer, each.confidence, each.shared_by) for each in found),
    )


@app.command()
def load(
    folder: Folder,
    file: Annotated[Path, typer.Argument(help="The file to read; it may be gzip.", exists=True, dir_okay=False)],
    name: Annotated[str, typer.Option("--format", help="parquet, csv, json (lines), zeek or eve.")],
    as_json: AsJSON = False,
) -> None:
    """Keep the events of a telemetry file at the node for hunting; exit 1 if there was none in it."""
    from comity.analytics import telemetry  # noqa: PLC0415  # takes a second to import, which other commands need not

    with _opened(folder) as analytics:
        own = Territory(stored.all_assets(analytics.store.read(), analytics.member))
    loaded = telemetry.load(file, name, _telemetry(folder), own)
    if as_json:
        typer.echo(json.dumps(asdict(loaded)))
    else:
        typer.echo(f"{loaded.events} events kept, {loaded.skipped} with nothing to look for, {loaded.broken} broken")
        for reason in loaded.reasons:
            typer.echo(f"  {reason}", err=True)
    if not loaded.events:
        raise typer.Exit(1)


@app.command()
def hunt(
    folder: Folder,
    new: Annotated[bool, typer.Option("--new", help="Only for what came in since the last hunt.")] = False,
    engine: Annotated[str, typer.Option(help="duckdb, or the address of a Spark master.")] = "duckdb",
    as_json: AsJSON = False,
) -> None:
    """Look for what the CERT may read in the telemetry that was kept."""
    from comity.analytics import hunting  # noqa: PLC0415  # takes a second to import, which other commands need not

    with _opened(folder) as analytics:
        after = hunted(analytics) if new else 0
        found = hunting.hunt(analytics, _telemetry(folder), _engine(engine), after=after)
        keep_hunted(analytics, found.position)
    if as_json:
        typer.echo(json.dumps(asdict(found)))
        return
    _print(
        f"{len(found.hits)} hits of {found.indicators} indicators, {found.skipped} of which cannot be looked for",
        ("file", "record", "what matched", "value", "rule", "asset", "layer", "confidence"),
        ((h.file, h.record, h.field, h.value, h.rule, h.asset, h.layer, h.confidence) for h in found.hits[:200]),
    )


@app.command()
def exposure(
    folder: Folder,
    file: Annotated[Path, typer.Argument(help="A JSON array of affected ranges.", exists=True, dir_okay=False)],
    keep: Annotated[bool, typer.Option("--keep", help="Keep the ranges, for what comes in later.")] = False,
    as_json: AsJSON = False,
) -> None:
    """Show which of the member's assets run software in ranges that vulnerabilities affect."""
    listed = document(_bytes(file), file.name)
    if not isinstance(listed, list):
        raise InvalidObjectError(f"{file.name} is no JSON array of affected ranges")
    ranges = [registry.affected_of(one) for one in listed]
    with _opened(folder) as analytics:
        found = questions.exposure(analytics, ranges)
        if keep:
            with analytics.store.write() as connection:
                stored.put_affected(connection, ranges)
    if as_json:
        typer.echo(json.dumps(found))
        return
    rows = ((key, ", ".join(names)) for key, names in found.items())
    _print(f"{len(found)} assets exposed", ("asset", "affected software"), rows)


@app.command()
def cascade(
    folder: Folder,
    lost: Annotated[list[str], typer.Argument(help="The keys of the assets that are lost.")],
    as_json: AsJSON = False,
) -> None:
    """Show what is lost with assets, and along which paths the member loses."""
    with _opened(folder) as analytics:
        found = questions.cascade(analytics, lost)
    if as_json:
        typer.echo(json.dumps(asdict(found)))
        return
    losses = sorted(found.losses.items(), key=lambda pair: (-pair[1], pair[0]))
    _print("What is lost", ("asset", "loss"), ((key, f"{share:.2%}") for key, share in losses))
    paths = ((" > ".join(keys), f"{share:.2%}") for each in found.paths.values() for keys, share in each)
    _print("Paths of the member's own assets", ("path", "carries"), paths)


@app.command()
def campaigns(folder: Folder, as_json: AsJSON = False) -> None:
    """Show which cases belong together, and why."""
    with _opened(folder) as analytics:
        found = questions.campaigns(analytics, analytics.viewers(analytics.store.read()))
    if as_json:
        typer.echo(json.dumps([questions.campaign_json(one) for one in found]))
        return
    for one in found:
        borders = "across borders" if one.crosses_borders else "of one member"
        rows = ((link.one, link.other, link.read()) for link in one.links)
        _print(f"{', '.join(one.cases)}: {borders}, {', '.join(one.members)}", ("case", "case", "score"), rows)
    if not found:
        typer.echo("no cases belong together")


@contextmanager
def _opened(folder: Path) -> Iterator[Analytics]:
    service = open_node(load_settings(folder))
    try:
        yield service.analytics
    finally:
        service.close()


def _telemetry(folder: Path) -> Path:
    return Path(load_settings(folder).telemetry)


def _engine(name: str) -> "Engine":
    from comity.analytics.engines import DuckDBEngine, SparkEngine  # noqa: PLC0415  # see above

    return DuckDBEngine() if name == "duckdb" else SparkEngine.at(name)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SettingsError(f"file {str(path)!r} cannot be read") from error


def _print(title: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    table = Table(*header, title=escape(title))
    for row in rows:
        table.add_row(*(escape(str(each)) for each in row))
    Console().print(table)
