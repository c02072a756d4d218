"""STIX 2.1, 2.9 identifiers, 2.16 timestamps, 3.2 common properties, 3.6 versions."""

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from comity.errors import InvalidObjectError
from comity.stix.objects import USUAL_BOUNDS, StixObject, parse_object
from comity.taxii.timestamps import instant
from comity_schemas.extensions import ASSET, DUTY_CLOCK, RECALL, RELEASE

Body = Callable[..., dict[str, Any]]
Make = Callable[..., StixObject]
PROPERTY = {"extension_type": "property-extension"}


def _refusal(raw: bytes) -> str:
    with pytest.raises(InvalidObjectError) as caught:
        parse_object(raw)
    return str(caught.value)


def test_an_object_is_kept_byte_for_byte(body: Body) -> None:
    raw = json.dumps(body(x_unknown={"a": [1.50, "\u00e9"]}), indent=1).encode()

    assert parse_object(raw).raw == raw


def test_id_type_and_uuid_are_those_of_the_object(make: Make) -> None:
    obj = make("tool")

    assert (obj.type, obj.id) == ("tool", f"tool--{'26ce0c2d-18ff-4ef8-bc73-1d115824a502'}")
    assert obj.uuid.hex() == "26ce0c2d18ff4ef8bc731d115824a502"


@pytest.mark.parametrize("version", ["1", "4", "5", "7"])
def test_a_uuid_of_any_version_is_taken(make: Make, version: str) -> None:
    obj = make(id=f"indicator--26ce0c2d-18ff-{version}ef8-bc73-1D115824a502")

    assert obj.uuid.hex().startswith("26ce0c2d18ff")


def test_the_version_is_the_instant_of_modified(make: Make) -> None:
    obj = make(modified="2026-02-01T00:00:00.1234567Z")

    assert obj.version == instant("2026-02-01T00:00:00.1234567Z")
    assert obj.version_text == "2026-02-01T00:00:00.1234567Z"


def test_the_version_of_an_object_without_modified_is_the_instant_of_created(make: Make) -> None:
    obj = make(
        "marking-definition", modified=None, definition_type="statement", definition={"statement": "for training"}
    )

    assert obj.version == instant(obj.version_text)


def test_an_observable_has_no_version(make: Make) -> None:
    obj = make("url", value="http://a.example/", name=None, created=None, modified=None, spec_version=None)

    assert (obj.version, obj.version_text) == (0, "")


@pytest.mark.parametrize(
    ("created", "modified"),
    [
        ("1000-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999999Z"),
        ("2026-01-05T10:20:30.000001Z", "2026-01-05T10:20:30.000002Z"),
        ("2026-01-05T10:20:30Z", "2026-01-05T10:20:30.123456789Z"),
    ],
)
def test_times_of_any_precision_and_far_years_are_taken(make: Make, created: str, modified: str) -> None:
    assert make(created=created, modified=modified).header.modified == modified


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        (b"", "no JSON text"),
        (b"nonsense", "no JSON text"),
        (b'\xef\xbb\xbf{"type":"tool"}', "no JSON text"),
        (b'{"type":"\xff"}', "no JSON text"),
        (b'{"type":"tool","x":NaN}', "no JSON text"),
        (b'{"type":"tool","x":1e999}', "no JSON text"),
        (b'{"type":"tool","x":' + b"9" * 5000 + b"}", "no JSON text"),
        (b'{"type":"tool","x":"\\ud800"}', "no JSON text"),
        (b"[" * 10_000 + b"]" * 10_000, "no JSON text"),
        (b"[]", "is no object"),
        (b"{}", "type is not as expected"),
        (b'{"type":1}', "type is not as expected"),
        (b'{"type":"bundle","id":"bundle--26ce0c2d-18ff-4ef8-bc73-1d115824a502"}', "type is not as expected"),
        (b'{"type":"tool"' + b" " * USUAL_BOUNDS.size + b"}", "bytes, expected at most"),
    ],
)
def test_what_is_no_object_is_refused(raw: bytes, cause: str) -> None:
    assert cause in _refusal(raw)


def test_deep_nesting_is_refused(body: Body) -> None:
    deep: object = 1
    for _ in range(50):
        deep = [deep]

    assert _refusal(msgspec.json.encode(body(x_deep=deep))) == "object is nested deeper than 50 levels"


def test_a_wide_object_is_not_a_deep_one(make: Make) -> None:
    wide = [[{"a": [n]}] for n in range(100)]

    assert make(x_wide=wide).type == "indicator"


@pytest.mark.parametrize(
    "written",
    [
        '"name":"a","name":"b"',
        '"name" : "a", "name" : "b"',
        '"name": "a", "name": "b"',
        '"name":"a","na\\u006de":"b"',
        '"x":{"y":1,"y":2}',
        '"x": [{"y": "\\":", "y": 2}]',
        '"x": "\\u0022:", "name": "a", "name": "b"',
    ],
)
def test_a_name_that_stands_twice_is_refused(body: Body, written: str) -> None:
    raw = f"{json.dumps(body())[:-1]}, {written}}}".encode()

    assert _refusal(raw) == "a name stands twice in one JSON object"


