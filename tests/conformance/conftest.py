"""The services that the requirements are checked against, and the databases under them.

Everything runs on SQLite, and what is marked ``every_database`` on PostgreSQL too. With the environment variable
``COMITY_CONFORMANCE=postgresql`` everything runs on PostgreSQL, and with ``every`` on both.
"""

import os
from collections.abc import Iterator

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal

from tests.conformance.remote import Remote, remote
from tests.conformance.world import Caller, HubWorld, NodeWorld, Place, Socket, open_hub_world, open_node_world, served
from tests.integration.postgresql.server import NoServerError, Server, start

SQLITE, POSTGRESQL = "sqlite", "postgresql"
CHOSEN = {
    "": [SQLITE],
    SQLITE: [SQLITE],
    POSTGRESQL: [POSTGRESQL],
    "every": [SQLITE, POSTGRESQL],
}[os.environ.get("COMITY_CONFORMANCE", "")]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "every_database: is run on PostgreSQL as well")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database" in metafunc.fixturenames:
        marked = any(metafunc.definition.iter_markers("every_database"))
        names = [SQLITE, POSTGRESQL] if marked and CHOSEN == [SQLITE] else CHOSEN
        metafunc.parametrize("database", names, indirect=True, scope="session")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    try:
        running = start()
    except NoServerError as error:
        pytest.skip(f"no PostgreSQL server: {error}")
    yield running
    running.stop()


@pytest.fixture(scope="session")
def database(request: pytest.FixtureRequest) -> str:
    """Return the name of the database that the services of a test are on."""
    name: str = request.param
    return name


@pytest.fixture(scope="session")
def loop() -> Iterator[BlockingPortal]:
    with start_blocking_portal() as portal:
        yield portal


@pytest.fixture(scope="session")
def new_database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, database: str
) -> "NewDatabase":
    return NewDatabase(request, tmp_path_factory, database)


class NewDatabase:
    """Makes databases of the kind that a test is run on."""

    def __init__(self, request: pytest.FixtureRequest, folders: pytest.TempPathFactory, kind: str) -> None:
        self._server: Server | None = request.getfixturevalue("postgresql") if kind == POSTGRESQL else None
        self._folders = folders

    def __call__(self) -> str:
        """Return the URL of a database that nothing is in."""
        if self._server is not None:
            return self._server.new_database()
        return f"sqlite:///{self._folders.mktemp('store') / 'comity.db'}"


@pytest.fixture(scope="session")
def node(new_database: NewDatabase, loop: BlockingPortal) -> Iterator[NodeWorld]:
    world = open_node_world(new_database(), loop)
    yield world
    world.service.close()


@pytest.fixture(scope="session")
def hub(new_database: NewDatabase, loop: BlockingPortal) -> Iterator[HubWorld]:
    world = open_hub_world(new_database(), loop)
    yield world
    world.service.close()


@pytest.fixture
def place(node: NodeWorld) -> Place:
    """Return a new plain collection to read and write."""
    return node.collection()


@pytest.fixture(params=["plain", "desk", "federation"])
def shelf(request: pytest.FixtureRequest, database: str) -> Place:
    """Return a collection to read, in turn: plain, a desk's at its node, a desk's at the federation."""
    return _shelf(request)


@pytest.fixture(params=["desk", "federation"])
def released(request: pytest.FixtureRequest, database: str) -> Place:
    """Return a collection under sharing rules: a desk's at its node, a desk's at the federation."""
    return _shelf(request)


def _shelf(request: pytest.FixtureRequest) -> Place:
    if request.param == "federation":
        hub: HubWorld = request.getfixturevalue("hub")
        return hub.desk()
    node: NodeWorld = request.getfixturevalue("node")
    return node.desk() if request.param == "desk" else node.collection()


@pytest.fixture(params=["node", "hub"])
def server(request: pytest.FixtureRequest, database: str) -> Caller:
    """Return a service, as a client of it sees it."""
    world: NodeWorld | HubWorld = request.getfixturevalue(request.param)
    return world.caller


@pytest.fixture(scope="session")
def live(node: NodeWorld) -> Iterator[Socket]:
    """Return the node, served over real sockets."""
    with served(node.caller.app) as running:
        yield running


@pytest.fixture(scope="session")
def live_hub(hub: HubWorld) -> Iterator[Socket]:
    """Return the federation, served over real sockets."""
    with served(hub.caller.app) as running:
        yield running


@pytest.fixture(params=["plain", "desk", "federation"])
def reading(request: pytest.FixtureRequest, database: str) -> Iterator[Remote]:
    """Return a collection to read over real HTTP, in turn: plain, a desk's at its node, a desk's at the federation."""
    shelf = _shelf(request)
    server: Socket = request.getfixturevalue("live_hub" if request.param == "federation" else "live")
    user = {"plain": "writer", "desk": "cert", "federation": "desk"}[request.param]
    with remote(shelf, server, user) as found:
        yield found


@pytest.fixture(params=["plain", "own"])
def writing(request: pytest.FixtureRequest, node: NodeWorld, live: Socket) -> Iterator[Remote]:
    """Return a collection to write as well over real HTTP, in turn: plain, for a member's own objects."""
    shelf, user = (node.own(), "cert") if request.param == "own" else (node.collection(), "writer")
    with remote(shelf, live, user) as found:
        yield found
