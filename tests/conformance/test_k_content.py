"""STIX 2.1 content comes back whole (STIX 2.1, 2.9, 2.16, 3.2, 3.4, 3.6, 7.2, 7.3)."""

import json
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid1, uuid4, uuid5

import pytest

from tests.conformance.world import (
    TLP_CLEAR,
    Json,
    Object,
    Place,
    address,
    indicator,
    malware,
    moment,
    new_id,
    sdo,
    version,
)

TLP_EXTENSION = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
TLP = {
    "clear": "94868c89-83c2-464b-929b-a1a8aa3c8487",
    "green": "bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    "amber": "55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    "amber+strict": "939a9414-2ddd-4d32-a0cd-375ea402b003",
    "red": "e828b379-4e03-4974-9ac4-e53a884c97c1",
}
EVER = "added_after=1970-01-01T00:00:00Z"
SCO_NAMESPACE = UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")
EXTENSION = new_id("extension-definition")
STATEMENT = f"marking-definition--{uuid5(NAMESPACE_URL, 'b')}"


def relayed(shelf: Place, one: Object) -> bool:
    """Return whether the object comes back byte for byte."""
    shelf.store(one)
    return json.dumps(one).encode() in shelf.get("objects/", f"match[id]={one['id']}").content


@pytest.mark.parametrize("colour", TLP)
def test_k_01_the_marking_definitions_of_tlp_come_back_whole(shelf: Place, colour: str) -> None:
    one = {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": f"marking-definition--{TLP[colour]}",
        "created": "2022-10-01T00:00:00.000Z",
        "name": f"TLP:{colour.upper()}",
        "extensions": {TLP_EXTENSION: {"extension_type": "property-extension", "tlp_2_0": colour}},
    }
    shelf.store(one)

    assert shelf.objects(f"match[id]={one['id']}&{EVER}") == [one]


@pytest.mark.parametrize(
    "markings",
    [
        {
            "object_marking_refs": [
                f"marking-definition--{TLP['clear']}",
                f"marking-definition--{uuid5(NAMESPACE_URL, 'b')}",
            ]
        },
        {"granular_markings": [{"selectors": ["name"], "marking_ref": TLP_CLEAR}]},
        {
            "external_references": [{"source_name": "s", "url": "https://e.example/"}],
            "granular_markings": [{"selectors": ["external_references.[0].source_name"], "marking_ref": TLP_CLEAR}],
        },
        {"granular_markings": [{"selectors": ["name", "description"], "lang": "de"}], "description": "d"},
    ],
    ids=["references", "selector", "list selector", "language"],
)
def test_k_02_markings_come_back_whole(shelf: Place, markings: Json) -> None:
    statement = sdo("marking-definition", id=STATEMENT, definition_type="statement", definition={"statement": "b"})
    del statement["modified"]
    shelf.store(statement)

    assert relayed(shelf, indicator(**markings))


def test_k_03_a_revoked_version_is_the_latest(shelf: Place) -> None:
    one = indicator()
    gone = version(one, 5, revoked=True)
    shelf.store(one, gone)

    assert shelf.objects(f"match[id]={one['id']}") == [gone]
    assert shelf.read(f"objects/{one['id']}/")["objects"] == [gone]
    assert shelf.versions(one["id"]) == [one["modified"], gone["modified"]]


def test_k_04_an_observable_posted_twice_is_one_object(shelf: Place) -> None:
    value = f"{uuid4()}.example"
    name = json.dumps({"value": value}, separators=(",", ":"))
    one = {"type": "domain-name", "id": f"domain-name--{uuid5(SCO_NAMESPACE, name)}", "value": value}
    shelf.store(one)
    shelf.store(one)

    assert shelf.objects("match[version]=all") == [one]


def test_k_04_the_first_text_of_an_observable_stays(shelf: Place) -> None:
    one = address()
    shelf.store(one)
    shelf.post({**one, "defanged": True})

    assert shelf.objects("match[version]=all") == [one]


@pytest.mark.parametrize(
    "time",
    [
        "2026-03-01T00:00:00.123Z",
        "2026-03-01T00:00:00.100000Z",
        "2026-03-01T00:00:00.123456Z",
        "2026-03-01T00:00:00.1234567Z",
        "2026-03-01T00:00:00.123456789Z",
        "1000-01-01T00:00:00.000Z",
        "1582-10-10T00:00:00.000Z",
        "1969-12-31T23:59:59.999Z",
        "9999-12-31T23:59:59.999Z",
        "9999-12-31T23:59:59.999999Z",
        "2024-02-29T12:00:00.000Z",
    ],
)
def test_k_05_times_are_kept_as_sent(shelf: Place, time: str) -> None:
    one = malware(created=time, modified=time)

    assert relayed(shelf, one)
    assert shelf.versions(one["id"]) == [time]
    assert shelf.ids(f"match[version]={time}&match[id]={one['id']}") == [one["id"]]


