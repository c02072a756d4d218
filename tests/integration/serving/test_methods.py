"""What no route takes: a path of the service says its methods, and TAXII speaks for itself only."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from comity.app.federation_service import open_federation
from comity.app.node_service import open_node
from comity.app.serving import federation_app, node_app

from tests.integration.serving.conftest import Serve, settings_of

TAXII = "application/taxii+json;version=2.1"


@pytest.fixture
def federation(tmp_path: Path, serve: Serve) -> Iterator[httpx.Client]:
    service = open_federation(settings_of(tmp_path, kind="federation", member=""))
    with client_of(serve(federation_app(service), service.settings)) as client:
        yield client
    service.close()


@pytest.fixture
def node(tmp_path: Path, serve: Serve) -> Iterator[httpx.Client]:
    service = open_node(settings_of(tmp_path))
    with client_of(serve(node_app(service), service.settings)) as client:
        yield client
    service.close()


def client_of(address: str) -> httpx.Client:
    return httpx.Client(base_url=address, headers={"accept": "application/json"}, trust_env=False)


def test_a_path_of_the_service_says_which_methods_it_has(federation: httpx.Client) -> None:
    for method, path, allowed in (
        ("POST", "/ledger/checkpoint", "GET"),
        ("DELETE", "/api/policy/proposals", "GET, POST"),
        ("PUT", "/api/policy/proposals/1", "GET"),
        ("POST", "/healthz", "GET"),
    ):
        answer = federation.request(method, path)

        assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
        assert answer.json() == {"detail": f"method {method}, expected {allowed}"}


def test_a_path_beside_those_of_the_service_is_not_found(federation: httpx.Client) -> None:
    for path in ("/ledger", "/ledger/nothing", "/api", "/api/nothing", "/api/policy%0A/x"):
        for method in ("GET", "POST"):
            answer = federation.request(method, path)

            assert (answer.status_code, answer.json()) == (404, {"detail": "not found"})


def test_any_other_path_is_answered_as_an_api_root_that_there_is_not(federation: httpx.Client) -> None:
    for path in ("/nowhere/", "/nowhere%0A/x", "/ledgers/checkpoint"):
        unnegotiated = federation.post(path)
        answer = federation.post(path, headers={"accept": TAXII})

        assert (unnegotiated.status_code, answer.status_code) == (406, 401)
        assert answer.headers["content-type"] == TAXII


def test_the_pages_of_a_node_say_their_methods_too(node: httpx.Client) -> None:
    answer = node.delete("/login")

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
