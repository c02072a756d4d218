"""Operators see where everything stands, who would receive what and why, and take things back."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from comity.domain.label import Label
from comity.domain.tier import Tier
from comity.node.audit import Holder
from comity.store import operations, recall_states
from comity.store.operations import Receipt, Withdrawal
from comity.store.recall_states import RecallState

from tests.integration.portal.conftest import Seat, World

Sit = Callable[[str], Seat]
OWN = "indicator--11111111-1111-4111-8111-111111111111"
BODY = {
    "type": "indicator",
    "spec_version": "2.1",
    "id": OWN,
    "created": "2027-03-01T00:00:00.000Z",
    "modified": "2027-03-01T00:00:00.000Z",
    "pattern": "[domain-name:value = 'own.example']",
    "pattern_type": "stix",
    "valid_from": "2027-03-01T00:00:00Z",
}
PAGE = f"/operator/submissions/{OWN}"
MINUTE = 60_000_000


@pytest.fixture(autouse=True)
def own(world: World, green: Label) -> None:
    label = replace(green, origin="XA", tier=Tier.C3, releasable=frozenset({"XB", "NO"}))
    world.submit(OWN, json.dumps(BODY).encode(), label)


def test_the_page_of_a_submission_says_who_receives_it_and_why_not_the_others(seat: Sit) -> None:
    told = seat("cert").get(f"{PAGE}?format=json").json()["outcomes"]

    assert {one["member"]: (one["receives"], one["reason"]) for one in told} == {
        "XB": ("the whole object", ""),
        "XC": ("nothing", "not-releasable"),
        "XD": ("nothing", "not-releasable"),
        "NO": ("nothing", "tier-above-recognition"),
    }
    assert told[3]["why"] == ["This member is not recognised for data of this tier."]


def test_a_pasted_object_is_decided_upon_before_anything_of_it_leaves(seat: Sit) -> None:
    answer = seat("cert").post("/operator/preview?format=json", "/operator/preview", stix=json.dumps(BODY)).json()

    assert [one["member"] for one in answer["outcomes"]] == ["XB", "XC", "XD", "NO"]


def test_a_pasted_object_that_is_none_is_refused_with_the_reason(seat: Sit) -> None:
    answer = seat("cert").post("/operator/preview", "/operator/preview", stix='{"type": "<i>"}')

    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert "<i>" not in answer.text


def test_a_recall_is_carried_out_with_its_reason(world: World, seat: Sit) -> None:
    cert = seat("cert")

    answer = cert.post(f"{PAGE}/recall", PAGE, reason=" it names a victim ")

    assert world.recalled == [(OWN, "it names a victim")]
    assert answer.headers["location"] == PAGE
    assert "Recalled. Every member" in cert.get(PAGE).text


@pytest.mark.parametrize(("reason", "said"), [("refuse", "the federation refuses"), ("  ", "expected 1 to 1000")])
def test_a_recall_that_is_refused_says_why(world: World, seat: Sit, reason: str, said: str) -> None:
    cert = seat("cert")

    cert.post(f"{PAGE}/recall", PAGE, reason=reason)

    assert said in cert.get(PAGE).text
    assert world.recalled == []


def test_a_withdrawal_says_who_has_confirmed_and_who_is_pending_since_when(world: World, seat: Sit) -> None:
    stated = Withdrawal(
        object_id=OWN,
        kind="recall",
        origin="XA",
        withdrawn=world.now,
        reason="it names a victim",
        forms=(OWN,),
        addressed=("XB", "XC", "NO"),
    )
    done = Receipt(
        object_id=OWN, member="XB", owner="XA", received=world.now, due=world.now, completed=world.now + MINUTE
    )
    late = RecallState(
        object_id=OWN,
        viewer="XC node",
        member="XC",
        state="overdue",
        since=world.now + MINUTE,
        last_seen=world.now - MINUTE,
        served=None,
    )
    with world.store.write() as connection:
        operations.put_withdrawal(connection, stated, notice_id="notice")
        operations.put_receipt(connection, done)
        recall_states.keep(connection, [late])

    told = seat("cert").get("/operator/withdrawals?format=json").json()["withdrawals"][0]["confirmations"]

    assert [(one["member"], one["state"], one["at"], one["last_seen"]) for one in told] == [
        ("NO", "never had it", "2027-03-01T00:00:00Z", ""),
        ("XB", "confirmed", "2027-03-01T00:01:00Z", ""),
        ("XC", "overdue", "2027-03-01T00:01:00Z", "2027-02-28T23:59:00Z"),
    ]


def test_the_owner_sees_who_has_an_object_or_why_that_cannot_be_told(world: World, seat: Sit) -> None:
    cert = seat("cert")
    away = cert.get(f"{PAGE}/holders")
    world.served_to.extend(
        [
            Holder(object_id=OWN, viewer="XB node", member="XB", since=world.now, entries=[4, 9]),
            Holder(object_id=OWN, viewer="XC node", member="XC"),
            Holder(object_id="another", viewer="NO node", member="NO"),
        ]
    )
    told = cert.get(f"{PAGE}/holders?format=json").json()["holders"]

    assert (away.status_code, "no answer" in away.text) == (200, True)
    assert [(one["viewer"], one["is_certain"], one["entries"]) for one in told] == [
        ("XB node", True, [4, 9]),
        ("XC node", False, []),
    ]
    assert "may have been" in cert.get(f"{PAGE}/holders").text
    assert seat("soc").get(f"{PAGE}/holders").status_code == 404


def test_the_overview_says_how_far_the_exchange_is_and_what_waits_for_which_reason(world: World, seat: Sit) -> None:
    with world.store.write() as connection:
        operations.queue(connection, [{"object_id": OWN, "label": "", "body": b"x"}] * 2, world.now)
        operations.postpone(connection, [1], reason="no answer", until=world.now + MINUTE)
        operations.set_peer(connection, "federation", last_pull=world.now - 5 * MINUTE, problem="no answer")

    told = seat("cert").get("/operator?format=json").json()

    assert told["queue"] == {"waiting": 2, "failed": 0, "sent": 0}
    assert [(one["reason"], one["next_try"]) for one in told["backlog"]] == [
        ("", "2027-03-01T00:00:00Z"),
        ("no answer", "2027-03-01T00:01:00Z"),
    ]
    assert [(one["name"], one["minutes_since_pull"], one["problem"]) for one in told["peers"]] == [
        ("federation", 5, "no answer")
    ]


@pytest.mark.parametrize(("wanted", "found"), [("own.example", [("TLP:GREEN", "C3", "kept here")]), ("other", [])])
def test_submissions_are_listed_with_their_label_and_state(
    seat: Sit, wanted: str, found: list[tuple[str, str, str]]
) -> None:
    told = seat("cert").get(f"/operator/submissions?q={wanted}&format=json").json()

    assert [(one["tlp"], one["tier"], one["state"]) for one in told["submissions"]] == found


@pytest.mark.parametrize(
    ("fields", "recorded"),
    [
        ({"verdict": "sighted", "count": "3"}, [("domain", "open.example", 3, False)]),
        ({"verdict": "false-positive"}, [("domain", "open.example", 1, True)]),
        ({"verdict": "sighted", "count": "0"}, []),
        ({"verdict": "sighted", "count": "1000000000"}, []),
        ({"verdict": "sighted", "count": "9" * 5000}, []),
        ({"verdict": "perhaps"}, []),
    ],
)
def test_a_desk_records_what_it_saw_with_one_click(
    world: World, seat: Sit, green: Label, fields: dict[str, str], recorded: list[tuple[str, str, int, bool]]
) -> None:
    page = f"/objects/{world.indicator('domain-name', 'open.example', green)}"

    answer = seat("soc").post(f"{page}/sight", page, **fields)

    assert (answer.status_code, world.sighted) == (303, recorded)
