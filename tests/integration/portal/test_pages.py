"""What the pages show, to whom, and what they never do."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote

import pytest
from comity.domain.label import Label

from tests.integration.portal.conftest import Seat, World

CSP = (
    "default-src 'none'",
    "script-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "require-trusted-types-for 'script'",
)
STIX_ID = re.compile(r"[a-z-]+--[0-9a-f]{8}-")
Sit = Callable[[str], Seat]
ABSENT = "indicator--00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize("path", ["/", "/search", "/search?q=type:", "/objects/nothing", "/operator", "/regulator"])
def test_every_answer_carries_the_strict_policy(seat: Sit, path: str) -> None:
    headers = seat("cert").get(path).headers

    assert [part for part in CSP if part not in headers["content-security-policy"]] == []
    assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "no-referrer")


@pytest.mark.parametrize(
    ("role", "path", "status"),
    [
        ("cert", "/search", 200),
        ("cii", "/search", 200),
        ("soc", "/lookup", 200),
        ("cert", "/operator", 200),
        ("cert", "/operator/submissions", 200),
        ("cert", "/operator/withdrawals", 200),
        ("cert", "/operator/preview", 200),
        ("regulator", "/regulator", 200),
        ("soc", "/operator", 404),
        ("cii", "/operator/withdrawals", 404),
        ("regulator", "/search", 404),
        ("regulator", "/lookup", 404),
        ("soc", "/regulator", 404),
    ],
)
def test_a_role_reaches_its_own_pages_only(seat: Sit, role: str, path: str, status: int) -> None:
    assert seat(role).get(path).status_code == status


@pytest.mark.parametrize("path", ["/search", "/operator", "/regulator", f"/objects/{ABSENT}"])
def test_nobody_reads_a_page_without_logging_in(seat: Sit, path: str) -> None:
    answer = seat("").get(path)

    assert (answer.status_code, answer.headers["location"].startswith("/")) == (303, True)


def test_a_wrong_name_and_a_wrong_password_are_answered_alike(seat: Sit) -> None:
    one, other = seat(""), seat("")

    assert one.log_in("nobody").status_code == other.log_in("cert", "wrong").status_code != 303


def test_a_form_without_its_token_is_refused(seat: Sit, world: World, green: Label) -> None:
    object_id = world.indicator("domain-name", "a.example", green)
    answer = seat("cert").request("POST", f"/objects/{object_id}/sight", data={"verdict": "seen", "count": "1"})

    assert answer.status_code in {400, 403}
    assert world.sighted == []


def test_hidden_and_absent_objects_look_alike(seat: Sit, world: World, secret: Label) -> None:
    hidden = world.indicator("domain-name", "hidden.example", secret)
    desk = seat("cert")
    one, other = desk.get(f"/objects/{hidden}"), desk.get(f"/objects/{ABSENT}")

    assert (one.status_code, one.text.replace(hidden, ABSENT)) == (other.status_code, other.text)
    assert one.status_code == 404


@pytest.mark.parametrize("path", ["/search?q=hidden", "/search?q=hidden&format=json", "/search?format=csv", "/search"])
def test_what_is_not_granted_is_neither_shown_nor_counted(seat: Sit, world: World, secret: Label, path: str) -> None:
    world.indicator("domain-name", "hidden.example", secret)

    assert "hidden.example" not in seat("cert").get(path).text.replace('value="hidden"', "")
    assert "indicator</" not in seat("cert").get("/search").text


def test_a_desk_that_is_not_cleared_sees_less_than_one_that_is(seat: Sit, world: World, restricted: Label) -> None:
    world.indicator("domain-name", "operators.example", restricted)

    assert "operators.example" in seat("cert").get("/search").text
    assert "operators.example" not in seat("soc").get("/search").text


@pytest.mark.parametrize("asked", ["drop[.]example", "DROP.example.", "value:drop.example", "drop"])
def test_what_people_paste_is_found(seat: Sit, world: World, green: Label, asked: str) -> None:
    object_id = world.indicator("domain-name", "drop.example", green)

    assert object_id in seat("soc").get(f"/search?q={quote(asked)}").text


def test_an_address_is_found_by_the_network_around_it(seat: Sit, world: World, green: Label) -> None:
    object_id = world.indicator("ipv4-addr", "198.51.100.23", green)

    assert object_id in seat("soc").get(f"/search?q={quote('198.51.100.0/24')}").text


def test_a_hostile_name_is_text(seat: Sit, world: World, green: Label) -> None:
    object_id = world.indicator("domain-name", "a.example", green, name="<script>alert(1)</script>\"'")
    page = seat("soc").get(f"/objects/{object_id}").text

    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_a_spreadsheet_reads_no_cell_as_a_formula(seat: Sit, world: World, green: Label) -> None:
    world.sdo("malware", "=cmd|'/c calc'!A1", green, is_family=False)
    table = seat("soc").get("/search?format=csv").text

    assert "=cmd" in table
    assert not re.search(r'(?:^|,)"?=cmd', table, re.MULTILINE)


def test_every_page_of_a_long_list_is_reached_once(seat: Sit, world: World, green: Label) -> None:
    ids = {world.indicator("domain-name", f"h{number}.example", green) for number in range(120)}
    desk, found, path = seat("soc"), [], "/search"
    while path:
        page = desk.get(path).text
        found += re.findall(r'href="/objects/(indicator--[0-9a-f-]+)', page)
        following = re.search(r'href="(/search\?[^"]*after=[^"]*)"[^>]*rel="next"|rel="next"[^>]*href="([^"]+)"', page)
        path = (following[1] or following[2]).replace("&amp;", "&") if following else ""

    assert sorted(found) == sorted(ids)


def test_a_bulk_look_up_tells_known_from_unknown(seat: Sit, world: World, green: Label, secret: Label) -> None:
    world.indicator("domain-name", "known.example", green)
    world.indicator("domain-name", "hidden.example", secret)
    page = seat("soc").post("/lookup", "/lookup", values="known[.]example\nhidden.example\nabsent.example").text

    assert page.lower().count("unknown") >= 2
    assert 'href="/objects/' in page


def test_a_bulk_look_up_tells_what_was_declared_invalid_from_what_was_never_heard_of(
    seat: Sit, world: World, green: Label
) -> None:
    world.indicator("domain-name", "wrong.example", green)
    world.indicator("domain-name", "wrong.example", green, revoked=True, modified="2027-03-04T00:00:00.000Z")
    world.indicator("domain-name", "half.example", replace(green, origin="XC"))
    world.indicator("domain-name", "half.example", green)
    world.indicator("domain-name", "half.example", green, revoked=True, modified="2027-03-04T00:00:00.000Z")
    text = "wrong.example\nhalf.example\nnever.example"
    lines = seat("soc").post("/lookup?format=json", "/lookup", values=text).json()["lines"]

    assert [line["answer"] for line in lines] == ["revoked", "known", "unknown"]


def test_a_regulator_reaches_no_id_and_no_value(seat: Sit, world: World, green: Label) -> None:
    incident = world.incident(
        "Outage", green, aware="2027-03-01T00:00:00Z", sector="energy", rsit="availability/outage"
    )
    value = world.indicator("domain-name", "value.example", green)
    desk = seat("regulator")
    answers = [
        desk.get(path).text
        for path in (
            "/regulator",
            "/regulator?format=json",
            "/regulator?format=csv",
            f"/objects/{incident}",
            f"/objects/{value}",
            "/search?q=value",
            "/search?format=json",
        )
    ]

    assert [text for text in answers if "value.example" in text or STIX_ID.search(text)] == []


def test_sources_are_those_the_desk_may_know_of(seat: Sit, world: World, green: Label, secret: Label) -> None:
    object_id = world.indicator("domain-name", "both.example", green)
    world.indicator("domain-name", "both.example", replace(secret, origin="XC"))
    page = seat("cert").get(f"/objects/{object_id}").text

    assert ">XB<" in page
    assert ">XC<" not in page


def test_the_owner_sees_who_receives_an_object_before_it_leaves(seat: Sit, world: World, green: Label) -> None:
    world.indicator("domain-name", "a.example", green)
    body = json.dumps(
        {
            "type": "malware",
            "spec_version": "2.1",
            "id": "malware--11111111-1111-4111-8111-111111111111",
            "created": "2027-03-01T00:00:00.000Z",
            "modified": "2027-03-01T00:00:00.000Z",
            "is_family": False,
        }
    )
    desk = seat("cert")
    found = re.findall(r'<textarea[^>]*name="([a-z_]+)"', desk.get("/operator/preview").text)
    answer = desk.post("/operator/preview", "/operator/preview", **{found[0]: body})

    assert [code for code in ("XB", "XC", "XD", "NO") if f">{code}<" not in answer.text] == []
