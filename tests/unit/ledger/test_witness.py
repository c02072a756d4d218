"""A witness: it signs what continues the log that it has seen, and nothing else, whatever happens in between."""

import fcntl
import os
from base64 import b64decode
from hashlib import sha256
from pathlib import Path

import pytest
from comity.cli.main import app
from comity.errors import ComityError, LedgerError
from comity.ledger import notes
from comity.ledger.checkpoint import Checkpoint
from comity.ledger.evidence import Evidence
from comity.ledger.notes import COSIGNATURE, Key, Signer
from comity.ledger.witness import Witness, alone, witnessed_at
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from tests.unit.ledger import naive

LOG = Signer("comity-federation", b"k" * 32)
SIGNER = Signer("witness.example", b"w" * 32)
NEW = Witness(signer=SIGNER, log=LOG.key)
HONEST = [b"leaf %d" % number for number in range(12)]
FORKED = [*HONEST[:3], b"another", *HONEST[4:]]
SIZES = st.integers(1, len(HONEST))


def checkpoint(leaves: list[bytes], size: int) -> str:
    return Checkpoint(LOG.name, size, naive.root(leaves[:size])).signed(LOG)


def evidence(leaves: list[bytes], size: int, *, since: int = 0) -> Evidence:
    return Evidence(
        checkpoint=checkpoint(leaves, size),
        earlier=checkpoint(leaves, since) if since else "",
        consistency=naive.proof(since, leaves[:size]) if since else [],
        entries=[],
    )


def test_a_cosignature_is_that_of_the_specification() -> None:
    note = NEW.signed(evidence(HONEST, 5), at=1679315147).checkpoint
    text, _, lines = note.rpartition("\n\n")
    name, value = lines.splitlines()[1].removeprefix("— ").split(" ")
    private = Ed25519PrivateKey.from_private_bytes(b"w" * 32)
    public = private.public_key().public_bytes_raw()
    message = f"cosignature/v1\ntime 1679315147\n{text}\n".encode()

    assert name == "witness.example"
    assert b64decode(value) == (
        sha256(b"witness.example\n\x04" + public).digest()[:4]
        + bytes.fromhex("00000000641850cb")
        + private.sign(message)
    )
    assert Checkpoint.opened(note, LOG.key).size == 5


@given(SIZES, SIZES)
def test_a_log_that_grows_is_signed_and_one_that_shrinks_is_not(first: int, second: int) -> None:
    seen = NEW.signed(evidence(HONEST, first), at=1)
    if second < first:
        with pytest.raises(LedgerError, match="expected no fewer"):
            seen.signed(evidence(HONEST, second, since=second), at=2)
        return

    signed = seen.signed(evidence(HONEST, second, since=first), at=2)

    assert witnessed_at(signed.checkpoint, SIGNER.witness_key) == 2


@given(st.integers(4, len(HONEST)), st.integers(4, len(HONEST)), st.integers(0, len(HONEST)))
def test_a_log_that_has_forked_is_not_signed_whatever_it_says_that_it_continues(
    first: int, second: int, since: int
) -> None:
    seen = NEW.signed(evidence(HONEST, first), at=1)

    with pytest.raises(LedgerError):
        seen.signed(evidence(FORKED, second, since=min(since, second)), at=2)


def test_a_fork_with_the_checkpoint_that_was_seen_has_no_proof() -> None:
    seen = NEW.signed(evidence(HONEST, 5), at=1)
    made = evidence(FORKED, 9, since=5)
    forged = Evidence(
        checkpoint=made.checkpoint, earlier=checkpoint(HONEST, 5), consistency=made.consistency, entries=[]
    )

    with pytest.raises(LedgerError, match="does not begin with"):
        seen.signed(forged, at=2)


def test_growth_from_another_place_than_the_last_one_seen_is_refused_with_what_to_do() -> None:
    seen = NEW.signed(evidence(HONEST, 5), at=1)

    for given_since in (0, 4, 6):
        with pytest.raises(LedgerError, match=r"the log of 5 entries that this witness has seen, expected .* --since"):
            seen.signed(evidence(HONEST, 9, since=given_since), at=2)


def test_signing_again_takes_the_place_of_the_signature_before() -> None:
    once = NEW.signed(evidence(HONEST, 5), at=1).checkpoint
    again = SIGNER.cosigned(once, at=2)

    assert again.count("witness.example") == 1
    assert witnessed_at(again, SIGNER.witness_key) == 2


