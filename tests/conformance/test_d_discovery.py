"""Discovery and API roots (TAXII 2.1, 2, 3.8, 4.1, 4.2, 7.1.1, 8.2.1)."""

import re

import pytest

from tests.conformance.world import Caller, Json, Place, indicator

NAME = re.compile(r"[a-z0-9_]{3,250}")
SPECIFIED = {"id"}
"""Names that the specification itself gives, and that are shorter."""


def discovery(server: Caller) -> Json:
    body: Json = server.get("/taxii2/").json()
    return body


def test_d_01_discovery_is_at_the_root(server: Caller) -> None:
    assert server.get("/taxii2/").status_code == 200


def test_d_02_discovery_has_texts(server: Caller) -> None:
    body = discovery(server)

    assert body["title"]
    assert all(isinstance(body[name], str) for name in set(body) - {"api_roots"})
    assert set(body) <= {"title", "description", "contact", "default", "api_roots"}


def test_d_03_there_are_api_roots_and_a_default(server: Caller) -> None:
    body = discovery(server)

    assert body["api_roots"]
    assert body["default"] in body["api_roots"]


def test_d_04_api_roots_are_paths_from_the_root(server: Caller) -> None:
    roots = discovery(server)["api_roots"]

    assert all(re.fullmatch(r"/[^/?][^?]*/", root) and "../" not in root for root in roots)


def test_d_05_an_api_root_says_what_it_is(server: Caller) -> None:
    root = server.get(discovery(server)["default"]).json()

    assert isinstance(root["title"], str)
    assert isinstance(root["versions"], list)
    assert type(root["max_content_length"]) is int


def test_d_06_versions_hold_taxii_2_1(server: Caller) -> None:
    versions = server.get(discovery(server)["default"]).json()["versions"]

    assert "application/taxii+json;version=2.1" in versions
    assert all("version=" in each for each in versions)


def test_d_07_max_content_length_is_in_range(server: Caller) -> None:
    assert 1 <= server.get(discovery(server)["default"]).json()["max_content_length"] < 2**53


def names(value: object) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {name for each in value.values() for name in names(each)}
    return {name for each in value for name in names(each)} if isinstance(value, list) else set()


def empties(value: object) -> int:
    if isinstance(value, dict):
        return sum(map(empties, value.values()))
    return (not value) + sum(map(empties, value)) if isinstance(value, list) else int(value is None)


def resources(shelf: Place) -> list[Json]:
    status = shelf.post(indicator(), {"type": "nonsense"})
    paths = ["/taxii2/", shelf.url, shelf.url + "manifest/", shelf.listing, "/nowhere/"]
    return [status, *(shelf.caller.get(path).json() for path in paths)]


def test_d_08_property_names_have_the_letters_they_may_have(shelf: Place) -> None:
    found = {name for body in resources(shelf) for name in names(body)} - SPECIFIED

    assert all(NAME.fullmatch(name) for name in found)


def test_d_09_there_are_no_empty_lists_and_no_nulls(shelf: Place) -> None:
    assert sum(map(empties, resources(shelf))) == 0


@pytest.mark.parametrize("path", ["", "collections/", "collections/x/objects/", "status/x/"])
def test_d_10_an_unknown_api_root_is_not_found(server: Caller, path: str) -> None:
    assert server.get(f"/unheard-of/{path}").status_code == 404


def test_d_11_every_advertised_root_answers(server: Caller) -> None:
    roots = discovery(server)["api_roots"]

    assert {server.get(root).status_code for root in roots} == {200}
    assert {server.get(f"{root}collections/").status_code for root in roots} == {200}


@pytest.mark.parametrize(
    "root",
    [
        "%00",
        "..",
        "..%2f..%2fetc",
        "' OR 1=1 --",
        "%F0%9F%98%80",
        "a" * 10_000,
        "*",
        "%25",
        "{}",
        "x/",
        "x//",
        ".",
        "%ff",
    ],
)
def test_d_12_odd_api_roots_are_refused(server: Caller, root: str) -> None:
    assert 300 <= server.get(f"/{root}/collections/").status_code < 500


@pytest.mark.parametrize("path", ["/plain%2F/", "/plain//", "/plain%20/", "/plain%0A/", "/PLAIN/"])
def test_d_12_what_is_nearly_the_name_of_an_api_root_is_not_found(place: Place, path: str) -> None:
    assert place.caller.get(path).status_code == 404
