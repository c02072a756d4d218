"""Filters (TAXII 2.1, 3.4 and 3.4.1)."""

from uuid import uuid4

import pytest

from tests.conformance.world import (
    Place,
    address,
    indicator,
    indicators,
    malware,
    moment,
    new_id,
    sdo,
    versions_of,
)

BEFORE = "1970-01-01T00:00:00"
BOTH = ["objects/", "manifest/"]


def test_f_01_added_after_is_exclusive(shelf: Place) -> None:
    shelf.store(*indicators(3))
    records = shelf.manifest()

    assert shelf.ids(f"added_after={records[0]['date_added']}") == [each["id"] for each in records[1:]]
    assert shelf.ids(f"added_after={records[-1]['date_added']}") == []


@pytest.mark.parametrize("fraction", ["", ".0", ".00", ".000", ".0000", ".00000", ".000000", ".0000000", ".000000000"])
def test_f_02_added_after_takes_any_fraction(place: Place, fraction: str) -> None:
    place.store(indicator())

    assert len(place.objects(f"added_after={BEFORE}{fraction}Z")) == 1


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "",
        "2020",
        "2020-01-01",
        "2020-13-01T00:00:00Z",
        "2020-02-30T00:00:00Z",
        "2020-01-01T25:00:00Z",
        "2020-01-01T00:00:00",
        "2020-01-01 00:00:00Z",
        "1577836800",
        "2020-01-01T00:00:00.Z",
        "2020-01-01T00:00:00.000z",
        "\u0662020-01-01T00:00:00Z",
        "null",
        "2020-01-01T00:00:00Z,2021-01-01T00:00:00Z",
    ],
)
@pytest.mark.parametrize("path", BOTH)
def test_f_03_a_malformed_added_after_is_refused(shelf: Place, text: str, path: str) -> None:
    assert shelf.get(path, f"added_after={text}").status_code == 400


@pytest.mark.parametrize("offset", ["%2B00:00", "+00:00", "-00:00", "%2B02:00"])
def test_f_04_added_after_takes_an_offset(place: Place, offset: str) -> None:
    place.store(indicator())

    assert len(place.objects(f"added_after=2020-01-01T00:00:00{offset}")) == 1
    assert place.objects(f"added_after=2999-01-01T00:00:00{offset}") == []


@pytest.mark.parametrize(
    ("when", "count"), [("0001-01-01", 3), ("1970-01-01", 3), ("2999-01-01", 0), ("9999-12-31", 0)]
)
def test_f_05_added_after_may_be_far_away(place: Place, when: str, count: int) -> None:
    place.store(*indicators(3))

    assert len(place.objects(f"added_after={when}T00:00:00Z")) == count


@pytest.mark.parametrize(
    "name", ["match[id]", "match[type]", "match[version]", "match[spec_version]", "added_after", "limit", "next"]
)
@pytest.mark.parametrize("path", BOTH)
def test_f_06_a_repeated_parameter_is_refused(shelf: Place, name: str, path: str) -> None:
    value = {"limit": "1", "added_after": f"{BEFORE}Z", "match[version]": "all"}.get(name, "2.1")

    assert shelf.get(path, f"{name}={value}&{name}={value}").status_code == 400


@pytest.mark.parametrize("path", BOTH)
def test_f_07_ids_are_matched(shelf: Place, path: str) -> None:
    first, second, third = indicators(3)
    shelf.store(first, second, third)

    assert shelf.ids(f"match[id]={second['id']}", path) == [second["id"]]
    assert shelf.ids(f"match[id]={third['id']},{first['id']}", path) == [first["id"], third["id"]]
    assert shelf.ids(f"match[id]={new_id('indicator')},{first['id']}", path) == [first["id"]]
    assert shelf.ids(f"match[id]={new_id('indicator')}", path) == []


@pytest.mark.parametrize("path", BOTH)
def test_f_08_types_are_matched(shelf: Place, path: str) -> None:
    seen, bad, place = indicator(), malware(), address()
    shelf.store(seen, bad)
    shelf.store(place)

    assert shelf.ids("match[type]=malware", path) == [bad["id"]]
    assert shelf.ids("match[type]=ipv4-addr,indicator", path) == [seen["id"], place["id"]]


