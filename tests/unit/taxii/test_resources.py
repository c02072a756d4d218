import json

import pytest
from comity.errors import SettingsError
from comity.taxii.media_type import STIX, TAXII
from comity.taxii.resources import (
    ApiRoot,
    Discovery,
    api_root,
    collections,
    resource_body,
    stix_collection,
)

FIRST = "0f9a8a3c-8a46-4c0b-9a5e-0d5a3b1c2d3e"
SECOND = "1f9a8a3c-8a46-4c0b-9a5e-0d5a3b1c2d3e"


def test_what_a_discovery_does_not_say_is_left_out() -> None:
    assert resource_body(Discovery(title="A server")) == b'{"title":"A server"}'


def test_a_discovery_names_its_api_roots() -> None:
    body = resource_body(Discovery(title="A server", default="/api/", api_roots=("/api/", "https://taxii.example/b/")))

    assert json.loads(body) == {
        "title": "A server",
        "default": "/api/",
        "api_roots": ["/api/", "https://taxii.example/b/"],
    }


@pytest.mark.parametrize("root", ["api/", "//api/", "http://taxii.example/", "/api/?x", "/a/../b/", ""])
def test_an_api_root_that_no_client_could_resolve_is_refused(root: str) -> None:
    with pytest.raises(SettingsError, match="api root"):
        Discovery(title="A server", api_roots=(root,))


def test_the_default_must_be_one_of_the_api_roots() -> None:
    with pytest.raises(SettingsError, match="default"):
        Discovery(title="A server", api_roots=("/api/",), default="/other/")


def test_an_api_root_speaks_taxii_2_1() -> None:
    assert json.loads(resource_body(api_root("A root", max_content_length=10_000_000))) == {
        "title": "A root",
        "versions": [TAXII],
        "max_content_length": 10_000_000,
    }


@pytest.mark.parametrize("length", [0, -1, 2**53])
def test_a_length_outside_the_integers_of_taxii_is_refused(length: int) -> None:
    with pytest.raises(SettingsError, match="max_content_length"):
        api_root("A root", max_content_length=length)


def test_an_api_root_without_taxii_2_1_is_refused() -> None:
    with pytest.raises(SettingsError, match="versions"):
        ApiRoot(title="A root", versions=(), max_content_length=1)


def test_an_api_root_without_collections_lists_none() -> None:
    assert resource_body(collections([])) == b"{}"


def test_collections_come_by_id() -> None:
    later = stix_collection(SECOND, "Two", can_read=True, can_write=False)
    earlier = stix_collection(FIRST, "One", can_read=True, can_write=True, alias="one")

    assert json.loads(resource_body(collections([later, earlier]))) == {
        "collections": [
            {
                "id": FIRST,
                "title": "One",
                "alias": "one",
                "can_read": True,
                "can_write": True,
                "media_types": [STIX],
            },
            {"id": SECOND, "title": "Two", "can_read": True, "can_write": False, "media_types": [STIX]},
        ]
    }


@pytest.mark.parametrize("collection_id", ["", "one", "0f9a8a3c-8a46-1c0b-9a5e-0d5a3b1c2d3e"])
def test_a_collection_id_must_be_a_random_uuid(collection_id: str) -> None:
    with pytest.raises(SettingsError, match="collection id"):
        stix_collection(collection_id, "One", can_read=True, can_write=True)


@pytest.mark.parametrize(
    ("title", "alias", "kind"), [("One", "two", "title"), ("Two", "one", "alias"), ("Two", FIRST, "alias")]
)
def test_collections_that_clients_could_mix_up_are_refused(title: str, alias: str, kind: str) -> None:
    one = stix_collection(FIRST, "One", can_read=True, can_write=True, alias="one")
    two = stix_collection(SECOND, title, can_read=True, can_write=True, alias=alias)

    with pytest.raises(SettingsError, match=kind):
        collections([one, two])
