"""Nothing of what a desk may not read shows anywhere: no source, no sighting, no neighbour, no hint, no page."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from comity.domain.label import Label

from tests.integration.portal.conftest import Seat, World

Sit = Callable[[str], Seat]


@pytest.mark.parametrize("question", ["hidden.example", "value:hidden.example", '"hidden"', "type:indicator"])
def test_a_search_for_a_hidden_value_answers_as_for_an_absent_one(
    world: World, seat: Sit, secret: Label, question: str
) -> None:
    before = seat("cert").get("/search", params={"q": question, "format": "json"}).content
    world.indicator("domain-name", "hidden.example", replace(secret, sector="energy"))

    after = seat("cert").get("/search", params={"q": question, "format": "json"}).content

    assert after == before


def test_the_page_of_a_hidden_object_is_byte_for_byte_that_of_an_absent_one(
    world: World, seat: Sit, secret: Label
) -> None:
    hidden = world.indicator("domain-name", "hidden.example", secret)
    cert = seat("cert")

    answers = [cert.get(f"/objects/{one}") for one in (hidden, "indicator--00000000-0000-4000-8000-000000000000", "x")]

    assert {one.status_code for one in answers} == {404}
    assert answers[0].content == answers[1].content == answers[2].content
    assert answers[0].headers == answers[1].headers == answers[2].headers


def test_a_source_is_told_to_the_desk_that_is_cleared_for_it_only(
    world: World, seat: Sit, green: Label, restricted: Label, secret: Label
) -> None:
    held = world.indicator("domain-name", "shared.example", green)
    world.indicator("domain-name", "shared.example", replace(restricted, origin="NO"))
    world.indicator("domain-name", "shared.example", replace(secret, origin="XC"))

    sources = [seat(name).get(f"/objects/{held}?format=json").json()["object"]["sources"] for name in ("cert", "soc")]

    assert sources == [["NO", "XB"], ["XB"]]


def test_sightings_of_every_contribution_are_counted_but_hidden_ones_are_not(
    world: World, seat: Sit, green: Label, secret: Label
) -> None:
    held = world.indicator("domain-name", "seen.example", green)
    other = world.indicator("domain-name", "seen.example", replace(green, origin="XC"))
    world.sighting(other, replace(green, origin="XC"), count=4)
    world.sighting(held, replace(green, origin="XD"), refuted=True)
    world.sighting(held, replace(secret, origin="NO", releasable=frozenset({"XB"})), count=9)

    told = seat("cert").get(f"/objects/{held}?format=json").json()["sightings"]

    assert [(one["member"], one["seen"], one["refuted"]) for one in told] == [("XC", 4, 0), ("XD", 0, 1)]


def test_neighbours_are_told_both_ways_and_hidden_ones_or_hidden_links_are_not(
    world: World, seat: Sit, green: Label, secret: Label
) -> None:
    held = world.indicator("domain-name", "middle.example", green)
    shown = world.sdo("malware", "Lantern", green, is_family=True)
    hidden = world.sdo("campaign", "Hidden", secret)
    apart = world.sdo("tool", "Apart", green)
    world.relationship(held, "indicates", shown, green)
    world.relationship(held, "indicates", hidden, green)
    world.relationship(held, "indicates", apart, secret)
    cert = seat("cert")

    told = [cert.get(f"/objects/{one}?format=json").json()["related"] for one in (held, shown, apart)]

    assert [[(one["object"]["id"], one["outgoing"]) for one in related] for related in told] == [
        [(shown, True)],
        [(held, False)],
        [],
    ]


def test_another_contribution_of_what_a_desk_holds_leads_to_the_one_it_holds(
    world: World, seat: Sit, green: Label
) -> None:
    held = world.indicator("domain-name", "shared.example", green)
    other = world.indicator("domain-name", "shared.example", replace(green, origin="XC"))

    assert seat("cert").get(f"/objects/{other}?format=json").json()["object"]["id"] == held


def test_a_hidden_look_alike_is_not_hinted_at(world: World, seat: Sit, green: Label, secret: Label) -> None:
    world.indicator("domain-name", "qr-refund.example", green)
    world.indicator("domain-name", "xn--qr-refnd-c6a.example", secret)

    assert seat("cert").get("/search?q=qr-refund&format=json").json()["looks_like"] == []


def test_a_desk_cannot_sight_what_it_may_not_read(world: World, seat: Sit, restricted: Label) -> None:
    held = world.indicator("domain-name", "restricted.example", restricted)

    answer = seat("soc").post(f"/objects/{held}/sight", "/lookup", verdict="sighted")

    assert (answer.status_code, world.sighted) == (404, [])


def test_an_object_says_in_words_why_the_desk_may_read_it(world: World, seat: Sit, green: Label) -> None:
    held = world.indicator("domain-name", "open.example", green)

    told = seat("soc").get(f"/objects/{held}?format=json").json()

    assert told["why"] == ["The owner released the object to this member."]