STIX_TYPES = [
    "attack-pattern",
    "campaign",
    "course-of-action",
    "grouping",
    "identity",
    "incident",
    "indicator",
    "infrastructure",
    "intrusion-set",
    "location",
    "malware",
    "malware-analysis",
    "note",
    "observed-data",
    "opinion",
    "report",
    "threat-actor",
    "tool",
    "vulnerability",
    "relationship",
    "sighting",
    "artifact",
    "autonomous-system",
    "directory",
    "domain-name",
    "email-addr",
    "email-message",
    "file",
    "ipv4-addr",
    "ipv6-addr",
    "mac-addr",
    "mutex",
    "network-traffic",
    "process",
    "software",
    "url",
    "user-account",
    "windows-registry-key",
    "x509-certificate",
    "extension-definition",
    "language-content",
    "marking-definition",
    "bundle",
]


@pytest.mark.parametrize("type_", STIX_TYPES)
def test_f_09_no_type_of_stix_is_an_error(shelf: Place, type_: str) -> None:
    assert shelf.objects(f"match[type]={type_}") == []


@pytest.mark.parametrize("type_", ["x-unheard-of", "nonsense", "INDICATOR", "indi", "indicator--"])
def test_f_10_an_unknown_type_matches_nothing(shelf: Place, type_: str) -> None:
    shelf.store(indicator())

    assert shelf.objects(f"match[type]={type_}") == []


@pytest.mark.parametrize("path", BOTH)
def test_f_11_filters_are_all_to_be_met(shelf: Place, path: str) -> None:
    seen, other, bad = indicator(), indicator(), malware()
    shelf.store(seen, other, bad)
    after = shelf.manifest()[0]["date_added"]

    assert shelf.ids(f"match[type]=malware&match[id]={seen['id']}", path) == []
    assert shelf.ids(f"match[type]=indicator&match[id]={seen['id']},{bad['id']}", path) == [seen["id"]]
    assert seen["id"] not in shelf.ids(f"match[type]=indicator&added_after={after}", path)


def test_f_11_the_version_is_chosen_among_what_the_other_filters_leave(shelf: Place) -> None:
    one = indicator()
    shelf.store(*versions_of(one, 3))
    after = shelf.manifest("match[version]=first")[0]["date_added"]

    assert shelf.names(f"match[version]=first&added_after={after}") == ["version 1"]
    assert shelf.names(f"match[version]=last&added_after={after}") == ["version 2"]


def test_f_11_what_was_added_late_is_the_latest_of_its_time(place: Place) -> None:
    one = indicator()
    old, new = versions_of(one, 2)
    place.store(new)
    after = place.manifest()[0]["date_added"]
    place.store(old)

    assert place.names() == ["version 1"]
    assert place.names(f"added_after={after}") == ["version 0"]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (2, 0, 1)])
@pytest.mark.parametrize("path", ["objects/", "objects/{id}/"])
def test_f_12_the_latest_version_is_that_of_the_latest_time(place: Place, order: tuple[int, ...], path: str) -> None:
    one = indicator()
    versions = versions_of(one, 3)
    place.store(versions[order[0]])
    place.store(versions[order[1]])
    place.store(versions[order[2]])

    assert place.names(path=path.format(id=one["id"])) == ["version 2"]


CHOICES = [
    ("first", [0]),
    ("last", [3]),
    ("all", [0, 1, 2, 3]),
    (moment(1), [1]),
    ("first,last", [0, 3]),
    (f"first,{moment(2)},last", [0, 2, 3]),
    (f"{moment(2)},{moment(1)}", [1, 2]),
    (f"first,{moment(0)}", [0]),
    (f"last,{moment(3)}", [3]),
    (f"{moment(1)},{moment(50)}", [1]),
    (moment(50), []),
]


@pytest.mark.parametrize(("choice", "numbers"), CHOICES[:4])
@pytest.mark.parametrize("path", ["objects/", "manifest/", "objects/{id}/"])
def test_f_13_versions_are_chosen(shelf: Place, choice: str, numbers: list[int], path: str) -> None:
    one = indicator()
    shelf.store(*versions_of(one, 4))

    found = shelf.objects(f"match[version]={choice}", path.format(id=one["id"]))

    assert [each.get("version", each.get("modified")) for each in found] == [moment(number) for number in numbers]


@pytest.mark.parametrize(("choice", "numbers"), CHOICES[4:])
@pytest.mark.parametrize("path", ["objects/", "manifest/", "objects/{id}/"])
def test_f_14_several_versions_are_chosen(shelf: Place, choice: str, numbers: list[int], path: str) -> None:
    one = indicator()
    shelf.store(*versions_of(one, 4))

    found = shelf.objects(f"match[version]={choice}", path.format(id=one["id"]))

    assert [each.get("version", each.get("modified")) for each in found] == [moment(number) for number in numbers]


