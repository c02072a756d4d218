"""The first step of suppression, while all totals are published (scenario report, ``suppression``).

Every line with one hidden cell gets a second; then an audit by linear programs hides more where an interval is narrow.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from comity.oversight.knowledge import Atom, Knowledge, Statement

Cell = tuple[int, int]
Counts = Sequence[Sequence[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """Which cells are hidden, the small ones and those that protect them, and how well that does."""

    primary: tuple[Cell, ...]
    hidden: frozenset[Cell]
    rounds: int
    """How often the audit had to hide one more."""
    narrowest: float | None
    """The width of the narrowest interval of a small cell; ``None`` where there is none."""
    breakable: int
    """How many small cells could be told exactly if nothing but small cells were hidden."""


def protect_lines(counts: Counts, primary: Sequence[Cell], *, k: int) -> Pattern:
    """Return the pattern that protects *primary*; it may be that none does while all totals are published."""
    hidden = _fixed(counts, set(primary))
    rounds = 0
    widths = _widths(counts, hidden, primary)
    while (narrow := _first_narrow(primary, widths, k)) is not None:
        more = _second(counts, hidden, _row(counts, narrow))
        if more is None:
            break
        hidden = _fixed(counts, hidden | {more})
        rounds += 1
        widths = _widths(counts, hidden, primary)
    return Pattern(
        primary=tuple(primary),
        hidden=frozenset(hidden),
        rounds=rounds,
        narrowest=min(widths, default=None),
        breakable=sum(width == 0 for width in _widths(counts, primary, primary)),
    )


def _first_narrow(primary: Sequence[Cell], widths: Sequence[float], k: int) -> Cell | None:
    return next((cell for cell, width in zip(primary, widths, strict=True) if width < k), None)


def _widths(counts: Counts, hidden: Collection[Cell], primary: Sequence[Cell]) -> list[float]:
    if not primary:
        return []
    atoms = {(i, j): Atom("", f"{i:06d}", f"{j:06d}", 0) for i, row in enumerate(counts) for j in range(len(row))}
    lines = [Statement(frozenset(atoms[cell] for cell in line), _sum(counts, line)) for line in _lines(counts)]
    told = [
        Statement(frozenset({atom}), counts[cell[0]][cell[1]]) for cell, atom in atoms.items() if cell not in hidden
    ]
    knowledge = Knowledge([*lines, *told], atoms.values())
    return [knowledge.interval([atoms[cell]]).width for cell in primary]


def _sum(counts: Counts, line: Sequence[Cell]) -> int:
    return sum(counts[i][j] for i, j in line)


def _row(counts: Counts, cell: Cell) -> list[Cell]:
    return [(cell[0], j) for j in range(len(counts[cell[0]]))]


def _lines(counts: Counts) -> list[list[Cell]]:
    rows, columns = range(len(counts)), range(len(counts[0]) if counts else 0)
    return [[(i, j) for j in columns] for i in rows] + [[(i, j) for i in rows] for j in columns]


def _fixed(counts: Counts, hidden: set[Cell]) -> set[Cell]:
    fixed = set(hidden)
    before: set[Cell] | None = None
    while before != fixed:
        before = set(fixed)
        for line in _lines(counts):
            if len(fixed.intersection(line)) == 1:
                second = _second(counts, fixed, line)
                fixed |= {second} if second else set()
    return fixed


def _second(counts: Counts, hidden: Collection[Cell], line: Sequence[Cell]) -> Cell | None:
    """Return the cell to hide next in *line*: where the crossing line hides one already, then the smallest."""
    axis = 1 if len({i for i, _ in line}) == 1 else 0
    crossed = {cell[axis] for cell in hidden}
    if len(line) == 1:
        crossed = set()
    candidates = [(i, j) for i, j in line if (i, j) not in hidden and counts[i][j] > 0]
    return min(
        candidates,
        key=lambda cell: (cell[axis] not in crossed, counts[cell[0]][cell[1]], line.index(cell)),
        default=None,
    )
