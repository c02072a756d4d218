"""The committee over real HTTP: what is ratified is in force everywhere and reaches those who have read past it."""

import json
import secrets
from typing import Any

import pytest
from comity.app.federation_service import admit
from comity.app.node_service import delegate_of
from comity.domain.desk import Desk, Role
from comity.domain.purpose import Purpose
from comity.domain.tlp import TLP
from comity.errors import NotFoundError, PolicyError, RefusedError, SyncError
from comity.federation.committee import Committee
from comity.gateway.signing import Word, public_key, signature_of
from comity.node.committee import Delegate
from comity.transport.client import ServiceClient
from comity_schemas.extensions import RELEASE

from tests.integration.sharing.objects import indicator
from tests.integration.sharing.services import Bloc, NodePlace, objects_in

CHAPTER = "member-XB.cedar"
OPEN = """
@id("xb-health") @why("Health indicators for which XB stated nothing else are for some.")
permit (principal in Member::"{member}", action in Action::"upto_full", resource in Member::"XB")
when {{ resource.sector == "health" && !resource.release_stated && principal.role == "cert" }};
"""


def unstated(value: str) -> bytes:
    """Return an indicator of XB's health sector for which XB stated no recipients."""
    body = json.loads(indicator("XB", value, tlp=TLP.AMBER, label="common:C2", release={"sector": "health"}))
    del body["extensions"][RELEASE]["releasable_to"]
    return json.dumps(body).encode()


def delegate(node: NodePlace) -> Delegate:
    return delegate_of(node.running)


def committee(bloc: Bloc) -> Committee:
    return Committee(federation=bloc.hub.running.federation)


def chapter(bloc: Bloc, *members: str) -> str:
    """Return XB's chapter as it was founded, with a rule that opens its health sector to the CERTs of *members*."""
    rules = (OPEN.format(member=member).replace("xb-health", f"xb-health-{member}") for member in members)
    return bloc.nodes["XB"].running.node.bloc.chapters[CHAPTER].partition('\n@id("xb-health-')[0] + "".join(rules)


def change(bloc: Bloc, *members: str) -> None:
    """Let XB open its health sector to the CERTs of *members*, and everybody learn of it."""
    one = delegate(bloc.nodes["XB"])
    told = one.propose({CHAPTER: chapter(bloc, *members)}, removed=frozenset(), title="", effective=None)
    one.sign(told["number"], approves=True, remark="")
    one.activate(told["number"])
    # Whoever learns of it when it pulls sends what it opened when it pushes the next time.
    bloc.exchange()
    bloc.exchange()


def vote(bloc: Bloc, told: dict[str, Any], members: tuple[str, ...]) -> None:
    """Hand in the signatures of members that have no node here, as they come in files."""
    for member in members:
        secret = secrets.token_bytes(32)
        word = Word(
            member=member,
            approves=True,
            digest=told["digest"],
            base=told["base"],
            effective=told["effective"],
            remark="",
        )
        signed, public = signature_of(word, secret), public_key(secret)
        committee(bloc).sign(told["number"], member, approves=True, remark="", signature=signed, public=public)


def test_what_a_member_opens_reaches_those_who_have_read_past_it_and_what_it_closes_nobody(fresh: Bloc) -> None:
    early, later = unstated("early.example"), indicator("XB", "later.example")
    fresh.share("XB", early)
    fresh.share("XB", later)
    change(fresh, "XA")
    first = {member: fresh.nodes[member].served() for member in ("XA", "NO")}
    change(fresh, "XA", "NO")
    second = {member: fresh.nodes[member].served() for member in ("XA", "NO")}
    change(fresh)

    assert first == {"XA": [later, early], "NO": [later]}
    assert second == {"XA": [later, early], "NO": [later, early]}
    assert {member: fresh.nodes[member].served() for member in ("XA", "NO")} == {"XA": [later], "NO": [later]}


def test_a_chapter_that_is_not_signed_is_inert(fresh: Bloc) -> None:
    one = delegate(fresh.nodes["XB"])
    told = one.propose({CHAPTER: chapter(fresh, "XA")}, removed=frozenset(), title="", effective=None)

    with pytest.raises(SyncError, match=r"status 403: .*not ratified: expected the signature of XB"):
        one.activate(told["number"])
    fresh.share("XB", unstated("closed.example"))
    assert fresh.nodes["XA"].served() == []


def test_a_member_cannot_change_the_chapter_of_another(fresh: Bloc) -> None:
    with pytest.raises(SyncError, match="status 403: the chapter of XB is proposed by XB"):
        delegate(fresh.nodes["XA"]).propose(
            {CHAPTER: chapter(fresh, "XA")}, removed=frozenset(), title="", effective=None
        )


def test_a_signature_by_another_key_than_the_one_known_is_refused(fresh: Bloc) -> None:
    one = delegate(fresh.nodes["XB"])
    told = one.propose({CHAPTER: chapter(fresh, "XA")}, removed=frozenset(), title="", effective=None)
    one.sign(told["number"], approves=False, remark="not yet")

    with pytest.raises(RefusedError, match="XB is known by another key"):
        vote(fresh, told, ("XB",))
    assert committee(fresh).proposal(told["number"])["dissent"] == {"XB": "not yet"}


def test_a_change_for_all_needs_its_quorum_and_what_breaks_a_guarantee_is_never_in_force(fresh: Bloc) -> None:
    rules = '@id("all") @why("w") @order("99") @reason("r") forbid (principal, action == Action::"count", resource);'
    hub = committee(fresh)
    told = hub.propose("XA", {"20-all.cedar": rules})
    vote(fresh, told, ("XA", "XB", "XC"))
    with pytest.raises(RefusedError, match="1 of 4 signatures are missing"):
        hub.activate(told["number"])
    vote(fresh, told, ("XD",))
    with pytest.raises(RefusedError, match="breaks 'forms-are-a-chain'"):
        hub.activate(told["number"])
    assert [one.kind for one in hub.history()] == ["founding"]


