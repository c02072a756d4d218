"""Blocs of three members, running in this process: one for all tests of a module, or one for a test alone."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.integration.sharing.services import Bloc, make_bloc

PROFILE = "five"
MEMBERS = ("XA", "XB", "NO")


@pytest.fixture(scope="module")
def bloc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bloc]:
    """A running bloc for tests that keep to objects of their own."""
    with make_bloc(tmp_path_factory.mktemp("bloc"), profile=PROFILE, members=MEMBERS) as running:
        yield running


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Bloc]:
    """A running bloc that nobody has used."""
    with make_bloc(tmp_path / "bloc", profile=PROFILE, members=MEMBERS) as running:
        yield running


@pytest.fixture
def limited(tmp_path: Path) -> Iterator[Callable[[str], Bloc]]:
    """Make a running bloc of one member under limits of its own."""
    running: list[Bloc] = []

    def start(limits: str) -> Bloc:
        made = make_bloc(tmp_path / "limited", profile=PROFILE, members=("XA",), limits=limits)
        running.append(made.__enter__())
        return made

    yield start
    for each in running:
        each.__exit__(None, None, None)
