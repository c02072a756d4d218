"""The services that the requirements are checked against."""

from collections.abc import Iterator

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal

from tests.conformance.world import HubWorld, NodeWorld, Place, Socket, open_hub_world, open_node_world, served


@pytest.fixture(scope="session")
def loop() -> Iterator[BlockingPortal]:
    with start_blocking_portal() as portal:
        yield portal


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory, loop: BlockingPortal) -> Iterator[NodeWorld]:
    world = open_node_world(tmp_path_factory.mktemp("node"), loop)
    yield world
    world.service.close()


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory, loop: BlockingPortal) -> Iterator[HubWorld]:
    world = open_hub_world(tmp_path_factory.mktemp("hub"), loop)
    yield world
    world.service.close()


@pytest.fixture
def place(node: NodeWorld) -> Place:
    """Return a new plain collection to read and write."""
    return node.collection()


@pytest.fixture(params=["plain", "desk", "federation"])
def shelf(request: pytest.FixtureRequest) -> Place:
    """Return a collection to read, in turn: plain, a desk's at its node, a desk's at the federation."""
    if request.param == "federation":
        hub: HubWorld = request.getfixturevalue("hub")
        return hub.desk()
    node: NodeWorld = request.getfixturevalue("node")
    return node.desk() if request.param == "desk" else node.collection()


@pytest.fixture(scope="session")
def live(node: NodeWorld) -> Iterator[Socket]:
    """Return the node, served over real sockets."""
    with served(node.caller.app) as running:
        yield running
