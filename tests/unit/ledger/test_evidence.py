"""Evidence: it holds as it was exported, and no part of it can be changed unnoticed."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from comity.errors import LedgerError
from comity.ledger import entries, merkle
from comity.ledger.checkpoint import Checkpoint
from comity.ledger.entries import Entry, Opening
from comity.ledger.evidence import Evidence, verified_together
from comity.ledger.notes import Signer
from hypothesis import given
from hypothesis import strategies as st

SIGNER = Signer("comity-federation", b"k" * 32)
SIZE = 7
OPENINGS = [
    Opening(
        number=number,
        salt=bytes([number]) * 32,
        content=entries.grant(
            f"label {number}", owner="XA", opened=["XB node"], closed=[], digest="d", at=number
        ).content(),
    )
    for number in range(SIZE)
]
NODES: dict[tuple[int, int], bytes] = {}
for _size, _opening in enumerate(OPENINGS):
    for _level, _number, _found in merkle.appended(_size, _opening.hash, lambda level, number: NODES[level, number]):
        NODES[_level, _number] = _found


def nodes(level: int, number: int) -> bytes:
    return NODES[level, number]


def checkpoint(size: int) -> str:
    return Checkpoint(SIGNER.name, size, merkle.root(size, nodes)).signed(SIGNER)


def exported(*numbers: int) -> bytes:
    return Evidence(
        checkpoint=checkpoint(SIZE),
        earlier=checkpoint(3),
        consistency=merkle.consistency(3, SIZE, nodes),
        entries=[(OPENINGS[number], merkle.inclusion(number, SIZE, nodes)) for number in numbers],
    ).text()


def changed(change: Callable[[dict[str, Any]], None]) -> bytes:
    told = json.loads(exported(1, 5))
    change(told)
    return json.dumps(told).encode()


def test_what_was_exported_holds() -> None:
    found = Evidence.parse(exported(1, 5)).verified(SIGNER.key)

    assert (found.size, found.root) == (SIZE, merkle.root(SIZE, nodes))


def test_an_opening_tells_what_happened() -> None:
    told = Evidence.parse(exported(5)).entries[0][0].told

    assert (told["kind"], told["label"], told["opened"], told["at"]) == ("grant", "label 5", ["XB node"], 5)


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told.update(checkpoint=checkpoint(5)),
        lambda told: told.update(earlier=checkpoint(4)),
        lambda told: told["consistency"].pop(),
        lambda told: told["entries"][0].update(number=2),
        lambda told: told["entries"][0].update(content=told["entries"][0]["content"].replace("XB", "NO")),
        lambda told: told["entries"][0].update(salt=told["entries"][1]["salt"]),
        lambda told: told["entries"][0]["proof"].reverse(),
        lambda told: told["entries"][0]["proof"].pop(),
        lambda told: told.update(checkpoint=told["checkpoint"].replace(f"\n{SIZE}\n", "\n8\n")),
    ],
)
def test_nothing_in_it_can_be_changed(change: Callable[[dict[str, Any]], None]) -> None:
    with pytest.raises(LedgerError):
        Evidence.parse(changed(change)).verified(SIGNER.key)


def test_the_key_of_another_log_does_not_fit() -> None:
    other = Signer("comity-federation", b"o" * 32)

    with pytest.raises(LedgerError):
        Evidence.parse(exported(1)).verified(other.key)


def test_two_signed_logs_of_one_size_are_a_fork() -> None:
    forked = Checkpoint(SIGNER.name, SIZE, b"f" * 32).signed(SIGNER)
    lonely = Evidence(checkpoint=forked, earlier="", consistency=[], entries=[]).text()

    assert len(verified_together([exported(1), exported(2)], SIGNER.key)) == 2
    with pytest.raises(LedgerError, match="forked"):
        verified_together([exported(1), lonely], SIGNER.key)


def test_a_leaf_tells_nothing_without_its_salt() -> None:
    entry = Entry(kind=entries.Kind.KEY, at=1, about=("XA",), facts={}).content()

    assert entries.leaf_of(b"a" * 32, entry) != entries.leaf_of(b"b" * 32, entry)
    with pytest.raises(LedgerError):
        entries.leaf_of(b"", entry)


@given(st.lists(st.integers(0, 2**50), min_size=1, unique=True).map(sorted))
def test_ticks_are_read_as_they_were_written(ticks: list[int]) -> None:
    told = json.loads(entries.served("XB node", owner="XA", ticks=ticks, since=1, at=2).content())

    assert entries.ticks_of(told) == ticks


@given(st.binary(max_size=200))
def test_no_bytes_make_the_reader_fail_in_another_way(text: bytes) -> None:
    with pytest.raises(LedgerError):
        Evidence.parse(text)


@given(st.recursive(st.none() | st.integers() | st.text(max_size=8), lambda inner: st.lists(inner, max_size=3)))
def test_no_values_make_the_reader_fail_in_another_way(value: object) -> None:
    told = json.loads(exported(1))
    for name in told:
        text = json.dumps({**told, name: value}).encode()
        try:
            Evidence.parse(text).verified(SIGNER.key)
        except LedgerError:
            continue
