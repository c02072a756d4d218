"""Deleting objects (TAXII 2.1, 5.7). Under sharing rules to delete is to recall: whole, for good, by the owner only."""

import pytest

from tests.conformance.world import (
    HELD,
    UNHEARD_OF,
    HubWorld,
    NodeWorld,
    Place,
    address,
    indicator,
    indicators,
    malware,
    moment,
    versions_of,
)

UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(params=["plain", "own"])
def place(request: pytest.FixtureRequest, database: str) -> Place:
    """Return a collection to delete in, in turn: plain, for a member's own objects."""
    node: NodeWorld = request.getfixturevalue("node")
    return node.collection() if request.param == "plain" else node.own()


@pytest.fixture
def plain(node: NodeWorld) -> Place:
    return node.collection()


@pytest.mark.every_database
@pytest.mark.parametrize("count", [1, 3])
def test_x_01_what_was_deleted_is_gone(place: Place, count: int) -> None:
    one, other = indicator(), indicator()
    place.store(*versions_of(one, count), other)

    answer = place.delete(one["id"])

    assert answer.status_code == 200
    assert place.get(f"objects/{one['id']}/").status_code == 404
    assert place.get(f"objects/{one['id']}/versions/").status_code == 404
    assert place.ids("match[version]=all&match[type]=indicator") == [other["id"]]
    assert [each["id"] for each in place.manifest("match[version]=all&match[type]=indicator")] == [other["id"]]


def test_x_01_an_object_without_versions_is_deleted(place: Place) -> None:
    one = address()
    place.store(one)

    assert place.delete(one["id"]).status_code == 200
    assert place.ids(f"match[id]={one['id']}") == []


@pytest.mark.every_database
@pytest.mark.parametrize("object_id", [*UNHEARD_OF[:2], "x", "indicator--x", "%00", "'--"])
def test_x_02_an_unknown_object_is_not_found(place: Place, object_id: str) -> None:
    assert place.delete(object_id).status_code == 404


CHOICES = [
    (moment(1), [0, 2]),
    ("first", [1, 2]),
    ("last", [0, 1]),
    (f"first,{moment(1)}", [2]),
    ("2026-03-01T00:00:01Z", [0, 2]),
]


@pytest.mark.every_database
@pytest.mark.parametrize(("choice", "left"), CHOICES)
def test_x_03_only_the_version_that_is_named_is_deleted(plain: Place, choice: str, left: list[int]) -> None:
    one = indicator()
    plain.store(*versions_of(one, 3))

    answer = plain.delete(one["id"], f"match[version]={choice}")

    assert answer.status_code == 200
    assert plain.versions(one["id"]) == [moment(number) for number in left]
    assert plain.names() == [f"version {left[-1]}"]
    assert [each["version"] for each in plain.manifest("match[version]=all")] == [moment(number) for number in left]


def test_x_03_an_object_under_sharing_rules_is_taken_back_whole(node: NodeWorld) -> None:
    own, one = node.own(), indicator()
    own.store(*versions_of(one, 2))

    assert own.delete(one["id"], "match[version]=first").status_code == 403
    assert own.versions(one["id"]) == [moment(0), moment(1)]


def test_x_04_without_a_version_every_version_is_deleted(place: Place) -> None:
    one = malware()
    place.store(*versions_of(one, 3))

    assert place.delete(one["id"]).status_code == 200
    assert place.objects(f"match[version]=all&match[id]={one['id']}") == []


@pytest.mark.parametrize(
    ("access", "status"), [("read-only", 403), ("write-only", 403), ("none", 404), ("read-write", 200)]
)
def test_x_05_to_delete_takes_both_rights(node: NodeWorld, access: str, status: int) -> None:
    place = node.with_access(access)
    answer = place.delete(HELD)
    node.grant(place.id, "writer", "read-write")

    assert answer.status_code == status
    assert len(place.ids()) == (status != 200)


