"""``comity recall`` and ``comity who-has``: taking an object back, and who was served it."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from comity.app.node_service import NodeService, open_node
from comity.cli.options import AsJSON, Folder
from comity.errors import NotFoundError, SettingsError, SyncError
from comity.node.audit import Holder
from comity.node.withdrawal import RECALL
from comity.settings import load
from comity.store import operations
from comity.store.operations import Withdrawal
from comity.store.recall_states import Standing, standings
from comity.store.recalls import CONFIRMED
from comity.taxii.timestamps import format_timestamp

Object = Annotated[str, typer.Argument(help="The id of one of the member's objects.")]
MaybeObject = Annotated[str, typer.Argument(help="The id of one of the member's objects; without it all are listed.")]


def recall(
    folder: Folder,
    object_id: MaybeObject = "",
    reason: Annotated[str, typer.Option(help="Why; those who had it will read it.")] = "",
    as_json: AsJSON = False,
) -> None:
    """Take an object back from everybody, for a reason; without a reason, show where recalls stand."""
    service = open_node(load(folder))
    try:
        if reason:
            _recall(service, object_id, reason)
        problem = _exchanged(service)
        found = _recalls(service, object_id)
        told = [(one, standings(service.node.store.read(), one)) for one in found]
    finally:
        service.close()
    if as_json:
        typer.echo(json.dumps({"problem": problem, "recalls": [_told(*each) for each in told]}))
        return
    for one, standing in told:
        _show(one, standing)
    if problem:
        typer.echo(f"this is what was known before, and a notice may still wait: {problem}", err=True)


def who_has(folder: Folder, object_id: Object, as_json: AsJSON = False) -> None:
    """Ask the federation who was served an object of this member, in any of its forms."""
    service = open_node(load(folder))
    try:
        if service.exchange is None:
            raise SettingsError("admission is empty, expected what 'comity federation admit' writes")
        found = service.exchange.holders(object_id)
    finally:
        service.close()
    if as_json:
        typer.echo(json.dumps([msgspec.to_builtins(one) for one in found]))
        return
    _show_holders(found)


def _recall(service: NodeService, object_id: str, reason: str) -> None:
    if not object_id:
        raise SettingsError("a reason without an object, expected the id of what is taken back")
    service.work.recall(object_id, reason)


def _exchanged(service: NodeService) -> str:
    """Send what waits and ask how recalls stand; return why that could not be done."""
    if service.exchange is None:
        return ""
    try:
        service.exchange.push()
        service.exchange.follow_recalls()
    except SyncError as error:
        return str(error)
    return ""


def _recalls(service: NodeService, object_id: str) -> list[Withdrawal]:
    every = operations.all_withdrawals(service.node.store.read())
    own = [one for one in every if one.origin == service.node.member and one.kind == RECALL]
    if not object_id:
        return own
    found = [one for one in own if one.object_id == object_id]
    if not found:
        raise NotFoundError(f"{object_id[:80]!r} was not recalled; give a reason to take it back")
    return found


def _show(one: Withdrawal, standing: Sequence[Standing]) -> None:
    console = Console()
    console.print(f"{one.object_id} recalled {_time(one.withdrawn)}, purged here: {one.reason}", markup=False)
    if not standing:
        console.print("  it had been given to nobody")
        return
    table = Table("member", "purge", "since", "node last seen", "signed receipts")
    for each in standing:
        seen = "" if each.state == CONFIRMED or each.last_seen is None else _time(each.last_seen)
        table.add_row(each.member, each.state, _time(each.since), seen, str(len(each.notes)))
    console.print(table)


def _show_holders(found: Sequence[Holder]) -> None:
    if not found:
        typer.echo("nobody outside was served it")
        return
    table = Table("form", "who", "since", "ledger entries", "purge")
    for one in found:
        since = "may have been" if one.since is None else _time(one.since)
        numbers = " ".join(map(str, one.entries))
        table.add_row(one.object_id, one.viewer, since, numbers, one.state)
    Console().print(table)


def _told(one: Withdrawal, standing: Sequence[Standing]) -> dict[str, Any]:
    return {
        "object_id": one.object_id,
        "recalled": one.withdrawn,
        "reason": one.reason,
        "members": [asdict(each) for each in standing],
    }


def _time(microseconds: int | None) -> str:
    return "never" if microseconds is None else format_timestamp(microseconds)[:19]
