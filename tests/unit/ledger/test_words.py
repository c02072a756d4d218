"""Entries in words: every kind has some, and an entry that is not whole is refused."""

import json
from typing import Any

import pytest
from comity.errors import LedgerError
from comity.ledger import entries
from comity.ledger.entries import Entry, Kind
from comity.ledger.notes import Signer
from comity.ledger.purges import Purge
from comity.ledger.tiles import ENTRIES, Tile, parse_path, path_of
from comity.ledger.words import in_words
from hypothesis import given
from hypothesis import strategies as st

LABEL = json.dumps({"tier": "C1", "kind": "indicator", "origin": "XA"})
SIGNER = Signer("comity-XB", b"k" * 32)
ONE_OF_EACH = [
    entries.activation("d" * 40, before=None, at=1),
    entries.grant(
        LABEL, owner="XA", opened=["XB node", "XB/soc incident-response"], closed=["NO node"], digest="d", at=1
    ),
    entries.served("XB node", owner="XA", ticks=[3, 5, 8], since=1, at=2),
    entries.uncertain("XB node", since=1, at=2),
    entries.recall("indicator--x", owner="XA", holders=["XB node"], at=1),
    entries.receipt("indicator--x", owner="XA", member="XB", note="", at=1),
    entries.overdue("indicator--x", owner="XA", member="XB", since=1, at=2),
    entries.member_key("XB", str(SIGNER.key), at=1),
    entries.questions("XB", 2, at=1),
]


NAMES = ("label", "opened", "closed", "ticks", "since", "digest", "viewer", "object", "holders", "member", "count")
VALUES = st.none() | st.integers() | st.text(max_size=5) | st.lists(st.integers(), max_size=3)
NO_PATHS = (
    *("", "0", "0/1", "0/x000/001", "64/000", "0/x1/000", "data/000", "0/../000"),
    *("0/000.p/0", "0/000.p/256", "0/000.p/999"),
)


def told(entry: Entry) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(entry.content())
    return found


def test_every_kind_of_entry_has_words() -> None:
    assert {entry.kind for entry in ONE_OF_EACH} == set(Kind)
    assert [in_words(told(entry)) for entry in ONE_OF_EACH][1:3] == [
        "C1 indicator of XA: opened to XB (node soc); closed to NO (node)",
        "XB node was served 3 rows since 1970-01-01T00:00:00",
    ]


def test_rules_are_told_with_why_they_came_into_force() -> None:
    facts = {"cause": "change", "proposal": 3, "reason": "Detail for SOCs", "suspended": []}
    stop = {"cause": "suspension", "proposal": None, "reason": "Keys lost", "suspended": ["NO", "XC"]}

    assert in_words(told(entries.activation("d" * 40, before="c", at=1, facts=facts))) == (
        "rules dddddddddddd came into force; change by proposal 3: Detail for SOCs"
    )
    assert in_words(told(entries.activation("d" * 40, before="d", at=1, facts=stop))) == (
        "rules dddddddddddd came into force; suspension: Keys lost; suspended: NO XC"
    )


def test_no_fact_takes_the_place_of_what_an_entry_is() -> None:
    entry = Entry(kind=Kind.KEY, at=1, about=("XA",), facts={"kind": "grant", "at": 2, "about": ["*"]})

    assert told(entry) == {"kind": "key", "at": 1, "about": ["XA"]}


def test_desks_of_members_that_are_granted_the_same_stand_together() -> None:
    opened = ["XB node", "XB/soc a", "XB/soc b", "XC/soc a", "XC node", "NO/cert a"]

    assert in_words(told(entries.grant(LABEL, owner="XA", opened=opened, closed=[], digest="d", at=1))) == (
        "C1 indicator of XA: opened to NO (cert), XB XC (node soc)"
    )


@pytest.mark.parametrize("entry", ONE_OF_EACH, ids=lambda entry: entry.kind)
def test_an_entry_that_is_not_whole_is_refused(entry: Entry) -> None:
    with pytest.raises(LedgerError):
        in_words({"kind": entry.kind, "at": 1, "about": []})


def test_a_kind_that_is_not_known_is_shown_by_its_name() -> None:
    assert in_words({"kind": "of-tomorrow"}) == "of-tomorrow"


@given(st.sampled_from(list(Kind)), st.dictionaries(st.sampled_from(NAMES), VALUES))
def test_no_values_make_the_words_fail_in_another_way(kind: str, facts: dict[str, Any]) -> None:
    try:
        in_words({**facts, "kind": kind})
    except LedgerError:
        return


@given(st.sampled_from(["recall", "retention"]), st.integers(0, 10**17), st.integers(0, 10**17))
def test_a_receipt_is_read_as_it_was_signed(cause: str, received: int, completed: int) -> None:
    purge = Purge(
        member="XB", owner="NO", object_id="indicator--x", cause=cause, received=received, completed=completed
    )

    assert Purge.opened(purge.signed(SIGNER), SIGNER.key) == purge


@given(st.text(max_size=60).filter(lambda text: "\n\n" not in f"{text}\n"))
def test_a_signed_text_that_is_no_receipt_is_refused(text: str) -> None:
    with pytest.raises(LedgerError):
        Purge.opened(SIGNER.signed(f"{text}\n"), SIGNER.key)


@given(st.integers(0, 63) | st.just(ENTRIES), st.integers(0, 10**15), st.integers(1, 256))
def test_the_address_of_a_tile_is_read_as_it_was_written(level: int, number: int, width: int) -> None:
    tile = Tile(level, number, width)

    assert parse_path(path_of(tile)) == tile


@pytest.mark.parametrize("path", NO_PATHS)
def test_what_is_no_address_of_a_tile_is_none(path: str) -> None:
    assert parse_path(path) is None