def test_a_node_takes_over_nothing_that_is_not_ratified(fresh: Bloc) -> None:
    hub = committee(fresh)
    told = hub.propose("XA", {"20-all.cedar": '@id("all") @why("w") permit (principal, action, resource);'})
    federation = hub.federation
    with federation.store.write() as connection:
        record = hub._record("change", told["digest"], frozenset(), reason="forged")  # as a hub that lies
        hub._put_in_force(connection, record)
    node = fresh.nodes["XA"]

    with pytest.raises(SyncError, match="is not taken over: the proposal that was ratified is about other rules"):
        node.pull()
    assert node.running.node.engine.ruleset.digest == told["base"]


def test_a_suspended_member_gets_nothing_and_gives_nothing_and_catches_up_when_it_is_readmitted(fresh: Bloc) -> None:
    committee(fresh).suspend("NO", "an exercise")
    theirs, ours = indicator("NO", "no.example"), indicator("XA", "xa.example")
    fresh.share("XA", ours)
    fresh.share("NO", theirs)
    apart = [fresh.nodes[member].served() for member in ("NO", "XA")]
    committee(fresh).readmit("NO", "it is over")
    fresh.exchange()
    fresh.exchange()

    assert apart == [[theirs], [ours]]
    assert sorted(fresh.nodes["NO"].served()) == sorted(fresh.nodes["XA"].served()) == sorted([ours, theirs])
    with fresh.hub.client("NO") as client:
        assert list(objects_in(client, fresh.hub.admission("NO")["collection"])) == [ours]


def test_the_effect_told_to_a_member_is_about_its_own_data_and_desks(fresh: Bloc) -> None:
    fresh.share("XB", unstated("counted.example"))
    change(fresh, "XA")
    one = delegate(fresh.nodes["XB"])
    told = one.propose({CHAPTER: chapter(fresh, "XA", "NO")}, removed=frozenset(), title="", effective=None)

    (seen,) = {(each.desk, each.origin, each.form, each.opens, each.releases) for each in one.effect(told["number"])}

    assert seen == ("NO/cert", "XB", "full", True, 1)
    assert delegate(fresh.nodes["XA"]).effect(told["number"]) == []


def test_a_decision_of_the_past_is_explained_by_the_rules_of_then_and_to_those_it_is_due_to(fresh: Bloc) -> None:
    raw = unstated("then.example")
    object_id = json.loads(raw)["id"]
    owner, reader, other = (fresh.nodes[member].running for member in ("XB", "XA", "NO"))
    desk = (Desk("XA", Role.CERT), Purpose.INCIDENT_RESPONSE)
    fresh.share("XB", raw)
    then = owner.node.store.clock()
    change(fresh, "XA")

    ((_, past),) = owner.work.explained(object_id, desk, then)
    ((_, now),) = owner.work.explained(object_id, desk)
    ((_, received),) = reader.work.explained(object_id, desk)

    assert (past.decision.served, past.why) == (False, ("No rule opens the object to this desk.",))
    assert now.decision.served
    assert received.why == ("Health indicators for which XB stated nothing else are for some.",)
    assert dict(owner.work.outcomes(object_id, then))["XA"].effect == "WITHHOLD"
    theirs = (Desk("NO", Role.CERT), Purpose.INCIDENT_RESPONSE)
    for service, asked in ((other, desk), (other, theirs), (reader, theirs)):
        with pytest.raises(NotFoundError, match="no object"):
            service.work.explained(object_id, asked)
    with pytest.raises(PolicyError, match="nothing was in force at that time"):
        owner.node.ruling.engine_at(owner.node.store.read(), 0)


def test_a_signature_that_came_in_a_file_counts_and_listeners_hear_what_was_opened(fresh: Bloc) -> None:
    fresh.share("XB", unstated("heard.example"))
    change(fresh, "XA")
    hub = committee(fresh)
    heard: list[tuple[str, int]] = []
    hub.federation.store.on_activation.append(lambda _, one, changed: heard.append((one.kind, len(changed.opened))))
    told = hub.propose("XB", {CHAPTER: chapter(fresh, "XA", "NO")})
    before, after = hub.texts(told["number"])
    word = delegate(fresh.nodes["XB"]).word({**told, "before": before, "after": after}, approves=True, remark="by file")
    hub.sign(told["number"], "XB", **word)
    hub.activate(told["number"])

    # NO's CERT for the two purposes of the object, and NO's node.
    assert heard == [("change", 3)]


def test_a_member_that_joins_by_a_change_has_its_node_and_desks(fresh: Bloc) -> None:
    hub = committee(fresh)
    documents = hub.federation.ruling.policy(hub.federation.store.read()).documents
    members = json.loads(json.dumps(documents["members.yaml"]))
    members["members"]["XE"] = {"name": "Echo"}
    green = indicator("XA", "joined.example")
    fresh.share("XA", green)
    told = hub.propose("XA", {"members.yaml": members})
    vote(fresh, told, ("XA", "XB", "XC", "XD"))
    hub.activate(told["number"])
    with ServiceClient(fresh.hub.listener.address, token=admit(fresh.hub.running, "XE")["token"]) as client:
        (collection,) = json.loads(client.get("/comity/collections/")[0])["collections"]
        held = list(objects_in(client, f"/comity/collections/{collection['id']}/"))

    assert held == [green]
