"""``comity assets``: what a member must protect, at its node; at the federation, what crosses borders."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from comity.analytics.importers import READERS
from comity.analytics.registry import as_json as listed
from comity.analytics.registry import register
from comity.app.federation_service import open_federation
from comity.app.node_service import NodeService, open_node
from comity.cli.options import AsJSON, Folder
from comity.errors import InvalidObjectError, SettingsError
from comity.settings import Settings, load
from comity.store import assets as stored
from comity.store.store import Store

app = typer.Typer(help="What must be protected: the registry of assets.", no_args_is_help=True)


@app.command("import")
def import_(  # noqa: PLR0917  # the options of a command
    folder: Folder,
    file: Annotated[Path, typer.Argument(help="The file to read.", exists=True, dir_okay=False)],
    name: Annotated[str, typer.Option("--format", help="csv, json, cyclonedx, spdx, peeringdb, cable-map or apnic.")],
    country: Annotated[
        str, typer.Option(help="Of files about many countries: the one to take, as they write it.")
    ] = "",
    shared: Annotated[
        bool, typer.Option("--shared", help="They cross borders: the federation is to have them.")
    ] = False,
    whole: Annotated[bool, typer.Option("--whole", help="In place of all assets that are there.")] = False,
    as_json: AsJSON = False,
) -> None:
    """Put the assets of a file into the registry, each in place of the one with its key; all of them or none."""
    settings = load(folder)
    if name not in READERS:
        raise SettingsError(f"format is {name!r}, expected one of {', '.join(READERS)}")
    found = [replace(one, shared=one.shared or shared) for one in READERS[name](_bytes(file), settings.member, country)]
    if not found:
        raise InvalidObjectError(f"{file.name} has no asset" + (f" of {country}" if country else ""))
    with _opened(settings) as store, store.write() as connection:
        count = register(connection, settings.member, found, whole=whole)
    typer.echo(json.dumps({"read": len(found), "assets": count}) if as_json else f"{len(found)} read, {count} in all")


@app.command("list")
def list_(folder: Folder, as_json: AsJSON = False) -> None:
    """List the member's assets; at the federation, those of every member."""
    settings = load(folder)
    with _opened(settings) as store:
        assets = stored.all_assets(store.read(), settings.member if settings.kind == "node" else None)
    if as_json:
        typer.echo(json.dumps(listed(assets)))
        return
    table = Table("key", "member", "kind", "layer", "criticality", "named by", "depends on")
    for one in assets:
        named = ", ".join((*one.prefixes, *one.domains, *(f"AS{each}" for each in one.asns), *one.software)[:4])
        needs = ", ".join(f"{each.on} {each.share:.0%}" for each in one.depends_on[:4])
        cells = (one.key, one.member, one.kind.value, one.layer.value, str(one.criticality), named, needs)
        table.add_row(*map(escape, cells))
    Console().print(table)


@contextmanager
def _opened(settings: Settings) -> Iterator[Store]:
    service = open_node(settings) if settings.kind == "node" else open_federation(settings)
    try:
        yield service.node.store if isinstance(service, NodeService) else service.federation.store
    finally:
        service.close()


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SettingsError(f"file {str(path)!r} cannot be read") from error
