"""The versions of an object (TAXII 2.1, 5.8)."""

import pytest

from tests.conformance.world import UNHEARD_OF, Place, address, indicator, malware, moment, sdo, versions_of

FIRST, LAST = "x-taxii-date-added-first", "x-taxii-date-added-last"


@pytest.mark.every_database
def test_v_01_every_version_is_listed(shelf: Place) -> None:
    versions = versions_of(indicator(), 4)
    shelf.store(*versions, indicator(), malware())

    assert shelf.versions(versions[0]["id"]) == [each["modified"] for each in versions]


def test_v_01_versions_have_the_texts_of_the_object(shelf: Place) -> None:
    texts = ["2026-03-01T00:00:00.100Z", "2026-03-01T00:00:00.100001Z", "2026-03-01T00:00:01.20Z"]
    one = malware()
    shelf.store(*({**one, "modified": text} for text in texts))

    assert shelf.versions(one["id"]) == texts


@pytest.mark.parametrize("object_id", [*UNHEARD_OF, "x"])
def test_v_02_the_versions_of_an_unknown_object_are_not_found(shelf: Place, object_id: str) -> None:
    assert shelf.get(f"objects/{object_id}/versions/").status_code == 404


@pytest.mark.every_database
def test_v_03_versions_come_in_the_order_they_were_added(place: Place) -> None:
    old, middle, new = versions_of(indicator(), 3)
    place.store(middle)
    place.store(new)
    place.store(old)

    assert place.versions(old["id"]) == [moment(1), moment(2), moment(0)]


def test_v_03_headers_are_the_dates_of_the_first_and_last_version(shelf: Place) -> None:
    versions = versions_of(indicator(), 3)
    shelf.store(indicator(), *versions, indicator())
    records = shelf.manifest(f"match[version]=all&match[id]={versions[0]['id']}")

    headers = shelf.get(f"objects/{versions[0]['id']}/versions/").headers

    assert (headers[FIRST], headers[LAST]) == (records[0]["date_added"], records[-1]["date_added"])


@pytest.mark.every_database
def test_v_04_added_after_filters_versions(shelf: Place) -> None:
    versions = versions_of(indicator(), 3)
    shelf.store(*versions)
    dates = [each["date_added"] for each in shelf.manifest("match[version]=all")]
    object_id = versions[0]["id"]

    assert shelf.versions(object_id, f"added_after={dates[0]}") == [moment(1), moment(2)]
    assert shelf.read(f"objects/{object_id}/versions/", f"added_after={dates[-1]}") == {}


@pytest.mark.parametrize(("value", "count"), [("2.0", 0), ("2.1", 1), ("2.0,2.1", 1), ("x", 0)])
def test_v_05_specification_versions_are_matched(shelf: Place, value: str, count: int) -> None:
    one = indicator()
    shelf.store(one)

    body = shelf.read(f"objects/{one['id']}/versions/", f"match[spec_version]={value}")

    assert body.get("versions", []) == [one["modified"]] * count


def test_v_06_an_object_without_modified_has_created_for_its_version(shelf: Place) -> None:
    one = sdo("marking-definition", definition_type="statement", definition={"statement": "mine"})
    del one["modified"]
    shelf.store(one)

    assert shelf.versions(one["id"]) == [one["created"]]


def test_v_06_an_object_without_either_has_one_version(shelf: Place) -> None:
    one = address()
    shelf.store(one)

    assert shelf.versions(one["id"]) == [shelf.manifest(f"match[id]={one['id']}")[0]["version"]]
