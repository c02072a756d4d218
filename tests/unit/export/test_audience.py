"""What a desk may read is not yet what it may pass on."""

from dataclasses import replace

import pytest
from comity.domain.desk import Desk, Role
from comity.domain.label import RELEASE_ALL, Label, Personal
from comity.domain.tier import Tier
from comity.domain.tlp import TLP
from comity.export.audience import Audience, may_pass_on
from hypothesis import given
from hypothesis import strategies as st

OPEN = Label(origin="XB", tlp=TLP.CLEAR, tier=Tier.C0, releasable=RELEASE_ALL)
WIDER = {
    Audience.ORGANISATION: [],
    Audience.CLIENTS: [Audience.ORGANISATION],
    Audience.COMMUNITY: [Audience.ORGANISATION, Audience.CLIENTS],
    Audience.PUBLIC: [Audience.ORGANISATION, Audience.CLIENTS, Audience.COMMUNITY],
}
BEYOND = [each for each in Audience if each is not Audience.ORGANISATION]


@pytest.mark.parametrize(
    ("tlp", "reaches"), [(TLP.RED, 0), (TLP.AMBER_STRICT, 1), (TLP.AMBER, 2), (TLP.GREEN, 3), (TLP.CLEAR, 4)]
)
def test_tlp_says_how_far_an_object_goes(tlp: TLP, reaches: int) -> None:
    assert [may_pass_on(replace(OPEN, tlp=tlp), each) for each in Audience] == [True] * reaches + [False] * (
        4 - reaches
    )


@pytest.mark.parametrize(("tier", "reaches"), [(Tier.C4, 0), (Tier.C3, 1), (Tier.C2, 2), (Tier.C1, 3), (Tier.C0, 4)])
def test_the_tier_says_so_too(tier: Tier, reaches: int) -> None:
    assert [may_pass_on(replace(OPEN, tier=tier), each) for each in Audience] == [True] * reaches + [False] * (
        4 - reaches
    )


@pytest.mark.parametrize("audience", BEYOND)
@pytest.mark.parametrize(
    "limited",
    [
        replace(OPEN, releasable=frozenset({"XA", "XB"})),
        replace(OPEN, releasable=None),
        replace(OPEN, withheld=frozenset({"XC"})),
        replace(OPEN, named=frozenset({Desk("XA", Role.CERT)})),
        replace(OPEN, embargo_exempt=frozenset({"XA"})),
        replace(OPEN, victims=frozenset({"XA"})),
        replace(OPEN, personal=Personal.DIRECT),
    ],
)
def test_what_its_owner_limited_stays_in_the_organisation(limited: Label, audience: Audience) -> None:
    assert may_pass_on(limited, Audience.ORGANISATION)
    assert not may_pass_on(limited, audience)


@pytest.mark.parametrize("audience", list(Audience))
def test_what_has_no_label_or_one_that_is_not_mapped_goes_nowhere(audience: Audience) -> None:
    assert not may_pass_on(None, audience)
    assert not may_pass_on(replace(OPEN, blocked=True), audience)


@given(
    st.sampled_from(TLP),
    st.sampled_from(Tier),
    st.sampled_from([None, RELEASE_ALL, frozenset({"XA"})]),
    st.sampled_from(Audience),
)
def test_whatever_goes_to_a_wider_audience_goes_to_every_narrower_one(
    tlp: TLP, tier: Tier, releasable: frozenset[str] | None, audience: Audience
) -> None:
    label = replace(OPEN, tlp=tlp, tier=tier, releasable=releasable)

    assert not may_pass_on(label, audience) or all(may_pass_on(label, each) for each in WIDER[audience])
