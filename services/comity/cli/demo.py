"""``comity demo``: a whole bloc on this machine, and a scenario replayed on it."""

import signal
from importlib.resources import as_file, files
from pathlib import Path
from threading import Event
from typing import Annotated

import typer
from rich.console import Console

from comity.demo.run import FIRST_PORT, play, present, present_logins, running_bloc
from comity.demo.scenario import read_scenario

_STRAIT = files("comity_schemas.scenarios").joinpath("strait")


def demo(  # noqa: PLR0917  # the options of a command
    scenario: Annotated[Path | None, typer.Option(help="A folder with scenario.json; default: ten days.")] = None,
    profile: Annotated[str, typer.Option(help="The bloc: a folder, or the name of a profile.")] = "asean-china",
    report: Annotated[Path | None, typer.Option(help="Where to write what was observed, as JSON.")] = None,
    folder: Annotated[Path | None, typer.Option(help="Where to keep the services' files; default: nowhere.")] = None,
    port: Annotated[int, typer.Option(help="The port of the federation; the nodes have those after it.")] = FIRST_PORT,
    exit_: Annotated[bool, typer.Option("--exit", help="End after the report instead of leaving it running.")] = False,
) -> None:
    """Start a federation and its members' nodes, replay a scenario in simulated time, and show what each could see."""
    console = Console()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with as_file(_STRAIT) as strait:
        script = read_scenario(scenario or strait)
    console.print(f"{script.document.name}. {script.document.note}", markup=False)
    with running_bloc(script, profile=profile, folder=folder, console=console, first_port=port) as bloc:
        present(play(script, bloc, console), bloc, console, file=report)
        if exit_:
            return
        present_logins(bloc, console)
        console.print("Everything stays as it is at the end of the exercise. Ctrl+C ends it.")
        try:
            Event().wait()
        except KeyboardInterrupt:
            console.print("ended")
