"""What never leaves a state, whatever is asked of its node: the bytes of the other databases are searched for it."""

import json
from typing import Any

import pytest
from comity.domain.desk import Role
from comity.domain.identity import identity_of
from comity.domain.purpose import Purpose
from comity.domain.tlp import TLP
from comity.errors import SyncError
from comity.stix.markings import TLP_MARKINGS
from comity.store import operations
from comity_schemas.extensions import DUTY_CLOCK, PROVENANCE, RELEASE

from tests.integration.sharing.objects import changed, id_of, indicator, new_id
from tests.integration.sharing.services import READING, Bloc

VICTIM = {"personal": "direct"}


def outside(bloc: Bloc) -> bytes:
    """Return the bytes of every database but that of XA."""
    return bloc.hub.files() + bloc["XB"].files() + bloc["NO"].files()


def form_of(bloc: Bloc, member: str, raw: bytes) -> dict[str, Any]:
    """Return the one lesser form in which a member's CERT reads an object of XA: one made after *raw*'s forms were."""
    forms = next(one["forms"] for one in bloc["XA"].get_json("/api/submissions") if one["object_id"] == id_of(raw))
    (found,) = [json.loads(one) for one in bloc[member].served() if id_of(one) in forms]
    assert found["id"] != id_of(raw)
    return dict(found)


@pytest.mark.parametrize("label", ["CROWN", "common:C4"])
def test_what_is_sovereign_never_reaches_the_federation(bloc: Bloc, label: str) -> None:
    value = f"sovereign-{label[-2:].lower()}.example"
    raw = indicator("XA", value, label=label, release={"offers_tier": "C1"})
    bloc.share("XA", raw)

    assert raw in bloc["XA"].own_objects()
    assert value.encode() in bloc["XA"].files()
    assert value.encode() not in outside(bloc)
    assert id_of(raw).encode() not in outside(bloc)


def test_what_is_sovereign_is_read_by_no_desk_of_its_own_state_either(bloc: Bloc) -> None:
    raw = indicator("XA", "above-all-desks.example", label="CROWN")
    bloc["XA"].submit(raw)

    assert [role for role in READING if raw in bloc["XA"].served(role)] == []


def test_what_is_released_to_nobody_never_reaches_the_federation(bloc: Bloc) -> None:
    raw = indicator("XA", "for-nobody.example", release={"releasable_to": []})
    bloc.share("XA", raw)

    assert raw in bloc["XA"].served()
    assert b"for-nobody.example" not in outside(bloc)


def test_the_federation_refuses_what_is_sovereign_from_a_node_that_errs(bloc: Bloc) -> None:
    raw = indicator("XA", "errs.example", label="CROWN")
    bloc["XA"].submit(raw)
    store = bloc["XA"].running.node.store
    with store.write() as connection:
        label = next(one.labels[0] for one in operations.all_submissions(connection) if one.object_id == id_of(raw))
        operations.queue(connection, [{"object_id": id_of(raw), "label": label, "body": raw}], store.clock())
    refused = bloc["XA"].push()["refused"]

    assert refused == 1
    assert b"errs.example" not in outside(bloc)


def test_a_victim_is_named_nowhere_outside_its_state(bloc: Bloc) -> None:
    raw = indicator(
        "XA",
        "mail.clinic-of-aria.example",
        tlp=TLP.AMBER,
        release=VICTIM,
        description="the gateway of the Clinic of Aria",
        external_references=[{"source_name": "ticket", "description": "Clinic of Aria", "external_id": "T-77120"}],
        labels=["clinic-label"],
        x_note={"host": "mail.clinic-of-aria.example"},
    )
    bloc.share("XA", raw)
    elsewhere = outside(bloc)

    assert [
        word for word in (b"clinic-of-aria", b"Clinic of Aria", b"T-77120", b"clinic-label") if word in elsewhere
    ] == []
    assert id_of(raw).encode() not in elsewhere
    assert raw in bloc["XA"].served()


