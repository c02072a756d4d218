"""An account reads for the purposes it was given, on the pages as over TAXII; and what a regulator is never told."""

from collections.abc import Callable

import pytest
from comity.domain.label import Label

from tests.integration.portal.conftest import PASSWORD, Seat, World

Sit = Callable[[str], Seat]


@pytest.mark.parametrize("path", ["/search", "/search?format=json", "/lookup"])
def test_a_desk_for_exercises_finds_nothing_real(seat: Sit, world: World, green: Label, path: str) -> None:
    world.indicator("domain-name", "real.example", green)

    assert "real.example" in seat("soc").get("/search").text
    assert "real.example" not in seat("narrow soc").get(path).text


@pytest.mark.parametrize("sector", ["indicator--00000000-0000-4000-8000-000000000000", "victim.example"])
def test_a_sector_that_is_an_id_or_a_value_is_not_shown_to_a_regulator(
    seat: Sit, world: World, green: Label, sector: str
) -> None:
    world.incident("Outage", green, aware="2027-03-01T00:00:00Z", sector=sector, rsit="availability/outage")
    desk = seat("regulator")

    assert sector not in desk.get("/regulator").text + desk.get("/regulator?format=json").text
    assert "not listed" in desk.get("/regulator").text


def test_a_password_is_no_credential_of_a_page(seat: Sit, world: World) -> None:
    answer = seat("").request("GET", "/search?format=json", auth=("cert", PASSWORD))

    assert answer.status_code in {303, 401}
