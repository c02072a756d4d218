"""What the federation did is in its ledger: each member reads what is about it, and can prove it without anybody."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from comity.cli.main import app
from comity.errors import ComityError
from comity.federation.committee import Committee
from comity.ledger.evidence import Evidence
from comity.ledger.notes import Key, Signer
from comity.node import audit
from comity.transport.client import ServiceClient
from typer.testing import CliRunner

from tests.integration.sharing.objects import id_of, indicator
from tests.integration.sharing.services import Bloc, checkpoint


def run(*words: object) -> Any:
    return CliRunner().invoke(app, [str(word) for word in words])


def evidence_of(bloc: Bloc, member: str) -> Evidence:
    key = bloc.hub.admission(member)["ledger_key"]
    with bloc.hub.client(member) as client:
        return audit.fetch_all(client, key, earlier="")


def told_to(bloc: Bloc, member: str, kind: str) -> list[dict[str, Any]]:
    told = [one.told for one, _ in evidence_of(bloc, member).entries]
    return [one for one in told if one["kind"] == kind]


def holders(bloc: Bloc, owner: str, raw: bytes) -> dict[str, bool]:
    """Return who has an object, and whether that is certain."""
    found = bloc[owner].get_json("/api/holders", object_id=id_of(raw))
    return {one["viewer"]: bool(one["entries"]) for one in found}


def test_an_owner_learns_who_was_served_its_object_and_nobody_else_does(bloc: Bloc) -> None:
    raw = indicator("XA", "who-has-it.example", release={"releasable_to": ["XB"]})
    bloc.share("XA", raw)
    object_id = id_of(raw)
    with bloc.hub.client("XB") as client:
        asked_by_another = client.get_json("/api/holders", {"object_id": object_id})
        absent = client.get_json("/api/holders", {"object_id": "indicator--00000000-0000-4000-8000-000000000000"})

    assert holders(bloc, "XA", raw) == {"XB node": True}
    assert asked_by_another == absent == []


def test_an_object_that_was_released_but_not_yet_read_is_with_nobody(bloc: Bloc) -> None:
    raw = indicator("XA", "nobody-read-it.example")
    bloc["XA"].submit(raw)
    bloc["XA"].push()

    assert holders(bloc, "XA", raw) == {}


def test_each_member_reads_the_entries_about_its_own_data_and_the_common_ones_only(fresh: Bloc) -> None:
    fresh.share("XA", indicator("XA", "entry-of-xa.example"))
    fresh.share("NO", indicator("NO", "entry-of-no.example", release={"sector": "health"}))
    kinds = {member: {one.told["kind"] for one, _ in evidence_of(fresh, member).entries} for member in ("XA", "XB")}

    assert kinds == {"XA": {"activation", "key", "grant", "served"}, "XB": {"activation", "key"}}
    assert [json.loads(one["label"])["origin"] for one in told_to(fresh, "XA", "grant")] == ["XA"]
    assert {one["viewer"] for one in told_to(fresh, "XA", "served")} == {"XB node", "NO node"}
    assert [one["member"] for one in told_to(fresh, "XB", "key")] == ["XB", "NO", "XA"]


def test_a_suspension_and_its_end_are_told_to_every_member(fresh: Bloc) -> None:
    hub = Committee(federation=fresh.hub.running.federation)
    hub.suspend("NO", "keys lost")
    hub.readmit("NO", "new keys")

    assert [(one.get("cause"), one.get("suspended")) for one in told_to(fresh, "XA", "activation")] == [
        (None, None),
        ("suspension", ["NO"]),
        ("readmission", []),
    ]


def test_evidence_is_checked_from_files_alone_and_a_changed_file_is_refused(fresh: Bloc, tmp_path: Path) -> None:
    fresh.share("XA", indicator("XA", "exported.example"))
    key = fresh.hub.admission("XA")["ledger_key"]
    first, second, third = (tmp_path / f"{name}.json" for name in ("first", "second", "third"))
    made = [run("ledger", "export", fresh["XA"].folder, first)]
    fresh.share("NO", indicator("NO", "later.example"))
    fresh["XA"].pull()
    made.append(run("ledger", "export", fresh["XA"].folder, second))
    shown = run("ledger", "show", fresh["XA"].folder)
    made.append(run("ledger", "export", fresh["XA"].folder, third, "--since", first))
    continues = [Evidence.parse(path.read_bytes()) for path in (first, third)]
    fresh.hub.stop()
    good = run("ledger", "verify", first, second, "--key", key)
    by_admission = run("ledger", "verify", first, "--key", fresh.hub.folder / "XB.json")
    second.write_text(second.read_text().replace("XB node", "NO node"))
    bad = run("ledger", "verify", first, second, "--key", key)
    fresh.hub.start()

    assert [one.exit_code for one in (*made, shown, good, by_admission)] == [0, 0, 0, 0, 0, 0]
    assert continues[1].earlier == continues[0].checkpoint != continues[1].checkpoint
    assert "continues the earlier checkpoint" in good.output
    assert "was served" in shown.output
    assert isinstance(bad.exception, ComityError)


def test_the_whole_log_of_a_federation_is_checked_and_a_changed_database_is_found(fresh: Bloc) -> None:
    fresh.share("XA", indicator("XA", "tampered-with.example"))
    fresh.hub.running.work()
    good = run("ledger", "verify", fresh.hub.folder)
    with closing(sqlite3.connect(fresh.hub.folder / "service.db", timeout=30)) as connection, connection:
        changed = "CAST(replace(CAST(content AS TEXT), 'XB node', 'NO node') AS BLOB)"
        connection.execute(f"UPDATE ledger_entries SET content = {changed}")  # noqa: S608
    bad = run("ledger", "verify", fresh.hub.folder)

    assert good.exit_code == 0
    assert isinstance(bad.exception, ComityError)


def test_a_federation_that_went_back_in_time_is_noticed_by_every_node_and_stays_noticed(fresh: Bloc) -> None:
    fresh.share("XA", indicator("XA", "before.example"))
    fresh.hub.stop()
    checkpoint(fresh.hub.folder)
    shutil.copy(fresh.hub.folder / "service.db", fresh.hub.folder / "old.db")
    fresh.hub.start()
    fresh.share("XA", indicator("XA", "after.example", release={"sector": "health"}))
    fresh["XB"].pull()
    in_order = fresh["XB"].status()["peer"]["problem"]
    fresh.hub.stop()
    for path in fresh.hub.folder.glob("service.db*"):
        path.unlink()
    shutil.copy(fresh.hub.folder / "old.db", fresh.hub.folder / "service.db")
    fresh.hub.start()
    fresh["XB"].pull()
    noticed = fresh["XB"].status()["peer"]["problem"]
    fresh["XB"].pull()

    assert in_order is None
    assert "the federation's ledger is not what it was" in noticed
    assert fresh["XB"].status()["peer"]["problem"] == noticed


def test_a_federation_that_signs_with_another_key_is_noticed(fresh: Bloc) -> None:
    fresh["XB"].pull()
    fresh.hub.stop()
    path = fresh.hub.folder / "signing.key"
    path.write_text(Signer("comity-federation", b"x" * 32).text)
    with closing(sqlite3.connect(fresh.hub.folder / "service.db")) as connection, connection:
        connection.execute("DELETE FROM meta WHERE key = 'ledger checkpoint'")
        connection.execute("DELETE FROM ledger_entries")
        connection.execute("DELETE FROM ledger_nodes")
    fresh.hub.start()
    fresh["XB"].pull()

    assert "ledger" in fresh["XB"].status()["peer"]["problem"]


def test_after_a_crash_nobody_who_may_have_been_served_is_forgotten(fresh: Bloc) -> None:
    raw = indicator("XA", "crashed.example")
    fresh.share("XA", raw)
    # The process is gone before it wrote down what it had served.
    hub = fresh.hub.running.federation
    hub.page_receipts.__init__(hub.store, hub.ledger)  # type: ignore[misc]  # a crash forgets
    fresh.hub.stop()
    fresh.hub.start()

    assert holders(fresh, "XA", raw) == {"XB node": False, "NO node": False}


def test_what_goes_out_page_by_page_is_one_entry_for_each_reader(fresh: Bloc) -> None:
    raws = [indicator("XA", f"page-{place}.example") for place in range(25)]
    fresh["XA"].submit(*raws)
    fresh["XA"].push()
    own = fresh.hub.admission("XB")["collection"]
    with fresh.hub.client("XB") as client:
        page = json.loads(client.get(f"{own}objects/", {"limit": 10})[0])
        client.get(f"{own}objects/", {"limit": 10, "next": page["next"]})
    first = told_to(fresh, "XA", "served")

    assert [(one["viewer"], len(one["ticks"])) for one in first] == [("XB node", 20)]
    assert sorted(holders(fresh, "XA", raw) == {"XB node": True} for raw in raws) == [False] * 5 + [True] * 20


def test_only_members_nodes_reach_the_ledger(bloc: Bloc) -> None:
    with ServiceClient(bloc.hub.listener.address) as client, pytest.raises(ComityError, match="status 401"):
        client.get_json("/ledger/checkpoint")


def test_tiles_lead_to_the_root_of_the_checkpoint(bloc: Bloc) -> None:
    with bloc.hub.client("XB") as client:
        note = client.get("/ledger/checkpoint", accept="text/plain")[0].decode()
        size = int(note.splitlines()[1])
        hashes = client.get(f"/ledger/tile/0/000.p/{size}", accept="*/*")[0]
        leaves = client.get(f"/ledger/tile/entries/000.p/{size}", accept="*/*")[0]
        with pytest.raises(ComityError, match="status 404"):
            client.get(f"/ledger/tile/0/000.p/{size + 1}", accept="*/*")

    assert Key.parse(bloc.hub.admission("XB")["ledger_key"]).opened(note)
    assert (len(hashes), len(leaves)) == (32 * size, 34 * size)
