"""Objects: envelope, order, headers (TAXII 2.1, 3.2, 3.3, 3.7, 5.4, 5.6)."""

import json

import pytest

from tests.conformance.world import (
    STAMP,
    NodeWorld,
    Place,
    address,
    indicator,
    indicators,
    malware,
    moment,
    new_id,
    version,
)

FIRST, LAST = "x-taxii-date-added-first", "x-taxii-date-added-last"
READS = ["objects/", "manifest/", "objects/{id}/", "objects/{id}/versions/"]


def test_o_01_no_match_is_an_empty_envelope(shelf: Place) -> None:
    answer = shelf.get("objects/", f"match[id]={new_id('indicator')}")

    assert answer.status_code == 200
    assert answer.json() == {}


@pytest.mark.parametrize("path", READS)
def test_o_02_reads_carry_the_dates_added(shelf: Place, path: str) -> None:
    one = indicator()
    shelf.store(one)

    headers = shelf.get(path.format(id=one["id"])).headers

    assert {FIRST, LAST} <= set(headers)


@pytest.mark.parametrize("path", READS)
def test_o_03_dates_added_have_six_digits(shelf: Place, path: str) -> None:
    one = indicator()
    shelf.store(one)

    headers = shelf.get(path.format(id=one["id"])).headers

    assert STAMP.fullmatch(headers[FIRST])
    assert STAMP.fullmatch(headers[LAST])


@pytest.mark.parametrize("path", ["objects/", "manifest/"])
def test_o_04_headers_are_the_dates_of_the_first_and_last_object(shelf: Place, path: str) -> None:
    shelf.store(*indicators(5))
    dates = [record["date_added"] for record in shelf.manifest()]

    headers = shelf.get(path).headers

    assert (headers[FIRST], headers[LAST]) == (dates[0], dates[-1])


def test_o_05_objects_come_in_the_order_they_were_added(shelf: Place) -> None:
    late, early, middle = (indicator(modified=moment(second)) for second in (50, 10, 30))
    shelf.store(late)
    shelf.store(early)
    shelf.store(middle)

    assert shelf.ids() == [late["id"], early["id"], middle["id"]]


def test_o_05_objects_of_one_envelope_come_in_its_order(place: Place) -> None:
    sent = [indicator(modified=moment(second)) for second in (50, 10, 30)]
    place.store(*sent)

    assert place.ids() == [one["id"] for one in sent]


def test_o_06_the_manifest_has_the_same_order_and_rising_dates(shelf: Place) -> None:
    shelf.store(*indicators(4))
    shelf.store(*indicators(3))

    records = shelf.manifest()

    assert [record["id"] for record in records] == shelf.ids()
    assert [record["date_added"] for record in records] == sorted({record["date_added"] for record in records})


@pytest.mark.parametrize(
    "more",
    [
        {"name": "naïve 日本 \U0001f600 \u202e"},
        {"confidence": 0, "lang": "de"},
        {"x_number": 1.5, "x_flag": False, "x_list": [1, [2, {"three": [4]}]]},
        {"created": "2026-03-01T00:00:00.123456Z", "modified": "2026-03-01T00:00:00.123457Z"},
        {"external_references": [{"source_name": "s", "description": "d", "url": "https://e.example/?a=b&c"}]},
    ],
)
def test_o_07_an_object_comes_back_as_it_was_sent(place: Place, more: dict[str, object]) -> None:
    one = indicator(**more)
    place.store(one)

    assert place.objects() == [one]


def test_o_07_an_object_comes_back_byte_for_byte(place: Place) -> None:
    one = json.dumps(indicator(name="spread"), indent=3).encode()
    place.send(b'{"objects": [' + one + b"]}")

    assert one in place.get().content


def test_o_08_the_envelope_has_only_its_own_properties(shelf: Place) -> None:
    shelf.store(*indicators(2))

    page = shelf.read("objects/", "limit=1")

    assert set(page) == {"more", "next", "objects"}
    assert page["more"] is True
    assert isinstance(page["next"], str)


@pytest.mark.parametrize("path", ["objects/", "manifest/"])
def test_o_09_an_empty_result_has_no_dates(shelf: Place, path: str) -> None:
    headers = shelf.get(path, f"match[id]={new_id('malware')}").headers

    assert not {FIRST, LAST} & set(headers)


def test_o_10_an_object_is_returned_in_its_latest_version(shelf: Place) -> None:
    one = indicator()
    shelf.store(one, version(one, 5, name="newer"))

    assert shelf.names(path=f"objects/{one['id']}/") == ["newer"]


@pytest.mark.parametrize("type_", ["indicator", "malware", "ipv4-addr", "sighting", "x-unheard-of"])
def test_o_11_an_unknown_object_is_not_found(shelf: Place, type_: str) -> None:
    assert shelf.get(f"objects/{new_id(type_)}/").status_code == 404


def test_o_12_a_version_that_is_not_there_is_an_empty_envelope(shelf: Place) -> None:
    one = indicator()
    shelf.store(one)

    answer = shelf.get(f"objects/{one['id']}/", "match[version]=2001-01-01T00:00:00Z")

    assert answer.status_code == 200
    assert answer.json() == {}


@pytest.mark.parametrize(
    "object_id",
    [
        "x",
        "indicator",
        "indicator--",
        "--",
        "%00",
        "indicator--%00",
        "' OR 1=1 --",
        "..%2F..%2Fetc%2Fpasswd",
        "indicator--00000000-0000-0000-0000-00000000000g",
        "indicator--0000000000000000 0000000000000000   ",
        "\u0438ndicator--00000000-0000-4000-8000-000000000000",
        "x" * 5000,
        "%7B%22%24gt%22%3A%22%22%7D",
    ],
)
def test_o_13_odd_object_ids_are_refused(shelf: Place, object_id: str) -> None:
    assert 400 <= shelf.get(f"objects/{object_id}/").status_code < 500
    assert 400 <= shelf.get(f"objects/{object_id}/versions/").status_code < 500


def test_o_14_what_was_added_is_visible_at_once(shelf: Place) -> None:
    one = indicator()

    assert shelf.post(one)["status"] == "complete"
    assert shelf.ids() == [one["id"]]


def test_o_15_an_object_is_only_in_the_collection_it_was_added_to(node: NodeWorld) -> None:
    here, there, far = node.collection(), node.collection(), node.collection(root="elsewhere")
    one = indicator()
    here.store(one, address())

    assert there.objects() == []
    assert far.objects() == []
    assert there.get(f"objects/{one['id']}/").status_code == 404


def test_o_15_the_same_object_may_be_in_two_collections(node: NodeWorld) -> None:
    here, there = node.collection(), node.collection()
    one = malware()
    other = {**one, "name": "another text"}
    here.store(one)
    there.store(other)

    assert here.objects() == [one]
    assert there.objects() == [other]
