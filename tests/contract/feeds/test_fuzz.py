"""No bytes from outside make a feed raise anything but its own refusal."""

from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from comity.errors import InvalidObjectError
from comity_feeds.record import FeedRecord
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

PIECES = (
    *(b'"', b"{", b"}", b"[", b"]", b",", b"\\", b"\n", b"\r", b"\0", b"\xff", b"\xed\xa0\x80", b"\\ud800", b"null"),
    *(b"7", b"-1", b"1e999", b"::", b"/", b"@", b"[.]", b"hxxp://", b"#", b"|", b"%", b"\xe2\x80\xae", b"[" * 3000),
)
EDITS = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), st.sampled_from(PIECES)), min_size=1, max_size=6)
CHECKS = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


class Case(Protocol):
    """A feed with a sample, as the fixtures give it."""

    @property
    def source(self) -> bytes: ...
    @property
    def records(self) -> Callable[[bytes], list[FeedRecord]]: ...


def edited(source: bytes, edits: list[tuple[float, int, bytes]]) -> bytes:
    """Return *source* with bytes cut out and pieces put in."""
    for where, cut, piece in edits:
        start = int(where * len(source))
        source = source[:start] + piece + source[start + cut :]
    return source


@settings(max_examples=25, deadline=None, suppress_health_check=CHECKS)
@given(source=st.binary(max_size=300))
def test_arbitrary_bytes_are_read_or_refused(case: Case, source: bytes) -> None:
    with suppress(InvalidObjectError):
        assert all(record.places for record in case.records(source))


@settings(max_examples=40, deadline=None, suppress_health_check=CHECKS)
@given(edits=EDITS)
def test_a_damaged_sample_is_read_or_refused(case: Case, edits: list[tuple[float, int, bytes]]) -> None:
    with suppress(InvalidObjectError):
        assert all(record.places for record in case.records(edited(case.source, edits)))
