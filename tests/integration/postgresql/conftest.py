"""A PostgreSQL server for all tests of a run, and a new database for each that asks for one."""

from collections.abc import Callable, Iterator

import pytest

from tests.integration.postgresql.server import NoServerError, Server, start


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A running server."""
    try:
        running = start()
    except NoServerError as error:
        pytest.skip(f"no PostgreSQL server: {error}")
    yield running
    running.stop()


@pytest.fixture
def new_database(server: Server) -> Callable[[], str]:
    """Make databases; each call returns the URL of another one."""
    return server.new_database
