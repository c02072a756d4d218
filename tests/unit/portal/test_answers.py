"""Text as pages print it."""

import pytest
from comity.portal.access import path_within
from comity.portal.answers import moment, plain, when


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("plain ünïcode\n", "plain ünïcode\n"),
        ("a\u202eb", "a\\u202eb"),
        ("a\u200bb", "a\\u200bb"),
        ("a\x00b\x1b", "a\\u0000b\\u001b"),
        ("\ud800", "\\ud800"),
    ],
)
def test_characters_that_cannot_be_seen_are_written_out(text: str, printed: str) -> None:
    assert plain(text) == printed


def test_times_are_printed_to_the_minute_for_people_and_to_the_second_for_programs() -> None:
    assert when(1_803_859_261_000_000) == "2027-03-01 00:01 UTC"
    assert moment(1_803_859_261_000_000) == "2027-03-01T00:01:01Z"
    assert (when(None), moment(None)) == ("", "")


@pytest.mark.parametrize(
    "text", ["", "search", "//other.example", "/\\other.example", "https://x", "/a\nb", "/" * 7000]
)
def test_what_is_no_path_of_this_site_leads_nowhere(text: str) -> None:
    assert path_within(text) is None


def test_a_path_of_this_site_is_kept() -> None:
    assert path_within("/search?q=a") == "/search?q=a"
