"""What its owner takes back or declares invalid: everybody who has it is told, and the value is purged."""

import json
from typing import Any

import pytest
from comity.domain.tlp import TLP
from comity.errors import SyncError
from comity_schemas.extensions import RECALL_TYPE

from tests.integration.sharing.objects import changed, id_of, indicator
from tests.integration.sharing.services import Bloc, checkpoint

LATER = "2026-04-01T00:00:00.000Z"


def take_back(bloc: Bloc, raw: bytes) -> None:
    """Recall an object of XA; everybody hears of it, purges it, and says so."""
    bloc["XA"].recall(id_of(raw), "shared by mistake")
    bloc["XA"].push()
    for member in ("XB", "NO"):
        bloc[member].pull()
        bloc[member].work()
        bloc[member].push()
    bloc["XA"].pull()


def withdrawal_of(bloc: Bloc, raw: bytes) -> dict[str, Any]:
    """Return what the operators of XA see of the withdrawal of an object."""
    (found,) = [one for one in bloc["XA"].get_json("/api/withdrawals") if one["object_id"] == id_of(raw)]
    return dict(found)


def test_the_value_of_a_recalled_object_is_purged_from_every_file_of_those_who_had_it(fresh: Bloc) -> None:
    raw = indicator("XA", "taken-back.example", description="a word of the recalled")
    fresh.share("XA", raw)
    had = [b"taken-back" in place.files() for place in (fresh.hub, fresh["XB"], fresh["NO"])]
    take_back(fresh, raw)
    folders = [fresh.hub.folder, fresh["XB"].folder, fresh["NO"].folder]
    for folder in folders:
        checkpoint(folder)
    left = [b"taken-back" in place.files() for place in (fresh.hub, fresh["XB"], fresh["NO"])]

    assert had == [True, True, True]
    assert left == [False, False, False]


def test_the_owner_keeps_no_value_of_a_recalled_object_either(fresh: Bloc) -> None:
    cited = [{"source_name": "ticket", "external_id": text} for text in ("T-1", "on TAKEN-back.example")]
    raw = indicator("XA", "taken-back.example", description="a word of the recalled", external_references=cited)
    fresh.share("XA", raw)
    take_back(fresh, raw)
    checkpoint(fresh["XA"].folder)
    (listed,) = fresh["XA"].get_json("/api/submissions")

    assert [word for word in (b"a word of the recalled", b"aken-back") if word in fresh["XA"].files()] == []
    assert (listed["kind"], listed["value"], listed["cited"]) == ("domain", "", ["ticket T-1"])


def test_whoever_had_a_recalled_object_confirms_that_it_is_gone(bloc: Bloc) -> None:
    raw = indicator("XA", "confirmed.example")
    bloc.share("XA", raw)
    take_back(bloc, raw)
    found = withdrawal_of(bloc, raw)

    assert set(found["confirmed"]) == {"XB", "NO"}
    assert found["reason"] == "shared by mistake"


def test_whoever_is_away_has_not_confirmed(bloc: Bloc) -> None:
    raw = indicator("XA", "not-confirmed.example")
    bloc.share("XA", raw)
    bloc["XA"].recall(id_of(raw))
    bloc.exchange("XA", "XB")
    bloc["XB"].work()
    bloc.exchange("XB", "XA")
    found = withdrawal_of(bloc, raw)

    assert set(found["confirmed"]) == {"XB"}
    assert "NO" in found["addressed"]


def test_a_desk_reads_that_an_object_was_recalled_and_why(bloc: Bloc) -> None:
    raw = indicator("XA", "told.example")
    bloc.share("XA", raw)
    take_back(bloc, raw)
    told = [json.loads(one) for one in bloc["XB"].served() if f'"{RECALL_TYPE}"'.encode() in one]

    assert raw not in bloc["XB"].served()
    assert [one["reason"] for one in told if one["object_ref"] == id_of(raw)] == ["shared by mistake"]


def test_a_recall_reaches_nobody_who_did_not_have_the_object(bloc: Bloc) -> None:
    raw = indicator("XA", "not-told.example", release={"releasable_to": ["XB"]})
    bloc.share("XA", raw)
    take_back(bloc, raw)

    assert id_of(raw).encode() in bloc["XB"].files()
    assert id_of(raw).encode() not in bloc["NO"].files()


