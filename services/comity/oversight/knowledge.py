"""What can be concluded from published sums, by linear programs (HiGHS): how close anybody comes to a hidden one.

Unknown are the *atoms*: the smallest counts there are, one a member, a column and a period. A reader knows that none
is below zero, and what was stated of sums of them. Whatever interval a program finds, the truth lies in it; nobody can
know more from the statements alone, except where whole numbers leave gaps.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import highspy
import numpy

from comity.errors import PolicyError

_NEGLIGIBLE = 1e-6


class Atom(NamedTuple):
    """The smallest count there is."""

    table: str
    member: str
    column: str
    period: int
    """When the period begins, in microseconds since 1970."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A sum that readers know: of *plus*, less those of *minus*."""

    plus: frozenset[Atom]
    total: float
    minus: frozenset[Atom] = frozenset()


class Interval(NamedTuple):
    """The least and the greatest value that agree with all that is known."""

    least: float
    greatest: float

    @property
    def width(self) -> float:
        """The distance between them; infinite where nothing bounds the sum from above."""
        return self.greatest - self.least


class Knowledge:
    """What a reader of statements knows; *own* are atoms whose values the reader knows besides."""

    def __init__(
        self, statements: Iterable[Statement], atoms: Iterable[Atom], own: Mapping[Atom, int] | None = None
    ) -> None:
        own = own or {}
        self._places = {atom: place for place, atom in enumerate(sorted(atoms))}
        self._solver = _solver()
        lower = numpy.array([float(own.get(atom, 0)) for atom in self._places])
        upper = numpy.array([float(own.get(atom, highspy.kHighsInf)) for atom in self._places])
        rows = [self._row(one) for one in statements]
        totals = numpy.array([total for _, _, total in rows], dtype=float)
        lp = _program(numpy.zeros(len(lower)), lower, upper, rows=rows, totals=totals)
        self._solver.passModel(lp)

    def interval(self, asked: Collection[Atom]) -> Interval:
        """Return how far the sum of *asked* can be told.

        Raises:
            PolicyError: the statements contradict each other.
        """
        if not asked:
            return Interval(0.0, 0.0)
        places = [self._places[atom] for atom in asked]
        for place in places:
            self._solver.changeColCost(place, 1.0)
        least = self._solved(highspy.ObjSense.kMinimize)
        greatest = self._solved(highspy.ObjSense.kMaximize)
        for place in places:
            self._solver.changeColCost(place, 0.0)
        return Interval(least, greatest)

    def _solved(self, sense: highspy.ObjSense) -> float:
        self._solver.changeObjectiveSense(sense)
        self._solver.run()
        status = self._solver.getModelStatus()
        if status in _UNBOUNDED and sense is highspy.ObjSense.kMaximize:
            return float("inf")
        if status != highspy.HighsModelStatus.kOptimal:
            raise PolicyError(f"statements about the tables end as {status.name!r}, expected some that can be true")
        return round(self._solver.getInfo().objective_function_value, 6)

    def _row(self, one: Statement) -> "_Row":
        plus = [self._places[atom] for atom in one.plus - one.minus]
        minus = [self._places[atom] for atom in one.minus - one.plus]
        return plus + minus, [1.0] * len(plus) + [-1.0] * len(minus), one.total


_UNBOUNDED = (highspy.HighsModelStatus.kUnbounded, highspy.HighsModelStatus.kUnboundedOrInfeasible)
_Row = tuple[list[int], list[float], float]


class Price(NamedTuple):
    """What it costs to leave a published sum in doubt."""

    atoms: frozenset[Atom]
    cost: float


def cheapest_doubt(
    target: frozenset[Atom],
    distance: float,
    *,
    prices: Sequence[Price],
    fixed: Sequence[Statement],
    values: Mapping[Atom, int],
    own: Collection[Atom] = (),
) -> list[int]:
    """Return which of *prices* to leave in doubt, so that the sum of *target* might as well be greater by *distance*.

    Everything in *fixed* stays true, no atom falls below zero and none of *own* changes; *distance* may be below zero.
    The answer is the cheapest by a linear program.

    Raises:
        PolicyError: whatever is left in doubt, the sum cannot differ by so much.
    """
    atoms = sorted(values)
    places = {atom: place for place, atom in enumerate(atoms)}
    first = len(atoms)
    rows: list[_Row] = []
    for number, price in enumerate(prices):
        slack = first + 2 * number
        own_places = [places[atom] for atom in price.atoms]
        rows.append(([*own_places, slack, slack + 1], [1.0] * len(own_places) + [-1.0, 1.0], 0.0))
    for one in fixed:
        signed = {places[atom]: 1.0 for atom in one.plus - one.minus}
        signed |= {places[atom]: -1.0 for atom in one.minus - one.plus}
        rows.append((list(signed), list(signed.values()), 0.0))
    rows.append(([places[atom] for atom in target], [1.0] * len(target), distance))
    kept = set(own)
    lower = numpy.array([0.0 if atom in kept else -float(values[atom]) for atom in atoms] + [0.0] * 2 * len(prices))
    upper = numpy.array(
        [0.0 if atom in kept else highspy.kHighsInf for atom in atoms] + [highspy.kHighsInf] * 2 * len(prices)
    )
    cost = numpy.array([0.0] * first + [price.cost for price in prices for _ in range(2)])
    solver = _solver()
    solver.passModel(_program(cost, lower, upper, rows=rows, totals=numpy.array([row[2] for row in rows])))
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise PolicyError(f"nothing leaves a sum in doubt by {distance:g}, expected some choice that does")
    moved = solver.getSolution().col_value[first:]
    return [number for number in range(len(prices)) if moved[2 * number] + moved[2 * number + 1] > _NEGLIGIBLE]


class _Solver(highspy.Highs):
    """HiGHS without its words on standard output, which belongs to what a command prints."""

    def enableCallbacks(self) -> None:  # noqa: N802  # the solver's own name; it is called first of all
        """Say nothing, and call nobody back."""
        self.setOptionValue("output_flag", False)


def _solver() -> _Solver:
    solver = _Solver()  # type: ignore[no-untyped-call]  # a constructor without annotations
    solver.setOptionValue("threads", 1)
    return solver


def _program(
    cost: "numpy.typing.NDArray[numpy.float64]",
    lower: "numpy.typing.NDArray[numpy.float64]",
    upper: "numpy.typing.NDArray[numpy.float64]",
    *,
    rows: Sequence[_Row],
    totals: "numpy.typing.NDArray[numpy.float64]",
) -> highspy.HighsLp:
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(cost), len(rows)
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = cost, lower, upper
    lp.row_lower_ = lp.row_upper_ = totals
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = numpy.cumsum([0, *(len(places) for places, _, _ in rows)])
    lp.a_matrix_.index_ = numpy.array([place for places, _, _ in rows for place in places], dtype=numpy.int32)
    lp.a_matrix_.value_ = numpy.array([weight for _, weights, _ in rows for weight in weights], dtype=float)
    return lp
