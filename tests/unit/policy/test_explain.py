"""Rules of ``comity.policy.explain``: scenario format, 4, seen from a member."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from comity.domain.desk import Desk, Role
from comity.domain.label import RELEASE_ALL, Form, Label, Personal
from comity.domain.purpose import EXERCISE, Purpose
from comity.domain.tier import Tier
from comity.policy.evaluate import Engine
from comity.policy.explain import explain, member_outcome

RESPONSE = Purpose.INCIDENT_RESPONSE


def _forms(label: Label) -> list[Label]:
    """Return the labels of a sensitive victim object that is offered at the community tier as well."""
    full = replace(label, tier=Tier.C3, releasable=RELEASE_ALL, personal=Personal.DIRECT)
    victim = replace(full, form=Form.PSEUDONYMISED, personal=Personal.PSEUDONYMOUS, richer=full)
    return [full, victim, replace(victim, tier=Tier.C1, richer=victim)]


def test_what_is_released_is_permitted_without_a_reason(engine: Engine, label: Label) -> None:
    outcome = member_outcome(engine, [label], "XB")

    assert (outcome.effect, outcome.reason, outcome.rules) == ("PERMIT", None, ("base-released",))
    assert outcome.why == ("The owner released the object to this member.",)


def test_a_victim_is_redacted_where_the_tier_is_recognised(engine: Engine, label: Label) -> None:
    outcome = member_outcome(engine, _forms(label), "XB")

    assert (outcome.effect, outcome.reason) == ("REDACT", "victim")


def test_a_tier_above_recognition_is_downgraded_before_the_victim_counts(engine: Engine, label: Label) -> None:
    outcome = member_outcome(engine, _forms(label), "XC")

    assert (outcome.effect, outcome.reason) == ("REDACT", "tier-downgrade")


def test_a_tier_above_recognition_is_withheld_where_no_copy_is_offered(engine: Engine, label: Label) -> None:
    outcome = member_outcome(engine, _forms(label)[:2], "XC")

    assert (outcome.effect, outcome.reason) == ("WITHHOLD", "tier-above-recognition")


def test_the_first_reason_is_the_one_with_the_lowest_order(engine: Engine, label: Label) -> None:
    outcome = member_outcome(engine, [replace(label, tier=Tier.C3, embargo_exempt=frozenset())], "XC")

    assert (outcome.reason, outcome.rules) == ("embargo", ("fed-embargo", "fed-recognition"))


def test_the_purpose_is_the_first_one_released_for(engine: Engine, label: Label) -> None:
    assert member_outcome(engine, [replace(label, purposes=EXERCISE, exercise=True)], "XB").effect == "PERMIT"


def test_a_release_for_no_purpose_is_withheld(engine: Engine, label: Label) -> None:
    outcome = member_outcome(engine, [replace(label, purposes=frozenset())], "XB")

    assert (outcome.effect, outcome.reason) == ("WITHHOLD", "purpose")


def test_the_default_denial_is_explained(engine: Engine, label: Label) -> None:
    outcome = member_outcome(engine, [replace(label, releasable=None)], "XB")

    assert (outcome.effect, outcome.reason, outcome.rules) == ("WITHHOLD", "no-rule", ())
    assert outcome.why == ("No rule opens the object to this desk.",)


def test_a_lesser_form_by_a_rule_without_a_word_for_it_keeps_the_rules_reason(engine: Engine, label: Label) -> None:
    full = replace(label, withheld=frozenset({"XB"}))
    lesser = replace(label, form=Form.PSEUDONYMISED, richer=full)

    outcome = member_outcome(engine, [full, lesser], "XB")

    assert (outcome.effect, outcome.reason) == ("REDACT", "not-releasable")


def test_a_lesser_form_where_no_rule_opens_the_richer_one_says_so(build: Callable[[str], Engine], label: Label) -> None:
    engine = build('@id("x") @why("w") permit (principal, action in Action::"upto_pseudonymised", resource);')
    full = replace(label, releasable=None)

    outcome = member_outcome(engine, [full, replace(full, form=Form.PSEUDONYMISED, richer=full)], "XB")

    assert (outcome.effect, outcome.reason) == ("REDACT", "no-rule")


def test_an_outcome_of_nothing_is_refused(engine: Engine) -> None:
    with pytest.raises(ValueError, match="no labels"):
        member_outcome(engine, [], "XB")


def test_a_denial_is_explained_with_what_would_be_needed(engine: Engine, label: Label) -> None:
    explanation = explain(engine, label, Desk("XD", Role.CERT), RESPONSE)

    assert explanation.why[0] == "The owner's release statement does not name this member."
    assert explanation.needed[0] == "The owner releases the object to this member."


def test_the_default_denial_needs_no_rule_to_change(engine: Engine, label: Label) -> None:
    explanation = explain(engine, replace(label, releasable=None), Desk("XB", Role.CERT), RESPONSE)

    assert (explanation.why, explanation.needed) == (("No rule opens the object to this desk.",), ())


def test_a_served_form_is_explained_with_what_the_next_richer_one_needs(engine: Engine, label: Label) -> None:
    explanation = explain(engine, _forms(label)[1], Desk("XB", Role.CERT), RESPONSE)

    assert explanation.decision.served
    assert explanation.needed == ("Nothing: a victim is named to nobody outside its state.",)


def test_a_served_full_object_needs_nothing(engine: Engine, label: Label) -> None:
    assert explain(engine, label, Desk("XB", Role.CERT), RESPONSE).needed == ()


def test_a_form_that_is_superseded_says_so(engine: Engine, label: Label) -> None:
    lesser = replace(label, form=Form.PSEUDONYMISED, richer=label)

    why = explain(engine, lesser, Desk("XB", Role.CERT), RESPONSE).why

    assert why[-1] == "A richer form of the same object is served instead."
