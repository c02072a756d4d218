"""``comity check``: whether a service's folder, or a bloc's profile, can be used."""

from pathlib import Path
from typing import Annotated

import typer

from comity.app.listening import tls_of
from comity.app.opening import engine_of
from comity.domain.member import Bloc
from comity.settings import FILE, load, load_bloc


def check(
    what: Annotated[str, typer.Argument(help="The folder of a service, a folder with a profile, or a profile's name.")],
) -> None:
    """Check settings, profile and rules, and say what is in force; exit 1 with the place and cause otherwise."""
    if (Path(what) / FILE).is_file():
        settings = load(Path(what))
        tls_of(settings)
        typer.echo(f"settings: {settings.kind} {settings.member}".rstrip())
        _report(load_bloc(settings.profile))
    else:
        _report(load_bloc(what))


def _report(bloc: Bloc) -> None:
    rules = engine_of(bloc).ruleset
    typer.echo(f"members: {', '.join(bloc.members)}")
    typer.echo(f"labels: {len(bloc.platform_labels)} of the platform")
    for member in bloc.members.values():
        typer.echo(f"  {member.code}: {len(member.labels)} national labels")
    typer.echo(f"rules: {len(rules.rules)} in {len(bloc.chapters)} chapters, digest {rules.digest}")
