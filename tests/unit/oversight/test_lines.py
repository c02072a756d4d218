"""The first step of suppression is that of the scenario report; intervals are those that another method finds."""

from random import Random

import pytest
from comity.oversight.knowledge import Atom, Knowledge, Statement
from comity.oversight.lines import protect_lines

from tests.oracle.flow import interval_width
from tests.oracle.suppression import K, suppress


def random_table(seed: int) -> list[list[int]]:
    rng = Random(seed)  # noqa: S311  # reproducible
    rows, columns = rng.randint(1, 5), rng.randint(1, 5)
    return [[rng.choice((0, 1, 2, 3, 4, 9)) for _ in range(columns)] for _ in range(rows)]


@pytest.mark.parametrize("seed", range(40))
def test_it_hides_what_an_independent_reference_hides(seed: int) -> None:
    table = random_table(seed)
    names = [str(number) for number in range(len(table[0]))]
    expected = suppress(names, {f"X{number}": row for number, row in enumerate(table)})
    primary = [(i, j) for i, row in enumerate(table) for j, value in enumerate(row) if 0 < value < K]
    found = protect_lines(table, primary, k=K)

    assert {(f"X{i}", str(j)) for i, j in found.hidden} == {
        (member, column) for member, hidden in expected["pattern"].items() for column in hidden
    }
    assert (found.rounds, found.breakable) == (expected["audit_rounds"], expected["primary_only_breakable"])
    assert found.narrowest == expected["min_interval_width"]


@pytest.mark.parametrize("seed", range(20))
def test_an_interval_by_linear_program_is_the_one_by_flow(seed: int) -> None:
    table = random_table(seed)
    cells = [(i, j) for i, row in enumerate(table) for j in range(len(row))]
    rng = Random(seed)  # noqa: S311  # reproducible
    hidden = set(rng.sample(cells, k=rng.randint(1, len(cells))))
    atoms = {(i, j): Atom("t", str(i), str(j), 0) for i, j in cells}
    lines = [[cell for cell in cells if cell[0] == i] for i in range(len(table))]
    lines += [[cell for cell in cells if cell[1] == j] for j in range(len(table[0]))]
    told = [*lines, *([cell] for cell in cells if cell not in hidden)]
    statements = [Statement(frozenset(atoms[c] for c in line), sum(table[i][j] for i, j in line)) for line in told]
    knowledge = Knowledge(statements, atoms.values())

    assert [knowledge.interval([atoms[cell]]).width for cell in sorted(hidden)] == [
        interval_width(table, hidden, cell) for cell in sorted(hidden)
    ]
