"""Saved searches, and the live addresses at which devices and programs read them."""

import base64
import json
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from comity.domain.label import Label
from comity.domain.tlp import TLP
from comity.export.formats import FORMATS
from httpx import Response

from tests.integration.portal.conftest import HOUR, Seat, World

Sit = Callable[[str], Seat]
_SECRET = re.compile(r'<p class="mono">([\w-]{30,})</p>')


class Live:
    """A search that was saved and opened to programs."""

    def __init__(self, seat: Seat, search_id: str, token: str) -> None:
        self.seat, self.id, self.token = seat, search_id, token

    def get(self, name: str, token: str | None = None, **headers: str) -> Response:
        """Read it as a device does, which has no cookie."""
        basic = base64.b64encode(f"device:{self.token if token is None else token}".encode()).decode()
        nobody = Seat(self.seat.app, self.seat.loop)
        return nobody.get(f"/live/{self.id}/{name}", headers={"authorization": f"Basic {basic}", **headers})

    def lines(self, name: str) -> list[str]:
        """Return the lines of a list."""
        return self.get(name).text.splitlines()


def saved(seat: Seat, query: str = "", *, audience: str = "organisation", name: str = "mine") -> Live:
    """Save a search as people do, and open it to programs."""
    assert seat.post("/saved", "/search", name=name, query=query, audience=audience).status_code == 303
    found = next(one for one in seat.get("/saved?format=json").json()["searches"] if one["name"] == name)
    return opened(seat, found["id"])


def opened(seat: Seat, search_id: str) -> Live:
    page = seat.post(f"/saved/{search_id}/open", "/saved").text
    secret = _SECRET.search(page)
    assert secret is not None
    return Live(seat, search_id, secret.group(1))


def test_a_live_address_gives_what_the_search_finds_now(seat: Sit, world: World, green: Label) -> None:
    live = saved(seat("soc"), "kind:domain")
    world.indicator("domain-name", "one.example", green)
    world.indicator("ipv4-addr", "198.51.100.7", green)
    first = live.lines("edl/domain.txt")
    world.indicator("domain-name", "two.example", green)

    assert first == ["one.example"]
    assert sorted(live.lines("edl/domain.txt")) == ["one.example", "two.example"]


@pytest.mark.parametrize("name", [*FORMATS, "misp/manifest.json"])
def test_every_format_is_there_with_an_etag(seat: Sit, world: World, green: Label, name: str) -> None:
    world.indicator("domain-name", "one.example", green)
    live = saved(seat("soc"))
    answer = live.get(name)
    again = live.get(name, **{"if-none-match": answer.headers["etag"]})

    assert (answer.status_code, again.status_code, again.content) == (200, 304, b"")


def test_an_event_of_the_misp_feed_is_at_the_address_its_manifest_names(seat: Sit, world: World, green: Label) -> None:
    world.indicator("domain-name", "one.example", green)
    live = saved(seat("soc"))
    (uuid,) = live.get("misp/manifest.json").json()

    assert live.get(f"misp/{uuid}.json").json()["Event"]["Attribute"][0]["value"] == "one.example"


def test_nothing_goes_out_that_the_desk_may_not_read(seat: Sit, world: World, secret: Label) -> None:
    world.indicator("domain-name", "hidden.example", secret)
    live = saved(seat("soc"))

    assert all("hidden" not in live.get(name).text for name in FORMATS)


@pytest.mark.parametrize(
    ("audience", "found"),
    [
        ("organisation", {"amber", "green", "clear", "few"}),
        ("clients", {"amber", "green", "clear"}),
        ("community", {"green", "clear"}),
        ("public", set()),
    ],
)
def test_nothing_goes_further_than_its_label_lets_it(
    seat: Sit, world: World, green: Label, audience: str, found: set[str]
) -> None:
    for name, tlp in (("red", TLP.RED), ("amber", TLP.AMBER), ("green", TLP.GREEN), ("clear", TLP.CLEAR)):
        world.indicator("domain-name", f"{name}.example", replace(green, tlp=tlp))
    world.indicator("domain-name", "few.example", replace(green, releasable=frozenset({"XA", "XB"})))
    live = saved(seat("cert"), audience=audience)

    assert {line.partition(".")[0] for line in live.lines("edl/domain.txt")} == found


def test_what_is_revoked_or_has_run_out_is_not_given_out(seat: Sit, world: World, green: Label) -> None:
    world.indicator("domain-name", "old.example", green, valid_until="2027-03-01T00:00:01Z")
    world.indicator("domain-name", "wrong.example", green, revoked=True)
    world.indicator("domain-name", "good.example", green, valid_until="2028-03-01T00:00:00Z")

    assert saved(seat("soc")).lines("edl/domain.txt") == ["good.example"]


@pytest.mark.parametrize("token", ["", "wrong", "token of soc"])
def test_a_wrong_token_and_a_search_that_is_not_there_look_the_same(
    seat: Sit, world: World, green: Label, token: str
) -> None:
    live = saved(seat("soc"))
    absent = Live(live.seat, "3a7c1f2e-5b64-4c0d-8f1a-000000000001", live.token)
    refused, missing = live.get("stix.json", token), absent.get("stix.json", token)

    assert refused.status_code == missing.status_code == 401
    assert refused.content == missing.content
    assert refused.headers["www-authenticate"] == missing.headers["www-authenticate"]