@pytest.mark.parametrize(
    "value",
    [
        "x",
        "latest",
        "ALL",
        "First",
        "1",
        "2020",
        "2020-01-01",
        "2020-13-01T00:00:00Z",
        "first,x",
        "first;last",
        "*",
        "%00",
    ],
)
@pytest.mark.parametrize("path", ["objects/", "manifest/", "objects/{id}/"])
def test_f_15_what_is_no_version_is_refused(shelf: Place, value: str, path: str) -> None:
    assert shelf.get(path.format(id=new_id("indicator")), f"match[version]={value}").status_code == 400


@pytest.mark.parametrize("text", ["2020-01-01T00:00:00Z", "2020-01-01T00:00:00.0Z", "2020-01-01T00:00:00.000000Z"])
def test_f_16_a_version_is_an_instant(shelf: Place, text: str) -> None:
    one = indicator(created="2019-01-01T00:00:00.000Z", modified="2020-01-01T00:00:00.000Z")
    shelf.store(one)

    assert shelf.ids(f"match[version]={text}") == [one["id"]]


SPEC_VERSIONS = [("2.1", 1), ("2.0", 0), ("2.0,2.1", 1), ("2.1,2.0", 1), ("2.2", 0), ("1.2", 0), ("2", 0), ("x", 0)]


@pytest.mark.parametrize(("value", "count"), SPEC_VERSIONS)
def test_f_17_specification_versions_are_matched(shelf: Place, value: str, count: int) -> None:
    shelf.store(indicator())

    assert len(shelf.objects(f"match[spec_version]={value}")) == count


@pytest.mark.parametrize(("value", "count"), SPEC_VERSIONS[:4])
def test_f_18_specification_versions_are_matched_everywhere(shelf: Place, value: str, count: int) -> None:
    one = indicator()
    shelf.store(one)
    query = f"match[spec_version]={value}"

    assert len(shelf.manifest(query)) == count
    assert len(shelf.objects(query, f"objects/{one['id']}/")) == count
    assert len(shelf.versions(one["id"], query)) == count


@pytest.mark.parametrize(
    "query", ["match[name]=x", "match[]=x", "match=x", "x=y", "x", "&&", "=", "Limit=0", "match[ID]=x"]
)
@pytest.mark.parametrize("path", BOTH)
def test_f_19_what_is_unknown_is_ignored(shelf: Place, query: str, path: str) -> None:
    one = indicator()
    shelf.store(one)

    assert shelf.ids(query, path) == [one["id"]]


@pytest.mark.parametrize("limit", [1, 2, 4, 5, 6, 40])
@pytest.mark.parametrize("path", BOTH)
def test_f_20_limit_bounds_the_page(shelf: Place, limit: int, path: str) -> None:
    shelf.store(*indicators(5))

    assert len(shelf.ids(f"limit={limit}", path)) == min(limit, 5)


@pytest.mark.parametrize(
    "limit", ["0", "-1", "1.5", "", "x", "1e3", "0x10", "+1", "00", "%20", "\u0663", "1,2", "null", "true", "-0", "NaN"]
)
@pytest.mark.parametrize("path", ["objects/", "manifest/", "objects/{id}/", "objects/{id}/versions/"])
def test_f_21_what_is_no_limit_is_refused(shelf: Place, limit: str, path: str) -> None:
    assert shelf.get(path.format(id=new_id("indicator")), f"limit={limit}").status_code == 400


@pytest.mark.parametrize("limit", ["41", "1000", "5000", "999999"])
@pytest.mark.parametrize("path", BOTH)
def test_f_22_a_large_limit_is_clamped(shelf: Place, limit: str, path: str) -> None:
    shelf.store(*indicators(45))

    page = shelf.read(path, f"limit={limit}")

    assert len(page["objects"]) == 40
    assert page["more"] is True


@pytest.mark.parametrize("limit", [str(2**53), str(2**63), str(2**64), "9" * 1000])
def test_f_23_a_huge_limit_is_clamped(shelf: Place, limit: str) -> None:
    shelf.store(indicator())

    assert len(shelf.objects(f"limit={limit}")) == 1


ODD = [
    "' OR '1'='1",
    "%00",
    "a%00b",
    "*",
    "%25",
    "_",
    "%F0%9F%98%80",
    "%ff",
    "x" * 20_000,
    "%7B%22%24gt%22%3A%22%22%7D",
    "../../etc/passwd",
    "<script>",
    ",".join(f"x{number}" for number in range(1000)),
    ",".join(f"x{number}" for number in range(5000)),
]


