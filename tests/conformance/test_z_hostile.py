"""Hostile bodies (RFC 7493, RFC 8259; STIX 2.1, 2.9, 2.16, 3.2)."""

import codecs
import json
from typing import Any

import pytest

from tests.conformance.world import Object, Place, envelope, indicator, malware, moment, new_id, sdo

ROUND = "0000000000000000"


def refused(shelf: Place, bad: Any) -> bool:
    """Return whether a bad entry is refused, with the request or by itself, and what stands beside it is kept."""
    good = indicator()
    answer = shelf.put(bad, good)
    if answer.status_code in {400, 422}:
        return shelf.ids() == []
    status = answer.json()
    return (answer.status_code, status["failure_count"], shelf.ids()) == (202, 1, [good["id"]])


def works(shelf: Place) -> bool:
    """Return whether the collection can still be written and read."""
    one = indicator()
    shelf.store(one)
    return shelf.ids(f"match[id]={one['id']}") == [one["id"]]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"nonsense",
        b'{"objects": [}',
        b'{"objects": [{]}',
        b'{"objects": []',
        b'{"objects": []} trailing',
        b"{'objects': []}",
        b'{"objects": [],}',
        b"\0",
        b"<xml/>",
        b'{"objects": [NaN]}',
        b'{"objects": [01]}',
        b'{"objects": ["\n"]}',
        b"x" * 100_000,
    ],
    ids=range(16),
)
def test_z_01_what_is_no_json_is_refused(shelf: Place, body: bytes) -> None:
    assert shelf.send(body).status_code in {400, 422}


@pytest.mark.parametrize(
    "value",
    [
        [],
        None,
        True,
        7,
        "x",
        [indicator()],
        {"objects": 7},
        {"objects": "x"},
        {"objects": {}},
        {"objects": None},
        indicator(),
    ],
    ids=range(11),
)
def test_z_02_what_is_no_envelope_is_refused(shelf: Place, value: object) -> None:
    assert shelf.send(json.dumps(value).encode()).status_code in {400, 422}


def test_z_02_an_object_by_itself_is_refused(shelf: Place) -> None:
    assert shelf.send(json.dumps(indicator()).encode()).status_code in {400, 422}
    assert shelf.ids() == []


@pytest.mark.parametrize("bad", [None, True, 7, 1.5, "x", "", [], [indicator()]], ids=range(8))
def test_z_03_entries_that_are_no_objects_are_refused(shelf: Place, bad: object) -> None:
    assert refused(shelf, bad)


def without(one: Object, *names: str) -> Object:
    return {name: value for name, value in one.items() if name not in names}


@pytest.mark.parametrize(
    "bad",
    [
        {},
        without(indicator(), "id"),
        without(indicator(), "type"),
        indicator(id=7),
        indicator(id=None),
        indicator(id=""),
        indicator(id=["indicator"]),
        indicator(type=7),
        indicator(type=None),
        indicator(type=""),
        indicator(type="Indicator"),
        indicator(type="in dicator"),
        {"type": "bundle", "id": new_id("bundle"), "objects": [indicator()]},
    ],
    ids=range(13),
)
def test_z_04_objects_without_a_usable_id_or_type_are_refused(shelf: Place, bad: Object) -> None:
    assert refused(shelf, bad)


@pytest.mark.parametrize(
    "object_id",
    [
        new_id("malware"),
        "indicator",
        "indicator--",
        "indicator--x",
        "indicator--" + "0" * 32,
        f"indicator--{ROUND[:8]}-0000-4000-8000-00000000000g",
        f"indicator--{ROUND[:8]}-0000-4000-8000-000000000000\n",
        f" {new_id('indicator')}",
        f"{new_id('indicator')}\0",
        f"indicator-{ROUND[:8]}-0000-4000-8000-000000000000",
        "indicator--{" + ROUND[:8] + "-0000-4000-8000-000000000000}",
        "indicator--" + "\uff10" * 8 + "-0000-4000-8000-000000000000",
        "indicator--" * 1000,
    ],
    ids=range(13),
)
def test_z_05_ids_that_do_not_fit_are_refused(shelf: Place, object_id: str) -> None:
    assert refused(shelf, indicator(id=object_id))


