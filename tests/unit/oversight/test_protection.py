"""What is published of a table gives nothing small away: to readers, to members, by difference of editions."""

import subprocess
import sys
from dataclasses import replace

import pytest
from comity.errors import PolicyError
from comity.oversight.knowledge import Atom, Knowledge, Statement
from comity.oversight.protection import Earlier, protect
from comity.oversight.tables import ALL, Key, Place, Rule, Table


def matrix(rows: dict[str, tuple[int, ...]], *, period: int = 0, keeps: str = "", name: str = "t") -> Table:
    columns = tuple("abcdefgh"[: len(next(iter(rows.values())))])
    counts = {
        Atom(name, member, column, period): value
        for member, row in rows.items()
        for column, value in zip(columns, row, strict=True)
    }
    kept = frozenset(rows) if keeps == "all" else frozenset()
    return Table(name=name, members=tuple(rows), columns=columns, counts=counts, by_member=True, keeps_zeros=kept)


def sums(rows: dict[str, tuple[int, ...]]) -> Table:
    table = matrix(rows)
    return Table(name="t", members=table.members, columns=table.columns, counts=table.counts)


def test_a_table_without_anything_small_is_published_whole() -> None:
    table = matrix({"XA": (5, 6), "XB": (7, 8), "XC": (9, 4)})

    assert protect([table], rule=Rule()).published == {place.key for place in table.places()}


def test_a_lone_small_cell_is_hidden_with_others_that_hide_it() -> None:
    table = matrix({"XA": (1, 8, 9), "XB": (7, 8, 9), "XC": (9, 9, 9), "XD": (6, 6, 6)})
    found = protect([table], rule=Rule())
    hidden = {place.key for place in table.places()} - found.published

    assert Key("t", "XA", "a") in hidden
    assert found.narrowest is not None
    assert found.narrowest >= 3
    # Two rows would do against readers; a third is hidden from the member that knows the second.
    assert len({key.member for key in hidden}) >= 3


def test_totals_are_hidden_where_nothing_else_can_hide_a_cell() -> None:
    found = protect([matrix({"XA": (1,)})], rule=Rule())

    assert found.published == frozenset()


def test_a_sum_over_the_bloc_needs_three_contributors() -> None:
    found = protect([sums({"XA": (20, 9), "XB": (30, 9), "XC": (0, 9)})], rule=Rule())

    assert Key("t", ALL, "a") not in found.published
    assert Key("t", ALL, "b") not in found.published or Key("t", ALL, ALL) not in found.published


def test_zeros_are_told_only_of_members_that_let_them_be() -> None:
    rows = {"XA": (0, 6, 7), "XB": (7, 8, 9), "XC": (9, 4, 5), "XD": (9, 9, 9)}
    kept = protect([matrix(rows, keeps="all")], rule=Rule())

    assert Key("t", "XA", "a") in protect([matrix(rows)], rule=Rule()).published
    assert Key("t", "XA", "a") not in kept.published


def test_a_number_that_was_not_shared_is_no_zero() -> None:
    table = matrix({"XA": (0, 6, 7), "XB": (7, 8, 9), "XC": (9, 4, 5), "XD": (5, 5, 5)}, keeps="all")
    shared = replace(table, counts={atom: value for atom, value in table.counts.items() if value})

    assert protect([shared], rule=Rule()).published == {place.key for place in shared.places()}


def test_a_difference_of_two_editions_gives_nothing_small_away() -> None:
    rows = {"XA": (9, 9, 9), "XB": (8, 8, 8), "XC": (7, 7, 7), "XD": (6, 6, 6)}
    first = matrix(rows)
    late = {Atom("t", member, column, 1): int(member == "XA" and column == "a") for member in rows for column in "abc"}
    both = Table(
        name="t", members=first.members, columns=first.columns, counts={**first.counts, **late}, by_member=True
    )
    published = tuple(first.places())
    found = protect([both], rule=Rule(), earlier=Earlier(values=first.counts, published=published))
    told = [Statement(place.atoms, place.value) for place in (*published, *_told(both, found.published))]

    assert Key("t", "XA", "a") not in found.published
    assert Knowledge(told, both.counts).interval([Atom("t", "XA", "a", 1)]).width >= 3


def _told(table: Table, published: frozenset[Key]) -> list[Place]:
    return [place for place in table.places() if place.key in published]


def test_what_was_given_away_before_is_told_to_be_exposed_and_stops_nothing() -> None:
    table = matrix({"XA": (1, 9), "XB": (9, 9), "XC": (9, 9)})
    late = {Atom("t", member, column, 1): 9 for member in table.members for column in table.columns}
    both = replace(table, counts={**table.counts, **late})
    small = tuple(place for place in table.places() if place.key == Key("t", "XA", "a"))
    earlier = Earlier(values=table.counts, published=tuple(table.places()), small=small)

    found = protect([both], rule=Rule(), earlier=earlier)

    assert found.exposed == 1


def test_statements_that_contradict_each_other_are_refused() -> None:
    atom = Atom("t", "XA", "a", 0)

    with pytest.raises(PolicyError, match="expected some that can be true"):
        Knowledge([Statement(frozenset({atom}), 1), Statement(frozenset({atom}), 2)], [atom]).interval([atom])


@pytest.mark.parametrize(
    ("shares", "is_hidden"),
    [
        ((), False),
        ((5.0,), True),
        ((5.0, 5.0), True),
        ((100.0, 5.0, 4.0), True),
        ((100.0, 50.0, 10.0), False),
        ((9.0, 9.0, 9.0), False),
    ],
)
def test_an_amount_that_one_member_dominates_is_not_told(shares: tuple[float, ...], is_hidden: bool) -> None:
    assert Rule().hides_amount(shares) is is_hidden


def test_the_solver_says_nothing_on_standard_output() -> None:
    code = "from comity.oversight.knowledge import Knowledge; Knowledge([], []); print('quiet')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "quiet\n"
