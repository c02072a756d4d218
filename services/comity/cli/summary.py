"""``comity summary``: a member's returns, and the editions of the cross-border summary that are made of them."""

import csv
import io
import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from comity.app.federation_service import FederationService, open_federation
from comity.app.node_service import open_node
from comity.cli.options import AsJSON, Folder
from comity.errors import NotFoundError, SettingsError, SyncError
from comity.federation.public import PublicEditions
from comity.node.oversight_exchange import OversightExchange
from comity.node.returns import make_return
from comity.oversight.edition import FLAT_HEADER, Signed, rows_of
from comity.oversight.moments import microseconds, moment
from comity.oversight.pdf import as_pdf
from comity.settings import load
from comity.store import oversight
from comity.store.oversight import EditionRow
from comity.store.store import Store

app = typer.Typer(help="The cross-border summary for those who oversee.", no_args_is_help=True)
_From = Annotated[str, typer.Option("--from", help="The first day of the period, or a time; in UTC.")]
_To = Annotated[str, typer.Option("--to", help="The first day after the period.")]
_Number = Annotated[int | None, typer.Option(help="The number of the edition; default: the newest.")]
_Out = Annotated[Path | None, typer.Option(help="The file to write; default: standard output.")]


@app.command()
def report(
    folder: Folder,
    start: _From,
    end: _To,
    cases: Annotated[
        Path | None, typer.Option(help="A CSV of ordinary cases: class,count; no count is not shared.")
    ] = None,
    publish_zeros: Annotated[bool, typer.Option(help="Zeros of this member may be published.")] = False,
) -> None:
    """Make the return of a member's node for a period; it is sent with the next push."""
    ordinary = None if cases is None else _cases(cases)
    service = open_node(load(folder))
    try:
        first, last = microseconds(start), microseconds(end)
        made = make_return(service.node, first, last, ordinary=ordinary, publishes_zeros=publish_zeros)
        state = _sent(service.oversight)
    finally:
        service.close()
    reports = sum(made.reports.get("sector", {}).values())
    typer.echo(f"return of {made.member} made: {reports} reports; {state}")


@app.command()
def edition(folder: Folder, start: _From, end: _To, as_json: AsJSON = False) -> None:
    """Make the federation's edition for a period, out of the returns that came."""
    with _hub(folder) as service:
        row = service.editions.make(microseconds(start), microseconds(end))
    audit = json.loads(row.audit)
    if as_json:
        typer.echo(json.dumps({"number": row.number, "digest": row.digest, **audit}))
        return
    typer.echo(f"edition {row.number} made of the returns of {', '.join(audit['members'])}, digest {row.digest}")
    narrowest = "nothing small" if audit["narrowest"] is None else f"narrowest interval {audit['narrowest']:g}"
    typer.echo(f"{len(audit['published'])} counts published, {audit['targets']} kept in doubt, {narrowest}")


@app.command()
def audit(folder: Folder, number: _Number = None) -> None:
    """Print what an edition hid and why, as JSON; with this the suppression can be undone, so keep it."""
    with _hub(folder) as service:
        typer.echo(_row(service.federation.store, number).audit)


@app.command()
def show(
    folder: Folder,
    number: _Number = None,
    form: Annotated[str, typer.Option("--format", help="text, json, csv or pdf.")] = "text",
    out: _Out = None,
) -> None:
    """Show an edition that a node or the federation keeps; every format has the same numbers."""
    with _store(folder) as store:
        row = _row(store, number)
    signed = Signed(body=row.body, signature=row.signature)
    makers: Mapping[str, Callable[[], bytes]] = {
        "json": lambda: signed.body,
        "csv": lambda: _csv(signed),
        "pdf": lambda: as_pdf(signed),
    }
    if form == "text":
        _print(signed)
        return
    if form not in makers:
        raise SettingsError(f"format is {form!r}, expected text, {', '.join(makers)}")
    _write(makers[form](), out)


@app.command()
def public(folder: Folder, start: _From, end: _To, out: _Out = None) -> None:
    """Make public tables of a period, with noise, as CSV; the federation's ledger keeps what they cost."""
    with _hub(folder) as service:
        maker = PublicEditions(
            editions=service.editions,
            budget=Fraction(service.settings.summary.budget),
            below=secrets.randbelow,
        )
        made = maker.make(microseconds(start), microseconds(end))
    rows = [(one.name, name, count) for one in made for name, count in json.loads(one.body).items()]
    _write(_as_csv(("table", "name", "count with noise"), rows), out)


@app.command()
def ledger(folder: Folder, as_json: AsJSON = False) -> None:
    """List the public tables that were made, and what each cost of its period's budget."""
    with _hub(folder) as service:
        rows = oversight.all_public_tables(service.federation.store.read())
    listed = [
        {"table": one.name, "from": moment(one.start), "to": moment(one.end), "epsilon": one.epsilon} for one in rows
    ]
    if as_json:
        typer.echo(json.dumps(listed))
        return
    table = Table("table", "from", "to", "epsilon")
    for one in listed:
        table.add_row(*one.values())
    Console().print(table)


def _sent(exchange: OversightExchange | None) -> str:
    if exchange is None:
        return "the node has not been admitted to a federation"
    try:
        exchange.send_returns()
    except SyncError as error:
        return f"waits to be sent: {error}"
    return "sent"


@contextmanager
def _hub(folder: Path) -> Iterator[FederationService]:
    service = open_federation(load(folder))
    try:
        yield service
    finally:
        service.close()


@contextmanager
def _store(folder: Path) -> Iterator[Store]:
    settings = load(folder)
    if settings.kind == "federation":
        with _hub(folder) as hub:
            yield hub.federation.store
        return
    node = open_node(settings)
    try:
        yield node.node.store
    finally:
        node.close()


def _row(store: Store, number: int | None) -> EditionRow:
    connection = store.read()
    found = oversight.last_edition(connection) if number is None else oversight.edition(connection, number)
    if found is None:
        raise NotFoundError("no such edition here")
    return found


def _cases(path: Path) -> dict[str, int | None]:
    try:
        rows = list(csv.reader(path.read_text("utf-8-sig").splitlines()))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"file {str(path)!r} cannot be read") from error
    if rows and rows[0][:2] == ["class", "count"]:
        rows = rows[1:]
    found: dict[str, int | None] = {}
    for row in rows:
        if len(row) != 2 or row[0] in found or not (row[1] == "" or row[1].isdecimal()):
            raise SettingsError(f"row {row!r}, expected a class, each once, and its count or nothing")
        found[row[0]] = int(row[1]) if row[1] else None
    return found


def _print(signed: Signed) -> None:
    console = Console()
    found = signed.edition
    console.print(f"{found.title}, edition {found.number}: {found.start} up to {found.end}", markup=False)
    for section in found.sections:
        console.print(f"\n{section.number}. {section.title}", style="bold", markup=False)
        for fact in section.facts:
            console.print(f"  {fact.name}: {fact.value} {fact.unit}".rstrip(), markup=False, highlight=False)
        for sheet in section.sheets:
            table = Table(*sheet.header, title=sheet.title)
            for row in sheet.rows:
                table.add_row(row.name, *map(str, row.cells))
            console.print(table)


def _csv(signed: Signed) -> bytes:
    return _as_csv(FLAT_HEADER, rows_of(signed.edition))


def _as_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue().encode()


def _write(body: bytes, out: Path | None) -> None:
    if out is None:
        typer.echo(body, nl=False)
    else:
        out.write_bytes(body)
