"""Duties come out of the profile, whole or not at all."""

import pytest
from comity.domain.duty import Duty
from comity.errors import PolicyError
from comity.policy.duties import duties_of
from comity.settings import load_bloc

ENTRY = {"id": "x", "regime": "Act", "stage": "notify", "deadline_hours": 72}


def test_a_duty_says_what_the_profile_says() -> None:
    found = duties_of("XA", [{**ENTRY, "applies_to": "all", "notify": "them", "verified": True}], place="here")

    assert found == (
        Duty(id="x", member="XA", regime="Act", stage="notify", deadline_hours=72.0, applies_to="all", notify="them"),
    )


def test_the_same_regime_is_that_of_the_entry_before() -> None:
    entries = [ENTRY, {**ENTRY, "id": "y", "regime": "same"}, {**ENTRY, "id": "z", "regime": "same (amended)"}]

    assert [duty.regime for duty in duties_of("XA", entries, place="here")] == ["Act", "Act", "Act"]


@pytest.mark.parametrize("regime", ["same", "same old Act"])
def test_a_regime_may_be_called_the_same(regime: str) -> None:
    assert duties_of("XA", [{**ENTRY, "regime": regime}], place="here")[0].regime == regime


@pytest.mark.parametrize("entries", [None, []])
def test_a_member_may_have_none(entries: object) -> None:
    assert duties_of("XA", entries, place="here") == ()


@pytest.mark.parametrize(
    "entries",
    [
        "none",
        ["x"],
        [{**ENTRY, "id": ""}],
        [{**ENTRY, "regime": None}],
        [{**ENTRY, "stage": 3}],
        [{**ENTRY, "deadline_hours": -1}],
        [{**ENTRY, "deadline_hours": True}],
        [{**ENTRY, "deadline_hours": "72"}],
        [{**ENTRY, "deadline_hours": float("nan")}],
        [{**ENTRY, "calendar_days": 1.5}],
        [{**ENTRY, "calendar_days": -1}],
        [ENTRY, ENTRY],
    ],
)
def test_what_is_unusable_is_refused_by_its_place(entries: object) -> None:
    with pytest.raises(PolicyError, match=r"^here: "):
        duties_of("XA", entries, place="here")


def test_days_are_those_of_the_members_time_zone() -> None:
    found = duties_of("XA", [ENTRY, {**ENTRY, "id": "y", "calendar_days": 3}], place="here", zone="Asia/Singapore")

    assert [(duty.calendar_days, duty.zone) for duty in found] == [(None, "UTC"), (3, "Asia/Singapore")]


@pytest.mark.parametrize("zone", ["Nowhere/Near", "../../etc/passwd", ""])
def test_days_of_no_time_zone_are_refused(zone: str) -> None:
    with pytest.raises(PolicyError, match=r"^here: tz"):
        duties_of("XA", [{**ENTRY, "calendar_days": 3}], place="here", zone=zone)


def test_every_regime_of_the_profiles_is_read() -> None:
    duties = [duty for member in load_bloc("asean-china").members.values() for duty in member.duties]

    assert {duty.member for duty in duties} >= {"MY", "SG", "CN"}
    assert [duty.id for duty in duties if duty.regime.startswith("same")] == []
    assert [duty.id for duty in duties if duty.deadline_hours is None] != []
