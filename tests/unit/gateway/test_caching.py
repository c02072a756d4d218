"""Tags and what they are compared with; what may be kept of an answer."""

import pytest
from comity.gateway.caching import Tags, is_known, validate
from comity.gateway.http import Outgoing
from hypothesis import given
from hypothesis import strategies as st

TAXII = b"application/taxii+json;version=2.1"
TAGS = Tags(b"secret")


@pytest.mark.parametrize(
    "header",
    [
        b"*",
        b" * ",
        b'"abc"',
        b'W/"abc"',
        b'"x", "abc"',
        b'W/"x",W/"abc"',
        b'"a,b" , "abc"',
        b'"abc", broken',
        b'"", "abc"',
    ],
)
def test_a_tag_is_known_when_it_is_named_or_any_is(header: bytes) -> None:
    assert is_known(header, b"abc")


@pytest.mark.parametrize(
    "header", [b"", b"abc", b'"abcd"', b'"ab"', b'"x, abc"', b'"x,"abc', b'"ABC"', b"W/abc", b'"*"', b'*, "x"', b'"abc']
)
def test_a_tag_is_not_known_otherwise(header: bytes) -> None:
    assert not is_known(header, b"abc")


@given(st.binary(max_size=200))
def test_no_header_breaks_the_comparison(header: bytes) -> None:
    assert is_known(header, b"never-made") in {header.strip() == b"*", b"never-made" in header}


@given(st.binary(max_size=100), st.binary(max_size=100))
def test_tags_are_equal_only_for_the_same_bytes(one: bytes, other: bytes) -> None:
    assert (TAGS.tag(one, b"") == TAGS.tag(other, b"")) == (one == other)


def test_a_tag_does_not_show_that_two_callers_were_served_the_same() -> None:
    assert len({TAGS.tag(b"page", who) for who in (b"", b"Bearer a", b"Bearer b")}) == 3


def test_tags_are_the_same_in_every_process_of_a_service_and_in_no_other_service() -> None:
    assert Tags(b"secret").tag(b"page", b"") == TAGS.tag(b"page", b"")
    assert Tags(b"another").tag(b"page", b"") != TAGS.tag(b"page", b"")


def answered(asked: dict[bytes, bytes], status: int = 200, **fields: bytes) -> Outgoing:
    named = {name.replace("_", "-").encode(): value for name, value in fields.items()}
    answer = Outgoing(status, {b"content-type": TAXII, b"content-length": b"4", b"x-own": b"1", **named}, b"page")
    validate(asked, answer, TAGS)
    return answer


def test_a_read_may_be_kept_by_its_caller_alone_and_asked_for_again() -> None:
    fields = answered({}).fields

    assert fields[b"cache-control"] == b"private, no-cache"
    assert fields[b"vary"] == b"Authorization, Accept, Accept-Encoding"
    assert fields[b"etag"].startswith(b'W/"')


@pytest.mark.parametrize("content", [b"application/json", b"text/html; charset=utf-8"])
def test_anything_else_is_not_to_be_kept(content: bytes) -> None:
    fields = answered({b"if-none-match": b"*"}, content_type=content).fields

    assert fields[b"cache-control"] == b"no-store"
    assert b"etag" not in fields


@pytest.mark.parametrize("status", [202, 400, 401, 403, 404, 500])
def test_what_is_no_success_of_a_read_is_not_to_be_kept_and_always_said(status: int) -> None:
    answer = answered({b"if-none-match": b"*"}, status)

    assert (answer.status, answer.body, answer.fields[b"cache-control"]) == (status, b"page", b"no-store")


def test_what_the_caller_has_is_not_sent_again() -> None:
    first = answered({b"authorization": b"Bearer a"})
    again = answered({b"authorization": b"Bearer a", b"if-none-match": first.fields[b"etag"]})

    assert (again.status, again.body) == (304, b"")
    assert again.fields == {name: first.fields[name] for name in (b"etag", b"cache-control", b"vary")}


def test_a_tag_from_somebody_else_is_of_no_use() -> None:
    foreign = answered({b"authorization": b"Bearer a"}).fields[b"etag"]

    assert answered({b"authorization": b"Bearer b", b"if-none-match": foreign}).status == 200


def test_what_a_route_says_itself_stands() -> None:
    assert answered({}, cache_control=b"no-store").fields[b"cache-control"] == b"no-store"
