"""The ledger in a real database file: it only grows, leaves no half, and shows whatever was done behind its back."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest
from comity.domain.label import Label
from comity.errors import LedgerError
from comity.ledger import entries
from comity.ledger.checkpoint import Checkpoint
from comity.ledger.entries import EVERYBODY, Entry, Kind
from comity.ledger.evidence import Evidence, check_growth
from comity.ledger.notes import Signer
from comity.store.grants import Rules
from comity.store.ledger import Ledger
from comity.store.store import Store
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from tests.unit.ledger import naive

SIGNER = Signer("comity-federation", b"k" * 32)
KEY = SIGNER.key


class Nobody:
    digest = ""

    def decide(self, label: Label) -> Mapping[str, Rules]:
        del label
        return {}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(f"sqlite:///{tmp_path / 'log.db'}", decider=Nobody(), clock=lambda: 1)
    opened.database.migrate()
    yield opened
    opened.close()


@pytest.fixture
def ledger() -> Ledger:
    return Ledger(SIGNER)


def entry(number: int, *about: str) -> Entry:
    return Entry(kind=Kind.GRANT, at=number, about=about or ("XA",), facts={"label": f"secret label {number}"})


def put(store: Store, ledger: Ledger, *several: Entry) -> None:
    with store.write() as connection:
        ledger.append(connection, several)


def put_and_fail(store: Store, ledger: Ledger) -> None:
    with store.write() as connection:
        ledger.append(connection, [entry(1), entry(2)])
        raise RuntimeError


def filled(store: Store, ledger: Ledger) -> None:
    for number in range(11):
        put(store, ledger, entry(number, ("XA", "XB", EVERYBODY)[number % 3]), entry(100 + number, "NO"))


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=8))
def test_every_checkpoint_is_the_root_of_the_leaves_so_far_and_continues_the_one_before(
    tmp_path_factory: pytest.TempPathFactory, batches: list[int]
) -> None:
    ledger = Ledger(SIGNER)
    opened = Store(f"sqlite:///{tmp_path_factory.mktemp('log') / 'log.db'}", decider=Nobody(), clock=lambda: 1)
    opened.database.migrate()
    note = ledger.checkpoint(opened.read())
    for count in batches:
        put(opened, ledger, *(entry(number) for number in range(count)))
        evidence = Evidence.parse(ledger.evidence(opened.read(), None, earlier=note, limit=100).text())
        found = evidence.verified(KEY)
        note = evidence.checkpoint
        assert found.root == naive.root([one.leaf for one, _ in evidence.entries])
        assert found.size == len(evidence.entries)
    assert ledger.check(opened.read()).size == sum(batches)
    opened.close()


def test_a_member_is_given_the_entries_about_itself_and_about_everybody_only(store: Store, ledger: Ledger) -> None:
    filled(store, ledger)
    found = Evidence.parse(ledger.evidence(store.read(), "XA", limit=100).text())
    found.verified(KEY)

    assert {about for one, _ in found.entries for about in one.told["about"]} == {"XA", EVERYBODY}
    assert len(found.entries) == 7


def test_what_a_member_is_given_says_nothing_of_the_rest(store: Store, ledger: Ledger) -> None:
    filled(store, ledger)
    text = ledger.evidence(store.read(), "XA", limit=100).text()

    assert b"secret label 0" in text
    assert b'secret label 1\\"' not in text
    assert b"secret label 10" not in text.replace(b"secret label 100", b"")


def test_entries_are_given_page_by_page(store: Store, ledger: Ledger) -> None:
    filled(store, ledger)
    first = ledger.openings(store.read(), "NO", limit=5)
    rest = ledger.openings(store.read(), "NO", after=first[-1].number, limit=100)

    assert [one.number for one in (*first, *rest)] == [
        one.number for one in ledger.openings(store.read(), "NO", limit=100)
    ]


def test_a_transaction_that_fails_leaves_no_leaf_and_no_checkpoint(store: Store, ledger: Ledger) -> None:
    filled(store, ledger)
    before = ledger.checkpoint(store.read())

    with pytest.raises(RuntimeError):
        put_and_fail(store, ledger)
    assert ledger.checkpoint(store.read()) == before
    assert ledger.check(store.read()).size == 22


def test_a_log_that_is_continued_after_a_failure_continues_every_checkpoint_that_was_published(
    store: Store, ledger: Ledger
) -> None:
    filled(store, ledger)
    published = ledger.checkpoint(store.read())
    with pytest.raises(RuntimeError):
        put_and_fail(store, ledger)
    put(store, Ledger(SIGNER), entry(2))

    evidence = ledger.evidence(store.read(), None, earlier=published, limit=1)
    assert evidence.verified(KEY).size == 23


def test_no_two_leaves_have_one_place(store: Store, ledger: Ledger) -> None:
    filled(store, ledger)
    change(store, "DELETE FROM ledger_entries WHERE number = 21")

    with pytest.raises(LedgerError, match="21 leaves, its checkpoint tells of 22"):
        put(store, ledger, entry(5))


def change(store: Store, statement: str, *values: object) -> None:
    path = str(store.database.engine.url.database)
    with closing(sqlite3.connect(path)) as connection, connection:
        assert connection.execute(statement, values).rowcount > 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entries SET content = replace(CAST(content AS TEXT), '100', '999') WHERE number = 1",
        "UPDATE ledger_entries SET content = CAST(replace(CAST(content AS TEXT), '1', '9') AS BLOB) WHERE number = 1",
        "UPDATE ledger_entries SET salt = zeroblob(32) WHERE number = 20",
        "DELETE FROM ledger_entries WHERE number = 21",
        "DELETE FROM ledger_entries WHERE number = 3",
        "INSERT INTO ledger_entries SELECT 22, salt, content FROM ledger_entries WHERE number = 3",
        "UPDATE ledger_entries SET number = 50 WHERE number = 21",
        "UPDATE ledger_nodes SET hash = zeroblob(32) WHERE level = 2 AND number = 1",
        "DELETE FROM ledger_nodes WHERE level = 1 AND number = 0",
        "INSERT INTO ledger_nodes SELECT 9, 9, hash FROM ledger_nodes WHERE level = 0 AND number = 0",
        "UPDATE ledger_subjects SET member = 'XC' WHERE number = 0",
        "DELETE FROM ledger_subjects WHERE number = 4",
        "INSERT INTO ledger_subjects VALUES ('XC', 4)",
        "DELETE FROM meta WHERE key = 'ledger checkpoint'",
        "UPDATE meta SET value = replace(value, '22', '21') WHERE key = 'ledger checkpoint'",
    ],
)
def test_whatever_is_done_to_the_file_is_found(store: Store, ledger: Ledger, statement: str) -> None:
    filled(store, ledger)
    ledger.check(store.read())
    change(store, statement)

    with pytest.raises(LedgerError):
        ledger.check(store.read())


def test_a_log_that_went_back_to_an_old_copy_does_not_continue_what_was_published(
    store: Store, ledger: Ledger, tmp_path: Path
) -> None:
    put(store, ledger, entry(1), entry(2))
    with closing(sqlite3.connect(tmp_path / "log.db")) as source, closing(sqlite3.connect(tmp_path / "old.db")) as old:
        source.backup(old)
    put(store, ledger, entry(3))
    published = Checkpoint.opened(ledger.checkpoint(store.read()), KEY)
    restored = Store(f"sqlite:///{tmp_path / 'old.db'}", decider=Nobody(), clock=lambda: 1)

    evidence = ledger.evidence(restored.read(), None, earlier=published.signed(SIGNER), limit=1)
    with pytest.raises(LedgerError):
        evidence.verified(KEY)
    put(restored, ledger, entry(4))
    forked = Checkpoint.opened(ledger.checkpoint(restored.read()), KEY)
    with pytest.raises(LedgerError):
        check_growth(published, forked, [])
    restored.close()


def test_an_entry_is_about_a_member_once(store: Store, ledger: Ledger) -> None:
    with pytest.raises(IntegrityError):
        put(store, ledger, Entry(kind=Kind.KEY, at=1, about=("XA", "XA"), facts={}))


def test_a_receipt_of_an_own_recall_is_about_its_owner_once() -> None:
    assert entries.receipt("indicator--x", owner="XA", member="XA", note="", at=1).about == ("XA",)
