"""The chain of lesser forms, and what each holds."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from comity.domain.identity import identity_of, national_marking_of
from comity.domain.label import RELEASE_ALL, Form, Kind, Label, Personal
from comity.domain.tier import Tier
from comity.domain.tlp import TLP
from comity.policy.classes import chain, key, parse
from comity.redaction.bodies import Surroundings
from comity.redaction.forms import forms_of
from comity.redaction.pseudonym import Keys
from comity_schemas.extensions import ASSET, DUTY_CLOCK, EXERCISE_MARKING, PROVENANCE, RELEASE
from comity_schemas.stix import TLP_2

Obj = Callable[..., dict[str, Any]]
Derive = Callable[..., list[tuple[Label, dict[str, Any]]]]
PROPERTY = {"extension_type": "property-extension"}
VICTIM = {"personal": Personal.DIRECT}
FINGERPRINT = bytes(range(16))
KNOWN = {"fingerprint": FINGERPRINT, "kind_of_observable": "domain"}
CLOCK = {
    **PROPERTY,
    "case": "case of the registry",
    "rsit": "intrusions/application-compromise",
    "sector": "health",
    "criticality": 75,
    "organisations": 64,
    "aware_at": "2026-01-05T10:20:30Z",
    "notified_at": "2026-01-05T12:20:30Z",
    "deadline_hours": 24,
    "regime": "Registry Act",
    "personal_data": True,
}


@pytest.fixture
def incident(obj: Obj) -> dict[str, Any]:
    return obj("incident", name="registry down", confidence=80, extensions={DUTY_CLOCK: CLOCK})


def _labels(forms: list[tuple[Label, dict[str, Any]]]) -> list[tuple[Form, Tier, TLP, Personal]]:
    return [(label.form, label.tier, label.tlp, label.personal) for label, _ in forms]


# The chain


def test_an_object_that_offers_nothing_has_no_lesser_form(derive: Derive, indicator: dict[str, Any]) -> None:
    assert derive(indicator, offers_tier=None) == []


def test_a_victim_is_hidden_at_the_tier_and_marking_of_the_object(derive: Derive, indicator: dict[str, Any]) -> None:
    forms = derive(indicator, offers_tier=None, **VICTIM)

    assert _labels(forms) == [(Form.PSEUDONYMISED, Tier.C3, TLP.AMBER_STRICT, Personal.PSEUDONYMOUS)]


def test_an_offer_is_made_at_its_tier_under_amber(derive: Derive, indicator: dict[str, Any]) -> None:
    assert _labels(derive(indicator)) == [(Form.PSEUDONYMISED, Tier.C1, TLP.AMBER, Personal.NONE)]


def test_an_offer_that_is_no_lower_is_none(derive: Derive, indicator: dict[str, Any]) -> None:
    assert derive(indicator, offers_tier=Tier.C3) == []


def test_the_forms_of_an_incident_end_in_its_summary(derive: Derive, incident: dict[str, Any]) -> None:
    assert _labels(derive(incident, **VICTIM)) == [
        (Form.PSEUDONYMISED, Tier.C3, TLP.AMBER_STRICT, Personal.PSEUDONYMOUS),
        (Form.PSEUDONYMISED, Tier.C1, TLP.AMBER, Personal.PSEUDONYMOUS),
        (Form.SUMMARY, Tier.C1, TLP.AMBER, Personal.PSEUDONYMOUS),
    ]


def test_an_incident_that_offers_nothing_has_its_summary(derive: Derive, incident: dict[str, Any]) -> None:
    assert _labels(derive(incident, offers_tier=None)) == [(Form.SUMMARY, Tier.C3, TLP.AMBER_STRICT, Personal.NONE)]


def test_each_label_knows_the_richer_ones(derive: Derive, incident: dict[str, Any]) -> None:
    label = derive(incident, **VICTIM)[-1][0]

    assert [each.form for each in chain(label)] == [Form.SUMMARY, Form.PSEUDONYMISED, Form.PSEUDONYMISED, Form.FULL]
    assert parse(key(label)) == label


@pytest.mark.parametrize("label", [{"tier": Tier.C4}, {"form": Form.SUMMARY}])
def test_what_is_sovereign_or_already_a_lesser_form_has_none(
    derive: Derive, indicator: dict[str, Any], label: dict[str, Any]
) -> None:
    assert derive(indicator, **VICTIM, **label) == []


@pytest.mark.parametrize("stix_type", ["x-unknown", "note", "malware-analysis"])
def test_a_type_without_an_allowlist_has_no_lesser_form(derive: Derive, obj: Obj, stix_type: str) -> None:
    assert derive(obj(stix_type, content="free words", name="x"), **VICTIM) == []


# Indicators


def test_an_offer_keeps_the_pattern_and_its_validity_and_nothing_that_tells_more(
    derive: Derive, indicator: dict[str, Any]
) -> None:
    ((_, form),) = derive(indicator, more=KNOWN)

    assert {name: form[name] for name in form if name not in ("id", "extensions")} == {
        "type": "indicator",
        "spec_version": "2.1",
        "created_by_ref": identity_of("XA"),
        "created": "2026-01-05T00:00:00.000Z",
        "modified": "2026-01-06T00:00:00.000Z",
        "object_marking_refs": [TLP_2["amber"]],
        "indicator_types": ["malicious-activity"],
        "pattern": "[domain-name:value = 'srv.registry.example']",
        "pattern_type": "stix",
        "pattern_version": "2.1",
        "kill_chain_phases": [{"kill_chain_name": "steps", "phase_name": "delivery"}],
        "valid_from": "2026-01-05T00:00:00.000Z",
        "valid_until": "2026-02-06T00:00:00.000Z",
    }


def test_a_form_says_how_it_was_made(derive: Derive, indicator: dict[str, Any]) -> None:
    ((_, form),) = derive(indicator, more=KNOWN)

    assert form["extensions"][PROVENANCE] == {
        **PROPERTY,
        "form": "pseudonymised",
        "omitted": ["description", "labels", "names", "other", "references", "times"],
        "policy": "0123456789abcdef",
        "observable_kind": "domain",
    }


def test_a_victims_observable_is_replaced_whole_and_still_merges(derive: Derive, indicator: dict[str, Any]) -> None:
    ((_, form),) = derive(indicator, offers_tier=None, more=KNOWN, **VICTIM)

    assert form["pattern"] == f"[x-comity-pseudonym:value = '{form['name']}']"
    assert form["extensions"][PROVENANCE]["fingerprint"] == FINGERPRINT.hex()
    assert form.keys() & {"pattern_version", "kill_chain_phases", "description", "labels", "x_ticket"} == set()


def test_equal_observables_of_one_member_have_one_pseudonym(derive: Derive, indicator: dict[str, Any]) -> None:
    first = derive(indicator, more=KNOWN, **VICTIM)
    second = derive({**indicator, "pattern": "[ domain-name:value = 'SRV.registry.example' ]"}, more=KNOWN, **VICTIM)

    assert len({form["pattern"] for _, form in first + second}) == 1


def test_without_a_fingerprint_the_pattern_gives_the_pseudonym(derive: Derive, indicator: dict[str, Any]) -> None:
    ((_, form),) = derive(indicator, offers_tier=None, **VICTIM)
    ((_, other),) = derive({**indicator, "pattern": "[url:value = 'x']"}, offers_tier=None, **VICTIM)

    assert form["name"] != other["name"]
    assert "fingerprint" not in form["extensions"][PROVENANCE]


def test_a_pattern_of_another_language_is_replaced_by_a_stix_one(derive: Derive, indicator: dict[str, Any]) -> None:
    ((_, form),) = derive({**indicator, "pattern_type": "yara"}, offers_tier=None, **VICTIM)

    assert form["pattern_type"] == "stix"


def test_a_pseudonymous_object_keeps_its_pattern(derive: Derive, indicator: dict[str, Any]) -> None:
    ((label, form),) = derive(indicator, personal=Personal.PSEUDONYMOUS)

    assert label.personal is Personal.PSEUDONYMOUS
    assert form["pattern"] == indicator["pattern"]


def test_a_part_marked_stricter_than_the_form_is_left_out(derive: Derive, indicator: dict[str, Any]) -> None:
    strict = {"marking_ref": TLP_2["red"], "selectors": ["indicator_types.[0]"]}
    wide = {"marking_ref": TLP_2["green"], "selectors": ["pattern", "description"]}

    ((_, form),) = derive({**indicator, "granular_markings": [strict, wide]})

    assert "indicator_types" not in form
    assert form["granular_markings"] == [{"marking_ref": TLP_2["green"], "selectors": ["pattern"]}]


def test_there_is_no_offer_where_what_is_needed_is_marked_stricter(derive: Derive, indicator: dict[str, Any]) -> None:
    marking = {"marking_ref": TLP_2["red"], "selectors": ["pattern"]}

    assert derive({**indicator, "granular_markings": [marking]}) == []


# Incidents


def test_an_incident_is_told_in_numbers_and_days(derive: Derive, incident: dict[str, Any], keys: Keys) -> None:
    ((_, form), _) = derive(incident, offers_tier=None, **VICTIM)

    assert form["name"] == f"incident {keys.pseudonym('incident', incident['id'])}"
    assert form["extensions"][DUTY_CLOCK] == {
        **PROPERTY,
        "case": keys.pseudonym("case", "case of the registry"),
        "rsit": "intrusions/application-compromise",
        "sector": "health",
        "criticality": 75,
        "organisations": 64,
        "deadline_hours": 24,
        "personal_data": True,
        "aware_at": "2026-01-05T00:00:00.000Z",
        "notified_at": "2026-01-05T00:00:00.000Z",
    }


def test_a_summary_is_the_month_the_sector_the_class_and_the_band(
    derive: Derive, incident: dict[str, Any], keys: Keys
) -> None:
    form = derive(incident)[-1][1]

    assert (form["name"], form["created"], form["modified"]) == ("incident", *["2026-01-01T00:00:00.000Z"] * 2)
    assert "confidence" not in form
    assert form["extensions"][DUTY_CLOCK] == {
        **PROPERTY,
        "case": keys.pseudonym("case", "case of the registry"),
        "sector": "health",
        "personal_data": True,
        "aware_at": "2026-01-01T00:00:00.000Z",
        "rsit": "intrusions",
        "criticality": 50,
    }


@pytest.mark.parametrize(("criticality", "band"), [(0, 0), (1, 1), (29, 1), (30, 30), (89, 50), (90, 90), (100, 90)])
def test_criticality_is_told_as_the_start_of_its_band(derive: Derive, obj: Obj, criticality: int, band: int) -> None:
    clock = {**PROPERTY, "aware_at": "2026-01-05T10:20:30Z", "criticality": criticality}

    form = derive(obj("incident", name="x", extensions={DUTY_CLOCK: clock}))[-1][1]

    assert form["extensions"][DUTY_CLOCK]["criticality"] == band


def test_a_summary_tells_no_more_than_was_known(derive: Derive, obj: Obj) -> None:
    clock = {**PROPERTY, "aware_at": "2026-01-05T10:20:30Z"}

    form = derive(obj("incident", name="x", extensions={DUTY_CLOCK: clock}))[-1][1]

    assert form["extensions"][DUTY_CLOCK] == {**PROPERTY, "aware_at": "2026-01-01T00:00:00.000Z"}


def test_an_incident_without_a_duty_clock_has_an_empty_summary(derive: Derive, obj: Obj) -> None:
    form = derive(obj("incident", name="x"))[-1][1]

    assert form["extensions"].keys() == {RELEASE, PROVENANCE}


def test_a_duty_clock_marked_stricter_is_in_no_summary_at_a_lower_tier(
    derive: Derive, incident: dict[str, Any]
) -> None:
    marking = {"marking_ref": TLP_2["red"], "selectors": [f"extensions.{DUTY_CLOCK}.case"]}

    forms = derive({**incident, "granular_markings": [marking]}, tlp=TLP.RED)

    assert [form["extensions"].keys() & {DUTY_CLOCK} for _, form in forms] == [set(), set()]


# Other types


def test_a_vulnerability_keeps_its_name_and_cve(derive: Derive, obj: Obj) -> None:
    references = [
        {"source_name": "registry", "external_id": "R-1"},
        {"source_name": "cve", "description": "no number yet"},
        {"source_name": "cve", "external_id": "CVE-2099-90001", "url": "http://registry.example/"},
    ]

    ((_, form),) = derive(obj("vulnerability", name="CVE-2099-90001", external_references=references))

    assert form["name"] == "CVE-2099-90001"
    assert form["external_references"] == [{"source_name": "cve", "external_id": "CVE-2099-90001"}]


@pytest.mark.parametrize("references", [None, [{"source_name": "registry", "external_id": "R-1"}]])
def test_a_vulnerability_without_a_cve_has_no_references(derive: Derive, obj: Obj, references: object) -> None:
    ((_, form),) = derive(obj("vulnerability", name="x", external_references=references))

    assert "external_references" not in form


def test_an_identity_is_named_by_a_pseudonym_of_its_name(derive: Derive, obj: Obj, keys: Keys) -> None:
    ((_, form),) = derive(obj("identity", name="registry of births", identity_class="organization"))

    assert form["name"] == keys.pseudonym("identity", "registry of births")
    assert form["identity_class"] == "organization"


def test_an_asset_tells_what_and_whose_it_is(derive: Derive, obj: Obj) -> None:
    asset = {**PROPERTY, "asset_kind": "portal", "member": "XA", "sector": "health", "prefixes": ["192.0.2.0/24"]}

    ((_, form),) = derive(obj("infrastructure", name="registry portal", extensions={ASSET: asset}))

    assert form["extensions"][ASSET] == {**PROPERTY, "asset_kind": "portal", "member": "XA", "sector": "health"}


def test_an_observable_keeps_its_value_and_has_no_times(derive: Derive, obj: Obj) -> None:
    body = obj("domain-name", value="srv.registry.example", created=None, modified=None, created_by_ref=None)

    ((_, form),) = derive(body)

    assert form["value"] == "srv.registry.example"
    assert form.keys() & {"created", "modified", "created_by_ref"} == set()


def test_a_victims_observable_has_no_lesser_form(derive: Derive, obj: Obj) -> None:
    body = obj("domain-name", value="srv.registry.example", created=None, modified=None)

    assert derive(body, **VICTIM) == []


def test_references_are_rewritten_to_what_the_reader_has(derive: Derive, obj: Obj) -> None:
    known, unknown = "indicator--00000000-0000-4000-8000-000000000001", "tool--00000000-0000-4000-8000-000000000002"
    there = "indicator--00000000-0000-4000-8000-000000000003"
    around = Surroundings(refs={known: there})

    ((_, form),) = derive(
        obj("report", name="x", published="2026-01-05T10:20:30Z", object_refs=[unknown, known]),
        more={"around": around},
    )

    assert form["object_refs"] == [there]


def test_an_object_without_a_reference_that_it_needs_has_no_form(derive: Derive, obj: Obj) -> None:
    body = obj("sighting", sighting_of_ref="indicator--00000000-0000-4000-8000-000000000001", count=3)

    assert derive(body) == []


# Labels and versions


def test_the_release_is_stated_again(derive: Derive, indicator: dict[str, Any]) -> None:
    stated = {"embargo_until": "2026-02-01T00:00:00Z", "embargo_exempt": ["XB"], "offers_tier": "C1"}
    body = {**indicator, "extensions": {RELEASE: {**PROPERTY, **stated}}}

    ((_, form),) = derive(body, releasable=frozenset({"XC", "XB"}), sector="health", urgent=True)

    assert form["extensions"][RELEASE] == {
        **PROPERTY,
        "releasable_to": ["XB", "XC"],
        "purposes": ["incident-response", "regulatory-oversight"],
        "embargo_until": "2026-02-01T00:00:00Z",
        "embargo_exempt": ["XB"],
        "personal": "none",
        "sector": "health",
        "urgent": True,
    }


@pytest.mark.parametrize(
    ("releasable", "stated"),
    [(RELEASE_ALL, {"releasable_to": "ALL"}), (frozenset(), {"releasable_to": []}), (None, {})],
)
def test_a_release_to_all_to_nobody_and_none_are_different(
    derive: Derive, indicator: dict[str, Any], releasable: frozenset[str] | None, stated: Mapping[str, object]
) -> None:
    ((_, form),) = derive(indicator, releasable=releasable)

    assert {name: each for name, each in form["extensions"][RELEASE].items() if name == "releasable_to"} == stated


def test_the_markings_are_those_of_the_form(derive: Derive, indicator: dict[str, Any]) -> None:
    around = Surroundings(tier_labels={Tier.C1: "common:C1"})

    ((_, form),) = derive(indicator, exercise=True, more={"around": around})

    assert form["object_marking_refs"] == [TLP_2["amber"], national_marking_of("XA", "common:C1"), EXERCISE_MARKING]
    assert form["extensions"][RELEASE]["label"] == "common:C1"


def test_what_was_revoked_is_revoked_in_every_form(derive: Derive, indicator: dict[str, Any]) -> None:
    ((_, form),) = derive({**indicator, "revoked": True})

    assert form["revoked"] is True


def test_a_change_that_cannot_be_seen_makes_no_version(derive: Derive, indicator: dict[str, Any]) -> None:
    ((_, before),) = derive(indicator)
    changed = {**indicator, "modified": "2026-03-01T00:00:00.000Z", "description": "more words"}
    around = Surroundings(previous={before["id"]: before})

    ((_, after),) = derive(changed, more={"around": around, "policy": "fedcba9876543210"})

    assert after == before


def test_a_change_that_can_be_seen_makes_a_later_version(derive: Derive, indicator: dict[str, Any]) -> None:
    ((_, before),) = derive(indicator)
    changed = {**indicator, "modified": "2026-03-01T10:00:00.000Z", "indicator_types": ["benign"]}

    ((_, after),) = derive(changed, more={"around": Surroundings(previous={before["id"]: before})})

    assert (after["id"], after["modified"]) == (before["id"], "2026-03-01T00:00:00.000Z")


def test_two_changes_in_a_day_make_two_versions(derive: Derive, indicator: dict[str, Any]) -> None:
    ((_, before),) = derive(indicator)
    changed = {**indicator, "indicator_types": ["benign"]}

    ((_, after),) = derive(changed, more={"around": Surroundings(previous={before["id"]: before})})

    assert after["modified"] == "2026-01-06T00:00:00.001Z"


def test_an_observable_that_changes_has_no_version_to_move(derive: Derive, obj: Obj) -> None:
    body = obj("url", value="http://a.example/", created=None, modified=None)
    ((_, before),) = derive(body)

    ((_, after),) = derive({**body, "defanged": True}, more={"around": Surroundings(previous={before["id"]: before})})

    assert after["defanged"] is True


def test_the_label_of_an_offer_differs_in_tier_and_form_only(keys: Keys, indicator: dict[str, Any]) -> None:
    label = Label(origin="XA", tlp=TLP.AMBER, tier=Tier.C2, kind=Kind.INDICATOR)

    ((lesser, form),) = forms_of(indicator, label, offers_tier=Tier.C0, keys=keys, policy="0" * 16)

    assert replace(lesser, richer=None) == replace(label, tier=Tier.C0, form=Form.PSEUDONYMISED)
    assert msgspec.json.encode(form)
