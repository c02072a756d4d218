"""A member in bad faith in the committee and at the ledger: it reaches for others' data, re-signs, forges: in vain."""

import secrets
from dataclasses import replace
from typing import Any

import pytest
from comity.errors import LedgerError, SyncError
from comity.federation.committee import MOST_WAITING
from comity.gateway.signing import Word, public_key, signature_of
from comity.ledger.checkpoint import Checkpoint
from comity.ledger.evidence import Evidence
from comity.ledger.notes import Key, Signer
from comity.ledger.purges import Purge
from comity.node import audit

from tests.integration.sharing.objects import new_id
from tests.integration.sharing.services import Bloc

FORGER, VICTIM = "XB", "XA"
PROPOSALS = "/api/policy/proposals"
CHAPTER = f"member-{FORGER}.cedar"
OPEN = '@id("{id}") @why("w") permit (principal, action in Action::"upto_full", resource{of});'
OWN = f' in Member::"{FORGER}"'
THEIRS = f' in Member::"{VICTIM}"'


def asked(bloc: Bloc, path: str, body: object, member: str = FORGER) -> Any:
    """Return the answer to what a member's node posts."""
    with bloc.hub.client(member) as client:
        return client.post_json(path, body)


def proposed(bloc: Bloc, name: str, member: str = FORGER, **body: object) -> dict[str, Any]:
    """Return a proposal of a rule that opens the member's own data, of a name of its own."""
    rule = OPEN.format(id=name, of=f' in Member::"{member}"')
    told: dict[str, Any] = asked(bloc, PROPOSALS, {"files": {f"member-{member}.cedar": rule}, **body}, member)
    return told


def signed(bloc: Bloc, told: dict[str, Any], member: str = FORGER, **changed: Any) -> dict[str, Any]:
    """Return a member's signature of its own node under a proposal, or under one that differs from it."""
    terms = {name: told[name] for name in ("digest", "base", "effective")}
    word = replace(Word(member=member, approves=True, remark="", **terms), **changed)
    secret = bloc[member].running.signing_key
    return {"approves": True, "remark": "", "signature": signature_of(word, secret), "public": public_key(secret)}


def put_in_force(bloc: Bloc, body: dict[str, Any]) -> None:
    """Go all the way with a change that only the forger signs."""
    told = asked(bloc, PROPOSALS, body)
    asked(bloc, f"{PROPOSALS}/{told['number']}/signatures", signed(bloc, told))
    asked(bloc, f"{PROPOSALS}/{told['number']}/activation", {})


# --- reaching for others' data


@pytest.mark.parametrize(
    "text",
    [
        OPEN.format(id="theirs", of=THEIRS),
        OPEN.format(id="all", of=""),
        OPEN.format(id="own", of=OWN) + OPEN.format(id="hidden", of=THEIRS),
        OPEN.format(id="when", of="")[:-1] + f' when {{ resource in Member::"{VICTIM}" || resource.tlp <= 4 }};',
        OPEN.format(id="unless", of="")[:-1] + f' unless {{ resource in Member::"{FORGER}" }};',
    ],
    ids=["theirs", "all", "hidden-behind-own", "when", "unless"],
)
def test_a_chapter_that_reaches_for_others_data_is_never_in_force(bloc: Bloc, text: str) -> None:
    before = bloc.hub.running.federation.engine.ruleset.digest
    with pytest.raises(SyncError, match="status 4"):
        put_in_force(bloc, {"files": {CHAPTER: text}})

    assert bloc.hub.running.federation.engine.ruleset.digest == before


@pytest.mark.parametrize(
    "body",
    [
        {"files": {f"member-{VICTIM}.cedar": OPEN.format(id="theirs", of=THEIRS)}},
        {"files": {"25-more.cedar": OPEN.format(id="more", of=THEIRS)}},
        {"files": {CHAPTER: OPEN.format(id="a", of=OWN), "25-more.cedar": OPEN.format(id="b", of=THEIRS)}},
        {"files": {f"member-{VICTIM.lower()}.cedar": OPEN.format(id="c", of=THEIRS)}},
        {"files": {f"../member-{VICTIM}.cedar": OPEN.format(id="d", of=THEIRS)}},
        {"files": {"members.yaml": {"members": {FORGER: {}}, "quorum": 1}}},
        {"removed": [f"member-{VICTIM}.cedar"]},
    ],
    ids=[
        "chapter-of-another",
        "chapter-of-all",
        "beside-its-own",
        "another-case",
        "a-path",
        "quorum-of-one",
        "removed",
    ],
)
def test_what_is_not_its_own_chapter_is_not_in_force_by_its_word_alone(bloc: Bloc, body: dict[str, Any]) -> None:
    before = bloc.hub.running.federation.engine.ruleset.digest
    with pytest.raises(SyncError, match="status 4"):
        put_in_force(bloc, body)

    assert bloc.hub.running.federation.engine.ruleset.digest == before