def test_a_recalled_object_that_never_left_is_not_sent_after_all(bloc: Bloc) -> None:
    raw = indicator("XA", "never-left.example")
    bloc["XA"].submit(raw)
    bloc["XA"].recall(id_of(raw))
    bloc["XA"].push()

    assert b"never-left.example" not in bloc.hub.files()


def test_the_forms_of_a_recalled_object_go_with_it(bloc: Bloc) -> None:
    raw = indicator("XA", "victim-recalled.example", tlp=TLP.AMBER, release={"personal": "direct"})
    bloc.share("XA", raw)
    submissions = bloc["XA"].get_json("/api/submissions")
    ids = next(one["forms"] for one in submissions if one["object_id"] == id_of(raw))
    before = [id_of(one) in ids for one in bloc["XB"].served()]
    take_back(bloc, raw)

    assert any(before)
    assert [one for one in bloc["XB"].served() if id_of(one) in ids] == []
    assert set(withdrawal_of(bloc, raw)["confirmed"]) == {"XB", "NO"}


def test_a_recalled_object_never_comes_back(bloc: Bloc) -> None:
    raw = indicator("XA", "never-back.example")
    bloc.share("XA", raw)
    take_back(bloc, raw)
    status = bloc["XA"].post(changed(raw, modified=LATER))

    assert "a recalled object never comes back" in status["failures"][0]["message"]


def test_what_is_recalled_twice_is_told_once(bloc: Bloc) -> None:
    raw = indicator("XA", "recalled-twice.example")
    bloc.share("XA", raw)
    bloc["XA"].recall(id_of(raw))
    bloc["XA"].recall(id_of(raw))

    assert bloc["XA"].push()["sent"] == 1


def test_deleting_an_own_object_recalls_it(bloc: Bloc) -> None:
    raw = indicator("XA", "deleted.example")
    bloc.share("XA", raw)
    with bloc["XA"].client() as client:
        client.delete(f"{bloc['XA'].own}objects/{id_of(raw)}/")
    bloc.exchange("XA", "XB")

    assert raw not in bloc["XB"].served()


def test_nothing_that_others_were_given_is_deleted_at_the_federation(bloc: Bloc) -> None:
    raw = indicator("XA", "not-deleted.example")
    bloc.share("XA", raw)
    with bloc.hub.client("XA") as client, pytest.raises(SyncError, match="status 403"):
        client.delete(f"{bloc.hub.admission('XA')['collection']}objects/{id_of(raw)}/")

    assert raw in bloc["XB"].served()


def test_when_the_contribution_that_is_served_is_recalled_the_next_one_takes_its_place(fresh: Bloc) -> None:
    first, second = indicator("XA", "both.example"), indicator("NO", "BOTH.example")
    fresh.share("XA", first)
    fresh.share("NO", second)
    before = [one for one in fresh["XB"].served() if b'"indicator"' in one]
    fresh["XA"].recall(id_of(first))
    fresh.exchange("XA", "XB")

    assert before == [first]
    assert [one for one in fresh["XB"].served() if b'"indicator"' in one] == [second]


def test_a_revoked_object_is_served_as_revoked(bloc: Bloc) -> None:
    raw = indicator("XA", "revoked.example")
    bloc.share("XA", raw)
    revoked = changed(raw, revoked=True, modified=LATER, description="sinkholed by mistake")
    bloc.share("XA", revoked)

    assert [one for one in bloc["XB"].served() if id_of(one) == id_of(raw)] == [revoked]
    assert withdrawal_of(bloc, raw)["kind"] == "revocation"


def test_a_recall_waits_while_the_federation_is_away(fresh: Bloc) -> None:
    raw = indicator("XA", "recall-waits.example")
    fresh.share("XA", raw)
    fresh.hub.stop()
    fresh["XA"].recall(id_of(raw))
    with pytest.raises(SyncError):
        fresh["XA"].push()
    fresh.hub.start()
    fresh["XA"].pull()
    fresh.exchange("XA", "XB")

    assert raw not in fresh["XB"].served()
