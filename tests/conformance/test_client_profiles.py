"""Scripted profiles of clients in the field: each gets everything once, and each push is taken whole."""

import pytest

from tests.conformance.profiles import POLLERS, Poller, push_of_misp, push_of_splunk
from tests.conformance.remote import Remote
from tests.conformance.world import BODY_BYTES, Object, envelope, indicator, indicators, malware, version


@pytest.fixture(params=POLLERS, ids=lambda each: each.__name__)
def poller(request: pytest.FixtureRequest, reading: Remote) -> Poller:
    """Return a client that has never been there."""
    made: Poller = request.param(reading, position=reading.begin)
    return made


def ids_of(objects: list[Object]) -> list[str]:
    return [each["id"] for each in objects]


def test_a_client_gets_everything_once(poller: Poller) -> None:
    sent = indicators(105)
    poller.remote.shelf.store(*sent)

    assert ids_of(poller.poll()) == ids_of(sent)


def test_a_client_that_comes_again_gets_what_is_new(poller: Poller) -> None:
    sent = [*indicators(40), malware()]
    poller.remote.shelf.store(*sent)
    first = poller.poll()
    newer = version(sent[0], 5, name="newer")
    later = [indicator(), newer]
    poller.remote.shelf.store(*later)

    assert ids_of(first) == ids_of(sent)
    assert poller.poll() == later
    assert poller.poll() == []


def test_a_client_that_finds_nothing_waits(poller: Poller) -> None:
    assert poller.poll() == []

    one = indicator()
    poller.remote.shelf.store(one)

    assert poller.poll() == [one]


def test_splunk_pushes_a_bundle(writing: Remote) -> None:
    sent = [indicator(), malware()]

    status = push_of_splunk(writing, sent)

    assert (status["status"], status["success_count"], status["failure_count"]) == ("complete", 2, 0)
    assert writing.shelf.ids() == ids_of(sent)


def with_one_that_fills(objects: list[Object]) -> list[Object]:
    """Return the objects and one more, which makes an envelope of them all as large as it may be."""
    last = malware(description="")
    room = BODY_BYTES - len(envelope(*objects, last))
    return [*objects, {**last, "description": "d" * room}]


def test_misp_fills_its_envelopes_to_the_last_byte(writing: Remote) -> None:
    sent = with_one_that_fills([malware(description="d" * 900_000) for _ in range(3)])
    sent += [malware(description="d" * 900_000) for _ in range(4)]

    sizes = push_of_misp(writing, sent)

    assert sizes[0] == BODY_BYTES
    assert len(sizes) == 3
    assert sorted(writing.shelf.ids()) == sorted(ids_of(sent))
