"""An account reads for the purposes it was given, on the pages as over TAXII."""

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


def test_a_password_is_no_credential_of_a_page(seat: Sit, world: World) -> None:
    answer = seat("").request("GET", "/search?format=json", auth=("cert", PASSWORD))

    assert answer.status_code in {303, 401}
