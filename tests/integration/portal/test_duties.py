"""Operators see every regime's countdown, record filings, and report periods."""

from collections.abc import Callable

import pytest
from comity.oversight.duties import HOUR, Countdown, Facts, Filing, clocks
from comity.policy.evaluate import Engine

from tests.integration.portal.conftest import START, Seat, World, stix_id

Sit = Callable[[str], Seat]
INCIDENT = stix_id("incident", "of the duties")


@pytest.fixture
def counted(world: World, engine: Engine) -> None:
    duties = [*engine.bloc.members["XA"].duties, *engine.bloc.members["XB"].duties]
    facts = Facts(aware=START - 8 * HOUR)
    found = clocks(duties, facts, [Filing(duty="none", filed=None)], START)
    world.countdowns.append(Countdown(object_id=INCIDENT, name="Harbour down", aware=facts.aware, clocks=tuple(found)))


def test_one_incident_shows_the_countdown_of_every_regime(seat: Sit, counted: None) -> None:
    page = seat("cert").get("/operator/duties").text

    assert "16 h 00 min left" in page
    assert "2 h 00 min over" in page
    assert "theirs to file" in page


def test_a_filing_is_recorded_with_its_time_in_utc(seat: Sit, world: World, counted: None) -> None:
    desk = seat("cert")
    desk.post(
        "/operator/duties",
        "/operator/duties",
        object_id=INCIDENT,
        duty="xa-net",
        filed="2027-02-28 20:30",
        what="filed",
    )
    page = desk.get("/operator/duties").text

    assert world.filed == [(INCIDENT, "xa-net", START - 7 * HOUR // 2, "cert")]
    assert "Recorded for xa-net" in page


def test_a_duty_can_be_recorded_as_not_applicable(seat: Sit, world: World, counted: None) -> None:
    seat("cert").post("/operator/duties", "/operator/duties", object_id=INCIDENT, duty="xa-net", what="not-applicable")

    assert world.filed == [(INCIDENT, "xa-net", None, "cert")]


@pytest.mark.parametrize(("duty", "filed"), [("refuse", ""), ("xa-net", "yesterday"), ("xa-net", "2027-02-30 10:00")])
def test_what_is_refused_is_said(seat: Sit, world: World, counted: None, duty: str, filed: str) -> None:
    desk = seat("cert")
    desk.post("/operator/duties", "/operator/duties", object_id=INCIDENT, duty=duty, filed=filed, what="filed")

    assert world.filed == []
    assert 'class="note refused"' in desk.get("/operator/duties").text


def test_the_same_countdowns_are_there_as_data(seat: Sit, counted: None) -> None:
    told = seat("cert").get("/operator/duties?format=json").json()

    assert [clock["state"] for clock in told["incidents"][0]["clocks"]] == ["running", "missed"]


def test_a_period_is_reported_from_a_day_up_to_another(seat: Sit, world: World) -> None:
    desk = seat("cert")
    desk.request(
        "POST",
        "/operator/returns",
        data={"token": desk.token("/operator/returns"), "from": "2027-02-01", "to": "2027-03-01"},
    )

    assert world.reported == [(START - 28 * 24 * HOUR, START)]
