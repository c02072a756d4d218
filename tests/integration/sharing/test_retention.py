"""Retention: what others may keep no longer is gone from their nodes, and they sign for it."""

import json

from comity.domain.tlp import TLP
from comity_schemas.extensions import RELEASE

from tests.integration.sharing.objects import changed, id_of, indicator
from tests.integration.sharing.services import Bloc, checkpoint

LATER = "2026-04-01T00:00:00.000Z"


def let_time_pass(bloc: Bloc, member: str) -> None:
    """Let what a member may keep for a while be due now; then let it do its work and tell of it."""
    node = bloc[member].running.node
    with node.store.write() as connection:
        connection.exec_driver_sql("UPDATE retentions SET due = 1")
    bloc[member].work()
    bloc[member].push()


def test_what_may_be_kept_no_longer_is_purged_and_signed_for(fresh: Bloc) -> None:
    raw = indicator("XA", "kept-for-a-day.example", release={"retention_days": 1})
    unlimited = indicator("XA", "kept-for-good.example")
    fresh.share("XA", raw, unlimited)
    early = fresh["XB"].served()
    let_time_pass(fresh, "XB")
    checkpoint(fresh["XB"].folder)
    told = {one["viewer"]: one["state"] for one in fresh["XA"].get_json("/api/holders", object_id=id_of(raw))}

    assert sorted(early) == sorted([raw, unlimited])
    assert fresh["XB"].served() == [unlimited]
    assert b"kept-for-a-day" not in fresh["XB"].files()
    assert told == {"XB node": "expired", "NO node": ""}
    assert raw in fresh["NO"].served()


def test_a_newer_version_comes_again_and_is_kept_as_long_as_it_says(fresh: Bloc) -> None:
    raw = indicator("XA", "comes-again.example", release={"retention_days": 1})
    fresh.share("XA", raw)
    let_time_pass(fresh, "XB")
    statement = {
        name: value for name, value in json.loads(raw)["extensions"][RELEASE].items() if name != "retention_days"
    }
    newer = changed(raw, modified=LATER, extensions={RELEASE: statement})
    fresh.share("XA", newer)
    let_time_pass(fresh, "XB")

    assert fresh["XB"].served() == [newer]


def test_what_expired_is_confirmed_again_when_it_is_recalled(fresh: Bloc) -> None:
    raw = indicator("XA", "expired-and-recalled.example", release={"retention_days": 1})
    fresh.share("XA", raw)
    let_time_pass(fresh, "XB")
    fresh["XA"].recall(id_of(raw))
    fresh.exchange("XA", "XB")
    before = {one["member"]: one["state"] for one in fresh["XA"].get_json("/api/withdrawals")[0]["standing"]}
    fresh["XB"].work()
    fresh.exchange("XB", "XA")
    after = {one["member"]: one["state"] for one in fresh["XA"].get_json("/api/withdrawals")[0]["standing"]}

    assert (before["XB"], after["XB"]) == ("pending", "confirmed")


def test_a_lesser_form_may_be_kept_no_longer_than_the_whole(bloc: Bloc) -> None:
    raw = indicator("XA", "victim-kept.example", tlp=TLP.AMBER, release={"personal": "direct", "retention_days": 30})
    bloc.share("XA", raw)
    forms = next(one["forms"] for one in bloc["XA"].get_json("/api/submissions") if one["object_id"] == id_of(raw))
    (form,) = [json.loads(one) for one in bloc["XB"].served() if id_of(one) in forms]

    assert form["extensions"][RELEASE]["retention_days"] == 30


def test_when_what_was_served_expires_the_next_contribution_takes_its_place(fresh: Bloc) -> None:
    first = indicator("XA", "two-of-it.example", release={"retention_days": 1})
    second = indicator("NO", "TWO-of-it.example")
    fresh.share("XA", first)
    fresh.share("NO", second)
    let_time_pass(fresh, "XB")

    assert [one for one in fresh["XB"].served() if b'"indicator"' in one] == [second]
