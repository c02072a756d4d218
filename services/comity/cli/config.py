"""``comity config``: what a service is set to, and where that comes from."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

import typer

from comity.cli.options import AsJSON, Folder
from comity.settings import load, read_sources

app = typer.Typer(help="The settings of a service.", no_args_is_help=True)
_PASSWORD = re.compile(r"(?<=:)[^:@/]+(?=@)|(?<=password=)[^&]+")
_ADDRESSES = {("database",), ("federation",)}
"""Settings that may hold a password."""
_MASK = "***"


@app.callback()
def group() -> None:
    """Keep ``show`` a subcommand although it is the only one."""


@app.command()
def show(folder: Folder, as_json: AsJSON = False) -> None:
    """Show every setting in force and where it comes from: default, file or environment; passwords are masked."""
    settings, sources = load(folder), read_sources(folder)
    rows = [(place, value, sources.origin(place)) for place, value in _leaves((), settings.model_dump(mode="json"))]
    if as_json:
        found = {_name(place): {"value": value, "origin": origin} for place, value, origin in rows}
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    for place, value, origin in rows:
        typer.echo(f"{_name(place)} = {json.dumps(value, ensure_ascii=False)}  # {origin}")


def _leaves(place: tuple[str | int, ...], value: Any) -> Iterator[tuple[tuple[str | int, ...], Any]]:  # noqa: ANN401  # JSON
    """Yield the single settings under *place*, what is secret in them masked."""
    match value:
        case dict() if value:
            for name, each in value.items():
                yield from _leaves((*place, name), each)
        case [dict(), *_]:
            for number, each in enumerate(value):
                yield from _leaves((*place, number), each)
        case str():
            yield place, _PASSWORD.sub(_MASK, value) if place in _ADDRESSES else value
        case _:
            yield place, value


def _name(place: Sequence[str | int]) -> str:
    return ".".join(map(str, place))