TIMES = [
    "",
    "x",
    "2026",
    "2026-03-01",
    "2026-03-01 00:00:00Z",
    "2026-03-01T00:00:00",
    "2026-03-01T00:00:00+00:00",
    "2026-13-01T00:00:00.000Z",
    "2026-02-30T00:00:00.000Z",
    "2026-03-01T24:00:00.000Z",
    "2026-03-01T00:00:00.Z",
    "2026-03-01T00:00:00.000z",
    "0000-01-01T00:00:00.000Z",
    "12026-03-01T00:00:00.000Z",
    "-026-03-01T00:00:00.000Z",
    "\u0662026-03-01T00:00:00.000Z",
    7,
    None,
    [moment(0)],
]


@pytest.mark.parametrize("time", TIMES, ids=range(len(TIMES)))
@pytest.mark.parametrize("name", ["created", "modified"])
def test_z_06_malformed_times_are_refused(place: Place, name: str, time: object) -> None:
    assert refused(place, malware(**{name: time}))


@pytest.mark.parametrize("left_out", [("created",), ("modified",), ("created", "modified")])
def test_z_06_times_that_are_missing_are_refused(shelf: Place, left_out: tuple[str, ...]) -> None:
    assert refused(shelf, without(malware(), *left_out))


DEEP = 10_000


@pytest.mark.parametrize(
    "body",
    [
        b"[" * DEEP,
        b'{"a":' * DEEP,
        b'{"objects": ' + b"[" * DEEP + b"]" * DEEP + b"}",
        b'{"objects": [], "x": ' + b"[" * DEEP + b"]" * DEEP + b"}",
        b'{"objects": [{"type": ' + b'{"a":' * DEEP + b"1" + b"}" * DEEP + b"}]}",
    ],
    ids=range(5),
)
def test_z_07_deep_nesting_is_survived(shelf: Place, body: bytes) -> None:
    assert shelf.send(body).status_code in {202, 400, 413, 422}
    assert works(shelf)


@pytest.mark.parametrize("levels", [60, 500, 5000])
def test_z_07_an_object_that_is_nested_deeply_is_refused(place: Place, levels: int) -> None:
    nested = malware(x_deep="here")
    body = envelope(nested).replace(b'"here"', b"[" * levels + b"]" * levels)

    answer = place.send(body)

    assert answer.status_code == 400 or answer.json()["failure_count"] == 1
    assert place.objects() == []


@pytest.mark.parametrize("name", ["id", "type", "modified", "name", "x_other"])
def test_z_08_names_that_stand_twice_are_refused(shelf: Place, name: str) -> None:
    one = indicator(x_other="a")
    text = json.dumps(one)
    twice = text[:-1] + f', "{name}": {json.dumps(one[name])}}}'

    status = shelf.send(shelf.door.fill(one).replace(text.encode(), twice.encode())).json()

    assert status["failure_count"] == 1
    assert shelf.ids() == []


def test_z_08_a_name_that_stands_twice_in_a_part_is_refused(place: Place) -> None:
    body = envelope(malware(x_part="here")).replace(b'"here"', b'{"a": 1, "a": 2}')

    assert place.send(body).json()["failure_count"] == 1


def test_z_08_a_list_of_objects_that_stands_twice_is_read_once(place: Place) -> None:
    one, two = malware(), malware()
    body = b'{"objects": [%s], "objects": [%s]}' % (json.dumps(one).encode(), json.dumps(two).encode())

    answer = place.send(body)

    assert answer.status_code in {202, 400, 422}
    assert len(place.objects()) == answer.json().get("success_count", 0) <= 1


@pytest.mark.parametrize(
    "number",
    [
        b"1e400",
        b"-1e400",
        b"1e-400",
        b"9" * 4301,
        b"-" + b"9" * 5000,
        b"0." + b"9" * 5000,
        b"1e" + b"9" * 400,
        b"9" * 20,
    ],
    ids=range(8),
)
def test_z_09_numbers_beyond_the_double_are_survived(shelf: Place, number: bytes) -> None:
    body = shelf.door.fill(malware(x_number="here")).replace(b'"here"', number)

    assert shelf.send(body).status_code in {202, 400, 422}
    assert shelf.get().status_code == 200
    assert works(shelf)


