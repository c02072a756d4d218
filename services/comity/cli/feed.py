"""``comity feed``: objects of others into a node, from files and from where they are published."""

import json
import tomllib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from comity.app.node_service import NodeService, open_node
from comity.cli.options import AsJSON, Folder, tell_warnings
from comity.errors import ComityError, SettingsError
from comity.node.feed_labels import defaults_of
from comity.node.feeding import Record, Tally, feed_in
from comity.node.fetching import Health, taking
from comity.node.plugins import READERS, names_of, reader_of
from comity.policy.explain import Outcome
from comity.settings import load as load_settings
from comity.stix.labels import Defaults
from comity.taxii.timestamps import format_timestamp

app = typer.Typer(help="Feeds: objects of others, from files and from where they are published.", no_args_is_help=True)

_ALARMS = frozenset({"dead", "silent"})
"""What ends ``comity feed status`` with 1, so that monitoring notices."""

File = Annotated[Path, typer.Argument(help="The file to read; it may be gzip.", exists=True, dir_okay=False)]
Format = Annotated[str, typer.Option("--format", help="What it is: one of 'comity feed formats'.")]


@app.command()
def formats(as_json: AsJSON = False) -> None:
    """List the formats that can be read."""
    found = {name: entry.value for name, entry in names_of(READERS).items()}
    if as_json:
        typer.echo(json.dumps(found))
        return
    for name, value in found.items():
        typer.echo(f"{name}  ({value})")


@app.command()
def load(  # noqa: PLR0913, PLR0917  # the options of a command
    folder: Folder,
    file: File,
    name: Format,
    source: Annotated[str, typer.Option(help="The name of the source; the same at every load.")] = "",
    received_at: Annotated[str, typer.Option(help="The time of the content; default: the file's own.")] = "",
    tlp: Annotated[str | None, typer.Option(help="TLP label of what has none, such as green.")] = None,
    label: Annotated[str | None, typer.Option(help="Classification label of what has none.")] = None,
    releasable: Annotated[str | None, typer.Option(help="Who may receive what does not say: ALL, or XA,XB.")] = None,
    mapping: Annotated[Path | None, typer.Option(help="A TOML file that says what columns mean.")] = None,
    kind: Annotated[str | None, typer.Option(help="The kind of all values of a plain list.")] = None,
    scheme: Annotated[str | None, typer.Option(help="The scheme of URLs written without one.")] = None,
    as_json: AsJSON = False,
) -> None:
    """Take the objects of a file into a node; exit 1 if none was taken.

    A load that was cut short can be started again: what is there already is taken as well.
    """
    read = reader_of(name)
    stated = {"tlp": tlp, "kind": kind, "scheme": scheme, "mapping": _table(mapping)}
    options: dict[str, object] = {
        "source": source or file.name,
        "received_at": received_at or _time_of(file),
        **{key: value for key, value in stated.items() if value is not None},
    }
    service = open_node(load_settings(folder))
    options["member"] = service.node.member
    try:
        defaults = defaults_of(service.node, tlp=tlp, label=label, releasable=releasable)
        tally = _taken(service, read(_bytes(file), options), defaults, name="" if as_json else file.name)
    finally:
        service.close()
    _report(tally, as_json=as_json)
    if not tally.taken:
        raise typer.Exit(1)


@app.command()
def run(
    folder: Folder,
    name: Annotated[str, typer.Argument(help="The feed in the catalogue; default: all that are switched on.")] = "",
    as_json: AsJSON = False,
) -> None:
    """Read feeds of the catalogue now; exit 1 if one failed. A serving node reads them on their schedule by itself."""
    service = open_node(load_settings(folder))
    failed: dict[str, str] = {}
    told: dict[str, object] = {}
    try:
        feeds = service.feeds
        for each in [name] if name else [one for one, source in feeds.catalogue.feed.items() if source.enabled]:
            feeds.catalogue.named(each)
            try:
                with _progress("" if as_json else each) as show:
                    tally = feeds.run(each, show)
                told[each] = _told(tally)
                if not as_json:
                    typer.echo(f"{each}: {_counts(tally)}")
            except ComityError as error:
                failed[each] = str(error)
                typer.echo(f"{each}: failed: {error}", err=True)
    finally:
        service.close()
    if as_json:
        typer.echo(json.dumps({"read": told, "failed": failed}))
    if failed:
        raise typer.Exit(1)


@app.command()
def status(folder: Folder, as_json: AsJSON = False) -> None:
    """Show how the feeds of the catalogue stand; exit 1 if one is dead or silent."""
    service = open_node(load_settings(folder))
    try:
        found = [_standing(one) for one in service.feeds.health()]
    finally:
        service.close()
    if as_json:
        typer.echo(json.dumps(found))
    else:
        table = Table(*(found[0] if found else ("feed",)))
        for one in found:
            table.add_row(*(str(value) for value in one.values()))
        Console().print(table)
    if any(one["alarm"] in _ALARMS for one in found):
        raise typer.Exit(1)


