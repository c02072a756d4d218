"""Public tables: sums over the bloc with noise, and a ledger of what they cost; regulators read editions instead."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from comity.errors import RefusedError
from comity.federation.editions import Editions
from comity.oversight import counting
from comity.oversight.composing import covering
from comity.oversight.counting import tables_of
from comity.oversight.noise import Below, two_sided_geometric
from comity.oversight.tables import ALL
from comity.store import oversight
from comity.store.oversight import PublicTable

TABLES = (counting.SECTOR, counting.CLASS, counting.LAYER, counting.CASES)
"""The tables that are made public; in each of them a report or a case is counted once."""
QUARTER = 92 * 86_400_000_000
"""The longest period that one budget is for, in microseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicEditions:
    """Makes public tables; *below* is a source of randomness that nobody can repeat."""

    editions: Editions
    budget: Fraction
    """Epsilon for each table and quarter: one report or case more or less changes no chance by more than exp of it."""
    below: Below

    def make(self, start: int, end: int) -> list[PublicTable]:
        """Make the public tables of a period, and enter them into the ledger.

        Raises:
            RefusedError: nobody reported for the whole period, it is longer than a quarter, or the budget is spent.
        """
        if end - start > QUARTER:
            raise RefusedError("a public table tells of a quarter at most")
        store = self.editions.federation.store
        with store.write() as connection:
            self._check_budget(oversight.all_public_tables(connection), start, end)
            bloc = self.editions.federation.bloc
            returns = covering(self.editions.returns(connection), start, end, members=bloc.members)
            if not returns:
                raise RefusedError("no member reported for the whole of this period")
            found = {table.name: table for table in tables_of(bloc, returns)}
            made = [
                PublicTable(
                    name=name,
                    start=start,
                    end=end,
                    made=store.clock(),
                    epsilon=str(self.budget),
                    body=json.dumps({column: self._noisy(table.place(ALL, column).value) for column in table.columns}),
                )
                for name, table in found.items()
                if name in TABLES
            ]
            oversight.put_public_tables(connection, made)
        return made

    def _check_budget(self, ledger: Iterable[PublicTable], start: int, end: int) -> None:
        # Any period that overlaps draws on the same budget, so that no quarter is told of twice.
        spent = [one for one in ledger if one.start < end and start < one.end]
        if spent:
            raise RefusedError(f"the budget of this period is spent: {len(spent)} public tables tell of a part of it")

    def _noisy(self, value: int) -> int:
        return max(0, value + two_sided_geometric(self.budget, self.below))
