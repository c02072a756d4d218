"""A regulator reads counts; no route of the role returns the id or the value of any object."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from comity.domain.label import Label
from comity.domain.tier import Tier
from comity.domain.tlp import TLP

from tests.integration.portal.conftest import Seat, World

Sit = Callable[[str], Seat]
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@pytest.fixture
def filled(world: World, green: Label) -> dict[str, str]:
    amber = replace(green, tlp=TLP.AMBER, tier=Tier.C2)
    norrland = replace(amber, origin="NO")
    indicator = world.indicator("domain-name", "victim-portal.example", green, name="Pale Lantern")
    incident = world.incident("K1", amber, aware="2027-01-20T05:00:00Z", sector="energy", rsit="availability/ddos")
    world.incident("K2", norrland, aware="2027-03-02T05:00:00Z", sector="health", rsit="fraud")
    world.incident("K3", norrland, aware="2027-03-03T05:00:00Z", sector="health", rsit="fraud/phishing")
    return {"indicator": indicator, "incident": incident}


def test_reports_are_counted_by_member_sector_class_and_month(seat: Sit, filled: dict[str, str]) -> None:
    told = seat("regulator").get("/regulator?format=json").json()

    assert told["reports"] == 3
    assert told["by_member"] == {"XA": 0, "XB": 1, "XC": 0, "XD": 0, "NO": 2}
    assert told["by_class"] == {"availability": 1, "fraud": 2}
    assert told["by_month"] == {"2027-01": 1, "2027-02": 0, "2027-03": 2}
    assert told["by_sector_and_member"]["health"] == {"XA": 0, "XB": 0, "XC": 0, "XD": 0, "NO": 2}
    assert told["period"] == "2027-01 to 2027-03"


def test_the_period_can_be_chosen_and_is_printed_with_the_cut_off(seat: Sit, filled: dict[str, str]) -> None:
    page = seat("regulator").get("/regulator?from=2027-02&to=2027-03&member=NO&sector=health").text

    assert "2027-02 to 2027-03" in page
    assert "Data cut-off" in page
    assert "<dt>Incident reports</dt><dd>2</dd>" in page


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/regulator",
        "/regulator?format=json",
        "/regulator?format=csv",
        "/search",
        "/search?q=victim-portal.example",
        "/search?format=json",
        "/search?format=csv",
        "/objects/{indicator}",
        "/objects/{indicator}?format=json",
        "/objects/{incident}",
        "/lookup",
        "/lookup?values=victim-portal.example&format=json",
        "/infrastructure",
        "/infrastructure?format=json",
        "/operator",
        "/operator?format=csv",
        "/operator/submissions",
        "/operator/submissions/{indicator}",
        "/operator/withdrawals",
        "/operator/preview",
    ],
)
def test_no_address_gives_a_regulator_an_id_or_a_value(seat: Sit, filled: dict[str, str], path: str) -> None:
    text = seat("regulator").get(path.format(**filled)).text

    assert UUID.findall(text) == []
    assert [each for each in ("victim-portal", "Lantern", "case of") if each in text] == []


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/lookup", {"values": "victim-portal.example"}),
        ("/lookup?format=json", {"values": "victim-portal.example"}),
        ("/objects/{indicator}/sight", {"verdict": "sighted"}),
        ("/operator/preview", {"stix": "{}"}),
        ("/operator/submissions/{indicator}/recall", {"reason": "because"}),
    ],
)
def test_no_form_gives_a_regulator_anything(
    seat: Sit, filled: dict[str, str], path: str, fields: dict[str, str]
) -> None:
    answer = seat("regulator").post(path.format(**filled), "/regulator", **fields)

    assert answer.status_code == 404
    assert UUID.findall(answer.text) == []


def test_an_incident_that_is_not_released_is_not_counted(world: World, seat: Sit, secret: Label) -> None:
    world.incident("K9", secret, aware="2027-03-01T00:00:00Z", sector="energy", rsit="fraud")

    assert seat("regulator").get("/regulator?format=json").json()["reports"] == 0


def test_a_regulator_begins_with_the_purpose_of_oversight(seat: Sit, filled: dict[str, str]) -> None:
    assert "Read for: regulatory oversight" in seat("regulator").get("/regulator").text