@pytest.mark.parametrize("value", ODD, ids=range(len(ODD)))
@pytest.mark.parametrize("field", ["id", "type", "version", "spec_version"])
def test_f_24_odd_values_match_nothing(shelf: Place, value: str, field: str) -> None:
    shelf.store(indicator())

    answer = shelf.get("objects/", f"match[{field}]={value}")

    assert answer.status_code in {200, 400, 414}
    assert "objects" not in answer.json()


def test_f_24_a_thousand_ids_are_matched(place: Place) -> None:
    one = indicator()
    place.store(one)
    ids = ",".join([one["id"], *(new_id("indicator") for _ in range(999))])

    assert place.ids(f"match[id]={ids}") == [one["id"]]


@pytest.mark.parametrize(
    "value", ["", ",", "malware,", ",malware", "malware,%20x", "%20indicator", "indicator%20", "%D9%A1"]
)
def test_f_25_empty_values_and_blanks_match_nothing_foreign(shelf: Place, value: str) -> None:
    shelf.store(indicator())

    answer = shelf.get("objects/", f"match[type]={value}")

    assert answer.status_code in {200, 400}
    assert "objects" not in answer.json()


@pytest.mark.parametrize("choice", ["first", "last", "all", "2020-01-01T00:00:00Z", "first,last"])
@pytest.mark.parametrize("path", ["objects/", "manifest/", "objects/{id}/"])
def test_f_26_without_modified_the_version_is_created(shelf: Place, choice: str, path: str) -> None:
    one = sdo(
        "marking-definition",
        created="2020-01-01T00:00:00.000Z",
        definition_type="statement",
        definition={"statement": uuid4().hex},
    )
    del one["modified"]
    shelf.store(one)

    assert shelf.ids(f"match[version]={choice}", path.format(id=one["id"])) == [one["id"]]


@pytest.mark.parametrize("choice", ["first", "last", "all"])
def test_f_26_without_any_time_there_is_one_version(shelf: Place, choice: str) -> None:
    one = address()
    shelf.store(one)

    assert shelf.ids(f"match[version]={choice}") == [one["id"]]


@pytest.mark.parametrize("query", ["match[type]=malware", "match[id]={other}", "match[id]={other}&match[id]={other}"])
def test_f_27_other_filters_do_not_bring_another_object(shelf: Place, query: str) -> None:
    one, other = indicator(), malware()
    shelf.store(one, other)

    assert shelf.ids(query.format(other=other["id"]), f"objects/{one['id']}/") == [one["id"]]


@pytest.mark.parametrize(
    "spelled", [str.upper, lambda text: text[:-1], lambda text: text + "0", lambda text: text[:14] + "*", str.title]
)
def test_f_28_ids_are_matched_exactly(shelf: Place, spelled: "type[str]") -> None:
    one = indicator(id=f"indicator--{uuid4()}"[:-4] + "abcd")
    shelf.store(one)

    assert shelf.ids(f"match[id]={spelled(one['id'])}") == []


def test_f_28_the_digits_of_an_id_are_matched_exactly(shelf: Place) -> None:
    one = indicator(id=f"indicator--{uuid4()}"[:-4] + "abcd")
    shelf.store(one)
    upper = "indicator--" + one["id"][-36:].upper()

    assert shelf.ids(f"match[id]={upper}") == []
    assert shelf.get(f"objects/{upper}/").status_code == 404
    assert shelf.ids(f"match[id]={one['id']},{upper}") == [one["id"]]


def test_f_28_an_id_in_capitals_is_found_as_it_is_written(place: Place) -> None:
    one = malware(id=f"malware--{str(uuid4()).upper()[:-4]}ABCD")
    place.store(one)

    assert place.ids(f"match[id]={one['id']}") == [one["id"]]
    assert place.ids(f"match[id]={one['id'].lower()}") == []
    assert place.delete(one["id"].lower()).status_code == 404
    assert place.delete(one["id"]).status_code == 200


@pytest.mark.parametrize(
    "value",
    ["all,first", "last,all", f"all,{moment(0)}", "first,first", "last,last", f"{moment(1)},{moment(1)}", "all,all"],
)
@pytest.mark.parametrize("path", ["objects/", "manifest/", "objects/{id}/"])
def test_f_29_versions_that_say_too_much_are_refused(shelf: Place, value: str, path: str) -> None:
    assert shelf.get(path.format(id=new_id("indicator")), f"match[version]={value}").status_code == 400


def test_f_30_an_object_of_the_old_specification_is_not_taken_beside_the_new(place: Place) -> None:
    one = indicator()
    old = {**one, "spec_version": "2.0", "modified": moment(9)}
    place.store(one)

    status = place.post(old)

    assert status["failure_count"] == 1
    assert place.objects() == [one]
