"""``comity explain``: who receives an object, in which form, and why not the others."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from comity.app.node_service import open_node
from comity.cli.options import AsJSON, Folder, desk_of, moment_of, tell_warnings
from comity.domain.label import Label
from comity.domain.purpose import Purpose
from comity.errors import SettingsError
from comity.policy.explain import Explanation, Outcome
from comity.settings import load


def explain(  # noqa: PLR0917  # the options of a command
    folder: Folder,
    what: Annotated[
        str, typer.Argument(help="The id of one of the member's objects, or a file with one not yet sent.")
    ],
    desk: Annotated[str, typer.Option(help="Explain the decision for one desk, such as XB/soc.")] = "",
    purpose: Annotated[Purpose, typer.Option(help="What the desk reads for.")] = Purpose.INCIDENT_RESPONSE,
    at: Annotated[str, typer.Option(help="As it was at a past moment, such as 2026-03-01T12:00:00Z.")] = "",
    as_json: AsJSON = False,
) -> None:
    """Show who receives an object of the member, in which form, and why the others do not.

    With --desk: which rules decided for that desk, in words, and what the next richer form would need; also for an
    object that a desk of the member received.
    """
    moment = moment_of(at) if at else None
    service = open_node(load(folder))
    try:
        work, path = service.work, Path(what)
        raw = _read(path) if path.is_file() else None
        tell_warnings(() if raw is None else work.warnings_of(raw))
        if desk:
            viewer = (desk_of(desk), purpose)
            told = work.explained(what, viewer, moment) if raw is None else work.explained_draft(raw, viewer)
            _print_explained(told, as_json=as_json)
            return
        outcomes = work.outcomes(what, moment) if raw is None else work.preview(raw)
    finally:
        service.close()
    if as_json:
        typer.echo(json.dumps({member: _told(outcome) for member, outcome in outcomes}))
        return
    table = Table("member", "effect", "reason", "why")
    for member, outcome in outcomes:
        table.add_row(member, outcome.effect, outcome.reason or "", " ".join(outcome.why))
    Console().print(table)


def _print_explained(told: list[tuple[Label, Explanation]], *, as_json: bool) -> None:
    rows = [
        {
            "form": label.form.word,
            "tier": label.tier.name,
            "served": explanation.decision.served,
            "rules": explanation.decision.rules,
            "why": explanation.why,
            "needed": explanation.needed,
        }
        for label, explanation in told
    ]
    if as_json:
        typer.echo(json.dumps(rows))
        return
    for label, explanation in told:
        served = "served" if explanation.decision.served else "not served"
        typer.echo(f"{label.form.word} at {label.tier}: {served}")
        for words in (*explanation.why, *(f"needed for more: {need}" for need in explanation.needed)):
            typer.echo(f"  {words}")


def _told(outcome: Outcome) -> dict[str, object]:
    return {"effect": outcome.effect, "reason": outcome.reason, "rules": outcome.rules, "why": outcome.why}


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SettingsError(f"file {str(path)!r} cannot be read") from error