@pytest.mark.parametrize("indent", [None, 2])
def test_a_quotation_mark_before_a_colon_in_a_text_is_no_name(body: Body, indent: int | None) -> None:
    raw = json.dumps(body(description='he said "a": b', x=[{"y": 1}, {"y": 2}]), indent=indent).encode()

    assert parse_object(raw).header.description == 'he said "a": b'


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"id": "tool--26ce0c2d-18ff-4ef8-bc73-1d115824a502"}, "id is not as expected: the type of the object"),
        ({"id": "indicator--1"}, "id is not as expected: a type, two hyphens and a UUID"),
        ({"pattern": None}, "pattern is missing"),
        ({"spec_version": None}, "spec_version is missing"),
        ({"spec_version": "2.0"}, "spec_version is not as expected: 2.1"),
        ({"labels": []}, "labels is not as expected: a list of texts that is not empty"),
        ({"labels": [1]}, "labels.[0] is not as expected: type string"),
        ({"confidence": 101}, "confidence is not as expected: maximum 100"),
        ({"created": "today"}, "created is not as expected: a time of UTC"),
        ({"created": "2026-02-30T00:00:00.000Z"}, "created is not as expected: a time that the calendar has"),
        ({"modified": "0000-01-01T00:00:00.000Z"}, "modified is not as expected: a time that the calendar has"),
        ({"valid_until": "2027-02-29T00:00:00Z"}, "valid_until is not as expected: a time that the calendar has"),
        ({"modified": "2026-01-05T10:20:29.999Z"}, "modified is not as expected: not before created"),
        ({"valid_until": "2026-01-05T10:20:30.000Z"}, "valid_until is not as expected: later than valid_from"),
        ({"pattern": "[domain-name:value"}, "pattern is wrong"),
        ({"extensions": {RELEASE: {}}}, "x-comity-release.extension_type is missing"),
        ({"extensions": {RELEASE: {**PROPERTY, "rel": []}}}, "x-comity-release.rel is unknown here"),
        ({"extensions": {RELEASE: {**PROPERTY, "offers_tier": "C4"}}}, "offers_tier is not as expected: one of C0"),
        (
            {"extensions": {RELEASE: {**PROPERTY, "embargo_until": "2026-02-30T00:00:00Z"}}},
            "x-comity-release.embargo_until is not as expected: a time that the calendar has",
        ),
        ({"extensions": {ASSET: PROPERTY}}, "x-comity-asset is not as expected: on infrastructure only"),
    ],
)
def test_a_refusal_names_the_property_and_what_was_expected(
    body: Body, changes: dict[str, object], message: str
) -> None:
    assert message in _refusal(msgspec.json.encode(body(**changes)))


@pytest.mark.parametrize("name", ["description", "pattern_type", "x" * 500])
def test_a_refusal_never_tells_what_the_object_holds(body: Body, name: str) -> None:
    message = _refusal(msgspec.json.encode(body(**{name: "secret-victim", "labels": [], "id": "secret-victim"})))

    assert "secret-victim" not in message
    assert len(message) < 300


def test_first_seen_may_be_last_seen(make: Make) -> None:
    assert make("sighting", first_seen="2026-01-05T10:20:30Z", last_seen="2026-01-05T10:20:30.0Z").type == "sighting"


def test_a_pattern_of_another_language_is_not_read(make: Make) -> None:
    assert make(pattern_type="yara", pattern="rule a {").header.pattern == "rule a {"


def test_types_of_others_making_need_the_common_properties_only(make: Make) -> None:
    obj = make("x-other", name=7, pattern=[1], count="many", created_by_ref=None)

    assert obj.header.name is None


def test_a_type_of_others_making_without_times_is_refused(body: Body) -> None:
    assert "is missing" in _refusal(msgspec.json.encode(body("x-other", created=None, modified=None)))


def test_an_observable_with_a_time_that_is_none_is_refused_by_name() -> None:
    address = {"type": "ipv4-addr", "spec_version": "2.1", "id": "ipv4-addr--26ce0c2d-18ff-4ef8-bc73-1d115824a502"}
    times = {"created": "2026-11-01T00:00:00Z", "modified": None}

    assert "modified is not as expected: a time" in _refusal(
        json.dumps({**address, "value": "192.0.2.1", **times}).encode()
    )


def test_a_new_observable_needs_no_times(make: Make) -> None:
    extension = {"extension-definition--00000000-0000-4000-8000-000000000000": {"extension_type": "new-sco"}}

    assert make("x-seen", created=None, modified=None, extensions=extension).version == 0


def test_extensions_of_others_making_are_left_alone(make: Make) -> None:
    extension = {"extension-definition--00000000-0000-4000-8000-000000000000": {"rank": 5}}

    assert make(extensions=extension).header.extensions.keys() == extension.keys()


def test_a_recall_is_checked_as_a_whole(make: Make) -> None:
    facts = {"object_ref": "tool--26ce0c2d-18ff-4ef8-bc73-1d115824a502", "recalled": "2026-01-06T00:00:00Z"}
    own = {"created_by_ref": "identity--26ce0c2d-18ff-4ef8-bc73-1d115824a502", "name": None}
    extensions = {"extensions": {RECALL: {"extension_type": "new-sdo"}}}

    assert make("x-comity-recall", **facts, **own, **extensions).header.object_ref == facts["object_ref"]


def test_a_recall_that_does_not_say_when_is_refused(body: Body) -> None:
    assert "is missing" in _refusal(msgspec.json.encode(body("x-comity-recall")))


def test_a_duty_clock_needs_the_time_of_awareness(body: Body) -> None:
    raw = msgspec.json.encode(body("incident", extensions={DUTY_CLOCK: PROPERTY}))

    assert _refusal(raw) == "x-comity-duty-clock.aware_at is missing"