WHERE: dict[str, Object] = {"value": {"x_text": "here"}, "name": {"here": 1}}


@pytest.mark.parametrize("text", [rb"\u0000", rb"\ud800", rb"\udc00", rb"\ud800\u0041", rb"\udfff\ud800", rb"a\u0000b"])
@pytest.mark.parametrize("where", WHERE)
def test_z_10_nul_and_lone_surrogates_are_survived(shelf: Place, text: bytes, where: str) -> None:
    body = shelf.door.fill(malware(**WHERE[where])).replace(b"here", text)

    answer = shelf.send(body)

    assert answer.status_code in {202, 400, 422}
    assert len(shelf.objects()) == answer.json().get("success_count", 0)
    assert works(shelf)


@pytest.mark.every_database
@pytest.mark.parametrize("name", ["id", "type", "name", "created_by_ref"])
def test_z_10_nul_in_what_is_looked_up_is_survived(shelf: Place, name: str) -> None:
    assert shelf.put(malware(**{name: "a\0b"})).status_code == 202
    assert works(shelf)


@pytest.mark.parametrize(
    "more",
    [
        {"name": "x" * 2_000_000},
        {"x" * 500_000: 1},
        {f"x_{number}": number for number in range(50_000)},
        {"labels": ["x"] * 100_000},
        {"x_list": [[]] * 200_000},
        {"type": "x-" + "y" * 300, "id": "x-" + "y" * 300 + "--" + new_id("x")[3:]},
    ],
    ids=["string", "name", "names", "list", "empties", "type"],
)
def test_z_11_very_large_objects_are_survived(place: Place, more: dict[str, Any]) -> None:
    answer = place.put({**malware(), **more})

    assert answer.status_code in {202, 400, 413, 422}
    assert works(place)


NAMES = [
    "__proto__",
    "constructor",
    "$where",
    "$gt",
    "a.b",
    "",
    " ",
    "\u0000",
    "'; DROP TABLE objects; --",
    "{{7*7}}",
    "%s%n",
]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_z_12_names_that_mean_something_elsewhere_mean_nothing_here(shelf: Place, name: str) -> None:
    one = malware(x_part={name: {name: name}})
    answer = shelf.put(one)

    assert answer.status_code == 202
    assert shelf.objects() == [one] * answer.json()["success_count"]
    assert works(shelf)


@pytest.mark.parametrize("broken", [b"\xff", b"\xc3", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xe2\x82"])
def test_z_13_what_is_no_utf_8_is_refused(shelf: Place, broken: bytes) -> None:
    body = shelf.door.fill(malware(name="here")).replace(b"here", broken)

    assert 400 <= shelf.send(body).status_code < 500
    assert shelf.ids() == []


@pytest.mark.parametrize("coding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
def test_z_13_other_codings_are_refused(shelf: Place, coding: str) -> None:
    body = shelf.door.fill(malware()).decode().encode(coding)

    assert 400 <= shelf.send(body).status_code < 500
    assert shelf.ids() == []


def test_z_13_a_byte_order_mark_is_refused(shelf: Place) -> None:
    assert shelf.send(codecs.BOM_UTF8 + shelf.door.fill(malware())).status_code == 400


@pytest.mark.parametrize("value", ["2.0", "2.2", "3.0", "", "x", "2.1 ", "\uff12.1", 2.1, 21, None, ["2.1"]], ids=repr)
def test_z_14_unknown_versions_of_the_specification_are_refused(shelf: Place, value: object) -> None:
    assert refused(shelf, malware(spec_version=value))


def test_z_14_an_object_of_stix_2_0_is_refused(shelf: Place) -> None:
    assert refused(shelf, without(malware(), "spec_version"))


def test_z_15_the_collections_of_all_these_tests_still_work(shelf: Place) -> None:
    assert works(shelf)
    assert sum(map(len, shelf.pages(f"limit=40&match[id]={sdo('x-y')['id']}"))) == 0
