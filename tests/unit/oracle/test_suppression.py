"""Small cells cannot be recovered from a table (REPORT, ``suppression``)."""

from itertools import product
from random import Random

import pytest

from tests.oracle.flow import Cell, Table, interval_width
from tests.oracle.suppression import suppress


def _margins(table: Table) -> tuple[list[int], list[int]]:
    return [sum(row) for row in table], [sum(column) for column in zip(*table, strict=True)]


def _width_by_trial(table: Table, hidden: list[Cell], cell: Cell) -> int:
    values = set()
    for trial in product(range(max(map(max, table)) * 3 + 1), repeat=len(hidden)):
        other = [list(row) for row in table]
        for (i, j), value in zip(hidden, trial, strict=True):
            other[i][j] = value
        if _margins(other) == _margins(table):
            values.add(other[cell[0]][cell[1]])
    return max(values) - min(values)


@pytest.mark.parametrize("seed", range(25))
def test_the_width_by_flow_is_the_width_by_trial(seed: int) -> None:
    rng = Random(seed)  # noqa: S311  # reproducible
    table = [[rng.randint(0, 2) for _ in range(3)] for _ in range(3)]
    hidden = rng.sample([(i, j) for i in range(3) for j in range(3)], k=5)

    assert interval_width(table, set(hidden), hidden[0]) == _width_by_trial(table, hidden, hidden[0])


def test_a_lone_small_cell_gets_a_second_in_its_row_and_in_its_column() -> None:
    found = suppress(["a", "b", "c"], {"XA": [1, 5, 9], "XB": [4, 9, 9], "XC": [9, 9, 9]})

    assert found["pattern"] == {"XA": ["a", "b"], "XB": ["a", "b"], "XC": []}
    assert (found["complementary"], found["min_interval_width"], found["primary_only_breakable"]) == (3, 5.0, 1)


def test_an_interval_that_is_too_narrow_is_widened() -> None:
    found = suppress(["a", "b", "c"], {"XA": [3, 4, 4], "XB": [5, 6, 0], "XC": [1, 3, 1]})

    assert found["audit_rounds"] == 1
    assert found["min_interval_width"] >= found["k"]


def test_zeros_are_published() -> None:
    found = suppress(["a", "b"], {"XA": [0, 5], "XB": [4, 0]})

    assert (found["zeros_published"], found["primary"], found["min_interval_width"]) == (2, 0, None)
