"""Real clients over real HTTP: ``taxii2-client`` and the TAXII store of ``stix2``."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
import stix2
from requests import HTTPError
from stix2.datastore import CompositeDataSource
from stix2.datastore.taxii import TAXIICollectionSink, TAXIICollectionSource, TAXIICollectionStore
from taxii2client.common import TokenAuth
from taxii2client.v21 import ApiRoot, Collection, Server, as_pages

from tests.conformance.remote import Bearer, Remote
from tests.conformance.world import (
    PASSWORD,
    NodeWorld,
    Socket,
    flat,
    indicator,
    indicators,
    malware,
    moment,
    new_id,
    versions_of,
)

CREDENTIALS = {"user": "writer", "password": PASSWORD}
TOKEN = "token of the writer"


def ids_of(pages: Any) -> list[str]:
    return [each["id"] for page in pages for each in page.get("objects", [])]


def test_l_01_the_server_leads_to_the_collection(reading: Remote) -> None:
    with Server(f"{reading.base}/taxii2/", **reading.credentials) as server:
        root = next(each for each in server.api_roots if reading.shelf.url.startswith(each.url[len(reading.base) :]))

        assert server.default in server.api_roots
        assert "application/taxii+json;version=2.1" in root.versions
        assert reading.shelf.id in [each.id for each in root.collections]
        root.close()


def test_l_01_a_root_without_its_slash_is_found(reading: Remote) -> None:
    with ApiRoot(reading.base + "/" + reading.shelf.url.split("/")[1], **reading.credentials) as root:
        assert reading.shelf.id in [each.id for each in root.collections]


@pytest.mark.parametrize("credentials", [CREDENTIALS, {"auth": TokenAuth(TOKEN)}, {"auth": Bearer(TOKEN)}])
def test_l_01_each_of_the_clients_ways_to_authenticate_works(node: NodeWorld, live: Socket, credentials: Any) -> None:
    with Collection(live.base + node.collection().url, **credentials) as collection:
        assert collection.can_write


def test_l_02_objects_are_added_and_got(writing: Remote) -> None:
    one, two = indicator(), malware()

    status = writing.collection.add_objects({"objects": [one, two]})

    assert (status.status, status.success_count, status.failure_count) == ("complete", 2, 0)
    assert writing.collection.get_object(one["id"])["objects"] == [one]
    status.refresh()
    assert [each["id"] for each in status.successes] == [one["id"], two["id"]]


def test_l_02_a_failure_is_told(writing: Remote) -> None:
    status = writing.collection.add_objects({"objects": [indicator(), {"type": "indicator"}]})

    assert (status.success_count, status.failure_count, len(status.failures)) == (1, 1, 1)


@pytest.mark.parametrize("per_request", [0, 1, 3, 5000])
def test_l_03_pages_of_objects_give_everything_once(reading: Remote, per_request: int) -> None:
    sent = indicators(7)
    reading.shelf.store(*sent)

    pages = as_pages(reading.collection.get_objects, per_request=per_request, **reading.since())

    assert ids_of(pages) == [each["id"] for each in sent]


def test_l_03_pages_larger_than_the_servers_give_everything_once(reading: Remote) -> None:
    sent = indicators(100)
    reading.shelf.store(*sent)

    pages = list(as_pages(reading.collection.get_objects, per_request=90, **reading.since()))

    assert ids_of(pages) == [each["id"] for each in sent]
    assert len(pages) == 3


@pytest.mark.parametrize("per_request", [1, 3, 5000])
def test_l_04_pages_of_the_manifest_give_everything_once(reading: Remote, per_request: int) -> None:
    sent = indicators(7)
    reading.shelf.store(*sent)

    pages = as_pages(reading.collection.get_manifest, per_request=per_request, **reading.since())

    assert ids_of(pages) == [each["id"] for each in sent]


def test_l_05_filters_are_understood(reading: Remote) -> None:
    one, two, bad = indicator(), indicator(), malware()
    reading.shelf.store(*versions_of(one, 3), two, bad)
    get = reading.collection.get_objects

    assert ids_of([get(**reading.since(id=[two["id"], bad["id"]]))]) == [two["id"], bad["id"]]
    assert ids_of([get(**reading.since(type="malware"))]) == [bad["id"]]
    assert ids_of([get(**reading.since(version="all", id=one["id"]))]) == [one["id"]] * 3
    assert ids_of([get(**reading.since(version=moment(1), id=one["id"]))]) == [one["id"]]
    assert set(ids_of([get(**reading.since(spec_version="2.1", type=["indicator"]))])) == {one["id"], two["id"]}


def test_l_05_added_after_may_be_a_datetime(reading: Remote) -> None:
    sent = indicators(3)
    reading.shelf.store(*sent)
    second = reading.shelf.manifest()[1]["date_added"]
    when = datetime.strptime(second, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)

    assert ids_of([reading.collection.get_objects(added_after=when)]) == [sent[2]["id"]]


def test_l_06_versions_are_listed(reading: Remote) -> None:
    versions = versions_of(indicator(), 3)
    reading.shelf.store(*versions)

    found = reading.collection.object_versions(versions[0]["id"])

    assert found["versions"] == [each["modified"] for each in versions]


def test_l_06_objects_are_deleted(writing: Remote) -> None:
    one = indicator()
    writing.shelf.store(one)
    writing.collection.delete_object(one["id"])

    with pytest.raises(HTTPError, match="404"):
        writing.collection.get_object(one["id"])


def stix_indicator(**more: Any) -> stix2.Indicator:
    pattern = f"[domain-name:value = 'h{uuid4().hex}.example']"
    marking = stix2.TLP_WHITE
    return stix2.Indicator(
        name="n", pattern=pattern, pattern_type="stix", valid_from=moment(0), object_marking_refs=[marking], **more
    )


def test_l_07_the_sink_stores_objects_by_a_bundle(writing: Remote) -> None:
    one, two, three = (stix_indicator() for _ in range(3))
    sink = TAXIICollectionSink(writing.collection)

    sink.add(one)
    sink.add([two, three.serialize()])
    sink.add(stix2.Bundle(one, stix_indicator()))

    assert {one.id, two.id, three.id} <= set(writing.shelf.ids())
    assert len(writing.shelf.ids()) == 4


def test_l_08_the_source_gets_queries_and_follows_versions(reading: Remote) -> None:
    one, bad = indicator(), malware()
    reading.shelf.store(*versions_of(one, 3), bad)
    source = TAXIICollectionSource(reading.collection)
    since = [stix2.Filter("added_after", "=", reading.since()["added_after"])] if reading.shelf.since else []

    assert source.get(one["id"]).name == "version 2"
    assert [each.name for each in source.all_versions(one["id"])] == [f"version {number}" for number in range(3)]
    assert [each.id for each in source.query([*since, stix2.Filter("type", "=", "malware")])] == [bad["id"]]
    assert [each.id for each in source.query([*since, stix2.Filter("name", "=", "version 2")])] == [one["id"]]


def test_l_08_the_source_walks_over_all_pages(reading: Remote) -> None:
    sent = indicators(100)
    reading.shelf.store(*sent)
    since = [stix2.Filter("added_after", "=", reading.since()["added_after"])] if reading.shelf.since else []

    found = TAXIICollectionSource(reading.collection).query([*since, stix2.Filter("type", "=", "indicator")])

    assert sorted(each.id for each in found) == sorted(each["id"] for each in sent)


def test_l_09_what_the_store_adds_it_gives_back(writing: Remote) -> None:
    store = TAXIICollectionStore(writing.collection)
    one = stix_indicator()
    store.add(one)

    assert store.get(one.id) == one
    assert store.get(new_id("indicator")) is None
    assert store.get(new_id("x-unheard-of")) is None


def test_l_09_a_new_version_takes_the_place_of_the_old_one(writing: Remote) -> None:
    store = TAXIICollectionStore(writing.collection)
    one = stix_indicator()
    newer = one.new_version(name="newer")
    gone = newer.revoke()
    store.add([one, newer, gone])

    assert store.get(one.id) == gone
    assert [each.name for each in store.all_versions(one.id)] == ["n", "newer", "newer"]


def test_l_10_several_collections_are_one_source(node: NodeWorld, live: Socket) -> None:
    here, there = node.collection(), node.collection(root="elsewhere")
    one, two = indicator(), malware()
    here.store(one)
    there.store(two, one)
    collections = [Collection(live.base + place.url, **CREDENTIALS) for place in (here, there)]
    source = CompositeDataSource()
    source.add_data_sources([TAXIICollectionSource(each) for each in collections])

    found = {each.id for each in source.query([stix2.Filter("type", "=", "indicator,malware")])}
    got = source.get(two["id"]).id
    flat([[each.close()] for each in collections])

    assert found == {one["id"], two["id"]}
    assert got == two["id"]


def statement() -> stix2.MarkingDefinition:
    return stix2.MarkingDefinition(
        definition_type="statement", definition=stix2.StatementMarking(statement="mine"), created=moment(0)
    )


@pytest.mark.parametrize("one", [stix2.TLP_RED, statement(), stix2.IPv4Address(value="192.0.2.1")], ids=range(3))
def test_l_10_marking_definitions_and_observables_go_through_the_store(node: NodeWorld, live: Socket, one: Any) -> None:
    with Collection(live.base + node.collection().url, **CREDENTIALS) as collection:
        store = TAXIICollectionStore(collection)
        store.add(one)

        assert store.get(one.id) == one
