"""Errors (TAXII 2.1, 3.6 and appendix B)."""

import re
from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
from anyio.from_thread import BlockingPortal
from httpx import Response
from sqlalchemy import text

from tests.conformance.world import TAXII, HubWorld, Json, NodeWorld, Place, indicator, open_node_world

TEXTS = {"title", "description", "error_id", "error_code", "http_status", "external_details"}
LEAKS = re.compile(
    r"traceback|\.py\b|line \d+|sqlite|psycopg|sqlalchemy|postgres|select |insert |msgspec|starlette|uvicorn",
    re.IGNORECASE,
)
MARKUP = "<script>alert(1)</script>"

REFUSALS: dict[str, tuple[int, Callable[[Place], Response]]] = {
    "bad query": (400, lambda shelf: shelf.get("objects/", "limit=0")),
    "bad escape": (400, lambda shelf: shelf.get("objects/", "limit=%zz")),
    "bad next": (400, lambda shelf: shelf.get("manifest/", "next=x")),
    "bad version": (400, lambda shelf: shelf.get("objects/", "match[version]=x")),
    "bad body": (400, lambda shelf: shelf.send(b"{")),
    "nobody": (401, lambda shelf: shelf.caller.as_(None).get(shelf.url)),
    "somebody else": (401, lambda shelf: shelf.caller.as_("Bearer x").get(shelf.url)),
    "no collection": (404, lambda shelf: shelf.caller.get(f"{shelf.listing}x/")),
    "no object": (404, lambda shelf: shelf.get("objects/x/")),
    "no root": (404, lambda shelf: shelf.caller.get("/nowhere/")),
    "no path": (404, lambda shelf: shelf.get("nonsense/")),
    "no method": (405, lambda shelf: shelf.caller.request("PUT", shelf.url)),
    "other type": (406, lambda shelf: shelf.get("objects/", Accept="text/html")),
    "too large": (413, lambda shelf: shelf.send(b"", **{"Content-Length": "9" * 15})),
    "other content": (415, lambda shelf: shelf.send(b"{}", **{"Content-Type": "text/plain"})),
    "other coding": (415, lambda shelf: shelf.send(b"{}", **{"Content-Encoding": "br"})),
    "long field": (431, lambda shelf: shelf.get("objects/", **{"X-Long": "a" * 70_000})),
}


@pytest.fixture(params=["node", "hub"])
def shelf(request: pytest.FixtureRequest, database: str) -> Place:
    """Return a collection at a node, then one at the federation."""
    world: NodeWorld | HubWorld = request.getfixturevalue(request.param)
    return world.desk()


@pytest.fixture(params=REFUSALS)
def refusal(request: pytest.FixtureRequest, shelf: Place) -> Response:
    """Return the answer to a request that must be refused, with the status that is due."""
    status, ask = REFUSALS[request.param]
    answer = ask(shelf)
    assert answer.status_code == status
    return answer


@pytest.fixture
def forbidden(released: Place) -> Response:
    """Return the answer to a request that the caller has no right to."""
    answer = released.caller.post(f"{released.url}objects/", b"{}")
    assert answer.status_code == 403
    return answer


@pytest.fixture
def broken(new_database: Callable[[], str], loop: BlockingPortal) -> Iterator[Response]:
    """Return the answer of a server that cannot do its work."""
    world = open_node_world(new_database(), loop)
    place = world.collection()
    with world.service.node.store.write() as connection:
        connection.execute(text("DROP TABLE statuses"))
    yield place.put(indicator())
    world.service.close()


def is_an_error(answer: Response) -> bool:
    """Return whether the answer is an error message whose properties have their types (3.6.1)."""
    body: Json = answer.json()
    details = body.get("details", {})
    return (
        isinstance(body["title"], str)
        and all(isinstance(body[name], str) for name in TEXTS & set(body))
        and isinstance(details, dict)
        and set(body) <= TEXTS | {"details"}
    )


def test_e_01_errors_are_of_the_taxii_type(refusal: Response) -> None:
    assert refusal.headers["content-type"] == TAXII


def test_e_02_errors_are_error_messages(refusal: Response) -> None:
    assert is_an_error(refusal)


def test_e_03_errors_repeat_the_status_as_text(refusal: Response) -> None:
    assert refusal.json()["http_status"] == str(refusal.status_code)


def test_e_03_a_missing_right_is_an_error_of_its_own(forbidden: Response) -> None:
    assert forbidden.headers["content-type"] == TAXII
    assert is_an_error(forbidden)
    assert forbidden.json()["http_status"] == "403"


def test_e_04_errors_tell_nothing_of_the_inside(refusal: Response) -> None:
    assert not LEAKS.search(refusal.text)
    assert not LEAKS.search(str(refusal.headers))


def test_e_04_a_server_that_fails_gives_a_number_to_ask_about_and_no_more(broken: Response) -> None:
    assert broken.status_code == 500
    assert broken.headers["content-type"] == TAXII
    assert is_an_error(broken)
    assert UUID(broken.json()["error_id"]).version == 4
    assert not LEAKS.search(broken.text)


@pytest.mark.parametrize(
    "path",
    [
        f"objects/?limit={MARKUP}",
        f"objects/?match[version]={MARKUP}",
        f"objects/?next={MARKUP}",
        f"objects/?added_after={MARKUP}",
        f"objects/?{MARKUP}=1&limit=0",
        f"objects/{MARKUP}/",
        f"{MARKUP}/",
    ],
)
def test_e_05_markup_is_not_echoed(shelf: Place, path: str) -> None:
    answer = shelf.caller.get(shelf.url + path)

    assert 400 <= answer.status_code < 500
    assert "<" not in answer.text
    assert ">" not in answer.text


def test_e_05_markup_in_an_object_is_not_echoed(shelf: Place) -> None:
    status = shelf.put({"type": MARKUP, "id": f"{MARKUP}--{MARKUP}"}, {MARKUP: MARKUP})

    assert status.json()["failure_count"] == 2
    assert status.headers["content-type"] == TAXII


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere/", 404),
        ("GET", "/nowhere", 404),
        ("GET", "/nowhere/at/all/", 404),
        ("POST", "/taxii2/", 405),
        ("GET", "/taxii2/more/", 404),
        ("GET", "/nowhere%0Aat/all/", 404),
        ("GET", "{url}nonsense/", 404),
        ("GET", "{url}objects/x/versions/more/", 404),
        ("PUT", "{url}", 405),
        ("DELETE", "{url}objects/", 405),
        ("POST", "{url}objects/x/", 405),
        ("BREW", "{url}manifest/", 405),
    ],
)
def test_e_06_answers_outside_the_endpoints_are_taxii_errors_too(
    released: Place, method: str, path: str, status: int
) -> None:
    answer = released.caller.request(method, path.format(url=released.url))

    assert answer.status_code == status
    assert answer.headers["content-type"] == TAXII
    assert is_an_error(answer)
