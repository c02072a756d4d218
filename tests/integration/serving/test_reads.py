"""Tags, what may be kept, and codings, at the routes of a node that listens."""

import json
from collections.abc import Iterator
from itertools import count

import httpx
import pytest
from comity.app.node_service import CLIENT, NodeService, add_desk, open_node
from comity.app.serving import node_app
from comity.domain.desk import Role
from comity.domain.purpose import Purpose
from comity.settings import PlainSettings

from tests.integration.serving.conftest import Serve, settings_of
from tests.integration.sharing.objects import indicator

TAXII = "application/taxii+json;version=2.1"
SECONDS = count()
HELD = "indicator--0b6d3c1e-7f0a-4c7e-9d51-2a6c8e4f1b90"
PASSWORD = "a password of a desk"
COLLECTION = "/plain/collections/all/"
READS = (
    "/taxii2/",
    "/plain/",
    "/plain/collections/",
    COLLECTION,
    f"{COLLECTION}objects/",
    f"{COLLECTION}objects/?limit=1",
    f"{COLLECTION}manifest/",
    f"{COLLECTION}objects/{HELD}/",
    f"{COLLECTION}objects/{HELD}/versions/",
)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeService]:
    plain = (PlainSettings(title="All", alias="all"),)
    opened = open_node(settings_of(tmp_path_factory.mktemp("node"), plain=plain))
    for name in ("one", "two"):
        add_desk(opened, name, role=CLIENT, purposes=(), password=None, token=f"token of {name}")
    add_desk(opened, "analyst", role=Role.SOC, purposes=tuple(Purpose), password=PASSWORD, token="token of analyst")
    yield opened
    opened.close()


@pytest.fixture
def client(service: NodeService, serve: Serve) -> Iterator[httpx.Client]:
    address = serve(node_app(service), service.settings)
    with httpx.Client(base_url=address, headers=as_desk("one"), trust_env=False) as made:
        post(made, json.loads(indicator("XA", "held.example", id=HELD)))
        yield made


def as_desk(name: str) -> dict[str, str]:
    return {"authorization": f"Bearer token of {name}", "accept": TAXII, "accept-encoding": "identity"}


def post(client: httpx.Client, *objects: object) -> None:
    body = json.dumps({"objects": objects})
    assert client.post(f"{COLLECTION}objects/", content=body, headers={"content-type": TAXII}).status_code == 202


@pytest.mark.parametrize("path", READS)
def test_a_read_is_answered_304_until_it_changes(client: httpx.Client, path: str) -> None:
    first = client.get(path)
    again = client.get(path, headers={"if-none-match": f'"other", {first.headers["etag"]}'})

    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert {"etag", "vary", "cache-control", "date"} <= set(again.headers)
    assert "content-length" not in again.headers
    assert first.headers["cache-control"] == "private, no-cache"
    assert first.headers["vary"] == "Authorization, Accept, Accept-Encoding"


@pytest.mark.parametrize("path", [READS[4], READS[6], READS[7], READS[8]])
def test_a_new_version_makes_another_tag(client: httpx.Client, path: str) -> None:
    before = client.get(path).headers["etag"]
    one = json.loads(indicator("XA", "held.example", id=HELD))
    post(client, {**one, "modified": f"2027-01-01T00:00:{next(SECONDS):02d}.000Z"})

    assert client.get(path, headers={"if-none-match": before}).status_code == 200


def test_what_was_deleted_is_not_said_to_be_unchanged(client: httpx.Client) -> None:
    one = json.loads(indicator("XA", "gone.example"))
    post(client, one)
    path = f"{COLLECTION}objects/?match[id]={one['id']}"
    before = client.get(path).headers["etag"]
    client.delete(f"{COLLECTION}objects/{one['id']}/")
    after = client.get(path, headers={"if-none-match": before})

    assert (after.status_code, after.json()) == (200, {})


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        (READS[4], {"authorization": "Bearer wrong"}, 401),
        (READS[4], as_desk("analyst"), 404),
        (f"{COLLECTION}objects/indicator--5a1f0c9d-3e2b-4d77-8b66-90c1d2e3f4a5/", {}, 404),
        (f"{COLLECTION}objects/?limit=0", {}, 400),
        (READS[4], {"accept": "text/html"}, 406),
    ],
)
def test_a_refusal_is_no_match_for_any_tag(
    client: httpx.Client, path: str, headers: dict[str, str], status: int
) -> None:
    answer = client.get(path, headers={**headers, "if-none-match": "*"})

    assert (answer.status_code, answer.headers["cache-control"]) == (status, "no-store")
    assert "etag" not in answer.headers


def test_two_desks_cannot_tell_by_tags_that_they_are_served_the_same(client: httpx.Client) -> None:
    one, two = (client.get(READS[4], headers=as_desk(name)) for name in ("one", "two"))

    assert one.content == two.content
    assert one.headers["etag"] != two.headers["etag"]


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_a_page_comes_in_the_coding_that_is_asked_for(client: httpx.Client, coding: str) -> None:
    post(client, *(json.loads(indicator("XA", f"n{number}.example")) for number in range(20)))
    plain = client.get(READS[4])
    coded = client.get(READS[4], headers={"accept-encoding": coding})

    assert coded.headers["content-encoding"] == coding
    assert int(coded.headers["content-length"]) < len(plain.content) / 3
    assert (coded.content, coded.headers["etag"]) == (plain.content, plain.headers["etag"])


@pytest.mark.parametrize("shape", ["", "&format=json", "&format=csv"])
def test_the_pages_of_a_logged_in_desk_are_neither_compressed_nor_kept(client: httpx.Client, shape: str) -> None:
    del client.headers["authorization"]
    token = client.get("/").text.partition('name="token" value="')[2].partition('"')[0]
    client.post("/login", data={"name": "analyst", "password": PASSWORD, "token": token})
    answer = client.get(f"/search?q={'word' * 400}{shape}", headers={"accept-encoding": "gzip, zstd"})

    assert answer.status_code == 200
    assert len(answer.content) > 1_024 or shape
    assert "content-encoding" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"


def test_what_every_page_loads_is_compressed_and_kept_by_all(client: httpx.Client) -> None:
    path = client.get("/").text.partition('rel="stylesheet" href="')[2].partition('"')[0]
    answer = client.get(path, headers={"accept-encoding": "gzip", "cookie": "a=b"})

    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["cache-control"].startswith("public, ")
    assert answer.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize("path", ["/", "/healthz", READS[4], "/assets/nothing.css"])
def test_head_is_answered_at_every_route_as_get_is(client: httpx.Client, path: str) -> None:
    got, head = client.get(path), client.head(path)
    changing = {"date", "set-cookie"}

    assert (head.status_code, head.content) == (got.status_code, b"")
    assert {k: v for k, v in head.headers.items() if k not in changing} == {
        k: v for k, v in got.headers.items() if k not in changing
    }
