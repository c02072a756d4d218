"""A member in bad faith, with a real key: it replays, rolls back, squats, forges, downgrades, floods: in vain."""

import json

import pytest
from comity.domain.identity import identity_of
from comity.domain.label import RELEASE_ALL
from comity.domain.tier import Tier
from comity.domain.tlp import TLP
from comity.errors import SyncError
from comity.ledger.purges import Purge
from comity.stix.authoring import Authorship
from comity.stix.authoring import recall as recall_notice

from tests.integration.sharing.forging import answer_to, label_of, told
from tests.integration.sharing.objects import changed, id_of, indicator, new_id
from tests.integration.sharing.services import Bloc

RECENT, SOON = "2026-05-01T00:00:00.000Z", "2026-05-02T00:00:00.000Z"
FORGER = "XB"


def served_at(bloc: Bloc, member: str, object_id: str) -> list[bytes]:
    bloc[member].pull()
    return [raw for raw in bloc[member].served() if id_of(raw) == object_id]


# --- squatting


@pytest.mark.parametrize("creator", [identity_of(FORGER), None])
def test_whoever_takes_an_id_learns_nothing_of_an_object_it_may_not_see(bloc: Bloc, creator: str | None) -> None:
    theirs = indicator("XA", "never-saw.example", release={"releasable_to": ["NO"]})
    bloc.share("XA", theirs)
    squatter = changed(theirs, created_by_ref=creator, name="squatter", modified=RECENT)
    answers = []
    for raw in (squatter, changed(squatter, id=new_id())):
        tries = (
            raw,
            raw,
            changed(raw, name="other"),
            changed(raw, modified=SOON),
            changed(raw, modified="2026-01-01T00:00:00Z"),
        )
        answers.append([told(answer_to(bloc, FORGER, one, label=label_of(FORGER)), id_of(raw)) for one in tries])

    assert answers[0] == answers[1]
    assert [one["success_count"] for one in answers[0]] == [1, 1, 0, 1, 0]


def test_an_id_that_was_taken_changes_nothing_for_those_who_have_the_object(bloc: Bloc) -> None:
    theirs = indicator("XA", "never-taken.example", release={"releasable_to": ["NO"]})
    bloc.share("XA", theirs)
    squatter = changed(theirs, created_by_ref=identity_of(FORGER), name="squatter", modified=RECENT)
    answer_to(bloc, FORGER, squatter, label=label_of(FORGER))
    before = served_at(bloc, "NO", id_of(theirs))
    newer = changed(theirs, modified=SOON, name="a newer version")
    bloc.share("XA", newer)

    assert before == [theirs]
    assert served_at(bloc, "NO", id_of(theirs)) == [newer]


def test_an_id_that_was_taken_from_what_the_taker_sees_is_refused_openly(bloc: Bloc) -> None:
    theirs = indicator("XA", "seen-and-taken.example")
    bloc.share("XA", theirs)
    squatter = changed(theirs, created_by_ref=identity_of(FORGER), modified=RECENT)
    status = answer_to(bloc, FORGER, squatter, label=label_of(FORGER))

    assert "belongs to an object of another owner" in status["failures"][0]["message"]
    assert served_at(bloc, "NO", id_of(theirs)) == [theirs]


# --- replay, rollback


def test_a_replayed_envelope_changes_nothing(bloc: Bloc) -> None:
    raws = [indicator(FORGER, f"replayed-{place}.example") for place in range(3)]
    answer_to(bloc, FORGER, *raws, label=label_of(FORGER))
    newer = changed(raws[0], modified=RECENT, name="newer")
    answer_to(bloc, FORGER, newer, label=label_of(FORGER))
    bloc["NO"].pull()
    before = bloc["NO"].served()
    answer_to(bloc, FORGER, *raws[::-1], label=label_of(FORGER))
    counts = bloc["NO"].pull()

    assert counts == {"taken": 0, "refused": 0}
    assert bloc["NO"].served() == before


def test_an_older_version_does_not_take_the_place_of_a_newer_one(bloc: Bloc) -> None:
    raw = indicator(FORGER, "rolled-back.example", modified=RECENT)
    answer_to(bloc, FORGER, raw, label=label_of(FORGER))
    old = changed(raw, modified="2026-04-01T00:00:00.000Z", name="older")
    status = answer_to(bloc, FORGER, old, label=label_of(FORGER))

    assert "is older than the version that is stored" in status["failures"][0]["message"]
    assert served_at(bloc, "NO", id_of(raw)) == [raw]


