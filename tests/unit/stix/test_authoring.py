"""The objects Comity authors, compared with what ``stix2`` builds of the same facts."""

import json

import stix2
from comity.domain.identity import identity_of, national_marking_of
from comity.domain.tier import Tier
from comity.stix.authoring import Authorship, member_identity, national_label_definition, recall, sighting
from comity.stix.objects import parse_object
from comity_schemas.extensions import NATIONAL_LABEL, RECALL

INDICATOR = "indicator--26ce0c2d-18ff-4ef8-bc73-1d115824a502"
GREEN = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"
BY = Authorship(created_by_ref=identity_of("XA"), created="2026-01-05T10:00:00.000Z", marking_refs=(GREEN,))


def test_a_sighting_is_what_stix2_builds_of_the_same_facts() -> None:
    raw = sighting(
        ["XB", INDICATOR],
        INDICATOR,
        by=BY,
        where_sighted_refs=[identity_of("XB")],
        count=3,
        first_seen="2026-01-04T00:00:00Z",
        last_seen="2026-01-05T00:00:00Z",
        labels=["a"],
    )

    expected = stix2.v21.Sighting(
        id=parse_object(raw).id,
        created_by_ref=identity_of("XA"),
        created="2026-01-05T10:00:00.000Z",
        modified="2026-01-05T10:00:00.000Z",
        labels=["a"],
        first_seen="2026-01-04T00:00:00Z",
        last_seen="2026-01-05T00:00:00Z",
        count=3,
        sighting_of_ref=INDICATOR,
        where_sighted_refs=[identity_of("XB")],
        object_marking_refs=[GREEN],
    )
    assert json.loads(raw) == json.loads(expected.serialize())


def test_a_sighting_says_nothing_that_it_was_not_told() -> None:
    raw = sighting(["XB"], INDICATOR, by=Authorship(created_by_ref=identity_of("XA"), created=BY.created))

    assert json.loads(raw).keys() == {
        "type", "spec_version", "id", "created_by_ref", "created", "modified", "sighting_of_ref"
    }  # fmt: skip


def test_a_count_of_zero_is_told() -> None:
    assert parse_object(sighting(["XB"], INDICATOR, by=BY, count=0)).header.count == 0


def test_a_changed_count_is_a_new_version_of_one_sighting() -> None:
    later = Authorship(created_by_ref=identity_of("XA"), created=BY.created, modified="2026-01-06T00:00:00.000Z")
    first = parse_object(sighting(["XB", "1"], INDICATOR, by=BY, count=3))
    second = parse_object(sighting(["XB", "1"], INDICATOR, by=later, count=4))

    assert first.id == second.id
    assert first.version < second.version


def test_different_keys_make_different_sightings() -> None:
    first = parse_object(sighting(["XB", "1"], INDICATOR, by=BY))
    second = parse_object(sighting(["XB1"], INDICATOR, by=BY))

    assert first.id != second.id


def test_a_recall_names_the_object_and_when() -> None:
    raw = recall(INDICATOR, by=BY, recalled="2026-01-06T00:00:00Z", reason="mistaken")

    obj = parse_object(raw)

    assert obj.header.object_ref == stix2.parse(raw, allow_custom=True)["object_ref"] == INDICATOR
    assert obj.header.extensions.keys() == {RECALL}
    assert obj.id == parse_object(recall(INDICATOR, by=BY, recalled="2026-01-07T00:00:00Z")).id


def test_a_national_label_is_a_marking_definition() -> None:
    raw = national_label_definition("XB", "περιορισμένο", Tier.C2)

    parsed = stix2.parse(raw, allow_custom=True)

    assert parse_object(raw).id == parsed["id"] == national_marking_of("XB", "περιορισμένο")
    assert parsed["extensions"][NATIONAL_LABEL]["tier"] == "C2"


def test_a_member_is_an_identity_that_authors_itself() -> None:
    raw = member_identity("XA", "Aria")

    parsed = stix2.parse(raw)

    assert parse_object(raw).id == parsed.id == parsed.created_by_ref == identity_of("XA")
    assert parsed.name == "Aria"
