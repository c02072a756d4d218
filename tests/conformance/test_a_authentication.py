"""Authentication and who may do what (TAXII 2.1, 1.6.9, 5.1 to 5.8; RFC 7235, 7617)."""

from base64 import b64encode

import pytest
from httpx import Response

from tests.conformance.world import (
    HELD,
    PASSWORD,
    STRANGER,
    WRITER,
    HubWorld,
    NodeWorld,
    Place,
    basic,
    envelope,
    indicator,
    new_id,
)

REQUESTS = [
    ("GET", ""),
    ("GET", "objects/"),
    ("POST", "objects/"),
    ("GET", f"objects/{HELD}/"),
    ("DELETE", f"objects/{HELD}/"),
    ("GET", f"objects/{HELD}/versions/"),
    ("GET", "manifest/"),
]
UNKNOWN = "00000000-0000-4000-8000-000000000000"


def ask(shelf: Place, method: str, path: str, authorization: str | None) -> Response:
    return shelf.caller.as_(authorization).request(method, shelf.url + path, content=envelope(indicator()))


@pytest.mark.parametrize(("method", "path"), REQUESTS)
def test_a_01_without_credentials_everything_is_unauthorised(shelf: Place, method: str, path: str) -> None:
    assert ask(shelf, method, path, None).status_code == 401


@pytest.mark.parametrize("url", ["/plain/", "/plain/collections/", f"/plain/status/{UNKNOWN}/", "/nowhere/"])
def test_a_01_without_credentials_roots_are_unauthorised(node: NodeWorld, url: str) -> None:
    assert node.caller.as_(None).get(url).status_code == 401


@pytest.mark.parametrize(("method", "path"), REQUESTS)
def test_a_02_every_401_carries_a_challenge(shelf: Place, method: str, path: str) -> None:
    assert ask(shelf, method, path, None).headers["www-authenticate"]


@pytest.mark.parametrize(("method", "path"), REQUESTS)
@pytest.mark.parametrize("wrong", [basic("writer", "wrong"), basic("nobody", PASSWORD), "Bearer wrong"])
def test_a_03_wrong_credentials_are_unauthorised(place: Place, method: str, path: str, wrong: str) -> None:
    assert ask(place, method, path, wrong).status_code == 401


@pytest.mark.parametrize("wrong", [WRITER, "Bearer wrong"])
def test_a_03_credentials_of_another_service_are_unauthorised(hub: HubWorld, wrong: str) -> None:
    assert ask(hub.desk(), "GET", "objects/", wrong).status_code == 401


@pytest.mark.parametrize(
    "value",
    [
        "Basic",
        "Basic ",
        "Basic !!!",
        "Basic " + "A" * 10_001,
        "Basic " + b64encode(b"writer").decode(),
        "Basic " + b64encode(b":").decode(),
        "Basic " + b64encode(b"\xff\xfe:x").decode(),
        "Basic " + b64encode(b"wri\0ter:x").decode(),
        "Bearer",
        "Bearer ",
        "Bearer \t",
        "Digest username=writer",
        "Negotiate YII=",
        ",",
        "=",
        "Basic\t" + WRITER[6:],
        WRITER + ", " + WRITER,
    ],
)
def test_a_04_malformed_credentials_are_refused(place: Place, value: str) -> None:
    assert 400 <= place.caller.as_(value).get(place.url).status_code < 500


def test_a_05_basic_is_offered(shelf: Place) -> None:
    assert ask(shelf, "GET", "", None).headers["www-authenticate"].startswith("Basic realm=")


@pytest.mark.parametrize("scheme", ["basic", "BASIC", "bAsIc"])
def test_a_06_the_scheme_is_read_in_any_letter_case(place: Place, scheme: str) -> None:
    assert place.caller.as_(scheme + WRITER[5:]).get(place.url).status_code == 200


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_06_a_bearer_token_is_taken_too(place: Place, scheme: str) -> None:
    assert place.caller.as_(f"{scheme} token of the writer").get(place.url).status_code == 200


def test_a_07_without_credentials_present_and_missing_look_alike(node: NodeWorld) -> None:
    place, nobody = node.with_access("read-write"), node.caller.as_(None)
    missing = place.url.replace(place.id, UNKNOWN)
    objects = [f"{place.url}objects/{each}/" for each in (HELD, new_id("malware"))]
    status = [f"/plain/status/{each}/" for each in (place.post(indicator())["id"], UNKNOWN)]

    answers = {(each.status_code, each.content) for each in map(nobody.get, [place.url, missing, *objects, *status])}

    assert len(answers) == 1


@pytest.mark.parametrize(("path", "status"), [("/taxii2/", 200), ("/plain/", 401), ("/nowhere/", 401)])
def test_a_08_without_credentials_only_discovery_is_public(node: NodeWorld, path: str, status: int) -> None:
    assert node.caller.as_(None).get(path).status_code == status


@pytest.mark.parametrize(("method", "path"), REQUESTS)
def test_a_09_an_account_without_rights_finds_nothing(node: NodeWorld, method: str, path: str) -> None:
    place = node.with_access("read-write")

    assert ask(place, method, path, STRANGER).status_code == 404
    assert place.ids() == [HELD]
    assert node.caller.as_(STRANGER).get("/plain/collections/").json() == {}


def test_a_09_a_desk_does_not_see_the_collections_of_others(hub: HubWorld) -> None:
    listed = hub.caller.get("/comity/collections/").json()["collections"]

    assert {each["title"].split()[0] for each in listed} == {"XB/cert"}


@pytest.mark.parametrize("account", [STRANGER, basic("other", PASSWORD)])
def test_a_10_a_status_is_hidden_from_who_may_not_write_there(node: NodeWorld, account: str) -> None:
    status = node.collection().post(indicator())["id"]

    assert node.caller.get(f"/plain/status/{status}/").status_code == 200
    assert node.caller.as_(account).get(f"/plain/status/{status}/").status_code == 404


def test_a_10_the_right_to_read_does_not_show_a_status(node: NodeWorld) -> None:
    place = node.collection()
    status = place.post(indicator())["id"]
    node.grant(place.id, "other", "read-only")
    reader = node.caller.as_(basic("other", PASSWORD))

    assert reader.get(place.url).status_code == 200
    assert reader.get(f"/plain/status/{status}/").status_code == 404
