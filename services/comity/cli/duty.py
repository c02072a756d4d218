"""``comity duty``: the countdown of every regime for a member's incidents, and what was filed."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from comity.app.node_service import open_node
from comity.cli.options import AsJSON, Folder
from comity.node.duty_work import DutyWork
from comity.node.oversight_api import told
from comity.oversight.duties import Countdown
from comity.oversight.moments import microseconds, moment
from comity.settings import load

app = typer.Typer(help="Duties to notify: countdowns and filings.", no_args_is_help=True)


@app.command("list")
def list_(folder: Folder, as_json: AsJSON = False) -> None:
    """Show every incident of the member with the clock of each duty, what is due next first."""
    service = open_node(load(folder))
    try:
        found = DutyWork(node=service.node).countdowns()
    finally:
        service.close()
    if as_json:
        typer.echo(json.dumps([told(one) for one in found]))
        return
    for one in found:
        Console().print(_table(one))


def _table(one: Countdown) -> Table:
    table = Table(title=f"{one.name} {one.object_id}")
    for name, is_whole in (
        ("duty", True),
        ("regime and stage", False),
        ("state", True),
        ("due", True),
        ("filed", True),
    ):
        table.add_column(name, no_wrap=is_whole)
    for clock in one.clocks:
        duty = clock.duty
        due = "no number" if clock.due is None else _minute(clock.due)
        filed = "" if clock.filed is None else _minute(clock.filed)
        table.add_row(duty.id, f"{duty.member} {duty.regime}, {duty.stage}", str(clock.state), due, filed)
    return table


def _minute(time: int) -> str:
    return moment(time)[:16].replace("T", " ")


@app.command()
def file(
    folder: Folder,
    incident: Annotated[str, typer.Argument(help="The id of the incident.")],
    duty: Annotated[str, typer.Argument(help="The id of the duty, as the list shows it.")],
    at: Annotated[str | None, typer.Option(help="When it was filed; default: now.")] = None,
    not_applicable: Annotated[bool, typer.Option("--not-applicable", help="The duty does not apply.")] = False,
) -> None:
    """Record that a duty was fulfilled, or does not apply; what is recorded is never changed."""
    service = open_node(load(folder))
    try:
        filed = None if not_applicable else service.node.store.clock() if at is None else microseconds(at)
        DutyWork(node=service.node).file(incident, duty, filed=filed, account="command line")
    finally:
        service.close()
    typer.echo(f"{duty} recorded")
