"""Quirks of lists as they are published."""

import json
from datetime import UTC, datetime

import pytest
from comity_feeds.options import FeedOptions
from comity_feeds.plain_list import read
from comity_feeds.record import FeedRecord


def records(text: str, **more: str) -> list[FeedRecord]:
    options = FeedOptions.parse({"source": "list", "received_at": datetime(2026, 1, 5, tzinfo=UTC), **more})
    return list(read(text.encode(), options))


def names(text: str, **more: str) -> list[str]:
    return [json.loads(record.raw)["name"] for record in records(text, **more) if record.raw]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_lines_end_as_any_system_ends_them(ending: str) -> None:
    assert names(f"a.example{ending}b.example{ending}") == ["a.example", "b.example"]


def test_a_line_separator_of_unicode_ends_no_line() -> None:
    assert [record.places for record in records("tide\u2028wave\na.example")] == [("line 1",), ("line 2",)]


@pytest.mark.parametrize("comment", ["# note", "; note", "// note", "   # note", ""])
def test_comments_and_blank_lines_are_no_records(comment: str) -> None:
    assert records(comment) == []


def test_a_comment_behind_a_value_becomes_its_description() -> None:
    (record,) = records("a.example   # sinkholed")

    assert json.loads(record.raw or b"")["description"] == "sinkholed"


def test_a_hash_sign_inside_a_word_is_part_of_the_word() -> None:
    assert names("http://a.example/x#frag") == ["http://a.example/x"]


def test_a_value_named_twice_is_one_object_with_both_places_and_both_texts() -> None:
    (record,) = records("198.51.100.7:443\n198.51.100.7:8443 # relay\n198.51.100.7:443")

    assert record.places == ("line 1", "line 2", "line 3")
    assert json.loads(record.raw or b"")["description"] == "port 443\nport 8443\nrelay"


def test_a_url_without_a_scheme_is_refused_unless_the_operator_says_which() -> None:
    assert names("a.example/x") == []
    assert names("a.example/x", scheme="http") == ["http://a.example/x"]


def test_a_stated_kind_overrules_the_looks_of_a_value() -> None:
    assert names("/srv/tide", kind="file:path") == ["/srv/tide"]
    assert names("tide", kind="domain") == ["tide"]


def test_a_line_that_is_not_utf_8_spoils_no_other() -> None:
    options = FeedOptions(source="list", received_at=datetime(2026, 1, 5, tzinfo=UTC))
    first, second = read(b"caf\xe9.example\na.example", options)

    assert first.error == "line 1: not UTF-8"
    assert second.places == ("line 2",)


@pytest.mark.parametrize("port", ["0", "65536", "99999"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    (record,) = records(f"198.51.100.7:{port}")

    assert record.error == f"line 1: port is {port!r}, expected 1 to 65535"


def test_a_value_too_long_for_a_pattern_is_refused() -> None:
    (record,) = records("http://a.example/" + "a" * 8000)

    assert record.error == "line 1: value has 8017 characters, expected at most 8000"
