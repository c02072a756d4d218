import re

import pytest
from comity.errors import InvalidRequestError
from comity.taxii.filters import AllVersions, ChosenVersions, LatestVersion, Query
from comity.taxii.paging import decode_cursor, encode_cursor, scope_of

KEY = b"k" * 32
SCOPE = scope_of("a-collection", "objects", Query())
CURSOR = encode_cursor(1_704_164_645_000_007, SCOPE, KEY)


@pytest.mark.parametrize("position", [0, 1, 1_704_164_645_000_007, 2**63 - 1])
def test_a_cursor_gives_its_position_back(position: int) -> None:
    assert decode_cursor(encode_cursor(position, SCOPE, KEY), SCOPE, KEY) == position


def test_a_cursor_needs_no_escaping_in_a_url() -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]{24}", CURSOR)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "1",
        CURSOR[:-1],
        CURSOR + "A",
        CURSOR + "=",
        CURSOR[::-1],
        CURSOR.swapcase(),
        " " * 24,
        "é" * 24,
        "-" * 24,
    ],
)
def test_a_garbled_cursor_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequestError, match="next"):
        decode_cursor(text, SCOPE, KEY)


@pytest.mark.parametrize(
    "scope",
    [
        scope_of("another-collection", "objects", Query()),
        scope_of("a-collection", "manifest", Query()),
        scope_of("a-collection", "objects", Query(types=frozenset({"tool"}))),
        scope_of("a-collection", "objects", Query(types=frozenset())),
        scope_of("a-collection", "objects", Query(ids=frozenset({"tool--a"}))),
        scope_of("a-collection", "objects", Query(spec_versions=frozenset({"2.1"}))),
        scope_of("a-collection", "objects", Query(versions=AllVersions())),
        scope_of("a-collection", "objects", Query(versions=ChosenVersions(first=True))),
    ],
)
def test_a_cursor_of_another_query_is_refused(scope: bytes) -> None:
    with pytest.raises(InvalidRequestError, match="next"):
        decode_cursor(CURSOR, scope, KEY)


def test_a_cursor_of_another_server_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="next"):
        decode_cursor(CURSOR, SCOPE, b"x" * 32)


@pytest.mark.parametrize(
    "query", [Query(limit=3), Query(next=CURSOR), Query(added_after=7), Query(versions=LatestVersion())]
)
def test_the_page_size_and_the_start_do_not_change_the_scope(query: Query) -> None:
    assert scope_of("a-collection", "objects", query) == SCOPE


def test_the_order_of_values_does_not_change_the_scope() -> None:
    values = [f"tool--{number}" for number in range(50)]

    assert scope_of("c", "objects", Query(ids=frozenset(values))) == scope_of(
        "c", "objects", Query(ids=frozenset(reversed(values)))
    )
