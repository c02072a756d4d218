"""Search takes what people paste, pages without loss, and counts what it divides."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from comity.domain.label import Label
from comity.domain.purpose import Purpose
from comity.domain.tier import Tier
from comity.domain.tlp import TLP
from comity.store.search import Search
from comity.store.search_conditions import Criteria

from tests.integration.portal.conftest import Seat, World

Sit = Callable[[str], Seat]


def values(seat: Sit, question: str) -> list[str]:
    found = seat("cert").get("/search", params={"q": question, "format": "json"}).json()
    return [one["value"] or one["name"] for one in found["objects"]]


@pytest.mark.parametrize(
    "pasted",
    [
        "hxxps://QR-Refund[.]example:443/Verify/",
        "hXXps[:]//qr-refund(.)example/a/../Verify/",
        "<https://QR-REFUND.EXAMPLE./Verify/#login>",
        "value:hxxps://qr-refund[.]example/Verify/",
    ],
)
def test_every_spelling_of_a_url_finds_it_and_no_other(world: World, seat: Sit, green: Label, pasted: str) -> None:
    world.indicator("url", "https://qr-refund.example/Verify/", green)
    world.indicator("url", "https://qr-refund.example/verify/", replace(green, origin="XC"))

    assert values(seat, pasted) == ["https://qr-refund.example/Verify/"]


@pytest.mark.parametrize(
    ("pasted", "found"),
    [
        ("DROP.LANTERN-SYNC.EXAMPLE.", ["drop.lantern-sync.example"]),
        ("lantern-sync[.]example", ["drop.lantern-sync.example"]),
        ("ync.example", []),
        ('"lantern-sync.example"', ["http://drop.lantern-sync.example/b", "drop.lantern-sync.example"]),
    ],
)
def test_a_host_finds_itself_and_what_is_under_it_and_text_finds_all(
    world: World, seat: Sit, green: Label, pasted: str, found: list[str]
) -> None:
    world.indicator("domain-name", "Drop.Lantern-Sync.example", green)
    world.indicator("url", "http://drop.lantern-sync.example/b", green)

    assert values(seat, pasted) == found


@pytest.mark.parametrize(
    ("network", "found"),
    [
        ("198.51.100.99/24", ["198.51.100.128/25", "198.51.100.23"]),
        ("198.51.96.0/20", ["198.51.100.128/25", "198.51.100.23", "198.51.101.7"]),
        ("198.51.100.16/28", ["198.51.100.23"]),
        ("198.51.100.200", ["198.51.100.128/25"]),
        ("198.51.100.2", []),
        ("0.0.0.0/0", ["198.51.100.128/25", "198.51.100.23", "198.51.101.7", "203.0.113.1"]),
        ("2001:db8::/32", ["2001:db8:0:1::5", "2001:db8::1"]),
        ("2001:db8:0:1::/64", ["2001:db8:0:1::5"]),
        ("2001:DB8:0:0::1", ["2001:db8::1"]),
    ],
)
def test_a_network_finds_what_lies_in_it_and_an_address_what_lies_around_it(
    world: World, seat: Sit, green: Label, network: str, found: list[str]
) -> None:
    addresses = ["203.0.113.1", "198.51.101.7", "198.51.100.23", "198.51.100.128/25"]
    added = [world.indicator("ipv4-addr", each, green) for each in addresses]
    added += [world.indicator("ipv6-addr", each, green) for each in ("2001:db9::1", "2001:db8::1", "2001:db8:0:1::5")]

    assert values(seat, network) == found


@pytest.mark.parametrize("text", ["100%", "a_b", "it's", '"a b"', "\\"])
def test_text_is_searched_for_as_it_is_written(world: World, seat: Sit, green: Label, text: str) -> None:
    world.sdo("malware", "1000 axb its ab", green, is_family=True)

    assert values(seat, text) == []


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("type:indicator tlp:amber", ["198.51.100.1"]),
        ("kind:domain kind:ipv4", ["198.51.100.1", "one.example"]),
        ("sector:energy tier:C2 member:XB", ["198.51.100.1"]),
        ("member:NO", []),
        ('"pale lantern"', ["Pale Lantern"]),
        ("LANTERN pale", ["Pale Lantern"]),
        ("kind:domain after:2027-03-01 before:2027-03-02", ["one.example"]),
        ("before:2027-03-01", []),
        ("kind:domain after:2027-03-01T02:00Z", []),
        ("tlp:amber+strict", ["strict.example"]),
    ],
)
def test_fields_narrow_and_alternatives_of_one_field_widen(
    world: World, seat: Sit, green: Label, question: str, found: list[str]
) -> None:
    amber = replace(green, tlp=TLP.AMBER, tier=Tier.C2, sector="energy")
    world.indicator("domain-name", "one.example", green)
    world.indicator("ipv4-addr", "198.51.100.1", amber)
    world.sdo("malware", "Pale Lantern", green, is_family=True)
    strict = replace(green, tlp=TLP.AMBER_STRICT, tier=Tier.C2)
    world.indicator("url", "https://strict.example/", strict)

    assert [one.removeprefix("https://").removesuffix("/") for one in values(seat, question)] == found


def test_a_facet_is_counted_without_what_is_chosen_in_it(
    world: World, seat: Sit, green: Label, restricted: Label
) -> None:
    world.indicator("domain-name", "one.example", green)
    world.indicator("ipv4-addr", "198.51.100.1", green)
    world.indicator("ipv4-addr", "198.51.100.2", restricted)

    facets = seat("cert").get("/search?q=tlp:green+kind:ipv4&format=json").json()["facets"]

    assert facets["tlp"] == {"green": 1, "amber": 1}
    assert facets["kind"] == {"domain": 1, "ipv4": 1}
    assert facets["tier"] == {"C1": 1}


def test_an_object_of_several_sources_counts_and_is_found_for_each_of_them(
    world: World, seat: Sit, green: Label
) -> None:
    world.indicator("domain-name", "shared.example", green)
    world.indicator("domain-name", "shared.example", replace(green, origin="XC"))
    world.indicator("domain-name", "single.example", replace(green, origin="XC"))

    found = seat("cert").get("/search?q=member:XB&format=json").json()

    assert found["facets"]["member"] == {"XB": 1, "XC": 2}
    assert values(seat, "member:XC") == ["single.example", "shared.example"]


def test_pages_hold_every_object_once_also_while_others_arrive(world: World, green: Label) -> None:
    first = [world.indicator("ipv4-addr", f"198.51.100.{number}", green) for number in range(1, 8)]
    search, viewer, connection = Search(world.store.grants), world.viewer(), world.store.read()

    one = search.find(connection, viewer, Criteria(), after=None, limit=3)
    world.indicator("ipv4-addr", "203.0.113.1", green)
    two = search.find(connection, viewer, Criteria(), after=one.next, limit=3)
    three = search.find(connection, viewer, Criteria(), after=two.next, limit=3)

    assert [hit.id for page in (one, two, three) for hit in page.hits] == first[::-1]
    assert (one.total, three.next) == (7, None)


def test_a_revoked_object_is_found_as_revoked_with_the_reason(world: World, seat: Sit, green: Label) -> None:
    world.indicator("ipv4-addr", "198.51.100.200", green)
    world.indicator("ipv4-addr", "198.51.100.20", green)
    revoked = world.indicator(
        "ipv4-addr",
        "198.51.100.200",
        green,
        revoked=True,
        modified="2027-03-04T00:00:00.000Z",
        description="an edge of a content network",
    )

    found = seat("cert").get("/search?q=198.51.100.200&format=json").json()
    page = seat("cert").get(f"/objects/{revoked}").text

    assert [(one["revoked"], one["reason"]) for one in found["objects"]] == [(True, "an edge of a content network")]
    assert found["facets"]["revoked"] == {"yes": 1}
    assert "Its owner declared it invalid. Reason: an edge of a content network" in page


def test_the_heir_takes_the_place_of_a_revoked_contribution(world: World, seat: Sit, green: Label) -> None:
    world.indicator("domain-name", "shared.example", green)
    other = world.indicator("domain-name", "shared.example", replace(green, origin="XC"))
    world.indicator("domain-name", "shared.example", green, revoked=True, modified="2027-03-04T00:00:00.000Z")

    found = seat("cert").get("/search?q=shared.example+revoked:no&format=json").json()

    assert [(one["id"], one["sources"]) for one in found["objects"]] == [(other, ["XC"])]


@pytest.mark.parametrize("lookalike", ["xn--qr-refnd-c6a.example", "qr-refυnd.example", "qr-refund.exarnple"])
def test_a_look_alike_is_a_hint_and_no_hit(world: World, seat: Sit, green: Label, lookalike: str) -> None:
    world.indicator("domain-name", "qr-refund.example", green)
    world.indicator("domain-name", lookalike, green)

    found = seat("cert").get("/search?q=qr-refund.example&format=json").json()

    assert [one["value"] for one in found["objects"]] == ["qr-refund.example"]
    assert [one["of"] for one in found["looks_like"]] == ["qr-refund.example"]


def test_a_question_that_cannot_be_read_is_answered_with_what_was_expected(seat: Sit) -> None:
    answer = seat("cert").get("/search?q=colour:red")

    assert answer.status_code == 400
    assert "unknown field &#39;colour&#39; at character 1, expected one of" in answer.text


def test_a_bulk_look_up_knows_an_address_inside_a_network(world: World, seat: Sit, green: Label) -> None:
    world.indicator("ipv4-addr", "198.51.100.0/24", green)

    answer = seat("cert").post("/lookup?format=json", "/lookup", values="198[.]51[.]100[.]7").json()

    assert [(one["answer"], one["around"]) for one in answer["lines"]] == [("known", "198.51.100.0/24")]


def test_a_bulk_look_up_answers_a_thousand_lines_and_says_what_it_left_out(seat: Sit) -> None:
    lines = "\n".join(f"host-{number}.example" for number in range(1_003))

    answer = seat("cert").post("/lookup?format=json", "/lookup", values=lines).json()

    assert (len(answer["lines"]), answer["left_out"]) == (1_000, 3)


def test_the_desk_begins_with_the_purpose_that_lets_it_read_most_and_may_choose_another(
    world: World, seat: Sit, green: Label
) -> None:
    drill = replace(green, exercise=True, purposes=frozenset({Purpose.JOINT_EXERCISE}))
    world.indicator("domain-name", "drill.example", drill)
    cert = seat("cert")

    begins = cert.get("/search?format=json").json()["total"]
    chosen = cert.post("/purpose", "/search", purpose="incident-response", next="/search")
    after = cert.get("/search?format=json").json()["total"]

    assert (begins, chosen.headers["location"], after) == (1, "/search", 0)
