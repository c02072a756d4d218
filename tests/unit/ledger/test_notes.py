"""Signed notes, keys and checkpoints: what is signed is what is read, and anything else is refused."""

import pytest
from comity.errors import LedgerError
from comity.ledger.checkpoint import Checkpoint
from comity.ledger.merkle import EMPTY_ROOT
from comity.ledger.notes import ED25519, Key, Signer
from hypothesis import given
from hypothesis import strategies as st

SIGNER = Signer("log.example/one", bytes(range(32)))
OTHER = Signer("log.example/one", bytes(32))
NOTE = SIGNER.signed("a text\nof two lines\n")

# The example of the reference implementation of signed notes in Go (golang.org/x/mod/sumdb/note).
PUBLISHED_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PUBLISHED_NOTE = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def test_a_published_note_is_opened_with_its_published_key() -> None:
    assert Key.parse(PUBLISHED_KEY).opened(PUBLISHED_NOTE).startswith("If you think cryptography")


def test_what_was_signed_is_what_is_read() -> None:
    assert SIGNER.key.opened(NOTE) == "a text\nof two lines\n"


def test_a_key_and_a_private_key_are_read_as_they_were_written() -> None:
    assert Key.parse(str(SIGNER.key)) == SIGNER.key
    assert Signer.parse(SIGNER.text) == SIGNER


def test_a_private_key_is_shown_by_no_representation() -> None:
    assert SIGNER.seed.hex() not in repr(SIGNER)
    assert "AAEC" not in repr(SIGNER)


def test_a_signature_by_somebody_else_beside_it_does_no_harm() -> None:
    stranger = Signer("witness.example", b"w" * 32).signed("a text\nof two lines\n").rpartition("\n\n")[2]

    assert SIGNER.key.opened(NOTE + stranger) == "a text\nof two lines\n"


@pytest.mark.parametrize(
    "note",
    [
        NOTE.replace("two", "ten"),
        NOTE.replace("two", "\ud800"),
        NOTE[:-1],
        NOTE.replace("— ", "- "),
        NOTE.replace("\n\n", "\n"),
        "a text\n\n",
        "",
        OTHER.signed("a text\nof two lines\n"),
        NOTE + "— nobody AAAAAAAA\n" * 40,
        NOTE.replace("a text", "a" * 200_000),
    ],
)
def test_a_note_that_is_not_signed_so_is_refused(note: str) -> None:
    with pytest.raises(LedgerError):
        SIGNER.key.opened(note)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "log.example/one",
        "l\ud800g+00000000+AAAAAAAA",
        str(SIGNER.key).replace("one", "two"),
        str(SIGNER.key)[:-4],
        str(Key("log.example/one", 9, SIGNER.key.public)),
        SIGNER.text,
    ],
)
def test_a_key_that_cannot_be_used_is_refused(text: str) -> None:
    with pytest.raises(LedgerError):
        Key.parse(text)


def test_a_private_key_that_cannot_be_read_is_not_repeated() -> None:
    with pytest.raises(LedgerError) as caught:
        Signer.parse(SIGNER.text[:-6])

    assert SIGNER.text[20:40] not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("text", ["no end of line", "an\n\nempty line\n", ""])
def test_a_text_that_cannot_be_a_note_is_not_signed(text: str) -> None:
    with pytest.raises(LedgerError):
        SIGNER.signed(text)


@given(st.text(max_size=300) | st.binary(max_size=300).map(lambda raw: raw.decode("latin-1")))
def test_no_text_makes_the_reader_fail_in_another_way(text: str) -> None:
    for read in (SIGNER.key.opened, Key.parse, Signer.parse):
        with pytest.raises(LedgerError):
            read(text)


@given(st.integers(1, 10**15), st.binary(min_size=32, max_size=32))
def test_a_checkpoint_is_read_as_it_was_signed(size: int, root: bytes) -> None:
    one = Checkpoint(SIGNER.name, size, root)

    assert Checkpoint.opened(one.signed(SIGNER), SIGNER.key) == one


@pytest.mark.parametrize(
    "text",
    [
        "log.example/two\n1\n" + "A" * 43 + "=\n",
        "log.example/one\n01\n" + "A" * 43 + "=\n",
        "log.example/one\n-1\n" + "A" * 43 + "=\n",
        "log.example/one\n١\n" + "A" * 43 + "=\n",
        "log.example/one\n" + "9" * 5000 + "\n" + "A" * 43 + "=\n",
        "log.example/one\n1\nAAAA\n",
        "log.example/one\n1\n!\n",
        "log.example/one\n0\n" + "A" * 43 + "=\n",
        "log.example/one\n1\n",
        "log.example/one\n",
    ],
)
def test_a_signed_text_that_is_no_checkpoint_of_the_log_is_refused(text: str) -> None:
    with pytest.raises(LedgerError):
        Checkpoint.opened(SIGNER.signed(text), SIGNER.key)


def test_an_extension_line_of_a_checkpoint_is_left_alone() -> None:
    note = Checkpoint(SIGNER.name, 0, EMPTY_ROOT).signed(SIGNER)
    extended = SIGNER.signed(note.rpartition("\n\n")[0] + "\nan extension\n")

    assert Checkpoint.opened(extended, SIGNER.key).size == 0


def test_the_type_of_a_signature_is_data_in_the_key() -> None:
    assert SIGNER.key.type == ED25519
