"""An edition rests on returns that cover its period whole; a period is told once, and parts before wholes."""

import pytest
from comity.errors import RefusedError
from comity.oversight.composing import Reported, Told, compose, covering
from comity.oversight.links import CAMPAIGN, CONFIRMED, INFERRED, NONE, links_of
from comity.oversight.returns import Return, VisibleCase
from comity.oversight.sections import Setting, edition_of
from comity.oversight.tables import Rule
from comity.settings import load_bloc

BLOC = load_bloc("five")


def reported(member: str, start: int, end: int, *cases: VisibleCase) -> Return:
    return Return(member=member, start=start, end=end, made=end, rules="00", cases=cases)


def case(token: str, *observables: str, reaches_several: bool = False) -> VisibleCase:
    return VisibleCase(token=token, sector="energy", reaches_several=reaches_several, observables=observables)


def test_a_member_is_in_an_edition_if_its_returns_leave_no_gap() -> None:
    returns = [
        reported("XA", 0, 1), reported("XA", 1, 2), reported("XB", 0, 2), reported("XC", 0, 1), reported("NO", 1, 3)
    ]  # fmt: skip

    assert {member: len(several) for member, several in covering(returns, 0, 2, members=BLOC.members).items()} == {
        "XA": 2,
        "XB": 1,
    }


def test_no_edition_is_made_of_nothing() -> None:
    with pytest.raises(RefusedError, match="no member reported"):
        compose(Reported(bloc=BLOC, rule=Rule(), returns=[reported("XA", 0, 1)]), 0, 2)


@pytest.mark.parametrize(("start", "end"), [(0, 4), (0, 2), (1, 3), (3, 5)])
def test_what_was_told_as_a_whole_is_not_told_in_parts(start: int, end: int) -> None:
    told = Told(start=0, end=4, members=("XA",), published=frozenset(), small=frozenset())
    returns = [reported("XA", period, period + 1) for period in range(5)]

    with pytest.raises(RefusedError, match="edition"):
        compose(Reported(bloc=BLOC, rule=Rule(), returns=returns, told=[told]), start, end)


def test_a_case_is_counted_once_under_the_first_link_that_holds() -> None:
    returns = [
        reported("XA", 0, 1, case("1", "x"), case("2", reaches_several=True), case("3", "y"), case("4", "z")),
        reported("XB", 0, 1, case("1"), case("5", "y"), case("6")),
        reported("XC", 0, 1, case("7", "w"), case("8", "w")),
    ]
    found = links_of(returns, BLOC.sectors)

    # Two cases of one member that share an observable cross no border.
    assert dict(found.by_kind) == {CONFIRMED: 1, INFERRED: 1, CAMPAIGN: 2, NONE: 4}
    assert dict(found.by_sector) == {"energy": 4}
    assert found.members_of_kind[CAMPAIGN] == 2


def test_links_are_told_of_a_period_once_since_periods_do_not_add_up_to_them() -> None:
    returns = [
        reported(member, period, period + 1, case("1"), case(member)) for member in BLOC.members for period in (0, 1)
    ]
    first = compose(Reported(bloc=BLOC, rule=Rule(), returns=returns), 0, 1)
    told = Told(
        start=0,
        end=1,
        members=tuple(first.returns),
        published=first.protection.published,
        small=first.protection.small,
    )
    whole = compose(Reported(bloc=BLOC, rule=Rule(), returns=returns, told=[told]), 0, 2)
    setting = Setting(bloc=BLOC, rule=Rule(), number=2, previous="", made=2, rules="00", corroboration=(0, 0, 0))
    cells = [row.cells[0] for row in edition_of(whole, setting).sections[1].sheets[0].rows]

    assert "links" in first.tables
    assert cells == ["suppressed"] * 4
