"""``comity node``: a member's node."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from comity.analytics.exposing import exposed_values
from comity.app.folder import ADMISSION, keep_secret, make, unless_it_fails
from comity.app.listening import listen
from comity.app.node_service import NodeService, open_node
from comity.app.serving import node_app
from comity.cli.options import AsJSON, Folder
from comity.errors import NotFoundError, SettingsError
from comity.node import audit, jobs
from comity.node.context import FEDERATION
from comity.node.exchange import Exchange
from comity.settings import load
from comity.store import filings, operations, quarantine
from comity.taxii.timestamps import format_timestamp

_SHOWN = 20
app = typer.Typer(help="A member's node.", no_args_is_help=True)


@app.command()
def init(  # noqa: PLR0917  # the options of a command
    folder: Folder,
    member: Annotated[str, typer.Option(help="The code of the member.")],
    profile: Annotated[str, typer.Option(help="The bloc: a folder, or the name of a profile.")] = "asean-china",
    database: Annotated[str, typer.Option(help="sqlite:///FILE or postgresql://...")] = "sqlite:///node.db",
    host: Annotated[str, typer.Option(help="The address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen at.")] = 8801,
    federation: Annotated[str, typer.Option(help="The address of the federation.")] = "",
    admission: Annotated[Path | None, typer.Option(help="What 'comity federation admit' wrote.")] = None,
) -> None:
    """Make the node of a member in a new folder."""
    values: dict[str, str | int] = {
        "kind": "node",
        "member": member,
        "profile": profile if not Path(profile).is_dir() else str(Path(profile).resolve()),
        "database": database,
        "host": host,
        "port": port,
        "federation": federation,
    }
    if admission is not None:
        try:
            text = admission.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"admission {str(admission)!r} cannot be read") from error
        values["admission"] = ADMISSION
    with unless_it_fails(folder):
        settings = make(folder, values)
        if admission is not None:
            keep_secret(folder / ADMISSION, text)
        open_node(settings).close()
    typer.echo(f"node of {member} made in {folder}")


@app.command()
def serve(folder: Folder) -> None:
    """Serve the node: TAXII, the operators' API, the pages; push and pull in the background."""
    settings = load(folder)
    listen(node_app(open_node(settings)), settings, tell=typer.echo)


@app.command()
def push(folder: Folder, as_json: AsJSON = False) -> None:
    """Send what waits to the federation."""
    with _opened(folder) as service:
        jobs.run_due(service.node)
        _print(_exchange(service).push(), as_json=as_json)


@app.command()
def pull(folder: Folder, as_json: AsJSON = False) -> None:
    """Fetch what is new from the federation."""
    with _opened(folder) as service:
        taken = _exchange(service).pull()
        jobs.run_due(service.node)
        _print(taken, as_json=as_json)


@app.command()
def status(folder: Folder, as_json: AsJSON = False) -> None:
    """Show how the exchange stands: positions, the queue, and what is wrong with what waits."""
    with _opened(folder) as service:
        connection = service.node.store.read()
        peer = operations.peer(connection, FEDERATION)
        letters = operations.outbox_rows(connection, limit=50)
        held = quarantine.held(connection, limit=_SHOWN)
        more = quarantine.count(connection) - len(held)
        hints = audit.hints(service.node)
        late = sum(one.is_overdue(service.node.store.clock()) for one in filings.every(connection))
        states = operations.outbox_states(connection)
    if as_json:
        told = [{"object_id": one.object_id, "reason": one.reason, "at": one.at} for one in held]
        typer.echo(
            json.dumps({"peer": peer, "outbox": states, "letters": letters, "quarantine": told, "need_to_warn": hints})
        )
        return
    console = Console()
    console.print(f"last push {_time(peer['last_push'])}, last pull {_time(peer['last_pull'])}")
    if peer["problem"]:
        console.print(f"problem: {peer['problem']}", markup=False)
    counts = ", ".join(f"{count} {state}" for state, count in states.items()) or "empty"
    table = Table("object", "state", "tries", "next try", "reason", title=f"Outbox: {counts}")
    for letter in letters:
        table.add_row(
            letter["object_id"],
            letter["state"],
            str(letter["tries"]),
            _time(letter["next_try"]) if letter["state"] == operations.WAITING else "",
            letter["reason"],
        )
    console.print(table)
    for one in held:
        console.print(f"in quarantine since {_time(one.at)}: {one.object_id or 'no id'}: {one.reason}", markup=False)
    if late:
        console.print(f"{late} reports on urgent releases are overdue: comity node filings")
    for hint in hints:
        console.print(
            f"need to warn: {hint['members']} with an exposed asset cannot receive {hint['object_id']}; "
            "publish a sanitised advisory?",
            markup=False,
        )
    if more:
        console.print(f"and {more} more in quarantine")


@app.command("filings")
def show_filings(
    folder: Folder,
    filed: Annotated[str, typer.Option(help="The id of an object whose report has been made.")] = "",
    reference: Annotated[str, typer.Option(help="Under what the authority keeps the report.")] = "",
    as_json: AsJSON = False,
) -> None:
    """List the reports owed after urgent releases without an approval, or stop the clock of one that was made."""
    with _opened(folder) as service:
        store = service.node.store
        if filed:
            with store.write() as connection:
                if not filings.stop(connection, filed, reference=reference, now=store.clock()):
                    raise NotFoundError(f"no report is owed for {filed[:80]!r}")
        found, now = filings.every(store.read()), store.clock()
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found]))
        return
    table = Table("object", "released", "due", "state", "reference")
    for one in found:
        state = "overdue" if one.is_overdue(now) else "owed" if one.filed is None else f"filed {_time(one.filed)}"
        table.add_row(one.object_id, _time(one.released), _time(one.due), state, one.reference)
    Console().print(table)


@app.command()
def expose(
    folder: Folder,
    file: Annotated[
        Path | None,
        typer.Argument(
            help="Own networks, host names and CVE numbers, one a line, in place of the registry's.", exists=True
        ),
    ] = None,
    show: Annotated[bool, typer.Option("--show", help="Print what would be registered, and register nothing.")] = False,
) -> None:
    """Register what the member could be warned about, in place of what was before; no other member is shown it.

    That is what its registry of assets says, not of which asset: networks, names, vulnerabilities of its software.
    """
    with _opened(folder) as service:
        values = exposed_values(service.analytics) if file is None else _lines(file)
        if show:
            typer.echo("\n".join(values))
        else:
            typer.echo(f"{_exchange(service).register_exposures(values)} registered")


def _lines(file: Path) -> list[str]:
    try:
        lines = [line.strip() for line in file.read_text("utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"file {str(file)!r} cannot be read") from error
    return [line for line in lines if line and not line.startswith("#")]


@app.command()
def retry(folder: Folder, as_json: AsJSON = False) -> None:
    """Try again to take what is in quarantine, after rules or software have changed."""
    with _opened(folder) as service:
        _print(_exchange(service).retry(), as_json=as_json)


@contextmanager
def _opened(folder: Path) -> Iterator[NodeService]:
    service = open_node(load(folder))
    try:
        yield service
    finally:
        service.close()


def _exchange(service: NodeService) -> Exchange:
    if service.exchange is None:
        raise SettingsError("admission is empty, expected what 'comity federation admit' writes")
    return service.exchange


def _print(counts: dict[str, Any], *, as_json: bool) -> None:
    typer.echo(json.dumps(counts) if as_json else ", ".join(f"{name} {count}" for name, count in counts.items()))


def _time(microseconds: int | None) -> str:
    return "never" if microseconds is None else format_timestamp(microseconds)[:19]
