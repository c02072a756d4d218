"""No text from outside makes the TAXII parsers raise anything but their own refusals."""

from contextlib import suppress

from comity.errors import InvalidObjectError, InvalidRequestError
from comity.taxii.errors import error_body
from comity.taxii.filters import OBJECTS_FIELDS, parse_query
from comity.taxii.media_type import accepts, is_taxii_content
from comity.taxii.paging import decode_cursor
from comity.taxii.timestamps import instant, parse_added_after
from hypothesis import given
from hypothesis import strategies as st

NAMES = ["added_after", "limit", "next", "match[id]", "match[type]", "match%5Bversion%5D", "match[spec_version]", "x"]
VALUES = ["all", "last", "1", "0", ",", "%", "%00", "%ff", "2024-01-02T03:04:05Z", "9999-99-99T99:99:99Z", "+", "é"]
queries = st.lists(st.tuples(st.sampled_from(NAMES), st.lists(st.sampled_from(VALUES), max_size=4).map("".join))).map(
    lambda pairs: "&".join(f"{name}={value}" for name, value in pairs).encode()
)
headers = st.text(st.sampled_from(' ,;="\\*/q.01aversion2+é'), max_size=60) | st.text(max_size=60)


@given(st.binary() | queries)
def test_a_query_string_is_understood_or_refused(raw: bytes) -> None:
    with suppress(InvalidRequestError):
        parse_query(raw, page_limit=100, fields=OBJECTS_FIELDS)


@given(headers)
def test_a_media_type_header_is_understood_or_not(header: str) -> None:
    assert {accepts(header), is_taxii_content(header)} <= {True, False}


@given(st.text() | st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]*)?Z"))
def test_a_timestamp_is_understood_or_refused(text: str) -> None:
    with suppress(InvalidRequestError):
        parse_added_after(text)
    with suppress(InvalidObjectError):
        instant(text)


@given(st.text() | st.text("ABCabc019-_=", min_size=20, max_size=28))
def test_a_cursor_from_nowhere_is_refused(text: str) -> None:
    refused = False
    try:
        decode_cursor(text, b"scope", b"k" * 32)
    except InvalidRequestError:
        refused = True

    assert refused


@given(st.text(st.characters(exclude_categories=()), max_size=50))
def test_any_title_makes_an_error_body_in_utf_8(title: str) -> None:
    assert b"<" not in error_body(400, title)
