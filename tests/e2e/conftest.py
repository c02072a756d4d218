"""The strait, replayed once on real processes for all that looks at its end."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import as_file, files
from typing import Any

import pytest
from comity.demo.bloc import LocalBloc
from comity.demo.run import play, running_bloc
from comity.demo.scenario import read_scenario
from rich.console import Console

STRAIT = files("comity_schemas.scenarios").joinpath("strait")


@dataclass(frozen=True, slots=True)
class Played:
    """A bloc at the end of a scenario, still running, and what was observed on the way."""

    bloc: LocalBloc
    report: dict[str, Any]


@pytest.fixture(scope="session")
def strait(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    console = Console(quiet=True)
    with as_file(STRAIT) as folder:
        scenario = read_scenario(folder)
    place = tmp_path_factory.mktemp("strait") / "bloc"
    with running_bloc(scenario, profile="asean-china", folder=place, console=console, first_port=0) as bloc:
        yield Played(bloc, play(scenario, bloc, console))
