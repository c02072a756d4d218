"""What the TAXII formats promise for every value."""

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from comity.taxii.envelope import envelope
from comity.taxii.filters import OBJECTS_FIELDS, Query, parse_query
from comity.taxii.paging import decode_cursor, encode_cursor, scope_of
from comity.taxii.status import Fate, Outcome, status_of
from comity.taxii.timestamps import format_timestamp, instant, instant_of, parse_added_after
from hypothesis import given
from hypothesis import strategies as st

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
times = st.integers(-62_135_596_800_000_000, 253_402_300_799_999_999)
positions = st.integers(0, 2**63 - 1)
values = st.frozensets(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0,"), min_size=1), min_size=1
)
scopes = st.binary(max_size=40)
keys = st.binary(min_size=16, max_size=64)


@given(times)
def test_a_written_time_is_read_back(microseconds: int) -> None:
    assert parse_added_after(format_timestamp(microseconds)) == microseconds


@given(times)
def test_the_calendar_of_the_standard_library_agrees(microseconds: int) -> None:
    assert datetime.fromisoformat(format_timestamp(microseconds)) == EPOCH + timedelta(microseconds=microseconds)


@given(times)
def test_both_ways_to_an_instant_agree(microseconds: int) -> None:
    assert instant(format_timestamp(microseconds)) == instant_of(microseconds)


@given(times, times)
def test_text_order_is_time_order(one: int, other: int) -> None:
    assert (format_timestamp(one) < format_timestamp(other)) == (one < other)


@given(times, st.integers(-1439, 1439))
def test_an_offset_names_the_same_moment(microseconds: int, minutes: int) -> None:
    local = (EPOCH + timedelta(microseconds=microseconds // 2)).replace(tzinfo=None) + timedelta(minutes=minutes)
    offset = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"

    assert parse_added_after(local.isoformat() + offset) == microseconds // 2


@given(positions, scopes, keys)
def test_a_cursor_round_trips(position: int, scope: bytes, key: bytes) -> None:
    assert decode_cursor(encode_cursor(position, scope, key), scope, key) == position


@given(positions, scopes, scopes, keys)
def test_cursors_of_two_scopes_differ(position: int, one: bytes, other: bytes, key: bytes) -> None:
    assert (encode_cursor(position, one, key) == encode_cursor(position, other, key)) == (one == other)


@given(values, st.none() | values, st.none() | values)
def test_a_quoted_filter_is_read_back(
    ids: frozenset[str], types: frozenset[str] | None, spec_versions: frozenset[str] | None
) -> None:
    given_values = {"id": ids, "type": types, "spec_version": spec_versions}
    raw = "&".join(f"match%5B{name}%5D={quote(','.join(some))}" for name, some in given_values.items() if some)

    assert parse_query(raw.encode(), page_limit=10, fields=OBJECTS_FIELDS) == Query(
        ids=ids, types=types, spec_versions=spec_versions
    )


@given(values, values)
def test_scopes_are_equal_exactly_when_the_filters_are(one: frozenset[str], other: frozenset[str]) -> None:
    assert (scope_of("c", "objects", Query(ids=one)) == scope_of("c", "objects", Query(ids=other))) == (one == other)


@given(st.lists(st.integers()), st.booleans(), st.none() | st.text(st.characters(exclude_categories=["Cs"])))
def test_a_page_holds_what_was_put_in(items: list[int], more: bool, cursor: str | None) -> None:
    page = json.loads(envelope(",".join(map(str, items)).encode(), more, cursor))

    assert page.get("objects", []) == items
    assert page.get("more", False) == more
    assert page.get("next") == (cursor if more else None)


@given(st.lists(st.sampled_from(Fate)))
def test_counts_add_up(fates: list[Fate]) -> None:
    status = status_of("s", [Outcome(fate=fate) for fate in fates], requested=0)

    assert status.total_count == len(fates) == status.success_count + status.failure_count + status.pending_count
    assert len(status.successes + status.failures + status.pendings) == len(fates)
