"""``comity feed``: objects from files of others into a node."""

import json
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from comity.app.node_service import open_node
from comity.cli.options import AsJSON, Folder
from comity.domain.label import RELEASE_ALL
from comity.errors import SettingsError
from comity.node.context import Node
from comity.node.feeding import Record, Tally, feed_in
from comity.node.intake import Intake
from comity.settings import load as load_settings
from comity.settings import tlp_of
from comity.stix.labels import Defaults

GROUP = "comity.feeds"
"""The entry point group in which feeds are found by the name of what they read."""

_EVERYBODY = "ALL"
_OWN = "own"
"""The intake collection whose settings a feed shares."""
_Reader = Callable[[bytes, Mapping[str, object]], Iterable[Record]]
app = typer.Typer(help="Feeds: objects from files of others.", no_args_is_help=True)


@app.command()
def formats(as_json: AsJSON = False) -> None:
    """List the formats that can be read."""
    found = {name: entry.value for name, entry in sorted(_feeds().items())}
    if as_json:
        typer.echo(json.dumps(found))
        return
    for name, value in found.items():
        typer.echo(f"{name}  ({value})")


@app.command()
def load(  # noqa: PLR0913, PLR0917  # the options of a command
    folder: Folder,
    file: Annotated[Path, typer.Argument(help="The file to read; it may be gzip.", exists=True, dir_okay=False)],
    name: Annotated[str, typer.Option("--format", help="What it is: one of 'comity feed formats'.")],
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
    read = _reader(name)
    stated = {"tlp": tlp, "kind": kind, "scheme": scheme, "mapping": _table(mapping)}
    options: dict[str, object] = {
        "source": source or file.name,
        "received_at": received_at or _time_of(file),
        **{key: value for key, value in stated.items() if value is not None},
    }
    service = open_node(load_settings(folder))
    options["member"] = service.node.member
    try:
        defaults = _defaults(service.node, tlp=tlp, label=label, releasable=releasable)
        tally = _taken(service.intake, read(_bytes(file), options), defaults, name="" if as_json else file.name)
    finally:
        service.close()
    _report(tally, as_json=as_json)
    if not tally.taken:
        raise typer.Exit(1)


def _feeds() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=GROUP)}


def _reader(name: str) -> _Reader:
    found = _feeds()
    if name not in found:
        raise SettingsError(
            f"format is {name!r}, expected one of {', '.join(sorted(found)) or 'none: no feed installed'}"
        )
    reader: _Reader = found[name].load()
    return reader


def _defaults(node: Node, *, tlp: str | None, label: str | None, releasable: str | None) -> Defaults:
    """Return what is assumed of objects that state nothing: what was stated here, else what the node's settings say."""
    if label is not None and node.bloc.tier_of(node.member, label) is None:
        raise SettingsError(f"label is {label!r}, expected a label of {node.member} or of the platform")
    own = node.defaults.get(_OWN, Defaults())
    return replace(
        own,
        tlp=own.tlp if tlp is None else tlp_of(tlp),
        label=own.label if label is None else label,
        releasable=own.releasable if releasable is None else _releasable(node, releasable),
    )


def _releasable(node: Node, text: str) -> frozenset[str]:
    codes = frozenset(code.strip() for code in text.split(",") if code.strip())
    if codes == {_EVERYBODY}:
        return RELEASE_ALL
    if unknown := sorted(codes - node.bloc.members.keys()):
        raise SettingsError(f"releasable is {unknown[0]!r}, expected ALL or some of {','.join(node.bloc.members)}")
    return codes


def _taken(intake: Intake, records: Iterable[Record], defaults: Defaults, *, name: str) -> Tally:
    """Take the objects of *records* in, and show how far it is under *name*, or nothing without one."""
    tally = Tally()
    with _progress(name) as show:
        for so_far in feed_in(records, lambda raws: intake.take(raws, defaults)):
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
    with Progress(
        *columns, TimeElapsedColumn(), console=Console(stderr=True), disable=not name, transient=True
    ) as shown:
        task: TaskID = shown.add_task(name, total=None, told="")

        def show(tally: Tally) -> None:
            shown.update(task, told=_counts(tally))

        yield show


def _counts(tally: Tally) -> str:
    return f"{tally.taken} taken, {tally.refused} refused, {tally.errors} without an object"


def _report(tally: Tally, *, as_json: bool) -> None:
    if as_json:
        typer.echo(
            json.dumps(
                {
                    "taken": tally.taken,
                    "refused": tally.refused,
                    "errors": tally.errors,
                    "reasons": tally.reasons,
                }
            )
        )
        return
    typer.echo(_counts(tally))
    for reason in tally.reasons:
        typer.echo(f"  {reason}", err=True)
    if (more := tally.refused + tally.errors - len(tally.reasons)) > 0:
        typer.echo(f"  and {more} more", err=True)
