"""The index of words follows the log: what is superseded or recalled is found no more and leaves no words behind."""

from dataclasses import replace
from pathlib import Path

import pytest
from comity.domain.label import Label
from comity.store.contributions import Contribution
from comity.store.database import Connection
from comity.store.search import Search
from comity.store.search_conditions import Criteria, Wanted

from tests.integration.portal.conftest import World, stix_id


def found(world: World, **wanted: object) -> list[str]:
    search = Search(world.store.grants)
    criteria = Criteria(**wanted)  # type: ignore[arg-type]  # as each test says
    return [hit.id for hit in search.find(world.store.read(), world.viewer(), criteria, after=None, limit=50).hits]


def vocabulary(world: World) -> set[str]:
    with world.store.write() as connection:
        connection.exec_driver_sql("CREATE VIRTUAL TABLE temp.listed USING fts5vocab(main, words, 'row')")
        listed = set(connection.exec_driver_sql("SELECT term FROM temp.listed").scalars())
        connection.exec_driver_sql("DROP TABLE temp.listed")
    return listed


def recall(world: World, connection: Connection, object_id: str, label: Label) -> None:
    notice = Contribution(
        uuid=bytes(16),
        type="x-comity-recall",
        version=1,
        space=label.origin,
        class_id=world.store.grants.class_of(connection, label),
        body=b"{}",
    )
    uuid = bytes.fromhex(object_id.partition("--")[2].replace("-", ""))
    world.store.log.recall(connection, uuid, label.origin, notice, world.now + 1)


def test_a_newer_version_is_found_by_its_words_and_not_by_those_of_the_older_one(world: World, green: Label) -> None:
    one = world.sdo("malware", "Pale Lantern", green, is_family=True)
    world.sdo("malware", "Dim Lantern", green, is_family=True, id=one, modified="2027-03-02T00:00:00.000Z")

    assert found(world, text=("pale lantern",)) == []
    assert found(world, text=("dim lantern",)) == [one]
    assert "pale" not in vocabulary(world)


def test_a_recalled_object_leaves_none_of_its_words_in_the_files(world: World, green: Label) -> None:
    hidden = world.indicator("domain-name", "zanzibarine.example", green, name="Quixotical lantern")
    kept = world.sdo("malware", "Pale lantern", green, is_family=True)
    with world.store.write() as connection:
        recall(world, connection, hidden, green)

    is_clean = world.store.database.scrub()

    file = Path(world.store.database.engine.url.database or "")
    held = b"".join(each.read_bytes() for each in file.parent.glob(f"{file.name}*"))
    assert is_clean
    assert (found(world, words=("lantern",)), found(world, words=("quixotical",))) == ([kept], [])
    assert b"quixotical" not in held
    assert b"zanzibarine" not in held


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("火灯", True),
        ("白火灯", False),
        ("lant*", True),
        ("antern", False),
        ("ÉTÉ", True),
        ("pale lantern", False),
        ("lantern.example", True),
        ("seen.lantern", False),
    ],
)
def test_text_is_found_by_whole_words_side_by_side_and_by_beginnings(
    world: World, green: Label, text: str, is_found: bool
) -> None:
    one = world.indicator("domain-name", "drop.lantern.example", green, name="été 夜火灯 pale")

    assert found(world, text=(text,)) == ([one] if is_found else [])


@pytest.mark.parametrize(
    ("unwanted", "expected"),
    [
        (Wanted(tlp=frozenset({"amber"})), ["one"]),
        (Wanted(member=frozenset({"XC"})), ["two"]),
        (Wanted(member=frozenset({"XB"})), []),
        (Wanted(text=("two",)), ["one"]),
        (Wanted(value=("one.example",)), ["two"]),
        (Wanted(words=("192.0.2.0/24",)), ["one", "two"]),
        (Wanted(kind=frozenset({"domain"})), []),
        (Wanted(type=frozenset({"malware"})), ["one", "two"]),
    ],
)
def test_what_has_an_unwanted_term_is_left_out(
    world: World, green: Label, restricted: Label, unwanted: Wanted, expected: list[str]
) -> None:
    names = {world.indicator("domain-name", "one.example", green): "one"}
    world.indicator("domain-name", "one.example", replace(green, origin="XC"))
    names[world.indicator("domain-name", "two.example", restricted)] = "two"

    assert sorted(names[each] for each in found(world, unwanted=unwanted)) == expected


def test_a_beginning_finds_values_and_is_no_text(world: World, green: Label) -> None:
    one = world.indicator("url", "http://login.example/a", green)
    world.indicator("url", "https://login.example/a", green)

    assert found(world, value=("hxxp://login*",)) == [one]


def test_a_network_is_found_around_a_network(world: World, green: Label) -> None:
    one = world.indicator("ipv4-addr", "198.51.100.0/24", green)

    assert found(world, words=("198.51.100.64/26",)) == [one]


def test_an_object_with_an_id_of_words_is_not_found_by_labels(world: World, green: Label) -> None:
    world.sdo("malware", stix_id("malware", "x"), green, is_family=True)

    assert found(world, text=("\ue0001",)) == []