def test_x_05_a_desk_deletes_nothing(released: Place) -> None:
    one = indicator()
    released.store(one)

    answer = released.caller.request("DELETE", f"{released.url}objects/{one['id']}/")

    assert answer.status_code == 403
    assert released.ids() == [one["id"]]


def test_x_05_a_members_node_recalls_and_does_not_delete(hub: HubWorld) -> None:
    shelf, one = hub.desk(), indicator()
    shelf.store(one)

    assert shelf.delete(one["id"]).status_code == 403
    assert shelf.ids() == [one["id"]]


@pytest.mark.parametrize("value", ["x", "latest", "2020", "all,first", "first,first", "", "%00", "%ff"])
def test_x_06_with_a_malformed_version_nothing_is_deleted(place: Place, value: str) -> None:
    one = indicator()
    place.store(one)

    assert place.delete(one["id"], f"match[version]={value}").status_code == 400
    assert place.ids() == [one["id"]]


@pytest.mark.every_database
def test_x_07_what_was_deleted_can_be_added_again(plain: Place) -> None:
    one, other = indicator(), indicator()
    plain.store(one, other)
    before = plain.manifest()
    plain.delete(one["id"])
    plain.store(one)

    after = plain.manifest()

    assert plain.objects() == [other, one]
    assert after[0] == before[1]
    assert after[1]["date_added"] > before[1]["date_added"]


def test_x_07_what_was_recalled_never_comes_back(node: NodeWorld) -> None:
    own, one = node.own(), indicator()
    own.store(one)
    own.delete(one["id"])

    status = own.post(one)

    assert status["failure_count"] == 1
    assert "recalled" in status["failures"][0]["message"]


@pytest.mark.parametrize("choice", ["2001-01-01T00:00:00Z", moment(5)])
def test_x_08_a_version_that_is_not_there_deletes_nothing(plain: Place, choice: str) -> None:
    one = indicator()
    plain.store(one)

    assert plain.delete(one["id"], f"match[version]={choice}").status_code == 404
    assert plain.objects() == [one]


def test_x_09_all_deletes_every_version(place: Place) -> None:
    one = indicator()
    place.store(*versions_of(one, 3))

    assert place.delete(one["id"], "match[version]=all").status_code == 200
    assert place.get(f"objects/{one['id']}/").status_code == 404


@pytest.mark.parametrize("query", ["match[id]={other}", "match[type]=malware", "match[type]=indicator,malware"])
def test_x_10_other_filters_never_delete_another_object(place: Place, query: str) -> None:
    one, other, bad = indicator(), indicator(), malware()
    place.store(one, other, bad)

    place.delete(one["id"], query.format(other=other["id"]))

    assert {other["id"], bad["id"]} <= set(place.ids())


def test_x_10_an_id_is_not_a_pattern(place: Place) -> None:
    sent = indicators(3)
    place.store(*sent)

    place.delete("indicator--%25")
    place.delete(sent[0]["id"][:-1] + "_")
    place.delete(sent[0]["id"].replace("indicator", "malware"))

    assert place.ids() == [each["id"] for each in sent]


def test_x_11_a_second_delete_finds_nothing(place: Place) -> None:
    one = indicator()
    place.store(one)

    assert [place.delete(one["id"]).status_code for _ in range(2)] == [200, 404]


@pytest.mark.parametrize("value", ["2.0", "2.2", "x", "1.0,2.0"])
def test_x_12_another_specification_version_deletes_nothing(place: Place, value: str) -> None:
    one = indicator()
    place.store(one)

    assert place.delete(one["id"], f"match[spec_version]={value}").status_code == 404
    assert place.ids() == [one["id"]]


def test_x_12_its_own_specification_version_deletes_it(place: Place) -> None:
    one = indicator()
    place.store(one)

    assert place.delete(one["id"], "match[spec_version]=2.1").status_code == 200
