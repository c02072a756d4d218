"""The arguments that several subcommands share."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from comity.domain.purpose import Purpose
from comity.errors import SettingsError

Folder = Annotated[Path, typer.Argument(help="The folder of the service.", file_okay=False)]
AsJSON = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Secret = Annotated[
    Path | None, typer.Option("--password-file", help="A file with the password; without it a token is made.")
]
Purposes = Annotated[list[Purpose] | None, typer.Option("--purpose", help="A purpose it reads for; default: all.")]


def tell_warnings(lists: Iterable[str]) -> None:
    """Say on stderr which warning lists a value is on, so that what is printed for programs stays as it is."""
    for name in lists:
        typer.echo(f"warning: its value is on the list {name!r}", err=True)


def password_in(path: Path | None) -> str | None:
    """Return the password in a file, without the end of its line.

    Raises:
        SettingsError: the file cannot be read, or is empty.
    """
    if path is None:
        return None
    try:
        password = path.read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"password file {str(path)!r} cannot be read") from error
    if not password:
        raise SettingsError(f"password file {str(path)!r} is empty")
    return password
