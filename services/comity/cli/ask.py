"""``comity ask``: whether any member knows a value, without telling it."""

import json
from typing import Annotated

import typer

from comity.app.node_service import open_node
from comity.cli.options import AsJSON, Folder
from comity.errors import InvalidRequestError, SettingsError
from comity.node.questions import Known, ask
from comity.settings import load
from comity.store.search_terms import observables_in


def ask_members(
    folder: Folder,
    value: Annotated[str, typer.Argument(help="An address, host, URL, hash, e-mail address or CVE number.")],
    as_json: AsJSON = False,
) -> None:
    """Ask whether any other member has shared a value; the federation does not learn which, nor do they."""
    readings = observables_in(value)
    if not readings:
        raise InvalidRequestError(f"{value[:80]!r} is no value that can be asked about")
    service = open_node(load(folder))
    try:
        if service.exchange is None:
            raise SettingsError("admission is empty, expected what 'comity federation admit' writes")
        answers = ask(service.exchange.client, readings)
    finally:
        service.close()
    if as_json:
        told = zip(readings, answers, strict=True)
        typer.echo(json.dumps([{"kind": one.kind, "value": one.value, "answer": str(each)} for one, each in told]))
        return
    best = max(answers, key=list(Known).index)
    typer.echo(f"{value}: {best}")
