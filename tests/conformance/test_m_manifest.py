"""Manifests (TAXII 2.1, 5.3)."""

import pytest

from tests.conformance.world import (
    STAMP,
    STIX,
    NodeWorld,
    Place,
    address,
    flat,
    indicator,
    indicators,
    malware,
    new_id,
    version,
    versions_of,
)


def test_m_01_records_have_their_properties(shelf: Place) -> None:
    shelf.store(indicator(), malware())

    records = shelf.manifest()

    assert len(records) == 2
    assert all(set(record) == {"id", "date_added", "version", "media_type"} for record in records)
    assert all(STAMP.fullmatch(record["date_added"]) for record in records)
    assert {record["media_type"] for record in records} == {STIX}


@pytest.mark.parametrize(
    "query", ["", "match[version]=all", "match[type]=indicator", "match[version]=first", "limit=2"]
)
def test_m_02_the_manifest_names_what_the_objects_are(shelf: Place, query: str) -> None:
    one = indicator()
    shelf.store(one, version(one, 5), malware(), indicator())

    objects = [(each["id"], each["modified"]) for each in shelf.objects(query)]

    assert [(record["id"], record["version"]) for record in shelf.manifest(query)] == objects


def test_m_03_the_version_is_modified_or_else_created(shelf: Place) -> None:
    one = indicator()
    statement = {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": new_id("marking-definition"),
        "created": "2020-01-01T00:00:00.000Z",
        "definition_type": "statement",
        "definition": {"statement": "mine"},
    }
    shelf.store(version(one, 7), statement)

    found = {record["id"]: record["version"] for record in shelf.manifest()}

    assert found == {one["id"]: version(one, 7)["modified"], statement["id"]: "2020-01-01T00:00:00.000Z"}


def test_m_04_no_record_is_an_empty_manifest(shelf: Place) -> None:
    assert shelf.read("manifest/", f"match[id]={new_id('indicator')}") == {}


def test_m_05_more_comes_with_next(shelf: Place) -> None:
    shelf.store(*indicators(5))

    pages = shelf.pages("limit=2", "manifest/")

    assert [len(page) for page in pages] == [2, 2, 1]
    assert [record["id"] for record in flat(pages)] == shelf.ids()


def test_m_06_an_object_without_times_has_one_version_everywhere(place: Place) -> None:
    one = address()
    status = place.post(one)

    record = place.manifest()[0]

    assert record["version"] == record["date_added"]
    assert status["successes"][0]["version"] == record["version"]
    assert place.versions(one["id"]) == [record["version"]]


@pytest.mark.parametrize("path", ["objects/", "manifest/", "objects/{id}/"])
def test_m_06_its_version_finds_it(shelf: Place, path: str) -> None:
    one = address()
    shelf.store(one, address())
    when = shelf.manifest(f"match[id]={one['id']}")[0]["version"]

    assert shelf.ids(f"match[version]={when}", path.format(id=one["id"])) == [one["id"]]


def test_m_06_its_version_stays_when_it_is_sent_again(place: Place) -> None:
    one = address()
    first = place.post(one)["successes"][0]["version"]

    again = place.post(one)["successes"][0]["version"]

    assert again == first
    assert place.versions(one["id"]) == [first]


def test_m_06_another_collection_has_a_version_of_its_own(node: NodeWorld) -> None:
    one, here, there = address(), node.collection(), node.collection()

    versions = [place.post(one)["successes"][0]["version"] for place in (here, there)]

    assert [place.versions(one["id"]) for place in (here, there)] == [[each] for each in versions]


@pytest.mark.parametrize(
    "modified", ["2026-03-01T00:00:00.100Z", "2026-03-01T00:00:00.100000Z", "2026-03-01T00:00:01.10Z"]
)
def test_m_07_versions_are_the_texts_of_the_objects(shelf: Place, modified: str) -> None:
    shelf.store(malware(modified=modified))

    assert shelf.manifest()[0]["version"] == modified


def test_m_08_every_version_has_its_own_date_added(shelf: Place) -> None:
    shelf.store(*versions_of(indicator(), 4))

    records = shelf.manifest("match[version]=all")

    assert len({record["date_added"] for record in records}) == 4
    assert len({record["version"] for record in records}) == 4