def test_a_recalled_object_does_not_come_back_by_a_replay(bloc: Bloc) -> None:
    raw = indicator(FORGER, "replayed-after-recall.example")
    answer_to(bloc, FORGER, raw, label=label_of(FORGER))
    notice = recall_notice(
        id_of(raw), by=Authorship(created_by_ref=identity_of(FORGER), created=RECENT), recalled=RECENT
    )
    answer_to(bloc, FORGER, notice, label=label_of(FORGER))
    status = answer_to(bloc, FORGER, raw, label=label_of(FORGER))

    assert status["failure_count"] == 1
    assert served_at(bloc, "NO", id_of(raw)) == []


def test_two_contents_under_one_version_are_one_content_for_everybody(bloc: Bloc) -> None:
    raw = indicator(FORGER, "equivocal.example", release={"releasable_to": ["XA", "NO"]})
    answer_to(bloc, FORGER, raw, label=label_of(FORGER, releasable=frozenset({"XA"})))
    other = changed(raw, name="another story")
    status = answer_to(bloc, FORGER, other, label=label_of(FORGER, releasable=frozenset({"NO"})))

    assert status["failure_count"] == 1
    assert served_at(bloc, "XA", id_of(raw)) == [raw]
    assert served_at(bloc, "NO", id_of(raw)) == []


# --- forging


@pytest.mark.parametrize("origin", [FORGER, "XA"])
def test_an_object_in_the_name_of_another_member_is_refused(bloc: Bloc, origin: str) -> None:
    raw = indicator("XA", f"forged-{origin.lower()}.example")
    status = answer_to(bloc, FORGER, raw, label=label_of(origin))

    assert status["failure_count"] == 1
    assert served_at(bloc, "NO", id_of(raw)) == []


def test_the_recall_of_anothers_object_takes_nothing_away(bloc: Bloc) -> None:
    theirs = indicator("XA", "still-there.example")
    bloc.share("XA", theirs)
    for creator in (FORGER, "XA"):
        by = Authorship(created_by_ref=identity_of(creator), created=RECENT)
        answer_to(bloc, FORGER, recall_notice(id_of(theirs), by=by, recalled=RECENT), label=label_of(FORGER))

    assert served_at(bloc, "NO", id_of(theirs)) == [theirs]
    with bloc.hub.client("NO") as client:
        assert theirs in client.get(f"{bloc.hub.admission('NO')['collection']}objects/")[0]


def test_the_recall_of_anothers_object_does_not_keep_it_from_coming(bloc: Bloc) -> None:
    theirs = indicator("XA", "recalled-before-it-came.example")
    by = Authorship(created_by_ref=identity_of(FORGER), created=RECENT)
    answer_to(bloc, FORGER, recall_notice(id_of(theirs), by=by, recalled=RECENT), label=label_of(FORGER))
    bloc["NO"].pull()
    bloc.share("XA", theirs)

    assert served_at(bloc, "NO", id_of(theirs)) == [theirs]


def test_a_false_alarm_about_anothers_object_hides_nothing(bloc: Bloc) -> None:
    theirs = indicator("XA", "no-false-alarm.example")
    bloc.share("XA", theirs)
    revoked = changed(theirs, revoked=True, modified=RECENT)
    status = answer_to(bloc, FORGER, revoked, label=label_of(FORGER))

    assert status["failure_count"] == 1
    assert served_at(bloc, "NO", id_of(theirs)) == [theirs]


# --- downgrading


def test_a_copy_of_a_received_object_under_a_wider_label_is_refused(bloc: Bloc) -> None:
    theirs = indicator("XA", "downgraded.example", tlp=TLP.AMBER, release={"releasable_to": [FORGER]})
    bloc.share("XA", theirs)
    clear = label_of(FORGER, tlp=TLP.CLEAR, tier=Tier.C0, releasable=RELEASE_ALL)
    status = answer_to(bloc, FORGER, theirs, label=clear)
    by_its_own_node = bloc[FORGER].post(theirs)

    assert (status["failure_count"], by_its_own_node["failure_count"]) == (1, 1)
    assert b"downgraded.example" not in bloc["NO"].files()


