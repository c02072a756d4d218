"""Laws of lesser forms: nothing dropped comes back, deriving is stable, every form is sound STIX and no more open."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import stix2
from comity.dedup.fingerprint import fingerprint_of_pattern, keyed
from comity.domain.label import RELEASE_ALL, Form, Kind, Label, Personal
from comity.domain.member import Bloc, Member
from comity.domain.tier import Tier
from comity.domain.tlp import TLP
from comity.policy.classes import chain, key, parse
from comity.redaction.bodies import Surroundings
from comity.redaction.forms import forms_of
from comity.redaction.pseudonym import Keys
from comity.stix.labels import Defaults, label_of
from comity.stix.objects import parse_object
from comity.stix.twins import twin_key_of
from comity_schemas.extensions import DUTY_CLOCK, PROVENANCE, RELEASE
from comity_schemas.stix import TLP_2
from hypothesis import assume, given
from hypothesis import strategies as st

Case = tuple[dict[str, Any], Label, Tier | None]
KEYS = Keys(secret=b"a secret of XA that nobody knows")
BLOC_KEY = b"k" * 32
POLICY = "0123456789abcdef"
PROPERTY = {"extension_type": "property-extension"}
LABELS = {tier: f"common:{tier}" for tier in Tier}
BLOC = Bloc(
    members={code: Member(code=code, name=code, identity="") for code in ("XA", "XB", "XC")},
    platform_labels={text: tier for tier, text in LABELS.items()},
    limits={},
    chapters={},
    sectors=("health",),
)
FORMS = [f"tool--00000000-0000-4000-8000-00000000000{n}" for n in range(3)]
HIDDEN = [f"tool--11111111-1111-4111-8111-11111111111{n}" for n in range(3)]
REFS = dict(zip(HIDDEN, FORMS, strict=True))

secrets = st.text("abcdefghjkmnqrstuvwxyz", min_size=9, max_size=16).map("zq{}qz".format)
"""Words that stand nowhere by themselves, so that finding one means it was not dropped."""
days = st.datetimes().map(lambda moment: moment.isoformat(timespec="microseconds") + "Z")
terms = st.lists(st.sampled_from(["malicious-activity", "benign", "anomalous-activity"]), min_size=1, max_size=3)
selectors = st.sampled_from(["name", "pattern", "description", "labels.[0]", "indicator_types.[0]", "created"])
granular = st.lists(
    st.builds(
        lambda marking, chosen: {"marking_ref": marking, "selectors": [chosen]},
        st.sampled_from(sorted(TLP_2.values())),
        selectors,
    ),
    min_size=1,
    max_size=3,
)


@st.composite
def objects(draw: st.DrawFn, types: Sequence[str]) -> dict[str, Any]:
    """Draw an object whose every free text is a secret."""
    stix_type = draw(st.sampled_from(types))
    created, modified, _ = sorted((draw(days), draw(days), draw(days)))
    body = {
        "type": stix_type,
        "spec_version": "2.1",
        "id": f"{stix_type}--{draw(st.uuids(version=4))}",
        "created": created,
        "modified": modified,
        "created_by_ref": f"identity--{draw(st.uuids(version=4))}",
        **draw(OWN[stix_type]),
    }
    body |= draw(st.fixed_dictionaries({}, optional=OPTIONAL))
    body["extensions"] = {RELEASE: PROPERTY, **body.get("extensions", {})}
    return body


OPTIONAL: dict[str, st.SearchStrategy[object]] = {
    "description": secrets,
    "labels": st.lists(secrets, min_size=1, max_size=2),
    "external_references": st.lists(
        st.fixed_dictionaries({"source_name": secrets, "external_id": secrets}), min_size=1, max_size=2
    ),
    "confidence": st.integers(0, 100),
    "revoked": st.booleans(),
    "lang": secrets,
    "granular_markings": granular,
    "x_note": st.lists(secrets) | st.dictionaries(secrets, secrets),
}
CLOCKS = st.fixed_dictionaries(
    {"extension_type": st.just("property-extension"), "aware_at": days, "case": secrets},
    optional={
        "rsit": st.just("intrusions/application-compromise"),
        "sector": st.just("health"),
        "criticality": st.integers(0, 100),
        "organisations": st.integers(0, 1000),
        "notified_at": days,
        "regime": secrets,
        "personal_data": st.booleans(),
    },
)
OWN: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "indicator": st.fixed_dictionaries(
        {
            "name": secrets,
            "pattern": secrets.map("[domain-name:value = '{}.example']".format),
            "pattern_type": st.just("stix"),
            "valid_from": days,
        },
        optional={"indicator_types": terms},
    ),
    "incident": st.fixed_dictionaries({"name": secrets, "extensions": st.fixed_dictionaries({DUTY_CLOCK: CLOCKS})}),
    "identity": st.fixed_dictionaries({"name": secrets, "contact_information": secrets}),
    "infrastructure": st.fixed_dictionaries({"name": secrets, "aliases": st.lists(secrets, min_size=1)}),
    "sighting": st.fixed_dictionaries(
        {"sighting_of_ref": st.sampled_from(HIDDEN)}, optional={"count": st.integers(0, 9), "first_seen": days}
    ),
    "report": st.fixed_dictionaries(
        {"name": secrets, "published": days, "object_refs": st.lists(st.sampled_from(HIDDEN), min_size=1, max_size=3)}
    ),
    "relationship": st.fixed_dictionaries(
        {
            "relationship_type": st.just("related-to"),
            "source_ref": st.sampled_from(HIDDEN),
            "target_ref": st.sampled_from(HIDDEN),
        },
        optional={"start_time": days},
    ),
    "threat-actor": st.fixed_dictionaries({"name": secrets, "roles": st.lists(secrets, min_size=1)}),
    "vulnerability": st.fixed_dictionaries({"name": secrets}),
}
KINDS = {kind.value: kind for kind in Kind}
releases = st.none() | st.just(RELEASE_ALL) | st.frozensets(st.sampled_from(["XB", "XC"]))
tiers = st.sampled_from([Tier.C0, Tier.C1, Tier.C2, Tier.C3])


@st.composite
def cases(draw: st.DrawFn, *types: str) -> Case:
    """Draw an object, its label and what is offered of it."""
    body = draw(objects(types or sorted(OWN)))
    label = Label(
        origin="XA",
        tlp=draw(st.sampled_from(TLP)),
        tier=draw(tiers),
        kind=KINDS.get(body["type"], Kind.CONTEXT),
        personal=draw(st.sampled_from(Personal)),
        releasable=draw(releases),
        withheld=draw(st.frozensets(st.sampled_from(["XB", "XC"]))),
        sector=draw(st.sampled_from(["none", "health"])),
        urgent=draw(st.booleans()),
    )
    return body, label, draw(st.none() | tiers)


def _forms(case: Case) -> list[tuple[Label, dict[str, Any]]]:
    body, label, offers_tier = case
    fingerprint = keyed(fingerprint_of_pattern(body["pattern"]), BLOC_KEY) if "pattern" in body else None
    return forms_of(
        body,
        label,
        offers_tier=offers_tier,
        keys=KEYS,
        policy=POLICY,
        fingerprint=fingerprint,
        around=Surroundings(tier_labels=LABELS, refs=REFS),
    )


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _texts(name)
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


KEPT = ("type", "spec_version", "granular_markings", "indicator_types", "extensions")


@given(cases())
def test_nothing_that_was_dropped_stands_in_a_form(case: Case) -> None:
    forms = _forms(case)

    for _, form in forms:
        raw = msgspec.json.encode(form).decode()
        dropped = [value for name, value in case[0].items() if form.get(name) != value and name not in KEPT]
        kept = msgspec.json.encode([value for name, value in case[0].items() if form.get(name) == value]).decode()
        texts = [text for text in _texts(dropped) if len(text) >= 6 and text not in kept]
        assert [text for text in texts if text in raw] == []


@given(cases())
def test_no_secret_stands_in_a_form_that_hides_a_victim(case: Case) -> None:
    assume(case[1].personal is Personal.DIRECT)

    raw = msgspec.json.encode([form for _, form in _forms(case)]).decode()

    assert [text for text in _texts(case[0]) if "zq" in text and text in raw] == []


@given(cases())
def test_deriving_twice_gives_equal_bytes(case: Case) -> None:
    first = [(key(label), msgspec.json.encode(form)) for label, form in _forms(case)]

    assert [(key(label), msgspec.json.encode(form)) for label, form in _forms(case)] == first


@given(cases())
def test_every_form_is_stix_here_and_elsewhere(case: Case) -> None:
    for _, form in _forms(case):
        raw = msgspec.json.encode(form)
        assert parse_object(raw).id == stix2.parse(raw, allow_custom=True)["id"] == form["id"]


@given(cases())
def test_a_form_is_never_above_the_tier_of_the_richer_one(case: Case) -> None:
    for label, form in _forms(case):
        levels = chain(label)
        assert levels[-1] == case[1]
        assert [each.tier for each in levels] == sorted(each.tier for each in levels)
        assert [each.form for each in levels] == sorted(each.form for each in levels)
        assert parse(key(label)) == label
        assert form["extensions"][PROVENANCE]["form"] == label.form.word
        assert label.personal is not Personal.DIRECT


@given(cases())
def test_the_label_of_a_form_is_what_the_form_says(case: Case) -> None:
    for label, form in _forms(case):
        obj = parse_object(msgspec.json.encode(form))
        stated = label_of(obj, bloc=BLOC, origin="XA", defaults=Defaults(), known_markings=(), now=0).label
        assert (stated.tier, stated.releasable, stated.withheld) == (label.tier, label.releasable, label.withheld)
        assert (stated.sector, stated.urgent, stated.personal) == (label.sector, label.urgent, label.personal)
        assert stated.tlp >= label.tlp


@given(cases("indicator"))
def test_a_form_of_an_indicator_is_the_twin_of_the_full_object(case: Case) -> None:
    original = twin_key_of(parse_object(json.dumps(case[0]).encode()), key=BLOC_KEY)

    twins = {twin_key_of(parse_object(msgspec.json.encode(form)), key=BLOC_KEY) for _, form in _forms(case)}

    assert twins <= {original}


@given(cases(), st.sampled_from([Form.SUMMARY, Form.PSEUDONYMISED]))
def test_a_lesser_form_has_no_lesser_forms(case: Case, form: Form) -> None:
    body, label, offers_tier = case
    lesser = Label(origin="XA", tlp=label.tlp, tier=label.tier, kind=label.kind, form=form, personal=label.personal)

    assert _forms((body, lesser, offers_tier)) == []