@app.command("try")
def try_one(
    folder: Folder,
    what: Annotated[str, typer.Argument(help="A feed in the catalogue, or a file beside --format.")],
    name: Annotated[str, typer.Option("--format", help="What the file is: one of 'comity feed formats'.")] = "",
    mapping: Annotated[Path | None, typer.Option(help="A TOML file that says what columns mean.")] = None,
    as_json: AsJSON = False,
) -> None:
    """Show the first object that a feed or a file would bring, and who would receive it; nothing is stored.

    Exit 1 if there is none, or it could not be taken in.
    """
    service = open_node(load_settings(folder))
    try:
        record, defaults = _first_of_file(service, Path(what), name, mapping) if name else service.feeds.first(what)
        if record is None or record.raw is None:
            raise SettingsError(record.error if record and record.error else "there is nothing in it")
        outcomes = service.work.preview(record.raw, defaults)
        tell_warnings(service.work.warnings_of(record.raw))
    finally:
        service.close()
    _show_one(record, outcomes, as_json=as_json)


def _first_of_file(service: NodeService, file: Path, name: str, mapping: Path | None) -> tuple[Record | None, Defaults]:
    options: dict[str, object] = {"source": file.name, "member": service.node.member, "received_at": _time_of(file)}
    if mapping is not None:
        options["mapping"] = _table(mapping)
    records = list(_until_object(reader_of(name)(_bytes(file), options)))
    defaults = defaults_of(service.node, tlp=None, label=None, releasable=None)
    return (records[-1] if records else None), defaults


def _until_object(records: Iterable[Record]) -> Iterator[Record]:
    for record in records:
        yield record
        if record.raw is not None:
            return


def _show_one(record: Record, outcomes: list[tuple[str, Outcome]], *, as_json: bool) -> None:
    body = json.loads(record.raw or b"")
    receives = {member: outcome.effect for member, outcome in outcomes}
    if as_json:
        typer.echo(json.dumps({"places": record.places, "object": body, "receives": receives}))
        return
    typer.echo(f"{', '.join(record.places)}:")
    typer.echo(json.dumps(body, indent=2, ensure_ascii=False))
    for member, effect in receives.items():
        typer.echo(f"{member}: {effect}")


def _standing(one: Health) -> dict[str, str | int]:
    state = one.state
    times = {"last success": state.last_success, "new since": state.last_content, "next try": state.next_try or None}
    told = {name: "" if time is None else format_timestamp(time) for name, time in times.items()}
    counts = {"taken": state.taken, "refused": state.refused, "errors": state.errors, "failures": state.failures}
    return {"feed": one.name, "alarm": one.alarm, **told, **counts, "problem": state.problem}


def _taken(service: NodeService, records: Iterable[Record], defaults: Defaults, *, name: str) -> Tally:
    """Take the objects of *records* in, and show how far it is under *name*, or nothing without one."""
    tally = Tally()
    with _progress(name) as show:
        for so_far in feed_in(records, taking(service.intake, defaults)):
            tally = so_far
            show(tally)
    return tally


def _table(path: Path | None) -> dict[str, Any] | None:
    if path is None:
        return None
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"mapping {str(path)!r} cannot be read: {error}") from error


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SettingsError(f"file {str(path)!r} cannot be read") from error


def _time_of(path: Path) -> str:
    """Return when the file was last changed, to the second: the same file makes the same objects at every load."""
    return datetime.fromtimestamp(int(path.stat().st_mtime), UTC).isoformat()


@contextmanager
def _progress(name: str) -> Iterator[Callable[[Tally], None]]:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[told]}"))
    console = Console(stderr=True)
    silent = not (name and console.is_terminal)
    with Progress(*columns, TimeElapsedColumn(), console=console, disable=silent, transient=True) as shown:
        task: TaskID = shown.add_task(name, total=None, told="")

        def show(tally: Tally) -> None:
            shown.update(task, told=_counts(tally))

        yield show


def _counts(tally: Tally) -> str:
    return f"{tally.taken} taken, {tally.refused} refused, {tally.errors} without an object"


def _told(tally: Tally) -> dict[str, object]:
    return {"taken": tally.taken, "refused": tally.refused, "errors": tally.errors, "reasons": tally.reasons}


def _report(tally: Tally, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(_told(tally)))
        return
    typer.echo(_counts(tally))
    for reason in tally.reasons:
        typer.echo(f"  {reason}", err=True)
    if (more := tally.refused + tally.errors - len(tally.reasons)) > 0:
        typer.echo(f"  and {more} more", err=True)
