"""``comity explain``: who receives an object, in which form, and why not the others."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from comity.app.node_service import open_node
from comity.cli.options import AsJSON, Folder, tell_warnings
from comity.errors import SettingsError
from comity.policy.explain import Outcome
from comity.settings import load


def explain(
    folder: Folder,
    what: Annotated[
        str, typer.Argument(help="The id of one of the member's objects, or a file with one not yet sent.")
    ],
    as_json: AsJSON = False,
) -> None:
    """Show who receives an object of the member, in which form, and why the others do not."""
    service = open_node(load(folder))
    try:
        work = service.work
        raw = _read(Path(what)) if Path(what).is_file() else None
        outcomes = work.outcomes(what) if raw is None else work.preview(raw)
        tell_warnings(() if raw is None else work.warnings_of(raw))
    finally:
        service.close()
    if as_json:
        typer.echo(json.dumps({member: _told(outcome) for member, outcome in outcomes}))
        return
    table = Table("member", "effect", "reason", "why")
    for member, outcome in outcomes:
        table.add_row(member, outcome.effect, outcome.reason or "", " ".join(outcome.why))
    Console().print(table)


def _told(outcome: Outcome) -> dict[str, object]:
    return {"effect": outcome.effect, "reason": outcome.reason, "rules": outcome.rules, "why": outcome.why}


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SettingsError(f"file {str(path)!r} cannot be read") from error
