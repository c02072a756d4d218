"""Cases that belong together: links that can be read, and groups that one chance link does not merge."""

from comity.correlation.campaigns import HALF_LIFE, Case, campaigns, links_between
from comity.correlation.warning import Known, lead
from hypothesis import given, settings
from hypothesis import strategies as st


def case(name: str, *observables: str, members: str = "XA", **more: object) -> Case:
    return Case(name=name, members=frozenset(members.split()), observables=frozenset(observables), **more)  # type: ignore[arg-type]


def test_a_link_counts_every_observable_in_common() -> None:
    links = links_between([case("K1", "a", "b", "c"), case("K3", "b", "a", "d"), case("K5", "e")])

    assert [(link.one, link.other, link.shared) for link in links] == [("K1", "K3", ("a", "b"))]


def test_what_only_two_cases_have_is_worth_more_than_what_many_have() -> None:
    links = links_between([case("K1", "rare", "usual"), case("K2", "rare"), case("K3", "usual"), case("K4", "usual")])
    rarity = {(link.one, link.other): link.rarity for link in links}

    assert rarity["K1", "K2"] == 1.0
    assert rarity["K1", "K3"] == 0.5


def test_a_score_reads_as_the_sum_of_its_parts() -> None:
    techniques = frozenset({"T1566"})
    one = case("K1", "a", techniques=techniques, sectors=frozenset({"health"}), began=0)
    other = case("K2", "a", techniques=techniques, sectors=frozenset({"health"}), began=HALF_LIFE)
    (link,) = links_between([one, other])

    assert link.read() == "1.80 = 1 observables in common 1.00 + techniques 0.50 + sector 0.10 + time 0.20"


def test_techniques_and_sectors_alone_make_no_link() -> None:
    alike = {"techniques": frozenset({"T1566"}), "sectors": frozenset({"health"})}

    assert links_between([case("K1", "a", **alike), case("K2", "b", **alike)]) == []


def test_shared_infrastructure_is_named_and_worth_nothing() -> None:
    (link,) = links_between([case("K1", "cdn"), case("K2", "cdn")], common=frozenset({"cdn"}))

    assert (link.shared, link.rarity) == (("cdn",), 0.0)


def test_what_everybody_has_links_nobody() -> None:
    assert links_between([case(f"K{number}", "cdn") for number in range(60)]) == []


def test_campaigns_cross_borders_where_their_cases_do() -> None:
    cases = [case("K1", "a", "b", members="XA"), case("K3", "a", "b", members="XB XC"), case("K9", "c")]
    (found,) = campaigns(cases, links_between(cases))

    assert (found.cases, found.members, found.crosses_borders) == (("K1", "K3"), ("XA", "XB", "XC"), True)


def test_one_chance_link_does_not_make_two_campaigns_one() -> None:
    first = [case(f"A{number}", "a1", "a2", "a3", "chance" if number == 0 else "a4") for number in range(4)]
    second = [case(f"B{number}", "b1", "b2", "b3", "chance" if number == 0 else "b4") for number in range(4)]
    cases = [*first, *second]

    assert [len(found.cases) for found in campaigns(cases, links_between(cases))] == [4, 4]


@settings(deadline=None)
@given(st.permutations([("K1", "ab"), ("K2", "bc"), ("K3", "cd"), ("K4", "x"), ("K5", "xy"), ("K6", "y")]))
def test_the_order_of_cases_does_not_matter(order: list[tuple[str, str]]) -> None:
    cases = [case(name, *observables) for name, observables in order]
    found = campaigns(cases, links_between(cases))

    assert [each.cases for each in found] == [("K1", "K2", "K3"), ("K4", "K5", "K6")]


def test_a_warning_counts_from_the_first_that_reached_the_member() -> None:
    assert lead("XA", 100, [Known(by="XB", at=40), Known(by="XC", at=30), Known(by="XD", at=None)]) == 70


def test_what_the_member_had_contributed_itself_is_no_warning() -> None:
    assert lead("XA", 100, [Known(by="XB", at=40), Known(by="XA", at=100)]) is None


def test_what_the_member_contributed_later_does_not_undo_a_warning() -> None:
    assert lead("XA", 100, [Known(by="XB", at=100), Known(by="XA", at=101)]) == 0


def test_what_came_later_is_no_warning() -> None:
    assert lead("XA", 100, [Known(by="XB", at=101)]) is None
