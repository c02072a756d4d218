"""What an object says about sharing it; whatever is not understood is refused."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from comity.domain.desk import Desk
from comity.domain.identity import national_marking_of
from comity.domain.label import RELEASE_ALL, Kind, Label, Personal
from comity.domain.member import Bloc
from comity.domain.purpose import EXERCISE, REAL, Purpose
from comity.domain.tier import Tier
from comity.domain.tlp import TLP
from comity.errors import InvalidObjectError
from comity.stix.labels import Defaults, Labelled, embargo_end, label_of
from comity.stix.markings import TLP_MARKINGS
from comity.stix.objects import StixObject
from comity_schemas.extensions import ASSET, EXERCISE_MARKING, RELEASE

Make = Callable[..., StixObject]
Read = Callable[..., Labelled]
OTHER = "marking-definition--00000000-0000-4000-8000-000000000000"
GREEN, RED = TLP_MARKINGS[TLP.GREEN], TLP_MARKINGS[TLP.RED]
NOTHING_STATED = Label(origin="XA", tlp=TLP.AMBER, tier=Tier.C2, kind=Kind.INDICATOR)
ASSUME_NOTHING = Defaults()
UNTIL = "2026-01-06T00:00:00.0000001Z"
LIFTS = 1_767_657_600_000_001
"""The first microsecond that is not before UNTIL."""


@pytest.fixture
def read(make: Make, bloc: Bloc) -> Read:
    """Read the label of an indicator of XA with a release statement and other properties."""

    def label(
        release: dict[str, object] | None = None, defaults: Defaults = ASSUME_NOTHING, now: int = 0, **changes: object
    ) -> Labelled:
        stated = {RELEASE: {"extension_type": "property-extension", **(release or {})}}
        obj = make(changes.pop("stix_type", "indicator"), extensions=stated, **changes)
        return label_of(obj, bloc=bloc, origin="XA", defaults=defaults, known_markings={OTHER}, now=now)

    return label


def test_nothing_stated_is_amber_restricted_and_released_to_nobody(make: Make, bloc: Bloc) -> None:
    labelled = label_of(make(), bloc=bloc, origin="XA", defaults=Defaults(), known_markings=(), now=0)

    assert labelled == Labelled(label=NOTHING_STATED)


def test_what_a_collection_assumes_holds_where_nothing_is_stated(read: Read) -> None:
    defaults = Defaults(
        tlp=TLP.CLEAR,
        label="common:C1",
        releasable=RELEASE_ALL,
        purposes=frozenset({Purpose.INCIDENT_RESPONSE}),
    )

    assert read(defaults=defaults).label == replace(
        NOTHING_STATED,
        tlp=TLP.CLEAR,
        tier=Tier.C1,
        releasable=RELEASE_ALL,
        purposes=frozenset({Purpose.INCIDENT_RESPONSE}),
    )


def test_what_is_stated_goes_before_what_a_collection_assumes(read: Read) -> None:
    defaults = Defaults(tlp=TLP.CLEAR, label="common:C1", releasable=RELEASE_ALL, purposes=EXERCISE)
    stated = {"label": "SEALED", "releasable_to": [], "purposes": ["incident-response"]}

    label = read(stated, defaults, object_marking_refs=[GREEN]).label

    assert (label.tlp, label.tier, label.releasable) == (TLP.GREEN, Tier.C3, frozenset())
    assert label.purposes == {Purpose.INCIDENT_RESPONSE}


def test_the_strictest_tlp_marking_counts_granular_ones_too(read: Read) -> None:
    granular = [{"marking_ref": RED, "selectors": ["pattern"]}, {"lang": "en", "selectors": ["name"]}]

    label = read(object_marking_refs=[GREEN], granular_markings=granular, name="x").label

    assert label.tlp is TLP.RED


@pytest.mark.parametrize(
    ("labels", "tier"),
    [
        ("GUARDED", Tier.C2),
        (["GUARDED", "SEALED"], Tier.C3),
        (["common:C1", "GUARDED"], Tier.C2),
        ("common:C1", Tier.C1),
    ],
)
def test_the_highest_label_counts(read: Read, labels: object, tier: Tier) -> None:
    assert read({"label": labels}).label.tier is tier


@pytest.mark.parametrize(("label", "tier"), [("SEALED", Tier.C3), ("common:C1", Tier.C1)])
def test_a_marking_that_stands_for_a_label_counts_as_the_label(read: Read, label: str, tier: Tier) -> None:
    assert read(object_marking_refs=[national_marking_of("XA", label)]).label.tier is tier


def test_a_label_and_a_marking_count_together(read: Read) -> None:
    assert read({"label": "common:C1"}, object_marking_refs=[national_marking_of("XA", "SEALED")]).label.tier is Tier.C3


def test_a_known_marking_says_nothing(read: Read) -> None:
    assert read(object_marking_refs=[OTHER]).label == NOTHING_STATED


def test_an_exercise_is_for_exercises_only(read: Read) -> None:
    label = read({"purposes": ["incident-response"]}, object_marking_refs=[EXERCISE_MARKING]).label

    assert label.exercise
    assert label.purposes == EXERCISE


def test_an_object_that_is_no_exercise_is_for_real_purposes(read: Read) -> None:
    assert read().label.purposes == REAL


@pytest.mark.parametrize(
    ("release", "changes", "named"),
    [
        ({"label": "CROWN"}, {}, "label 'CROWN'"),
        ({}, {"object_marking_refs": [national_marking_of("XB", "GUARDED")]}, national_marking_of("XB", "GUARDED")),
        ({}, {"object_marking_refs": [OTHER.replace("4000", "4001")]}, "marking marking-definition--0000"),
        ({"releasable_to": ["XZ"]}, {}, "releasable_to 'XZ'"),
        ({"withheld_from": ["XZ"]}, {}, "withheld_from 'XZ'"),
        ({"victims": ["XZ"]}, {}, "victims 'XZ'"),
        ({"embargo_until": UNTIL, "embargo_exempt": ["XZ"]}, {}, "embargo_exempt 'XZ'"),
        ({"named_desks": ["XB/clerk"]}, {}, "named_desks: unknown desk 'XB/clerk'"),
        ({"named_desks": ["XZ/cert"]}, {}, "named_desks 'XZ'"),
        ({"sector": "circus"}, {}, "sector 'circus'"),
        ({"offers_tier": "C2"}, {}, "offers_tier is C2, expected a tier below C2"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(
    read: Read, release: dict[str, object], changes: dict[str, object], named: str
) -> None:
    with pytest.raises(InvalidObjectError) as caught:
        read(release, **changes)

    assert named in str(caught.value)


def test_a_default_label_that_is_not_known_is_refused(read: Read) -> None:
    with pytest.raises(InvalidObjectError, match="label 'CROWN'"):
        read(defaults=Defaults(label="CROWN"))


@pytest.mark.parametrize(
    ("stated", "releasable"),
    [({}, None), ({"releasable_to": "ALL"}, RELEASE_ALL), ({"releasable_to": ["XA", "XB"]}, frozenset({"XB"}))],
)
def test_a_release_names_the_others(read: Read, stated: dict[str, object], releasable: frozenset[str] | None) -> None:
    assert read(stated).label.releasable == releasable


def test_every_statement_finds_its_place(read: Read) -> None:
    stated = {
        "withheld_from": ["XC"],
        "named_desks": ["XB/cert"],
        "personal": "direct",
        "victims": ["XB"],
        "sector": "energy",
        "urgent": True,
        "approved": True,
        "offers_tier": "C1",
    }

    labelled = read(stated)

    assert labelled.offers_tier is Tier.C1
    assert labelled.label == replace(
        NOTHING_STATED,
        withheld=frozenset({"XC"}),
        named=frozenset({Desk.parse("XB/cert")}),
        personal=Personal.DIRECT,
        victims=frozenset({"XB"}),
        sector="energy",
        urgent=True,
        approved=True,
    )


def test_an_embargo_is_in_force_until_its_last_moment(read: Read) -> None:
    labelled = read({"embargo_until": UNTIL, "embargo_exempt": ["XB"]}, now=LIFTS - 1)

    assert labelled.lifts_at == LIFTS
    assert labelled.label.embargo_exempt == frozenset({"XB"})


def test_an_embargo_that_exempts_nobody_is_one(read: Read) -> None:
    assert read({"embargo_until": UNTIL}).label.embargo_exempt == frozenset()


def test_an_embargo_that_is_over_changes_nothing(read: Read) -> None:
    assert read({"embargo_until": UNTIL, "embargo_exempt": ["XB"]}, now=LIFTS) == Labelled(label=NOTHING_STATED)


@pytest.mark.parametrize(("now", "end"), [(0, LIFTS), (LIFTS, None)])
def test_the_end_of_an_embargo_is_told_while_it_is_in_force(make: Make, now: int, end: int | None) -> None:
    obj = make(extensions={RELEASE: {"extension_type": "property-extension", "embargo_until": UNTIL}})

    assert embargo_end(obj.header, now) == end


@pytest.mark.parametrize(
    ("stix_type", "kind"),
    [
        ("indicator", Kind.INDICATOR),
        ("vulnerability", Kind.VULNERABILITY),
        ("sighting", Kind.SIGHTING),
        ("incident", Kind.INCIDENT),
        ("infrastructure", Kind.CONTEXT),
        ("x-other", Kind.CONTEXT),
    ],
)
def test_the_kind_follows_the_type(read: Read, stix_type: str, kind: Kind) -> None:
    assert read(stix_type=stix_type).label.kind is kind


def test_infrastructure_with_an_asset_is_an_asset(make: Make, bloc: Bloc) -> None:
    asset = {"extension_type": "property-extension", "asset_kind": "portal", "member": "XA"}
    obj = make("infrastructure", extensions={ASSET: asset})

    labelled = label_of(obj, bloc=bloc, origin="XA", defaults=Defaults(), known_markings=(), now=0)

    assert labelled.label.kind is Kind.ASSET