def test_a_sighting_carries_no_word_of_what_was_sighted_to_those_who_may_not_see_it(bloc: Bloc) -> None:
    theirs = indicator("XA", "sighted-and-hidden.example", release={"releasable_to": [FORGER]})
    bloc.share("XA", theirs)
    sighting = {
        "type": "sighting",
        "spec_version": "2.1",
        "id": new_id("sighting"),
        "created_by_ref": identity_of(FORGER),
        "created": RECENT,
        "modified": RECENT,
        "sighting_of_ref": id_of(theirs),
    }
    answer_to(bloc, FORGER, json.dumps(sighting).encode(), label=label_of(FORGER, tlp=TLP.CLEAR, tier=Tier.C0))
    bloc["NO"].pull()

    assert id_of(theirs).encode() not in bloc["NO"].files()


def test_what_is_sovereign_by_its_label_is_refused(bloc: Bloc) -> None:
    raw = indicator(FORGER, "sovereign-of-the-forger.example")

    assert answer_to(bloc, FORGER, raw, label=label_of(FORGER, tier=Tier.C4))["failure_count"] == 1


# --- reaching for what is others'


@pytest.mark.parametrize("path", ["objects/", "manifest/", "objects/{id}/", "objects/{id}/versions/"])
def test_no_path_of_the_federation_shows_what_the_rules_withhold(bloc: Bloc, path: str) -> None:
    theirs = indicator("XA", "withheld-from-the-forger.example", release={"releasable_to": ["NO"]})
    bloc.share("XA", theirs)
    own = bloc.hub.admission(FORGER)["collection"]
    answers = []
    for object_id in (id_of(theirs), new_id()):
        with bloc.hub.client(FORGER) as client:
            try:
                answers.append(
                    client.get(own + path.format(id=object_id), {"match[version]": "all"} if "{" not in path else None)[
                        0
                    ]
                )
            except SyncError as error:
                answers.append(str(error).replace(object_id, "ID").encode())

    assert id_of(theirs).encode() not in b"".join(answers)
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    "path", ["{theirs}objects/", "{theirs}manifest/", "/comity/collections/xa-cert-incident-response/objects/"]
)
def test_no_collection_of_another_member_is_there_for_it(bloc: Bloc, path: str) -> None:
    theirs = bloc.hub.admission("XA")["collection"]
    with bloc.hub.client(FORGER) as client, pytest.raises(SyncError, match="status 404"):
        client.get(path.format(theirs=theirs))


def test_a_receipt_for_another_member_is_refused(bloc: Bloc) -> None:
    bloc[FORGER].pull()
    purge = Purge(member="NO", owner="XA", object_id=new_id(), cause="recall", received=1, completed=2)
    note = purge.signed(bloc[FORGER].running.node.signer)
    with bloc.hub.client(FORGER) as client, pytest.raises(SyncError, match="names another member"):
        client.post_json("/api/receipts", [{"note": note}])


# --- flooding


def test_a_version_of_the_far_future_does_not_stop_the_exchange(bloc: Bloc) -> None:
    raw = indicator(FORGER, "fast-forward.example", modified="9999-12-31T23:59:59.999Z")
    other = indicator(FORGER, "beside-fast-forward.example")
    answer_to(bloc, FORGER, raw, other, label=label_of(FORGER))

    assert served_at(bloc, "NO", id_of(other)) == [other]


def test_many_versions_of_one_object_are_one_object_to_a_reader(bloc: Bloc) -> None:
    raw = indicator(FORGER, "many-versions.example")
    flood = [changed(raw, modified=f"2026-04-01T00:00:{place:02}.000Z", name=f"v{place}") for place in range(60)]
    answer_to(bloc, FORGER, *flood, label=label_of(FORGER))

    assert served_at(bloc, "NO", id_of(raw)) == [flood[-1]]


def test_an_envelope_of_more_objects_than_are_taken_is_refused_as_a_whole(bloc: Bloc) -> None:
    raw = indicator(FORGER, "too-many.example")
    with pytest.raises(SyncError, match="status 413"):
        answer_to(bloc, FORGER, *[raw] * 50_001, label=label_of(FORGER))

    assert served_at(bloc, "NO", id_of(raw)) == []