def test_a_token_in_the_address_opens_nothing(seat: Sit) -> None:
    live = saved(seat("soc"))
    nobody = Seat(live.seat.app, live.seat.loop)

    assert nobody.get(f"/live/{live.id}/stix.json?token={live.token}").status_code == 401


def test_a_token_may_be_sent_as_a_bearer_token(seat: Sit) -> None:
    live = saved(seat("soc"))

    assert live.get("stix.json", authorization=f"Bearer {live.token}").status_code == 200


def test_the_token_of_a_search_opens_that_search_only(seat: Sit, world: World) -> None:
    desk = seat("soc")
    first, second = saved(desk, name="a"), saved(desk, name="b")

    assert second.get("stix.json", first.token).status_code == 401
    assert (
        Seat(desk.app, desk.loop).get("/search", headers={"authorization": f"Bearer {first.token}"}).status_code == 303
    )


def test_a_new_token_voids_the_old_one_and_so_does_another_query(seat: Sit) -> None:
    desk = seat("soc")
    first = saved(desk, "kind:domain")
    second = opened(desk, first.id)
    answers = [first.get("stix.json").status_code, second.get("stix.json").status_code]
    desk.post("/saved", "/search", name="mine", query="kind:url", audience="organisation")

    assert (answers, second.get("stix.json").status_code) == ([401, 200], 401)


def test_a_search_that_is_removed_is_read_no_more(seat: Sit) -> None:
    desk = seat("soc")
    live = saved(desk)
    desk.post(f"/saved/{live.id}/remove", "/saved")

    assert live.get("stix.json").status_code == 401
    assert desk.get("/saved?format=json").json() == {"searches": []}


def test_a_search_of_another_desk_is_neither_seen_opened_nor_removed(seat: Sit) -> None:
    live = saved(seat("soc"))
    other = seat("cert")
    other.post("/saved", "/search", name="own", query="", audience="organisation")

    assert live.id not in other.get("/saved").text
    assert other.post(f"/saved/{live.id}/open", "/saved").status_code == 404
    assert other.post(f"/saved/{live.id}/remove", "/saved").status_code == 404
    assert live.get("stix.json").status_code == 200


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": "", "query": ""}, "a name of 0 characters"),
        ({"name": "x", "query": "colour:red"}, "unknown field"),
        ({"name": "x", "query": "", "audience": "friends"}, "audience is"),
    ],
)
def test_a_search_that_cannot_be_kept_says_why(seat: Sit, fields: dict[str, str], said: str) -> None:
    desk = seat("soc")
    desk.post("/saved", "/search", **fields)

    assert said in desk.get("/saved").text


def test_the_token_is_kept_as_a_digest_and_shown_once(seat: Sit, world: World) -> None:
    live = saved(seat("soc"))
    rows = world.store.read().exec_driver_sql("SELECT * FROM searches").all()

    assert live.token not in json.dumps([list(row) for row in rows])
    assert live.token not in live.seat.get("/saved").text


def test_regulators_save_nothing(seat: Sit) -> None:
    assert seat("regulator").get("/saved").status_code == 404


def test_feeds_are_shown_to_operators_only(seat: Sit) -> None:
    assert (seat("cert").get("/operator/feeds").status_code, seat("soc").get("/operator/feeds").status_code) == (
        200,
        404,
    )


def test_time_passes_for_what_runs_out(seat: Sit, world: World, green: Label) -> None:
    world.indicator("domain-name", "brief.example", green, valid_until="2027-03-01T05:00:00Z")
    live = saved(seat("soc"))
    before = live.lines("edl/domain.txt")
    world.now += 5 * HOUR

    assert (before, live.lines("edl/domain.txt")) == (["brief.example"], [])


def test_a_value_on_a_warning_list_is_told_at_search_and_on_its_page(seat: Sit, world: World, green: Label) -> None:
    found = world.indicator("domain-name", "warned.example", green)
    world.indicator("domain-name", "good.example", green)
    desk = seat("soc")

    assert desk.get("/search?format=json").json()["warnings"] == {"warned.example": ["a list"]}
    assert "On 1 warning list" in desk.get(f"/objects/{found}").text


def test_the_preview_warns_before_an_object_is_shared(seat: Sit) -> None:
    body = {
        "type": "indicator",
        "spec_version": "2.1",
        "id": "indicator--3a7c1f2e-5b64-4c0d-8f1a-000000000009",
        "created": "2027-03-01T00:00:00.000Z",
        "modified": "2027-03-01T00:00:00.000Z",
        "pattern": "[domain-name:value = 'warned.example']",
        "pattern_type": "stix",
        "valid_from": "2027-03-01T00:00:00Z",
    }
    page = seat("cert").post("/operator/preview", "/operator/preview", stix=json.dumps(body)).text

    assert "Before this is shared" in page
