"""Collections (TAXII 2.1, 2, 3.3, 5.1, 5.2)."""

from uuid import UUID, uuid4

import pytest

from tests.conformance.world import HELD, STIX, STRANGER, Json, NodeWorld, Place, envelope, indicator

UNKNOWN = "00000000-0000-4000-8000-000000000000"


def listed(shelf: Place) -> list[Json]:
    found: list[Json] = shelf.caller.get(shelf.listing).json()["collections"]
    return found


def test_c_01_collections_have_their_properties(shelf: Place) -> None:
    every = listed(shelf)

    assert all(isinstance(each["id"], str) and isinstance(each["title"], str) for each in every)
    assert all(type(each["can_read"]) is bool and type(each["can_write"]) is bool for each in every)
    assert all(isinstance(each.get("description", ""), str) for each in every)
    assert all(isinstance(each.get("alias", ""), str) for each in every)
    assert all(each["media_types"] == [STIX] for each in every)


def test_c_02_ids_are_random_uuids(shelf: Place) -> None:
    assert {UUID(each["id"]).version for each in listed(shelf)} == {4}


def test_c_03_the_order_never_changes(shelf: Place) -> None:
    assert listed(shelf) == listed(shelf)
    assert [each["id"] for each in listed(shelf)] == sorted(each["id"] for each in listed(shelf))


def test_c_04_a_collection_is_as_it_is_listed(shelf: Place) -> None:
    assert shelf.read("") in listed(shelf)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("GET", "objects/"),
        ("POST", "objects/"),
        ("GET", "manifest/"),
        ("GET", f"objects/{HELD}/"),
        ("DELETE", f"objects/{HELD}/"),
        ("GET", f"objects/{HELD}/versions/"),
    ],
)
def test_c_05_an_unknown_collection_is_not_found(shelf: Place, method: str, path: str) -> None:
    url = f"{shelf.listing}{UNKNOWN}/{path}"

    assert shelf.caller.request(method, url, content=envelope(indicator())).status_code == 404


def test_c_06_the_alias_works_in_place_of_the_id(node: NodeWorld) -> None:
    alias = f"alias-{uuid4()}"
    place = node.collection(alias=alias)
    one = indicator()
    url = f"/plain/collections/{alias}/"

    assert node.caller.post(f"{url}objects/", envelope(one)).status_code == 202
    assert node.caller.get(url).json()["id"] == place.id
    assert node.caller.get(f"{url}objects/").json()["objects"] == [one]
    assert node.caller.get(f"{url}objects/{one['id']}/").json()["objects"] == [one]
    assert node.caller.request("DELETE", f"{url}objects/{one['id']}/").status_code == 200


def test_c_06_two_roots_may_have_the_same_alias(node: NodeWorld) -> None:
    here = node.caller.get("/plain/collections/both/").json()
    there = node.caller.get("/elsewhere/collections/both/").json()

    assert here["id"] != there["id"]


def test_c_07_aliases_are_unique(shelf: Place) -> None:
    aliases = [each["alias"] for each in listed(shelf) if "alias" in each]

    assert len(set(aliases)) == len(aliases)


@pytest.mark.parametrize(
    "collection",
    ["' OR '1'='1", "..%2f..", "%00", "%F0%9F%98%80", "a" * 10_000, "{%22$gt%22:%22%22}", "*", "%25", "%ff", "-"],
)
@pytest.mark.parametrize("path", ["", "objects/", "manifest/"])
def test_c_08_odd_ids_are_refused(shelf: Place, collection: str, path: str) -> None:
    assert 400 <= shelf.caller.get(f"{shelf.listing}{collection}/{path}").status_code < 500


def test_c_09_titles_are_unique(shelf: Place) -> None:
    titles = [each["title"] for each in listed(shelf)]

    assert len(set(titles)) == len(titles)


def test_c_10_a_root_without_collections_answers_nothing(node: NodeWorld) -> None:
    answer = node.caller.as_(STRANGER).get("/elsewhere/collections/")

    assert answer.status_code == 200
    assert answer.json() == {}
