"""Taking back: what the owner is told of each who had the object, and what it takes to be believed."""

import json
from typing import Any

import pytest
from comity.cli.main import app
from comity.domain.identity import identity_of
from comity.errors import NotFoundError, SyncError
from comity.ledger.notes import Signer
from comity.ledger.purges import Purge
from comity.stix.authoring import Authorship
from comity.stix.authoring import recall as recall_notice
from typer.testing import CliRunner

from tests.integration.sharing.forging import answer_to, label_of
from tests.integration.sharing.objects import id_of, indicator
from tests.integration.sharing.services import Bloc

RECENT = "2026-05-01T00:00:00.000Z"


def run(*words: object) -> Any:
    return CliRunner().invoke(app, [str(word) for word in words])


def standing(bloc: Bloc, raw: bytes) -> dict[str, str]:
    """Return where the recall of an object of XA stands at each member, by the command."""
    result = run("recall", bloc["XA"].folder, id_of(raw), "--json")
    (told,) = json.loads(result.output)["recalls"]
    return {one["member"]: one["state"] for one in told["members"]}


def answer(bloc: Bloc, member: str) -> None:
    """Let a member hear of recalls, purge, and say so."""
    bloc[member].pull()
    bloc[member].work()
    bloc[member].push()


def test_a_recall_by_command_tells_who_confirmed_and_who_is_late_and_since_when_it_is_away(fresh: Bloc) -> None:
    raw = indicator("XA", "by-command.example")
    fresh.share("XA", raw)
    done = run("recall", fresh["XA"].folder, id_of(raw), "--reason", "it names a victim")
    answer(fresh, "XB")
    hub = fresh.hub.running.federation
    with hub.store.write() as connection:
        hub.chronicle.escalate(connection, deadline=-1)
    fresh["XA"].pull()
    shown = run("recall", fresh["XA"].folder)

    assert done.exit_code == 0
    never = dict.fromkeys(("XC", "XD"), "never had it")
    assert standing(fresh, raw) == {"NO": "overdue", "XB": "confirmed", **never}
    assert "it names a victim" in shown.output
    assert "never had it" in shown.output


def test_who_is_late_is_told_so_and_is_late_no_more_once_it_confirmed(fresh: Bloc) -> None:
    raw = indicator("XA", "late.example")
    fresh.share("XA", raw)
    fresh["XA"].recall(id_of(raw))
    fresh["XA"].push()
    hub = fresh.hub.running.federation
    with hub.store.write() as connection:
        hub.chronicle.escalate(connection, deadline=-1)
    fresh["NO"].pull()
    owing = fresh["NO"].status()["peer"]["problem"]
    answer(fresh, "NO")
    fresh["NO"].pull()
    fresh["XA"].pull()

    assert "1 recalled objects is not confirmed" in owing
    assert fresh["NO"].status()["peer"]["problem"] is None
    assert standing(fresh, raw)["NO"] == "confirmed"


def test_a_receipt_that_was_lost_at_the_federation_is_sent_again(fresh: Bloc) -> None:
    raw = indicator("XA", "receipt-lost.example")
    fresh.share("XA", raw)
    fresh["XA"].recall(id_of(raw))
    fresh["XA"].push()
    answer(fresh, "NO")
    with fresh.hub.running.federation.store.write() as connection:
        connection.exec_driver_sql("DELETE FROM receipts")
        connection.exec_driver_sql("UPDATE recall_holders SET completed = NULL")
    answer(fresh, "NO")
    fresh["XA"].pull()

    assert standing(fresh, raw)["NO"] == "confirmed"


def test_a_recall_without_a_reason_or_of_what_is_not_there_is_refused(bloc: Bloc) -> None:
    raw = indicator("XA", "no-reason.example")
    bloc["XA"].submit(raw)

    assert isinstance(run("recall", bloc["XA"].folder, id_of(raw)).exception, NotFoundError)
    unknown = "indicator--00000000-0000-4000-8000-000000000000"
    assert isinstance(run("recall", bloc["XA"].folder, unknown, "--reason", "x").exception, NotFoundError)


# --- receipts that are not what they say


def signed(member: str, owner: str, raw: bytes, signer: Signer) -> dict[str, str]:
    return {
        "note": Purge(member=member, owner=owner, object_id=id_of(raw), cause="recall", received=1, completed=2).signed(
            signer
        )
    }


def test_a_receipt_that_is_not_signed_with_the_registered_key_is_refused(bloc: Bloc) -> None:
    raw = indicator("XA", "not-signed-so.example")
    bloc.share("XA", raw)
    own, stranger = bloc["XB"].running.node.signer, Signer("comity-XB", b"s" * 32)
    for note in (signed("XB", "XA", raw, stranger), signed("NO", "XA", raw, own), {"note": "no note"}):
        with bloc.hub.client("XB") as client, pytest.raises(SyncError, match="status 403"):
            client.post_json("/api/receipts", [note])


def test_another_key_is_not_registered_without_a_new_admission(bloc: Bloc) -> None:
    bloc["XB"].pull()
    with bloc.hub.client("XB") as client, pytest.raises(SyncError, match="another key of XB is registered"):
        client.post_json("/api/key", {"key": str(Signer("comity-XB", b"o" * 32).key)})


def test_a_purge_that_was_confirmed_before_the_recall_does_not_count(bloc: Bloc) -> None:
    raw = indicator("XA", "confirmed-too-early.example")
    bloc.share("XA", raw)
    with bloc.hub.client("XB") as client:
        client.post_json("/api/receipts", [signed("XB", "XA", raw, bloc["XB"].running.node.signer)])
    bloc["XA"].recall(id_of(raw))
    bloc.exchange("XA")

    assert standing(bloc, raw)["XB"] == "pending"


def test_the_recall_of_anothers_object_neither_confirms_it_nor_tells_who_has_it(bloc: Bloc) -> None:
    theirs = indicator("XA", "recalled-by-a-forger.example")
    bloc.share("XA", theirs)
    by = Authorship(created_by_ref=identity_of("XB"), created=RECENT)
    answer_to(bloc, "XB", recall_notice(id_of(theirs), by=by, recalled=RECENT), label=label_of("XB"))
    answer(bloc, "NO")
    with bloc.hub.client("XB") as client:
        recalls = client.get_json("/api/standing")["recalls"]
        told = [one["viewer"] for one in recalls if one["object_id"] == id_of(theirs) and one["viewer"]]
    before = theirs in bloc["NO"].served()
    bloc["XA"].recall(id_of(theirs))
    bloc.exchange("XA")

    assert told == []
    assert before
    assert standing(bloc, theirs)["NO"] == "pending"
