"""Quirks of STIX as it is sent."""

from datetime import UTC, datetime

import pytest
from comity.errors import InvalidObjectError
from comity_feeds.record import FeedRecord
from comity_feeds.stix_bundle import read

ONE = b'{"type" : "tool", "spec_version":"2.1", "id" : "tool--3a7c1f2e-5b64-4c0d-8f1a-000000000001" , "x":1.10}'
TWO = (
    b'{"id":"tool--3a7c1f2e-5b64-4c0d-8f1a-000000000002","type":"tool","spec_version":"2.1","name":"\\u00e9 \xc3\xa9"}'
)


def records(source: bytes) -> list[FeedRecord]:
    return list(read(source, {"source": "stix", "received_at": datetime(2026, 1, 5, tzinfo=UTC)}))


def raws(source: bytes) -> list[bytes | None]:
    return [record.raw for record in records(source)]


@pytest.mark.parametrize(
    "source",
    [
        b'{"type":"bundle","id":"bundle--1","objects":[' + ONE + b" ,\n" + TWO + b"]}",
        b'{"objects": [' + ONE + b"," + TWO + b'], "more": false}',
        b'{"spec_version":"2.0","type":"bundle","objects":[' + ONE + b"," + TWO + b"]}\n",
        ONE + b"\n" + TWO,
        ONE + b"\r\n\r\n" + TWO + b"\r\n",
        b'{"objects":[' + ONE + b"]}\n" + TWO,
    ],
)
def test_objects_are_relayed_byte_for_byte_from_every_wrapping(source: bytes) -> None:
    assert raws(source) == [ONE, TWO]


def test_one_object_alone_is_a_source() -> None:
    assert raws(b"\n " + ONE + b" \n") == [ONE]


@pytest.mark.parametrize("source", [b'{"type":"bundle"}', b'{"type":"bundle","objects":[]}', b'{"objects":[]}'])
def test_a_bundle_may_be_empty(source: bytes) -> None:
    assert records(source) == []


def test_objects_that_stand_twice_in_a_bundle_are_not_hidden() -> None:
    with pytest.raises(InvalidObjectError, match="stands twice"):
        records(b'{"type":"bundle","objects":[' + ONE + b'],"objects":[' + TWO + b"]}")


@pytest.mark.parametrize("twin", [b"objects", b"\\u006fbjects"])
def test_a_name_that_stands_twice_is_found_in_any_spelling_and_with_the_same_value(twin: bytes) -> None:
    with pytest.raises(InvalidObjectError, match="stands twice"):
        records(b'{"objects":[],"' + twin + b'":[]}')


def test_a_broken_line_spoils_no_other_and_is_named() -> None:
    first, second, third = records(ONE + b'\n{"type":\n' + TWO)

    assert (first.raw, third.raw) == (ONE, TWO)
    assert str(second.error).startswith("line 2: ")


def test_something_behind_a_bundle_is_an_error_and_not_passed_over() -> None:
    first, second = records(b'{"objects":[' + ONE + b"]}\nrest")

    assert first.raw == ONE
    assert str(second.error).startswith("line 2: ")


def test_a_bundle_cut_short_is_refused_as_a_whole() -> None:
    with pytest.raises(InvalidObjectError):
        records(b'{"type":"bundle","objects":[\n' + ONE + b",\n" + TWO)


@pytest.mark.parametrize(
    "raw",
    [
        b"7",
        b"[]",
        b"{}",
        b'{"type":"tool"}',
        b'{"type":"tool","id":7}',
        b'{"type":"tool","id":"tool--7"}',
        b'{"type":"tool","id":"malware--3a7c1f2e-5b64-4c0d-8f1a-000000000001"}',
        b'{"type":"bundle","id":"bundle--3a7c1f2e-5b64-4c0d-8f1a-000000000001","objects":[]}',
    ],
)
def test_what_is_no_object_is_an_error_among_objects(raw: bytes) -> None:
    first, second = records(b'{"objects":[' + raw + b"," + ONE + b"]}")

    assert str(first.error).startswith("object 1: ")
    assert second.raw == ONE


@pytest.mark.parametrize(
    "source", [b"", b" ", b"null", b"[]", b"{", b"\xff{}", b'{"objects":7}', b'{"objects":["\\ud800"]}', b"[" * 100_000]
)
def test_what_is_no_stix_is_refused_as_a_whole(source: bytes) -> None:
    with pytest.raises(InvalidObjectError):
        records(source)
