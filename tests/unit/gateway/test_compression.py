"""Which coding an answer is sent in, and that it comes out of it as it went in."""

import zlib

import pytest
import zstandard
from comity.errors import ComityError
from comity.gateway.compression import SMALLEST, Choice, choose, coding_of, pack
from comity.gateway.http import Outgoing, UnreadableError
from hypothesis import given
from hypothesis import strategies as st

TAXII = b"application/taxii+json;version=2.1"
LONG = b"x" * SMALLEST


@pytest.mark.parametrize(
    ("header", "coding", "plain"),
    [
        (None, None, True),
        ("", None, True),
        ("gzip", "gzip", True),
        ("x-gzip", "gzip", True),
        ("GZip ; Q=1.000", "gzip", True),
        ("zstd", "zstd", True),
        ("gzip, zstd", "zstd", True),
        ("gzip;q=0.9, zstd;q=0.8", "gzip", True),
        ("gzip, deflate, br", "gzip", True),
        ("deflate, br", None, True),
        ("*", "gzip", True),
        ("*;q=0", None, False),
        ("*;q=0, identity", None, True),
        ("*;q=0, gzip;q=0.1", "gzip", False),
        ("gzip;q=0", None, True),
        ("gzip;q=0, *", None, True),
        ("identity", None, True),
        ("identity;q=0", None, False),
        ("identity;q=0, gzip", "gzip", False),
        ("identity, gzip;q=0.5", None, True),
        ("identity;q=0.5, gzip;q=0.5", "gzip", True),
        ("gzip;q=0.0001", None, True),
        ("gzip;q=2", None, True),
        ("gzip;level=1", None, True),
        (",, gzip ,,", "gzip", True),
        ("gz ip", None, True),
    ],
)
def test_a_coding_is_chosen_by_the_weights_that_the_client_gives(
    header: str | None, coding: str | None, plain: bool
) -> None:
    assert choose(header) == Choice(coding, plain=plain)


@given(st.text(alphabet='gzipstd*identy;q=01.,"\t \\\0é', max_size=60))
def test_no_text_makes_a_coding_that_it_does_not_name(header: str) -> None:
    coding = choose(header).coding

    assert coding is None or coding in header.lower() or "*" in header


@pytest.mark.parametrize("size", [0, 1, SMALLEST, 300_000])
def test_what_is_packed_comes_out_as_it_went_in(size: int) -> None:
    body = bytes(each * each % 251 for each in range(size))

    assert zlib.decompress(pack(body, "gzip"), 31) == body
    assert zstandard.ZstdDecompressor().decompress(pack(body, "zstd"), max_output_size=size or 1) == body


def test_a_zstd_frame_needs_no_larger_window_than_every_client_has() -> None:
    frame = zstandard.get_frame_parameters(pack(b"ab" * 20_000_000, "zstd"))

    assert frame.window_size <= 8 << 20  # RFC 9659, 3


def coded(
    asked: dict[bytes, bytes], fields: dict[bytes, bytes], body: bytes = LONG, *, status: int = 200
) -> str | None:
    answer = Outgoing(status, {b"content-type": TAXII, **fields}, body)
    return coding_of({b"accept-encoding": b"gzip", **asked}, answer, is_get=True)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {b"content-type": b"application/json"},
        {b"content-type": b"text/html; charset=utf-8"},
        {b"content-type": b"text/csv; charset=utf-8", b"cache-control": b"no-store"},
        {b"content-type": b"image/svg+xml", b"cache-control": b"public, max-age=1"},
    ],
)
def test_text_is_compressed(fields: dict[bytes, bytes]) -> None:
    assert coded({}, fields) == "gzip"


@pytest.mark.parametrize(
    ("asked", "fields"),
    [
        ({b"cookie": b"a=b"}, {}),
        ({b"cookie": b"a=b"}, {b"content-type": b"text/html"}),
        ({b"cookie": b"a=b"}, {b"cache-control": b"private"}),
        ({}, {b"set-cookie": b"a=b"}),
    ],
)
def test_what_a_login_that_a_browser_lends_may_reach_is_not_compressed(
    asked: dict[bytes, bytes], fields: dict[bytes, bytes]
) -> None:
    assert coded(asked, fields) is None


def test_what_is_the_same_for_all_is_compressed_whoever_asks() -> None:
    assert coded({b"cookie": b"a=b"}, {b"content-type": b"text/css", b"cache-control": b"public, immutable"}) == "gzip"


@pytest.mark.parametrize(
    "fields",
    [
        {b"content-type": b"image/png"},
        {b"content-type": b"application/jsonx"},
        {b"content-encoding": b"br"},
        {b"cache-control": b"no-store, no-transform"},
    ],
)
def test_what_would_gain_nothing_or_must_stay_as_it_is_is_not_compressed(fields: dict[bytes, bytes]) -> None:
    assert coded({}, fields) is None


def test_a_small_answer_is_not_compressed_unless_nothing_else_is_taken() -> None:
    assert coded({}, {}, LONG[1:]) is None
    assert coded({b"accept-encoding": b"gzip, identity;q=0"}, {}, LONG[1:]) == "gzip"


def test_a_read_that_can_be_sent_in_no_way_is_refused() -> None:
    with pytest.raises(UnreadableError) as refused:
        coded({b"accept-encoding": b"br, identity;q=0"}, {})

    assert refused.value.status == 406
    assert not isinstance(refused.value, ComityError)


def test_a_refusal_is_said_plainly_whatever_is_taken() -> None:
    assert coded({b"accept-encoding": b"br, identity;q=0"}, {}, status=404) is None


@pytest.mark.parametrize(("content", "varies"), [(TAXII, b"Accept-Encoding"), (b"image/png", None)])
def test_an_answer_that_could_be_compressed_says_that_it_depends_on_that(content: bytes, varies: bytes | None) -> None:
    answer = Outgoing(200, {b"content-type": content}, LONG)

    coding_of({}, answer, is_get=True)

    assert answer.fields.get(b"vary") == varies
