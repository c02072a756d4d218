"""The arguments that several subcommands share."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from comity.domain.desk import Desk
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


def desk_of(text: str) -> Desk:
    """Return the desk written *text*.

    Raises:
        SettingsError: it is none.
    """
    try:
        return Desk.parse(text)
    except ValueError as error:
        raise SettingsError(str(error)) from error


def moment_of(text: str) -> int:
    """Return a moment, in UTC where it names no other zone, in microseconds since 1970.

    Raises:
        SettingsError: it is none.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise SettingsError(f"time {text!r}, expected one such as 2027-01-31 or 2027-01-31T12:00:00Z") from error
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1_000_000)


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
