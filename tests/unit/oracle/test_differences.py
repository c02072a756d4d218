"""Reports are compared as their text allows: arrays in any order, zero counters absent."""

from typing import Any

import pytest

from tests.oracle.differences import differences

SUPPRESSION = {
    "k": 3,
    "primary": 2,
    "complementary": 3,
    "audit_rounds": 0,
    "suppressed_value_total": 14,
    "min_interval_width": 3.0,
    "pattern": {"XA": ["a"]},
}
WITHHELD = {"embargo": {"pairs": 2, "objects": 1, "owners": 1, "published": "suppressed"}}
NOT_WITHHELD = {"pairs": 0, "objects": 0, "owners": 0, "published": "suppressed"}


@pytest.mark.parametrize(
    ("key", "observed", "expected"),
    [
        ("k", ["b", "a"], ["a", "b"]),
        ("k", [["b", "a", 1], ["c"]], [["c"], ["a", "b", 1]]),
        ("k", {"XA": {}}, {"XA": {"PERMIT": 0}, "XB": {"PERMIT": 0}}),
        ("k", {"XA": 0}, {}),
        ("k", 1, 1.0),
        ("k", None, None),
        ("k", [{"object": "S1", "acked_at": {}}], [{"object": "S1", "acked_at": {"END": 0}}]),
        ("withheld_bloc", WITHHELD | {"victim": NOT_WITHHELD}, WITHHELD),
        ("suppression", SUPPRESSION | {"complementary": 2, "pattern": {}}, SUPPRESSION),
    ],
)
def test_these_agree(key: str, observed: Any, expected: Any) -> None:
    assert differences({key: observed}, {key: expected}, [key]) == []


@pytest.mark.parametrize(
    ("key", "observed", "expected"),
    [
        ("k", ["a"], ["a", "a"]),
        ("k", ["a", "b"], ["a"]),
        ("k", {"XA": 1}, {}),
        ("k", {}, {"XA": 1}),
        ("k", {}, {"XA": 0.0}),
        ("k", {}, {"XA": None}),
        ("k", {}, {"XA": []}),
        ("k", 0.3334, 0.3333),
        ("k", 0, None),
        ("k", "1", 1),
        ("k", True, 1),
        ("k", {"XA": 1}, ["XA"]),
        ("k", [{"object": "S1", "p50": "0h05m"}], [{"object": "S1", "p50": None}]),
        ("suppression", SUPPRESSION | {"complementary": 4}, SUPPRESSION),
        ("suppression", SUPPRESSION | {"min_interval_width": 2.0}, SUPPRESSION),
        ("suppression", SUPPRESSION | {"primary": 3}, SUPPRESSION),
        ("withheld_bloc", {}, WITHHELD),
    ],
)
def test_these_differ(key: str, observed: Any, expected: Any) -> None:
    assert len(differences({key: observed}, {key: expected}, [key])) == 1


def test_a_key_that_is_not_asked_for_is_not_compared() -> None:
    assert differences({"a": 1}, {"a": 1, "b": 2}, ["a"]) == []


def test_a_key_that_is_absent_is_a_difference() -> None:
    assert differences({}, {"deliveries": 0}, ["deliveries"]) == ["deliveries: missing"]


def test_a_difference_says_where_it_is() -> None:
    found = differences({"give": {"XA": {"b": 1}}}, {"give": {"XA": {"b": 2}}}, ["give"])

    assert found == ["give.XA.b: 1, expected 2"]
