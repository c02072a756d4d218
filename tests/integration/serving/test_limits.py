"""Every limit of the settings, at a node that listens: what is within it passes, what is beyond it is refused."""

import json
import socket
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from comity.app.node_service import CLIENT, NodeService, add_desk, open_node
from comity.app.serving import node_app
from comity.domain.desk import Role
from comity.domain.purpose import Purpose
from comity.settings import Limits, PlainSettings

from tests.integration.serving.conftest import Serve, settings_of
from tests.integration.sharing.objects import indicator

TAXII = "application/taxii+json;version=2.1"
OBJECTS = "/plain/collections/all/objects/"
FORM = b"Content-Type: application/x-www-form-urlencoded"
PASSWORD = "a password of a desk"


PLAIN = (PlainSettings(title="All", alias="all"),)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeService]:
    opened = open_node(settings_of(tmp_path_factory.mktemp("node"), plain=PLAIN))
    for name in ("one", "two"):
        add_desk(opened, name, role=CLIENT, purposes=(), password=None, token=f"token of {name}")
    add_desk(opened, "analyst", role=Role.SOC, purposes=tuple(Purpose), password=PASSWORD, token=None)
    yield opened
    opened.close()


@pytest.fixture
def limited(service: NodeService, serve: Serve) -> Iterator[Callable[..., httpx.Client]]:
    """Return what serves the node within limits, and calls it as the desk ``one``."""
    with ExitStack() as stack:

        def start(**limits: int) -> httpx.Client:
            settings = service.settings.model_copy(update={"limits": Limits(**limits)})
            address = serve(node_app(replace(service, settings=settings)), settings)
            return stack.enter_context(httpx.Client(base_url=address, headers=as_desk("one"), trust_env=False))

        yield start


def as_desk(name: str) -> dict[str, str]:
    return {"authorization": f"Bearer token of {name}", "accept": TAXII}


def post(client: httpx.Client, *objects: bytes, **headers: str) -> httpx.Response:
    body = b'{"objects":[' + b",".join(objects) + b"]}"
    return client.post(OBJECTS, content=body, headers={"content-type": TAXII, **headers})


def some(count: int) -> list[bytes]:
    return [indicator("XA", f"n{number}.example") for number in range(count)]


def is_error(answer: httpx.Response, status: int) -> bool:
    return (answer.status_code, answer.headers["content-type"], answer.json()["http_status"]) == (
        status,
        TAXII,
        str(status),
    )


def test_body_bytes(limited: Callable[..., httpx.Client]) -> None:
    client = limited(body_bytes=2_000)

    assert post(client, *some(1)).status_code == 202
    assert is_error(post(client, *some(10)), 413)
    assert client.get("/plain/").json()["max_content_length"] == 2_000


def test_body_bytes_of_what_is_unpacked(limited: Callable[..., httpx.Client]) -> None:
    client = limited(body_bytes=2_000)
    bomb = zlib.compress(b'{"objects":[' + b" " * 1_000_000 + b"]}", wbits=31)
    answer = client.post(OBJECTS, content=bomb, headers={"content-type": TAXII, "content-encoding": "gzip"})

    assert len(bomb) < 2_000
    assert is_error(answer, 413)


def test_body_bytes_hold_for_every_route_that_reads_a_body(limited: Callable[..., httpx.Client]) -> None:
    client = limited(body_bytes=2_000)

    assert is_error(client.post("/login", data={"name": "x" * 2_000}), 413)
    assert client.post("/nowhere", content=b"x" * 2_001).headers["connection"] == "close"


def test_envelope_objects(limited: Callable[..., httpx.Client]) -> None:
    client = limited(envelope_objects=2)

    assert post(client, *some(2)).status_code == 202
    assert is_error(post(client, *some(3)), 413)


def test_page_objects(limited: Callable[..., httpx.Client]) -> None:
    client = limited(page_objects=2)
    post(client, *some(3))

    assert len(client.get(OBJECTS, params={"limit": 100}).json()["objects"]) == 2


def nested(levels: int) -> bytes:
    """Return an object that is nested so many levels deep."""
    body = json.loads(indicator("XA", "deep.example"))
    inner: Any = 1
    for _ in range(levels - 1):
        inner = [inner]
    return json.dumps({**body, "x_comity_deep": inner}).encode()


def long(length: int) -> bytes:
    """Return an object whose longest string has so many characters."""
    return json.dumps({**json.loads(indicator("XA", "long.example")), "description": "é" * length}).encode()