def test_a_victim_is_read_elsewhere_under_a_pseudonym_that_says_how_it_was_made(bloc: Bloc) -> None:
    raw = indicator("XA", "web.clinic-two.example", release=VICTIM)
    bloc.share("XA", raw)
    form = form_of(bloc, "XB", raw)

    assert form["pattern"].startswith("[x-comity-pseudonym:value = ")
    assert form["created_by_ref"] == identity_of("XA")
    assert form["extensions"][PROVENANCE]["form"] == "pseudonymised"
    assert form == form_of(bloc, "NO", raw)


def test_a_new_version_of_a_victims_object_is_a_new_version_of_its_form(bloc: Bloc) -> None:
    raw = indicator("XA", "v1.clinic-three.example", release=VICTIM)
    bloc.share("XA", raw)
    first = form_of(bloc, "XB", raw)
    bloc.share("XA", changed(raw, modified="2026-03-01T11:00:00.000Z", confidence=40))
    second = form_of(bloc, "XB", raw)

    assert (first["id"], second["confidence"]) == (second["id"], 40)
    assert first["modified"] < second["modified"]


def test_two_versions_of_a_victims_object_in_one_envelope_end_in_the_form_of_the_second(bloc: Bloc) -> None:
    raw = indicator("XA", "v1.clinic-four.example", release=VICTIM, confidence=10)
    bloc.share("XA", raw, changed(raw, modified="2026-03-01T11:00:00.000Z", confidence=60))

    assert form_of(bloc, "XB", raw)["confidence"] == 60


def test_what_cannot_be_seen_in_a_form_does_not_move_it(bloc: Bloc) -> None:
    raw = indicator("XA", "still.clinic-five.example", release=VICTIM, description="one thing")
    bloc.share("XA", raw)
    first = form_of(bloc, "XB", raw)
    bloc.share("XA", changed(raw, modified="2026-03-02T00:00:00.000Z", description="another"))

    assert form_of(bloc, "XB", raw) == first


def test_a_copy_at_a_lower_tier_carries_no_detail_to_those_who_may_not_have_the_whole(bloc: Bloc) -> None:
    raw = indicator(
        "XA",
        "offered.example",
        label="SEALED",
        tlp=TLP.AMBER,
        release={"offers_tier": "C1"},
        description="the inner story",
    )
    bloc.share("XA", raw)
    form = form_of(bloc, "NO", raw)

    assert raw in bloc["XB"].served()
    assert form["extensions"][RELEASE]["label"] == "common:C1"
    assert [word for word in (b"the inner story", id_of(raw).encode()) if word in bloc["NO"].files()] == []


def test_a_regulator_reaches_not_even_the_summary_of_an_incident(bloc: Bloc) -> None:
    clock = {
        "extension_type": "property-extension",
        "aware_at": "2026-03-04T05:06:07Z",
        "case": "case-of-the-harbour",
        "sector": "energy",
        "rsit": "intrusions/system-compromise",
    }
    release = {"extension_type": "property-extension", "label": "common:C2", "releasable_to": "ALL", "sector": "energy"}
    incident = {
        "type": "incident",
        "spec_version": "2.1",
        "id": new_id("incident"),
        "created_by_ref": identity_of("XA"),
        "created": "2026-03-04T05:06:07.000Z",
        "modified": "2026-03-04T05:06:07.000Z",
        "name": "Harbour control down",
        "object_marking_refs": [TLP_MARKINGS[TLP.AMBER]],
        "extensions": {DUTY_CLOCK: clock, RELEASE: release},
    }
    raw = json.dumps(incident).encode()
    bloc.share("XA", raw)

    with bloc["XB"].client(Role.REGULATOR) as client:
        assert json.loads(client.get("/comity/collections/")[0]) == {}
    with pytest.raises(SyncError, match="status 404"):
        bloc["XB"].served(Role.REGULATOR, Purpose.REGULATORY_OVERSIGHT)


def test_a_victims_observable_merges_with_what_another_member_reports_of_it(fresh: Bloc) -> None:
    fresh["XA"].submit(indicator("XA", "mail.victim-host.example", release=VICTIM))
    fresh["XA"].push()
    fresh["NO"].submit(indicator("NO", "Mail.Victim-Host.example."))
    fresh["NO"].push()
    fresh["XB"].pull()

    assert sorted(json.loads(one)["type"] for one in fresh["XB"].served()) == ["indicator", "sighting"]
