"""What is said about an object reaches no further than the object: ``comity.policy.restriction``."""

from dataclasses import replace

import pytest
from comity.domain.label import RELEASE_ALL, Label
from comity.domain.purpose import EXERCISE, REAL
from comity.domain.tier import Tier
from comity.domain.tlp import TLP
from comity.policy.restriction import restricted

ABOUT = Label(origin="XA", tlp=TLP.AMBER, tier=Tier.C2, releasable=frozenset({"XC"}))
SAID = Label(origin="XB", tlp=TLP.GREEN, tier=Tier.C1, releasable=RELEASE_ALL)


def test_the_stricter_tlp_and_the_higher_tier_hold() -> None:
    found = restricted(SAID, ABOUT)

    assert (found.origin, found.tlp, found.tier) == ("XB", TLP.AMBER, Tier.C2)


@pytest.mark.parametrize(
    ("said", "about", "expected"),
    [
        (RELEASE_ALL, frozenset({"XC"}), frozenset({"XA", "XC"})),
        (RELEASE_ALL, RELEASE_ALL, RELEASE_ALL),
        (RELEASE_ALL, None, None),
        (frozenset({"XC", "XD"}), frozenset({"XC"}), frozenset({"XC"})),
        (frozenset({"XD"}), RELEASE_ALL, frozenset({"XD"})),
        (frozenset({"XD"}), None, frozenset({"XD"})),
        (None, frozenset({"XC"}), frozenset({"XA", "XC"})),
        (None, None, None),
    ],
)
def test_only_those_of_both_audiences_receive_and_the_origin_may_be_told(
    said: frozenset[str] | None, about: frozenset[str] | None, expected: frozenset[str] | None
) -> None:
    found = restricted(replace(SAID, releasable=said), replace(ABOUT, releasable=about))

    assert found.releasable == expected


@pytest.mark.parametrize(
    ("said", "about", "expected"),
    [
        (None, None, None),
        (frozenset({"XC"}), None, frozenset({"XC"})),
        (None, frozenset({"XC"}), frozenset({"XA", "XC"})),
        (frozenset({"XC"}), frozenset({"XD"}), frozenset()),
    ],
)
def test_an_embargo_of_either_holds(
    said: frozenset[str] | None, about: frozenset[str] | None, expected: frozenset[str] | None
) -> None:
    found = restricted(replace(SAID, embargo_exempt=said), replace(ABOUT, embargo_exempt=about))

    assert found.embargo_exempt == expected


def test_withholding_blocking_and_purpose_hold_on_both_sides() -> None:
    about = replace(ABOUT, withheld=frozenset({"XB", "XD"}), blocked=True, exercise=True, purposes=EXERCISE)
    found = restricted(replace(SAID, purposes=REAL | EXERCISE), about)

    assert (found.withheld, found.blocked, found.exercise, found.purposes) == ({"XD"}, True, True, EXERCISE)
