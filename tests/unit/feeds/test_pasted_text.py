"""Quirks of text that people paste."""

import json
from datetime import UTC, datetime

import pytest
from comity.errors import InvalidObjectError
from comity_feeds.pasted_text import read
from comity_feeds.record import FeedRecord


def records(text: str, **limits: int) -> list[FeedRecord]:
    options = {"source": "paste", "received_at": datetime(2026, 1, 5, tzinfo=UTC), "limits": limits}
    return list(read(text.encode(), options))


def names(text: str) -> list[str]:
    return [json.loads(record.raw)["name"] for record in records(text) if record.raw]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hxxps://lure[.]example/a", "https://lure.example/a"),
        ("(see http://lure.example/a)", "http://lure.example/a"),
        ("http://lure.example/a?b=c, and", "http://lure.example/a?b=c"),
        ("http[:]//198.51.100.7/a", "http://198.51.100.7/a"),
        ("desk[at]lure(.)example", "desk@lure.example"),
        ("lure[dot]example", "lure.example"),
        ("the host LURE.EXAMPLE.", "lure.example"),
        ("198[.]51[.]100[.]7:443", "198.51.100.7"),
        ("198.51.100[.]0/24", "198.51.100.0/24"),
        ("2001:db8[:]:1", "2001:db8::1"),
        ("2001:db8::/32", "2001:db8::/32"),
        ("cve-2099-90001", "CVE-2099-90001"),
        ("请勿访问lure.test，谢谢", "lure.test"),
        ("lure.internal", "lure.internal"),
    ],
)
def test_a_value_is_found_however_it_is_written(text: str, expected: str) -> None:
    assert names(text) == [expected]


def test_the_host_of_a_url_and_the_domain_of_a_mail_address_are_no_indicators_of_their_own() -> None:
    assert names("http://lure.example/a desk@wave.example") == ["http://lure.example/a", "desk@wave.example"]


@pytest.mark.parametrize("text", ["Version 1.2.3.4.5", "e.g. this, i.e. that", "at 12:30:15", "ordinary words"])
def test_ordinary_text_yields_nothing(text: str) -> None:
    assert records(text) == []


@pytest.mark.parametrize("word", ["tide[.]exe_", "hxxp://", "desk[at]", "例え[.]example"])
def test_a_defanged_word_that_is_no_observable_is_an_error(word: str) -> None:
    (record,) = records(f"\nfound {word} there")

    assert record.error == f"line 2: defanged {word!r} is no observable that is known"


def test_values_come_in_the_order_of_the_text() -> None:
    assert names("z.example 198.51.100.7 a.example\nm.example") == [
        "z.example",
        "198.51.100.7",
        "a.example",
        "m.example",
    ]


def test_a_long_line_is_searched_to_its_end() -> None:
    assert names("word " * 5000 + "a.example " + "word " * 5000 + "b.example") == ["a.example", "b.example"]


def test_a_word_too_long_to_search_is_an_error() -> None:
    (record,) = records("a." * 3000)

    assert record.error == "line 1: a word has 6000 characters, expected at most 4096"


def test_a_text_above_its_limit_is_refused() -> None:
    with pytest.raises(InvalidObjectError, match="text has 9 bytes, expected at most 8"):
        records("a.example", text_bytes=8)
