"""Sharing with every database on PostgreSQL: there and back, taken back, and looked for."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from comity.domain.desk import Role
from comity.domain.tlp import TLP

from tests.integration.postgresql.server import Server
from tests.integration.sharing.objects import changed, id_of, indicator, many
from tests.integration.sharing.services import Bloc, make_bloc

MEMBERS = ("XA", "XB", "NO")


@pytest.fixture(scope="module")
def bloc(tmp_path_factory: pytest.TempPathFactory, server: Server) -> Iterator[Bloc]:
    """A running bloc, each service with a database of its own."""
    databases = {name: server.new_database() for name in ("federation", *MEMBERS)}
    folder: Path = tmp_path_factory.mktemp("bloc")
    with make_bloc(folder, profile="five", members=MEMBERS, databases=databases) as running:
        yield running


def test_what_one_node_pushes_another_pulls_byte_for_byte(bloc: Bloc) -> None:
    raws = many("XA", 1_500)
    bloc.share("XA", *raws)

    assert sorted(bloc["XB"].served(Role.SOC)) == sorted(raws)


def test_a_victim_reaches_another_member_under_a_pseudonym(bloc: Bloc) -> None:
    raw = indicator("XA", "clinic.example", tlp=TLP.AMBER, release={"personal": "direct"})
    bloc.share("XA", raw)
    served = b"".join(bloc["XB"].served())

    assert b"x-comity-pseudonym" in served
    assert b"clinic" not in served


def test_a_new_version_takes_the_place_of_the_old_one(bloc: Bloc) -> None:
    old = indicator("XA", "versions.example")
    new = changed(old, modified="2026-04-01T00:00:00.000Z", name="newer")
    bloc.share("XA", old)
    bloc.share("XA", new)

    assert [raw for raw in bloc["XB"].served() if id_of(raw) == id_of(old)] == [new]


def test_a_recall_is_carried_out_and_confirmed(bloc: Bloc) -> None:
    raw = indicator("XA", "taken-back.example")
    bloc.share("XA", raw)
    bloc["XA"].recall(id_of(raw))
    bloc.exchange("XA", "XB")
    bloc["XB"].work()
    bloc.exchange("XB", "XA")
    (told,) = bloc["XA"].get_json("/api/withdrawals")

    assert raw not in bloc["XB"].served()
    assert set(told["confirmed"]) == {"XB"}


def test_a_sighting_arrives_with_what_was_sighted(bloc: Bloc) -> None:
    raw = indicator("XA", "seen.example")
    bloc.share("XA", raw)
    with bloc["NO"].client() as client:
        client.post_json("/api/sightings", {"kind": "domain", "value": "seen.example", "count": 2})
    bloc.exchange("NO", "XB")
    sightings = [json.loads(one) for one in bloc["XB"].served() if b'"sighting--' in one]

    assert [one["count"] for one in sightings if one["sighting_of_ref"] == id_of(raw)] == [2]