@pytest.mark.every_database
@pytest.mark.parametrize(
    "fractions", [("123", "123001"), ("123456", "1234567"), ("0", "000001"), ("999999", "9999999")]
)
def test_k_06_versions_may_differ_below_the_millisecond(shelf: Place, fractions: tuple[str, str]) -> None:
    one = malware(created=moment(0))
    old, new = (version(one, 5, modified=moment(5, fraction), name=fraction) for fraction in fractions)
    shelf.store(old, new)

    assert shelf.versions(one["id"]) == [old["modified"], new["modified"]]
    assert shelf.names() == [fractions[1]]
    assert shelf.names(f"match[version]={old['modified']}") == [fractions[0]]


TEXTS = [
    "e\u0301 \u00e9",
    "\u212b \u00c5",
    "\uac00 \u1100\u1161",
    "\u202e\u200b\ufeff",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\u05d0\u0627\u0e01",
    "\ufb01 \u0149 \u2126",
    "\x7f \u0085 \u2028 \u2029",
    '"\\/\b\f\n\r\t',
    "\ue000 \U0010ffff",
]


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_k_07_unicode_is_not_normalised(shelf: Place, text: str) -> None:
    one = malware(name=text, x_note={text: [text]})
    shelf.store(one)

    assert shelf.objects() == [one]


NUMBERS = [0, -1, 2**53 - 1, -(2**53) + 1, 1.5, -0.1, 1e-7, 1.7976931348623157e308, 5e-324, 0.30000000000000004]


@pytest.mark.parametrize("number", NUMBERS)
def test_k_08_numbers_come_back_equal(shelf: Place, number: float) -> None:
    one = malware(x_number=number, x_numbers=[number])

    assert relayed(shelf, one)
    assert type(shelf.objects()[0]["x_number"]) is type(number)


@pytest.mark.parametrize(
    "one",
    [
        indicator(
            extensions={EXTENSION: {"extension_type": "property-extension", "rank": 5, "toxicity": [{"a": None}]}}
        ),
        indicator(extensions={EXTENSION: {"extension_type": "toplevel-property-extension"}}, rank=5, toxicity=8),
        sdo("my-type", extensions={EXTENSION: {"extension_type": "new-sdo"}}, colour="red", empty={}),
        sdo("my-link", extensions={EXTENSION: {"extension_type": "new-sro"}}, source_ref=new_id("tool")),
        {
            "type": "my-thing",
            "id": new_id("my-thing"),
            "extensions": {EXTENSION: {"extension_type": "new-sco"}},
            "v": 1,
        },
        {**address(), "extensions": {EXTENSION: {"extension_type": "property-extension", "seen": True}}},
        {
            "type": "file",
            "id": new_id("file"),
            "name": "a.pdf",
            "extensions": {"pdf-ext": {"version": "1.7", "document_info_dict": {"Title": "t"}, "pdfid0": "x"}},
        },
    ],
    ids=["property", "top-level", "new-sdo", "new-sro", "new-sco", "observable", "predefined"],
)
def test_k_09_extensions_come_back_whole(shelf: Place, one: Object) -> None:
    assert relayed(shelf, with_new_id(one))


def with_new_id(one: Object) -> Object:
    return {**one, "id": new_id(one["type"])}


@pytest.mark.parametrize("number", [uuid1(), uuid5(NAMESPACE_URL, "x"), UUID(int=uuid4().int | 0xF << 76), UUID(int=7)])
def test_k_10_ids_of_every_version_of_uuid_are_taken(place: Place, number: UUID) -> None:
    one = malware(id=f"malware--{number}")
    place.store(one)

    assert place.objects() == [one]


@pytest.mark.parametrize("value", ["2.1", "2.0,2.1"])
def test_k_11_an_observable_without_spec_version_is_of_2_1(shelf: Place, value: str) -> None:
    one: dict[str, Any] = address()
    del one["spec_version"]
    shelf.store(one)

    assert shelf.objects(f"match[spec_version]={value}") == [one]
    assert shelf.objects("match[spec_version]=2.0") == []
