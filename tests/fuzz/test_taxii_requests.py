"""A short storm of mutated requests; ``taxii_requests.py`` is the long one."""

from collections.abc import Iterator

import pytest
from anyio.from_thread import start_blocking_portal

from tests.conformance.world import CERT, WRITER, NodeWorld, Socket, open_node_world, served
from tests.fuzz.mutations import Mutator, Target
from tests.fuzz.taxii_requests import Tally, exchange


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeWorld]:
    folder = tmp_path_factory.mktemp("fuzz")
    with start_blocking_portal() as loop:
        world = open_node_world(f"sqlite:///{folder / 'comity.db'}", loop)
        yield world
        world.service.close()


@pytest.fixture(scope="module")
def live(node: NodeWorld) -> Iterator[Socket]:
    with served(node.caller.app) as running:
        yield running


@pytest.mark.parametrize("seed", range(4))
def test_mutated_requests_are_answered_and_never_by_an_error_of_the_server(
    node: NodeWorld, live: Socket, seed: int
) -> None:
    collections = [node.collection().url, "/comity/collections/public/", node.desk().url]
    mutator, tally = Mutator(Target(collections, [WRITER, CERT, CERT]), seed), Tally()

    for _ in range(40):
        attempt = mutator.request()
        tally.note(exchange(live.port, attempt), attempt.raw)

    assert tally.broken == []
    assert {"200", "400"} <= set(tally.answers)
