"""Pages, JSON and CSV say the same, and nothing that somebody put into an object does anything in any of them."""

import csv
import io
import json
from collections.abc import Callable

import pytest
from comity.domain.label import Label

from tests.integration.portal.conftest import Seat, World

Sit = Callable[[str], Seat]
HOSTILE = "<img src=x onerror=alert(1)>\"'&"


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


def test_csv_says_what_the_page_says(world: World, seat: Sit, green: Label) -> None:
    held = world.indicator("domain-name", "open.example", green, name="=Lantern()")

    answer = seat("cert").get("/search?q=open.example&format=csv")

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="comity-search.csv"'
    assert rows(answer.text)[1] == [
        *(held, "indicator", "domain", "open.example", "'=Lantern()", "TLP:GREEN", "C1", "", "XB"),
        *("2027-03-01T01:00:00Z", "no", ""),
    ]


@pytest.mark.parametrize("path", ["/search", "/search?q=kind:domain", "/objects/{held}"])
def test_a_hostile_name_is_text_on_every_page(world: World, seat: Sit, green: Label, path: str) -> None:
    held = world.indicator("domain-name", "open.example", green, name=HOSTILE, description=HOSTILE)
    world.relationship(held, "indicates", world.sdo("malware", HOSTILE, green, is_family=True), green)

    text = seat("cert").get(path.format(held=held)).text

    assert "<img src=x" not in text
    assert "&lt;img src=x onerror=alert(1)&gt;" in text


def test_what_was_searched_for_is_text_too(seat: Sit) -> None:
    assert "<img src=x" not in seat("cert").get("/search", params={"q": HOSTILE}).text


def test_characters_that_turn_the_reading_direction_are_written_out(world: World, seat: Sit, green: Label) -> None:
    world.sdo("malware", "invoice\u202efdp.exe", green, is_family=True)

    text = seat("cert").get("/search").text

    assert "\u202e" not in text
    assert "invoice\\u202efdp.exe" in text


def test_the_json_of_an_object_holds_it_as_it_was_received(world: World, seat: Sit, green: Label) -> None:
    held = world.indicator("domain-name", "open.example", green, name="Pale Lantern")
    body = bytes(world.store.read().exec_driver_sql("select body from objects").scalar_one())

    answer = seat("cert").get(f"/objects/{held}?format=json")

    assert body in answer.content
    assert answer.json()["stix"] == json.loads(body)


@pytest.mark.parametrize(
    "path", ["/search", "/lookup?values=x", "/operator", "/operator/submissions", "/operator/withdrawals"]
)
@pytest.mark.parametrize("name", ["json", "csv"])
def test_every_page_names_its_json_and_its_csv(seat: Sit, path: str, name: str) -> None:
    cert = seat("cert")
    address = f"{path}{'&' if '?' in path else '?'}format={name}"

    assert address.replace("&", "&amp;") in cert.get(path).text
    assert cert.get(address).status_code == 200


def test_a_format_that_there_is_not_is_refused(seat: Sit) -> None:
    answer = seat("cert").get("/search?format=xml")

    assert answer.status_code == 400
    assert "expected one of html, json, csv" in answer.text


def test_an_object_page_draws_its_neighbours_with_links_that_need_no_script(
    world: World, seat: Sit, green: Label
) -> None:
    held = world.indicator("domain-name", "open.example", green)
    malware = world.sdo("malware", "Lantern", green, is_family=True)
    world.relationship(held, "indicates", malware, green)

    text = seat("cert").get(f"/objects/{held}").text

    assert f'<a href="/objects/{malware}">' in text[text.index("<svg") : text.index("</svg>")]
