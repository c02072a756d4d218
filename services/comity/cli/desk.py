"""``comity desk``: who reads at a service."""

from typing import Annotated

import typer

from comity.app import federation_service, node_service
from comity.cli.options import Folder, Purposes, Secret, desk_of, password_in
from comity.domain.purpose import Purpose
from comity.settings import Settings, load
from comity.store.accounts import new_token

app = typer.Typer(help="The desks that read at a node or at the federation.", no_args_is_help=True)


@app.command()
def add(
    folder: Folder,
    name: Annotated[str, typer.Argument(help="The name of the account.")],
    role: Annotated[
        str, typer.Option(help="cert, cii, soc, regulator or client; at the federation MEMBER/role, such as XA/soc.")
    ],
    purpose: Purposes = None,
    password_file: Secret = None,
) -> None:
    """Add the account of a desk, or give it new secrets; without a password file a token is made and printed once."""
    password = password_in(password_file)
    token = new_token() if password is None else None
    _add(load(folder), name, role, purposes=tuple(purpose or Purpose), password=password, token=token)
    typer.echo(f"desk {name} added" + (f", token {token}" if token else ""))


def _add(
    settings: Settings, name: str, role: str, *, purposes: tuple[Purpose, ...], password: str | None, token: str | None
) -> None:
    if settings.kind == "node":
        node = node_service.open_node(settings)
        try:
            node_service.add_desk(node, name, role=role, purposes=purposes, password=password, token=token)
        finally:
            node.close()
        return
    hub = federation_service.open_federation(settings)
    try:
        federation_service.add_desk(hub, name, desk_of(role), purposes=purposes, password=password, token=token)
    finally:
        hub.close()