@pytest.mark.parametrize(
    ("limit", "fits", "exceeds", "reason"),
    [
        ({"object_bytes": 3_000}, long(10), long(3_000), "expected at most 3000"),
        ({"nesting": 20}, nested(20), nested(21), "deeper than 20 levels"),
        ({"string_length": 100}, long(100), long(101), "more than 100 characters"),
    ],
    ids=["object_bytes", "nesting", "string_length"],
)
def test_an_object_beyond_a_limit_is_refused_and_the_others_are_taken(
    limited: Callable[..., httpx.Client], limit: dict[str, int], fits: bytes, exceeds: bytes, reason: str
) -> None:
    status = post(limited(**limit), fits, exceeds).json()

    assert (status["success_count"], status["failure_count"]) == (1, 1)
    assert reason in status["failures"][0]["message"]


def test_desk_burst_and_desk_requests_per_second(limited: Callable[..., httpx.Client]) -> None:
    client = limited(desk_burst=3, desk_requests_per_second=1)
    client.get("/plain/")
    answers = [client.get("/plain/") for _ in range(6)]
    refused = next(each for each in answers if each.status_code != 200)

    assert is_error(refused, 429)
    assert int(refused.headers["retry-after"]) >= 1
    assert client.get("/plain/", headers=as_desk("two")).status_code == 200


def test_a_desk_has_one_share_however_it_comes(limited: Callable[..., httpx.Client]) -> None:
    client = limited(desk_burst=3, desk_requests_per_second=1)
    page = client.get("/").text
    token = page.partition('name="token" value="')[2].partition('"')[0]
    login = {"name": "analyst", "password": PASSWORD, "token": token}
    del client.headers["authorization"]
    client.post("/login", data=login)
    statuses = [client.get("/search").status_code for _ in range(8)]

    assert 429 in statuses
    assert statuses[0] == 200


def test_address_burst_and_address_requests_per_second(limited: Callable[..., httpx.Client]) -> None:
    client = limited(address_burst=8, address_requests_per_second=1)
    client.get("/plain/")
    strangers = [client.get("/plain/", auth=("one", "wrong")).status_code for _ in range(3)]

    assert strangers[0] == 401
    assert 429 in strangers
    assert client.get("/plain/").status_code == 200


@pytest.mark.parametrize("kind", ["desk_concurrency", "address_concurrency"])
def test_concurrency(limited: Callable[..., httpx.Client], kind: str) -> None:
    client = limited(**{kind: 1})
    headers = as_desk("one") if kind == "desk_concurrency" else {"authorization": "Bearer wrong"}
    client.get("/plain/", headers=as_desk("one"))
    with half_sent(client, headers):
        during = client.get("/plain/", headers=headers)

    assert is_error(during, 429)


def test_connections(limited: Callable[..., httpx.Client]) -> None:
    client = limited(connections=5)
    idle = [socket_to(client) for _ in range(20)]

    assert client.get("/plain/").status_code == 200
    for each in idle:
        each.close()


@pytest.mark.parametrize(
    "sent",
    [b"GET / HTTP/1.1\r\n", b"POST /login HTTP/1.1\r\nHost: n\r\nContent-Length: 9\r\n" + FORM + b"\r\n\r\n"],
    ids=["head_seconds", "request_seconds"],
)
def test_a_request_that_does_not_arrive(limited: Callable[..., httpx.Client], sent: bytes) -> None:
    client = limited(head_seconds=1, request_seconds=1)
    said = b""
    with socket_to(client) as connection:
        connection.sendall(sent)
        while part := connection.recv(65_536):
            said += part

    assert said.startswith(b"HTTP/1.1 408 ")
    assert said.endswith(b'"http_status":"408"}')


def test_every_limit_is_tested() -> None:
    tested = Path(__file__).read_text("utf-8")
    elsewhere = {"answer_seconds"}  # tests/unit/gateway/test_connections.py: an answer that nobody reads is cut off

    assert [name for name in Limits.model_fields if name not in tested and name not in elsewhere] == []


def socket_to(client: httpx.Client) -> socket.socket:
    return socket.create_connection((client.base_url.host, client.base_url.port or 0), timeout=30)


@contextmanager
def half_sent(client: httpx.Client, headers: dict[str, str]) -> Iterator[None]:
    """Hold a request that is being worked on, since its body is still to come."""
    lines = [
        "POST /login HTTP/1.1",
        "Host: n",
        "Content-Length: 30",
        FORM.decode(),
        "Expect: 100-continue",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    with socket_to(client) as connection:
        connection.sendall("\r\n".join((*lines, "", "")).encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 100 ")
        yield
