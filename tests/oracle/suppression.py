"""Which cells of the table of cases are not published (REPORT, ``suppression``)."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.oracle.flow import Cell, Table, interval_width
from tests.oracle.log import Log

K = 3


def _lines(table: Table) -> list[list[Cell]]:
    rows, columns = range(len(table)), range(len(table[0]))
    return [[(i, j) for j in columns] for i in rows] + [[(i, j) for i in rows] for j in columns]


def _crosses_suppressed(cell: Cell, line: list[Cell], hidden: set[Cell]) -> bool:
    axis = 1 if all(other[0] == cell[0] for other in line) else 0
    return any(other[axis] == cell[axis] for other in hidden)


def _second(table: Table, hidden: set[Cell], line: list[Cell]) -> Cell | None:
    candidates = [cell for cell in line if cell not in hidden and table[cell[0]][cell[1]] > 0]
    return min(
        candidates,
        key=lambda cell: (not _crosses_suppressed(cell, line, hidden), table[cell[0]][cell[1]], line.index(cell)),
        default=None,
    )


def _line_fix(table: Table, hidden: set[Cell]) -> set[Cell]:
    fixed = set(hidden)
    before = None
    while before != fixed:
        before = set(fixed)
        for line in _lines(table):
            if len(fixed.intersection(line)) == 1:
                second = _second(table, fixed, line)
                fixed |= {second} if second is not None else set()
    return fixed


def _audit(table: Table, primary: list[Cell], hidden: set[Cell]) -> Cell | None:
    """Return one more cell to suppress, if a primary cell needs it and its row has one."""
    narrow = next((cell for cell in primary if interval_width(table, hidden, cell) < K), None)
    return None if narrow is None else _second(table, hidden, _lines(table)[narrow[0]])


def _protect(table: Table, primary: list[Cell]) -> tuple[set[Cell], int]:
    hidden = _line_fix(table, set(primary))
    rounds = 0
    while (more := _audit(table, primary, hidden)) is not None:
        hidden = _line_fix(table, hidden | {more})
        rounds += 1
    return hidden, rounds


def suppress(classes: Sequence[str], rows: Mapping[str, Sequence[int]]) -> dict[str, Any]:
    """Return the pattern that protects the small cells of a table."""
    table: Table = [list(row) for row in rows.values()]
    cells = [cell for row in _lines(table)[: len(table)] for cell in row]
    primary = [(i, j) for i, j in cells if 0 < table[i][j] < K]
    hidden, rounds = _protect(table, primary)
    widths = [interval_width(table, hidden, cell) for cell in primary]
    return {
        "k": K,
        "cells": len(cells),
        "total": sum(map(sum, table)),
        "row_totals": {member: sum(row) for member, row in rows.items()},
        "col_totals": {name: sum(row[j] for row in table) for j, name in enumerate(classes)},
        "zeros_published": sum(row.count(0) for row in table),
        "primary": len(primary),
        "complementary": len(hidden) - len(primary),
        "audit_rounds": rounds,
        "suppressed_value_total": sum(table[i][j] for i, j in hidden),
        "min_interval_width": round(float(min(widths)), 3) if widths else None,
        "pattern": {
            member: [name for j, name in enumerate(classes) if (i, j) in hidden] for i, member in enumerate(rows)
        },
        "primary_only_breakable": sum(interval_width(table, set(primary), cell) == 0 for cell in primary),
    }


def suppression(log: Log) -> dict[str, object]:
    """Return the pattern that protects the small cells of the table of cases."""
    cases = log.scenario["routine_cases"]
    return {"suppression": suppress(cases["classes"], cases["rows"])}
