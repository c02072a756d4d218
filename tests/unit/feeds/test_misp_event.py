"""Quirks of MISP events."""

import json
from datetime import UTC, datetime

import pytest
from comity.errors import InvalidObjectError
from comity_feeds.misp_event import read
from comity_feeds.misp_fields import PARTS
from comity_feeds.record import FeedRecord

CLEAR, GREEN, AMBER_STRICT, RED = (
    "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
    "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
    "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
)
DOMAIN = {"type": "domain", "value": "lure.example", "to_ids": True}


def tags(*names: str) -> list[dict[str, str]]:
    return [{"name": name} for name in names]


def event(*attributes: object, **more: object) -> dict[str, object]:
    return {"info": "EXERCISE", "uuid": "3a7c1f2e-5b64-4c0d-8f1a-000000000010", "Attribute": [*attributes], **more}


def records(document: object) -> list[FeedRecord]:
    options = {"source": "misp", "received_at": datetime(2026, 1, 5, tzinfo=UTC)}
    return list(read(json.dumps(document).encode(), options))


def first(*attributes: object, **more: object) -> dict[str, object]:
    record = records({"Event": event(*attributes, **more)})[0]
    body: dict[str, object] = json.loads(record.raw or b"{}")
    return body


@pytest.mark.parametrize("name", ["tlp:white", "TLP:WHITE", "tlp:clear"])
def test_white_is_the_old_name_of_clear(name: str) -> None:
    assert first(DOMAIN, Tag=tags(name))["object_marking_refs"] == [CLEAR]


def test_the_strictest_tag_of_event_and_attribute_holds() -> None:
    attribute = {**DOMAIN, "Tag": tags("tlp:green")}

    assert first(attribute, Tag=tags("tlp:clear", "tlp:red"))["object_marking_refs"] == [RED]


@pytest.mark.parametrize(("distribution", "label"), [("0", AMBER_STRICT), (0, AMBER_STRICT), ("4", RED), ("3", GREEN)])
def test_a_narrow_distribution_demands_a_strict_label(distribution: str | int, label: str) -> None:
    assert first(DOMAIN, Tag=tags("tlp:green"), distribution=distribution)["object_marking_refs"] == [label]


def test_an_event_without_a_label_is_not_marked() -> None:
    assert "object_marking_refs" not in first(DOMAIN)


def test_an_unknown_label_on_an_event_refuses_all_of_it() -> None:
    (record,) = records({"Event": event(DOMAIN, Tag=tags("tlp:purple"))})

    assert str(record.error).startswith("event 1: unknown TLP label 'tlp:purple'")


def test_other_tags_are_kept_as_labels() -> None:
    attribute = {**DOMAIN, "Tag": tags("b", "a")}

    assert first(attribute, Tag=tags("a", "tlp:green", 'c:d="e"'))["labels"] == ["a", 'c:d="e"', "b"]


def test_a_deleted_attribute_is_revoked() -> None:
    assert first({**DOMAIN, "deleted": True})["revoked"] is True


def test_a_deleted_attribute_that_another_attribute_repeats_is_not_revoked() -> None:
    assert "revoked" not in first({**DOMAIN, "deleted": True}, DOMAIN)


def test_the_later_time_of_two_attributes_is_the_version() -> None:
    body = first({**DOMAIN, "timestamp": "1767225600"}, {**DOMAIN, "timestamp": 1767312000})

    assert body["modified"] == "2026-01-02T00:00:00.000Z"


@pytest.mark.parametrize("timestamp", ["0", 0, "", None])
def test_a_zero_for_a_time_means_that_of_the_event(timestamp: object) -> None:
    body = first({**DOMAIN, "timestamp": timestamp}, timestamp="1767225600")

    assert body["modified"] == "2026-01-01T00:00:00.000Z"


@pytest.mark.parametrize("to_ids", [False, "0", 0, None])
def test_an_attribute_that_is_not_for_detection_is_refused_by_name(to_ids: object) -> None:
    attribute = {key: value for key, value in {**DOMAIN, "to_ids": to_ids}.items() if value is not None}
    record = records({"Event": event(attribute)})[0]

    assert record.error == "event 1, attribute 1: 'domain' is context and not for detection: to_ids is not set"


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("ip-dst|port", "198.51.100.7|443", [("198.51.100.7", "port 443")]),
        ("ip-src", "2001:db8::1", [("2001:db8::1", None)]),
        ("ip-dst", "198.51.100.0/24", [("198.51.100.0/24", None)]),
        ("hostname|port", "lure.example|8080", [("lure.example", "port 8080")]),
        ("domain|ip", "lure.example|198.51.100.7", [("lure.example", None), ("198.51.100.7", None)]),
        ("filename|md5", "tide.exe|" + "a" * 32, [("a" * 32, "file name tide.exe")]),
        ("malware-sample", "tide.exe|" + "a" * 32, [("a" * 32, "file name tide.exe")]),
    ],
)
def test_a_composite_value_becomes_its_observables(kind: str, value: str, expected: list[tuple[str, str]]) -> None:
    found = records({"Event": event({"type": kind, "value": value, "to_ids": True})})[:-1]
    bodies = [json.loads(record.raw or b"{}") for record in found]

    assert [(body["name"], body.get("description")) for body in bodies] == expected


@pytest.mark.parametrize("kind", sorted(PARTS))
def test_a_value_that_is_none_of_its_type_is_refused(kind: str) -> None:
    record = records({"Event": event({"type": kind, "value": "", "to_ids": True})})[0]

    assert str(record.error).startswith("event 1, attribute 1: ")


def test_a_name_that_stands_twice_in_an_attribute_refuses_it() -> None:
    text = (
        b'{"Event":{"info":"E","Attribute":[{"type":"domain","to_ids":true,"value":"a.example","value":"b.example"}]}}'
    )
    found = next(read(text, {"source": "misp", "received_at": "2026-01-05T00:00:00Z"}))

    assert found.error == "event 1, attribute 1: a name of the JSON object stands twice"


@pytest.mark.parametrize(
    "document",
    [
        {"Event": event(DOMAIN)},
        event(DOMAIN),
        [{"Event": event(DOMAIN)}],
        {"response": [{"Event": event(DOMAIN)}]},
        {"response": {"Event": event(DOMAIN)}},
    ],
)
def test_an_event_is_read_in_every_shape_in_which_it_is_sent(document: object) -> None:
    assert [record.error for record in records(document)] == [None, None]


def test_a_report_names_the_event_and_refers_to_what_was_authored_of_it() -> None:
    indicator, report = (json.loads(record.raw or b"{}") for record in records(event(DOMAIN)))

    assert (report["type"], report["name"], report["object_refs"]) == ("report", "EXERCISE", [indicator["id"]])


def test_an_event_without_any_observable_is_an_error() -> None:
    (record,) = records(event())

    assert record.error == "event 1: no observable to report on"


@pytest.mark.parametrize("document", [{}, 7, "text", {"Attribute": []}, {"Event": 7}, [7], {"response": 7}])
def test_json_that_is_no_event_is_refused(document: object) -> None:
    with pytest.raises(InvalidObjectError):
        records(document)
