"""Content negotiation (TAXII 2.1, 1.6.8, 3.1; RFC 7231, 3.1.1.1 and 5.3.2)."""

import pytest

from tests.conformance.world import STIX, TAXII, Place, envelope, indicator

PATHS = ["", "objects/", "manifest/", "objects/{id}/", "objects/{id}/versions/"]
TAXII_20 = "application/vnd.oasis.taxii+json; version=2.0"


@pytest.mark.parametrize("path", PATHS)
def test_h_01_answers_are_of_the_taxii_type(shelf: Place, path: str) -> None:
    one = indicator()
    shelf.store(one)

    assert shelf.get(path.format(id=one["id"])).headers["content-type"] == TAXII


def test_h_01_a_status_is_of_the_taxii_type(shelf: Place) -> None:
    assert shelf.put(indicator()).headers["content-type"] == TAXII


@pytest.mark.parametrize("path", PATHS)
def test_h_02_no_version_is_accepted(shelf: Place, path: str) -> None:
    one = indicator()
    shelf.store(one)

    assert shelf.get(path.format(id=one["id"]), Accept="application/taxii+json").status_code == 200


@pytest.mark.parametrize(
    "accept",
    [
        "application/taxii+json; version=2.1",
        "application/taxii+json ;version=2.1",
        "application/taxii+json;\tversion = 2.1",
        'application/taxii+json;version="2.1"',
        "Application/TAXII+JSON;Version=2.1",
        "application/taxii+json;version=2.1;q=0.1",
        "application/taxii+json;version=2.1; q=1.000",
        "text/html;q=1, application/taxii+json;version=2.1;q=0.5",
    ],
)
def test_h_03_accept_is_read_as_a_media_range(shelf: Place, accept: str) -> None:
    assert shelf.get("objects/", Accept=accept).status_code == 200


@pytest.mark.parametrize("q", ["0", "0.0", "0.000"])
def test_h_03_what_is_excluded_is_not_sent(shelf: Place, q: str) -> None:
    assert shelf.get("objects/", Accept=f"application/taxii+json;version=2.1;q={q}, */*").status_code == 406


@pytest.mark.parametrize("accept", [f"text/html, {TAXII}", f"{TAXII_20}, {TAXII}", f"application/json,{TAXII},*/*"])
def test_h_04_taxii_among_others_is_accepted(shelf: Place, accept: str) -> None:
    assert shelf.get("objects/", Accept=accept).status_code == 200


def test_h_05_the_manifest_takes_taxii_and_stix(shelf: Place) -> None:
    assert shelf.get("manifest/", Accept=f"{TAXII},{STIX}").status_code == 200


@pytest.mark.parametrize("accept", ["text/html", "application/json", STIX, "application/taxii+json;version=2.2", "x"])
@pytest.mark.parametrize("path", ["", "objects/", "manifest/"])
def test_h_06_other_types_are_not_acceptable(shelf: Place, accept: str, path: str) -> None:
    assert shelf.get(path, Accept=accept).status_code == 406


@pytest.mark.parametrize(
    "accept",
    ["*/*", "application/*", "application/json, text/plain, */*", "text/html,application/xml;q=0.9,*/*;q=0.8"],
)
@pytest.mark.parametrize("path", ["", "objects/", "manifest/"])
def test_h_07_wildcards_are_satisfied(shelf: Place, accept: str, path: str) -> None:
    answer = shelf.get(path, Accept=accept)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == TAXII


@pytest.mark.parametrize("path", ["/taxii2/", "/plain/", "/plain/collections/"])
def test_h_08_a_taxii_2_0_client_is_told_406(place: Place, path: str) -> None:
    answer = place.caller.get(path, Accept=TAXII_20)

    assert answer.status_code == 406
    assert answer.reason_phrase == "Not Acceptable"
    assert "version=2.1" in answer.text


@pytest.mark.parametrize("accept", [None, ""])
def test_h_09_a_request_without_accept_is_served(shelf: Place, accept: str | None) -> None:
    assert shelf.get("objects/", Accept=accept).status_code == 200


@pytest.mark.parametrize("content_type", ["application/taxii+json", TAXII])
def test_h_10_posts_of_taxii_are_taken_with_and_without_a_version(place: Place, content_type: str) -> None:
    assert place.send(envelope(indicator()), **{"Content-Type": content_type}).status_code == 202


@pytest.mark.parametrize(
    "content_type",
    [
        "application/taxii+json; version=2.1",
        "application/taxii+json ; version=2.1",
        'application/taxii+json;version="2.1"',
        "APPLICATION/TAXII+JSON;VERSION=2.1",
        "application/taxii+json;version=2.1;charset=utf-8",
        "application/taxii+json; charset=UTF-8; version=2.1",
    ],
)
def test_h_11_content_type_is_read_as_a_media_type(place: Place, content_type: str) -> None:
    assert place.send(envelope(indicator()), **{"Content-Type": content_type}).status_code == 202


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/json", STIX, TAXII_20, "application/taxii+json;version=2.0", "", None, "x;y=;;"],
)
def test_h_12_posts_of_other_types_are_unsupported(place: Place, content_type: str | None) -> None:
    assert place.send(envelope(indicator()), **{"Content-Type": content_type}).status_code == 415
    assert place.objects() == []


@pytest.mark.parametrize("content_type", ["application/json", "text/html", TAXII])
def test_h_13_the_content_type_of_a_get_is_of_no_account(shelf: Place, content_type: str) -> None:
    shelf.store(indicator())

    assert shelf.get("objects/", **{"Content-Type": content_type}).content == shelf.get("objects/").content


@pytest.mark.parametrize("accept", ["application/taxii+json", "*/*"])
def test_h_14_without_a_version_the_highest_is_sent(shelf: Place, accept: str) -> None:
    assert shelf.get("objects/", Accept=accept).headers["content-type"].endswith("version=2.1")


@pytest.mark.parametrize("path", ["", "objects/", "manifest/", "nowhere/"])
def test_h_15_the_content_type_is_spelled_as_clients_compare_it(shelf: Place, path: str) -> None:
    tokens = shelf.get(path).headers["content-type"].replace(" ", "").split(";")

    assert tokens[0] == "application/taxii+json"
    assert "version=2.1" in tokens
