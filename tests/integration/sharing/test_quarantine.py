"""What a node cannot take is kept aside with its cause, and holds up nothing else."""

import sqlite3
from contextlib import closing

from tests.integration.sharing.objects import id_of, indicator
from tests.integration.sharing.services import Bloc, checkpoint


def spoil_label(bloc: Bloc, raw: bytes, text: str) -> str:
    """Give the class of an object another text at the federation; return what it was."""
    bloc.hub.stop()
    with closing(sqlite3.connect(bloc.hub.folder / "service.db")) as connection, connection:
        where = "id = (SELECT max(class_id) FROM objects WHERE instr(body, ?))"
        (was,) = connection.execute(f"SELECT key FROM classes WHERE {where}", (raw,)).fetchone()  # noqa: S608
        connection.execute(f"UPDATE classes SET key = ? WHERE {where}", (text, raw))  # noqa: S608
    bloc.hub.start()
    return str(was)


def test_an_object_with_a_label_that_cannot_be_read_is_kept_aside_and_the_rest_goes_on(fresh: Bloc) -> None:
    spoiled = indicator("XA", "spoiled.example", release={"sector": "energy"})
    good = [indicator("XA", f"good-{place}.example") for place in range(3)]
    fresh["XA"].submit(good[0], spoiled, *good[1:])
    fresh["XA"].push()
    was = spoil_label(fresh, spoiled, '{"no":"label"}')
    counts = fresh["XB"].pull()
    held = fresh["XB"].status()["quarantine"]

    assert counts == {"taken": 3, "refused": 1}
    assert sorted(fresh["XB"].served()) == sorted(good)
    assert [one["object_id"] for one in held] == [id_of(spoiled)]
    assert "label" in held[0]["reason"]
    assert fresh["XB"].pull() == {"taken": 0, "refused": 0}
    assert was.startswith("{")


def test_what_is_in_quarantine_is_purged_with_its_recall_and_then_confirmed(fresh: Bloc) -> None:
    spoiled = indicator("XA", "spoiled-and-recalled.example", release={"sector": "energy"})
    fresh["XA"].submit(spoiled)
    fresh["XA"].push()
    was = spoil_label(fresh, spoiled, '{"no":"label"}')
    fresh["XB"].pull()
    spoil_label(fresh, spoiled, was)
    fresh["XA"].recall(id_of(spoiled))
    fresh.exchange("XA", "XB")
    fresh["XB"].work()
    fresh.exchange("XB", "XA")
    checkpoint(fresh["XB"].folder)
    (told,) = fresh["XA"].get_json("/api/withdrawals")

    assert fresh["XB"].status()["quarantine"] == []
    assert b"spoiled-and-recalled" not in fresh["XB"].files()
    assert "XB" in told["confirmed"]


def test_what_is_in_quarantine_is_taken_when_it_can_be(fresh: Bloc) -> None:
    spoiled = indicator("XA", "mended.example", release={"sector": "energy"})
    fresh["XA"].submit(spoiled)
    fresh["XA"].push()
    was = spoil_label(fresh, spoiled, '{"no":"label"}')
    fresh["XB"].pull()
    with closing(sqlite3.connect(fresh["XB"].folder / "service.db")) as connection, connection:
        connection.execute("UPDATE quarantine SET label = ?", (was,))
    exchange = fresh["XB"].running.exchange
    assert exchange is not None

    assert exchange.retry() == {"taken": 1, "refused": 0}
    assert fresh["XB"].served() == [spoiled]
    assert fresh["XB"].status()["quarantine"] == []
