"""``comity federation``: the joint hub."""

import json
from pathlib import Path
from typing import Annotated

import typer

from comity.app.federation_service import admit as admit_member
from comity.app.federation_service import open_federation
from comity.app.folder import keep_secret, make, unless_it_fails
from comity.app.listening import listen
from comity.app.serving import federation_app
from comity.cli.options import Folder
from comity.settings import load

app = typer.Typer(help="The joint hub of a federation.", no_args_is_help=True)


@app.command()
def init(
    folder: Folder,
    profile: Annotated[str, typer.Option(help="The bloc: a folder, or the name of a profile.")] = "asean-china",
    database: Annotated[str, typer.Option(help="sqlite:///FILE or postgresql://...")] = "sqlite:///federation.db",
    host: Annotated[str, typer.Option(help="The address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen at.")] = 8800,
) -> None:
    """Make the federation in a new folder."""
    values: dict[str, str | int] = {
        "kind": "federation",
        "profile": profile if not Path(profile).is_dir() else str(Path(profile).resolve()),
        "database": database,
        "host": host,
        "port": port,
    }
    with unless_it_fails(folder):
        open_federation(make(folder, values)).close()
    typer.echo(f"federation made in {folder}")


@app.command()
def serve(folder: Folder) -> None:
    """Serve the federation."""
    settings = load(folder)
    listen(federation_app(open_federation(settings)), settings, tell=typer.echo)


@app.command()
def admit(
    folder: Folder,
    member: Annotated[str, typer.Argument(help="The code of the member.")],
    out: Annotated[Path, typer.Option(help="Where to write what the member's node needs; it holds a secret.")],
) -> None:
    """Admit a member: write the file that its node is made with."""
    service = open_federation(load(folder))
    try:
        keep_secret(out, json.dumps(admit_member(service, member)))
    finally:
        service.close()
    typer.echo(f"{member} admitted; give {out} to its operators over a channel that both sides trust")
