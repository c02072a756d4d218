"""Rules of ``comity.policy.evaluate`` and of the standard chapters."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from comity.domain.desk import Desk, Role
from comity.domain.label import RELEASE_ALL, Form, Kind, Label, Personal
from comity.domain.member import Bloc
from comity.domain.purpose import EXERCISE, Purpose
from comity.domain.tier import Tier
from comity.domain.tlp import TLP
from comity.errors import PolicyError
from comity.policy.evaluate import NO_RULE, RULE_ERROR, SUPERSEDED, UNKNOWN_MEMBER, Decision, Engine

RESPONSE = Purpose.INCIDENT_RESPONSE
OVERSIGHT = Purpose.REGULATORY_OVERSIGHT
A_CERT, B_CERT, C_CERT, D_CERT = (Desk(code, Role.CERT) for code in ("XA", "XB", "XC", "XD"))
B_REGULATOR = Desk("XB", Role.REGULATOR)


def test_what_is_released_is_served_in_full(engine: Engine, label: Label) -> None:
    decision = engine.decide(label, B_CERT, RESPONSE)

    assert decision == Decision(form=Form.FULL, served=True, rules=("base-released",))


def test_an_owner_reads_its_own_data(engine: Engine, label: Label) -> None:
    decision = engine.decide(replace(label, releasable=frozenset()), A_CERT, RESPONSE)

    assert (decision.served, decision.rules) == (True, ("base-own",))


def test_what_no_rule_permits_is_denied(engine: Engine, label: Label) -> None:
    decision = engine.decide(replace(label, releasable=None), B_CERT, RESPONSE)

    assert decision == Decision(form=Form.NONE, served=False, rules=(), reasons=(NO_RULE,))


@pytest.mark.parametrize(
    ("tlp", "tier", "served"),
    [
        (TLP.GREEN, Tier.C1, True),
        (TLP.CLEAR, Tier.C0, True),
        (TLP.AMBER, Tier.C1, False),
        (TLP.GREEN, Tier.C2, False),
    ],
)
def test_green_of_the_community_tier_is_common_without_a_statement(
    engine: Engine, label: Label, tlp: TLP, tier: Tier, served: bool
) -> None:
    common = replace(label, tlp=tlp, tier=tier, releasable=None)

    assert engine.decide(common, B_CERT, RESPONSE).served is served


@pytest.mark.parametrize("desk", [A_CERT, Desk("XA", Role.REGULATOR), B_CERT])
def test_sovereign_data_is_above_every_desk(engine: Engine, label: Label, desk: Desk) -> None:
    decision = engine.decide(replace(label, tier=Tier.C4), desk, RESPONSE)

    assert (decision.form, decision.reasons[0]) == (Form.NONE, "tier-sovereign")


def test_a_form_made_from_sovereign_data_is_above_every_desk(engine: Engine, label: Label) -> None:
    derived = replace(label, form=Form.PSEUDONYMISED, tier=Tier.C1, richer=replace(label, tier=Tier.C4))

    assert engine.decide(derived, B_CERT, RESPONSE).reasons[0] == "tier-sovereign"


@pytest.mark.parametrize("desk", [A_CERT, B_CERT])
def test_an_unknown_label_blocks(engine: Engine, label: Label, desk: Desk) -> None:
    decision = engine.decide(replace(label, blocked=True), desk, RESPONSE)

    assert (decision.form, decision.reasons) == (Form.NONE, ("unmapped-label",))


def test_an_unknown_label_blocks_what_is_made_from_it(engine: Engine, label: Label) -> None:
    derived = replace(label, form=Form.PSEUDONYMISED, richer=replace(label, blocked=True))

    assert engine.decide(derived, B_CERT, RESPONSE).reasons == ("unmapped-label",)


def test_red_is_denied_to_a_member_it_is_not_released_to_by_name(engine: Engine, red: Label) -> None:
    decision = engine.decide(replace(red, releasable=RELEASE_ALL), B_CERT, RESPONSE)

    assert decision.reasons == ("tlp-red-not-named",)


def test_red_reaches_the_cert_of_a_member_named(engine: Engine, red: Label) -> None:
    assert engine.decide(red, B_CERT, RESPONSE).served


def test_red_that_names_desks_reaches_no_other_desk(engine: Engine, red: Label) -> None:
    addressed = replace(red, releasable=None, named=frozenset({B_CERT}))

    decisions = engine.decide_many(addressed, [(B_CERT, RESPONSE), (C_CERT, RESPONSE)])

    assert [decision.served for decision in decisions] == [True, False]


def test_a_form_made_from_red_reaches_nobody_that_red_does_not_name(engine: Engine, red: Label) -> None:
    derived = replace(red, form=Form.PSEUDONYMISED, tlp=TLP.AMBER, releasable=RELEASE_ALL, richer=red)

    assert engine.decide(derived, D_CERT, RESPONSE).reasons[0] == "tlp-red-not-named"


def test_a_member_left_out_of_the_statement_is_denied(engine: Engine, label: Label) -> None:
    decision = engine.decide(replace(label, tier=Tier.C1), D_CERT, RESPONSE)

    assert (decision.rules, decision.reasons) == (("fed-not-releasable",), ("not-releasable",))


def test_a_member_withheld_from_is_denied_in_spite_of_the_statement(engine: Engine, label: Label) -> None:
    decision = engine.decide(replace(label, releasable=RELEASE_ALL, withheld=frozenset({"XB"})), B_CERT, RESPONSE)

    assert (decision.rules, decision.reasons) == (("fed-withheld",), ("not-releasable",))


def test_an_embargo_holds_all_but_those_exempt(engine: Engine, label: Label) -> None:
    embargoed = replace(label, embargo_exempt=frozenset({"XB"}))

    decisions = engine.decide_many(embargoed, [(desk, RESPONSE) for desk in (A_CERT, B_CERT, C_CERT)])

    assert [decision.reasons for decision in decisions] == [(), (), ("embargo",)]


def test_a_lifted_embargo_holds_nobody(engine: Engine, label: Label) -> None:
    assert engine.decide(replace(label, embargo_exempt=frozenset()).lifted(), C_CERT, RESPONSE).served


def test_a_member_not_recognised_for_the_tier_is_denied(engine: Engine, label: Label) -> None:
    decision = engine.decide(replace(label, tier=Tier.C3), C_CERT, RESPONSE)

    assert (decision.form, decision.reasons) == (Form.NONE, ("tier-above-recognition",))


def test_a_purpose_that_was_not_released_is_denied_to_the_owner_too(engine: Engine, label: Label) -> None:
    exercise = replace(label, exercise=True, purposes=EXERCISE)
    viewers = [(desk, purpose) for desk in (A_CERT, B_CERT) for purpose in (Purpose.JOINT_EXERCISE, RESPONSE)]

    assert [decision.served for decision in engine.decide_many(exercise, viewers)] == [True, False, True, False]


def test_a_victim_is_named_to_the_owner_only(engine: Engine, label: Label) -> None:
    victim = replace(label, personal=Personal.DIRECT)

    decisions = engine.decide_many(victim, [(A_CERT, RESPONSE), (B_CERT, RESPONSE)])

    assert [(decision.form, decision.served) for decision in decisions] == [
        (Form.FULL, True),
        (Form.PSEUDONYMISED, False),
    ]


def test_the_pseudonymised_form_of_a_victim_is_served(engine: Engine, label: Label) -> None:
    victim = replace(label, personal=Personal.DIRECT)
    form = replace(victim, personal=Personal.PSEUDONYMOUS, form=Form.PSEUDONYMISED, richer=victim)

    decisions = engine.decide_many(form, [(A_CERT, RESPONSE), (B_CERT, RESPONSE)])

    assert [decision.reasons for decision in decisions] == [(SUPERSEDED,), ()]


def test_a_lesser_form_is_not_served_to_a_desk_that_is_served_the_richer_one(engine: Engine, label: Label) -> None:
    full = replace(label, tier=Tier.C3)
    derived = replace(full, tier=Tier.C1, form=Form.PSEUDONYMISED, richer=full)
    viewers = [(B_CERT, RESPONSE), (Desk("XB", Role.CII), RESPONSE), (C_CERT, RESPONSE)]

    decisions = engine.decide_many(derived, viewers)

    assert [decision.served for decision in decisions] == [False, True, True]


def test_a_form_superseded_by_the_richest_of_three_is_not_served(engine: Engine, label: Label) -> None:
    middle = replace(label, form=Form.PSEUDONYMISED, blocked=False, withheld=frozenset({"XB"}), richer=label)
    poorest = replace(label, form=Form.SUMMARY, richer=middle)

    assert engine.decide(poorest, B_CERT, RESPONSE).reasons == (SUPERSEDED,)


@pytest.mark.parametrize("member", ["XA", "XB"])
@pytest.mark.parametrize(
    ("role", "tiers"),
    [
        (Role.SOC, {Tier.C0, Tier.C1}),
        (Role.CII, {Tier.C0, Tier.C1, Tier.C2}),
        (Role.CERT, {Tier.C0, Tier.C1, Tier.C2, Tier.C3}),
    ],
)
def test_a_desk_reads_up_to_its_tier_at_every_member(
    engine: Engine, label: Label, member: str, role: Role, tiers: set[Tier]
) -> None:
    desk = Desk(member, role)

    read = {tier for tier in Tier if engine.decide(replace(label, tier=tier, tlp=TLP.CLEAR), desk, RESPONSE).served}

    assert read == tiers


@pytest.mark.parametrize("member", ["XA", "XB"])
@pytest.mark.parametrize(
    ("role", "tlps"),
    [
        (Role.SOC, {TLP.CLEAR, TLP.GREEN}),
        (Role.CII, {TLP.CLEAR, TLP.GREEN, TLP.AMBER}),
        (Role.CERT, set(TLP)),
    ],
)
def test_a_desk_reads_up_to_its_tlp_at_every_member(
    engine: Engine, label: Label, member: str, role: Role, tlps: set[TLP]
) -> None:
    desk = Desk(member, role)

    read = {tlp for tlp in TLP if engine.decide(replace(label, tier=Tier.C0, tlp=tlp), desk, RESPONSE).served}

    assert read == tlps


@pytest.mark.parametrize("kind", sorted(set(Kind) - {Kind.INCIDENT}))
@pytest.mark.parametrize("member", ["XA", "XB"])
def test_a_regulator_gets_nothing_of_what_is_no_incident(engine: Engine, label: Label, member: str, kind: Kind) -> None:
    decision = engine.decide(replace(label, kind=kind), Desk(member, Role.REGULATOR), OVERSIGHT)

    assert (decision.form, set(decision.reasons)) == (Form.NONE, {"regulator"})


@pytest.mark.parametrize("member", ["XA", "XB"])
def test_a_regulator_gets_the_summary_of_an_incident(engine: Engine, label: Label, member: str) -> None:
    decision = engine.decide(replace(label, kind=Kind.INCIDENT), Desk(member, Role.REGULATOR), OVERSIGHT)

    assert (decision.form, decision.served) == (Form.SUMMARY, False)


@pytest.mark.parametrize(
    ("form", "served"), [(Form.COUNT, True), (Form.SUMMARY, True), (Form.PSEUDONYMISED, False), (Form.FULL, False)]
)
def test_a_regulator_is_served_counts_and_summaries(engine: Engine, label: Label, form: Form, served: bool) -> None:
    incident = replace(label, kind=Kind.INCIDENT, form=form)

    assert engine.decide(incident, B_REGULATOR, OVERSIGHT).served is served


def test_a_count_may_be_all_that_is_opened(build: Callable[[str], Engine], label: Label) -> None:
    engine = build('@id("x") @why("w") permit (principal, action in Action::"upto_count", resource);')

    decision = engine.decide(replace(label, releasable=None), B_CERT, RESPONSE)

    assert (decision.form, decision.served, decision.reasons) == (Form.COUNT, False, (NO_RULE,))


def test_a_form_opened_without_the_poorer_ones_counts_for_nothing(build: Callable[[str], Engine], label: Label) -> None:
    engine = build('@id("x") @why("w") permit (principal, action == Action::"summary", resource);')

    assert engine.decide(replace(label, releasable=None), B_CERT, RESPONSE).form is Form.NONE


def test_a_count_that_is_denied_leaves_no_lesser_form(engine: Engine, label: Label) -> None:
    decision = engine.decide(replace(label, form=Form.COUNT, releasable=None), B_CERT, RESPONSE)

    assert decision.form is Form.NONE


def test_a_forbidding_rule_that_errs_is_a_denial(build: Callable[[str], Engine], label: Label) -> None:
    engine = build(
        '@id("x") @why("w") @order("1") @reason("r") forbid (principal, action, resource)'
        " when { resource.tier * 9223372036854775807 < 0 };"
    )

    decision = engine.decide(label, B_CERT, RESPONSE)

    assert decision == Decision(form=Form.NONE, served=False, rules=(), reasons=(RULE_ERROR,))


def test_a_permitting_rule_that_errs_is_a_denial(build: Callable[[str], Engine], label: Label) -> None:
    engine = build(
        '@id("x") @why("w") permit (principal, action, resource) when { resource.tier * 9223372036854775807 < 0 };'
    )

    assert engine.decide(label, B_CERT, RESPONSE).reasons == (RULE_ERROR,)


def test_a_form_of_nothing_is_a_denial(engine: Engine, label: Label) -> None:
    assert engine.decide(replace(label, form=Form.NONE), A_CERT, RESPONSE).reasons == (RULE_ERROR,)


def test_nothing_flows_between_a_suspended_member_and_the_others(bloc: Bloc, engine: Engine, label: Label) -> None:
    suspended = Engine(engine.ruleset, bloc, suspended=frozenset({"XB"}))
    of_suspended = replace(label, origin="XB", releasable=RELEASE_ALL, tier=Tier.C0, tlp=TLP.CLEAR)

    decisions = [suspended.decide(label, B_CERT, RESPONSE), suspended.decide(of_suspended, C_CERT, RESPONSE)]

    assert [(decision.form, decision.reasons[0]) for decision in decisions] == [(Form.NONE, "suspended")] * 2


def test_a_suspended_member_keeps_its_own_data(bloc: Bloc, engine: Engine, label: Label) -> None:
    suspended = Engine(engine.ruleset, bloc, suspended=frozenset({"XA"}))

    assert suspended.decide(label, A_CERT, RESPONSE).served


def test_a_suspended_member_outside_the_bloc_is_refused(bloc: Bloc, engine: Engine) -> None:
    with pytest.raises(PolicyError, match="'XE'"):
        Engine(engine.ruleset, bloc, suspended=frozenset({"XE"}))


def test_an_origin_or_desk_outside_the_bloc_is_denied(engine: Engine, label: Label) -> None:
    outsider = (Desk("XE", Role.CERT), RESPONSE)

    of_outsider = engine.decide(replace(label, origin="XE", releasable=RELEASE_ALL), B_CERT, RESPONSE)
    to_outsider = engine.decide_many(replace(label, releasable=RELEASE_ALL), [outsider, (B_CERT, RESPONSE)])

    assert of_outsider.reasons == (UNKNOWN_MEMBER,)
    assert [decision.reasons for decision in to_outsider] == [(UNKNOWN_MEMBER,), ()]


def test_no_viewers_are_no_decisions(engine: Engine, label: Label) -> None:
    assert engine.decide_many(label, []) == []


def test_a_viewer_asked_for_twice_is_answered_twice(engine: Engine, label: Label) -> None:
    first, second = engine.decide_many(label, [(B_CERT, RESPONSE)] * 2)

    assert first == second


def test_a_label_that_is_no_unicode_is_refused(engine: Engine, label: Label) -> None:
    with pytest.raises(PolicyError, match="unusable label of 'XA'"):
        engine.decide(replace(label, sector="\ud800"), B_CERT, RESPONSE)


def test_rules_are_reported_in_their_order(engine: Engine, label: Label) -> None:
    much = replace(label, tier=Tier.C3, releasable=frozenset(), embargo_exempt=frozenset(), tlp=TLP.RED)

    reasons = engine.decide(much, Desk("XC", Role.SOC), RESPONSE).reasons

    assert reasons == (
        "tlp-red-not-named",
        "not-releasable",
        "embargo",
        "tier-above-recognition",
        "clearance",
        "tlp-ceiling",
    )