@pytest.mark.parametrize("place", [0, 8, 40])
def test_a_changed_time_or_signature_is_none(place: int) -> None:
    note = SIGNER.cosigned(checkpoint(HONEST, 5), at=7)
    value = bytearray(SIGNER.witness_key.found(note)[1])
    value[place] ^= 1
    line = notes._line(SIGNER.name, SIGNER.witness_key.id + bytes(value))

    with pytest.raises(LedgerError, match="not that of its key"):
        witnessed_at(checkpoint(HONEST, 5) + line, SIGNER.witness_key)


def test_the_keys_of_a_log_and_of_a_witness_do_not_stand_for_each_other() -> None:
    note = SIGNER.signed("a text\n")

    for key, type_ in ((LOG.key, COSIGNATURE), (SIGNER.witness_key, notes.ED25519)):
        with pytest.raises(LedgerError, match="expected one of type"):
            Key.parse(str(key), type=type_)
    with pytest.raises(LedgerError, match="is not signed by"):
        witnessed_at(note, SIGNER.witness_key)


def run(*words: object) -> Result:
    return CliRunner().invoke(app, ["ledger", *(str(word) for word in words)])


def test_the_command_signs_a_file_remembers_it_and_refuses_the_fork(tmp_path: Path) -> None:
    state, file, fork = (tmp_path / name for name in ("witness.json", "evidence.json", "fork.json"))
    file.write_bytes(evidence(HONEST, 5).text())
    fork.write_bytes(evidence(FORKED, 5).text())
    unnamed = run("witness", state, file, "--key", LOG.key)
    signed = run("witness", state, file, "--key", LOG.key, "--name", "witness.example")
    key = signed.output.split()[-1]
    kept = state.read_bytes()
    refused = run("witness", state, fork)
    good = run("verify", file, "--key", LOG.key, "--witness", key)
    unseen = run("verify", fork, "--key", LOG.key, "--witness", key)
    file.write_bytes(evidence(HONEST, 9, since=5).text())
    grown = run("witness", state, file)

    assert (signed.exit_code, good.exit_code, grown.exit_code) == (0, 0, 0)
    assert "witness.example saw it at 20" in good.output
    assert "expected --name and --key" in str(unnamed.exception)
    assert "are not consistent" in str(refused.exception)
    assert "is not signed by 'witness.example'" in str(unseen.exception)
    assert fork.read_bytes() == evidence(FORKED, 5).text()
    assert (kept != state.read_bytes(), state.stat().st_mode & 0o777) == (True, 0o600)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["evidence.json", "fork.json", "witness.json"]


def test_a_name_or_a_file_that_cannot_be_is_refused_before_anything_is_kept(tmp_path: Path) -> None:
    state, file = tmp_path / "witness.json", tmp_path / "evidence.json"
    file.write_bytes(evidence(HONEST, 5).text())
    for name in ("a b", "a+b"):
        assert isinstance(run("witness", state, file, "--key", LOG.key, "--name", name).exception, ComityError)
    assert not state.exists()
    state.write_text("{}")

    assert "keeps no witness" in str(run("witness", state, file).exception)


def test_what_cannot_be_kept_is_not_signed(tmp_path: Path) -> None:
    state, file = tmp_path / "witness.json", tmp_path / "evidence.json"
    file.write_bytes(evidence(HONEST, 5).text())
    (tmp_path / "witness.json.new").mkdir()
    failed = run("witness", state, file, "--key", LOG.key, "--name", "witness.example")

    assert "witness.json' cannot be written" in str(failed.exception)
    assert file.read_bytes() == evidence(HONEST, 5).text()


def test_two_at_once_do_not_sign_from_one_file(tmp_path: Path) -> None:
    folder = os.open(tmp_path, os.O_RDONLY)
    with alone(tmp_path / "witness.json"), pytest.raises(BlockingIOError):
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(folder)


def test_a_witness_is_of_one_log(tmp_path: Path) -> None:
    state, file = tmp_path / "witness.json", tmp_path / "evidence.json"
    file.write_bytes(evidence(HONEST, 5).text())
    run("witness", state, file, "--key", LOG.key, "--name", "witness.example")
    other = run("witness", state, file, "--key", Signer("comity-federation", b"o" * 32).key)

    assert "expected no other" in str(other.exception)