# --- signatures and keys


def test_a_signature_is_good_for_one_proposal_one_word_and_one_member(bloc: Bloc) -> None:
    first, second = proposed(bloc, "first"), proposed(bloc, "second")
    theirs = proposed(bloc, "theirs", member=VICTIM)
    attempts = (
        (second, signed(bloc, first)),
        (first, {**signed(bloc, first), "approves": False}),
        (first, {**signed(bloc, first), "remark": "another"}),
        (first, signed(bloc, first, effective=first["effective"] + 1)),
        (theirs, signed(bloc, theirs, member=VICTIM)),
        (theirs, signed(bloc, theirs, member=FORGER) | {"signature": signed(bloc, theirs, VICTIM)["signature"]}),
    )
    for told, word in attempts:
        with pytest.raises(SyncError, match="status 4"):
            asked(bloc, f"{PROPOSALS}/{told['number']}/signatures", word)

    with bloc.hub.client(VICTIM) as client:
        signers = {one["number"]: one["approved_by"] for one in client.get_json(PROPOSALS)}
    assert [signers[one["number"]] for one in (first, second, theirs)] == [[], [], []]


def test_its_word_on_the_chapter_of_another_does_not_ratify_it(bloc: Bloc) -> None:
    theirs = proposed(bloc, "not-yours", member=VICTIM)
    asked(bloc, f"{PROPOSALS}/{theirs['number']}/signatures", signed(bloc, theirs))

    with pytest.raises(SyncError, match=f"expected the signature of {VICTIM}"):
        asked(bloc, f"{PROPOSALS}/{theirs['number']}/activation", {})


def test_a_member_does_not_change_the_key_it_signs_with_by_itself(bloc: Bloc) -> None:
    told = proposed(bloc, "rekeyed")
    asked(bloc, f"{PROPOSALS}/{told['number']}/signatures", signed(bloc, told))
    secret = secrets.token_bytes(32)
    terms = {name: told[name] for name in ("digest", "base", "effective")}
    other = signature_of(Word(member=FORGER, approves=True, remark="", **terms), secret)
    word = {"approves": True, "remark": "", "signature": other, "public": public_key(secret)}

    with pytest.raises(SyncError, match=f"{FORGER} is known by another key"):
        asked(bloc, f"{PROPOSALS}/{told['number']}/signatures", word)


# --- flooding


def test_a_member_that_floods_the_committee_is_stopped_and_others_are_not(bloc: Bloc) -> None:
    for place in range(MOST_WAITING):
        proposed(bloc, f"flood-{place}", member="NO")

    with pytest.raises(SyncError, match="status 403: 10 proposals of NO wait for signatures"):
        proposed(bloc, "one-too-many", member="NO")
    assert proposed(bloc, "of-another", member=VICTIM)["proposer"] == VICTIM


# --- receipts and the ledger


def test_the_receipt_of_another_is_no_receipt_of_its_own(bloc: Bloc) -> None:
    for member in ("NO", FORGER):
        bloc[member].pull()
    purge = Purge(member="NO", owner=VICTIM, object_id=new_id(), cause="recall", received=1, completed=2)
    theirs = purge.signed(bloc["NO"].running.node.signer)
    renamed = theirs.replace("NO", FORGER)
    for note in (theirs, renamed):
        with pytest.raises(SyncError, match="status 403"):
            asked(bloc, "/api/receipts", [{"note": note}])


@pytest.mark.parametrize("path", ["/ledger/checkpoint", "/ledger/tile/0/000", "/api/ledger/entries"])
def test_nobody_writes_into_the_ledger(bloc: Bloc, path: str) -> None:
    for method in ("post_json", "put_json"):
        with bloc.hub.client(FORGER) as client, pytest.raises(SyncError, match="status 4"):
            getattr(client, method)(path, {"entry": "forged"})


def test_evidence_that_it_signed_itself_proves_nothing(bloc: Bloc) -> None:
    key = bloc.hub.admission(FORGER)["ledger_key"]
    with bloc.hub.client(FORGER) as client:
        honest = audit.fetch_all(client, key, earlier="")
    checkpoint = honest.verified(Key.parse(key))
    own = Signer(checkpoint.origin, secrets.token_bytes(32))
    forged = Checkpoint(checkpoint.origin, checkpoint.size, b"f" * 32).signed(own)
    (opening, proof), *_ = honest.entries
    renamed = replace(opening, content=opening.content.replace(b"XA", b"NO") + b" ")
    with bloc.hub.client(FORGER) as client:
        answer = Evidence.parse(client.post_bytes("/api/ledger", {"earlier": forged}))
    attempts = (replace(honest, checkpoint=forged), replace(honest, entries=[(renamed, proof)]), answer)
    for evidence in attempts:
        with pytest.raises(LedgerError):
            Evidence.parse(evidence.text()).verified(Key.parse(key))
