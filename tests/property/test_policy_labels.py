"""Laws of labels and of the decisions on them, over every label there can be."""

import json
from dataclasses import replace
from itertools import product

import pytest
from comity.domain.desk import Desk, Role
from comity.domain.label import RELEASE_ALL, Form, Kind, Label, Personal
from comity.domain.purpose import Purpose
from comity.domain.tier import Tier
from comity.domain.tlp import TLP
from comity.errors import PolicyError
from comity.policy.bloc import parse_bloc
from comity.policy.classes import chain, key, parse
from comity.policy.evaluate import Engine
from comity.policy.rules import RuleSet
from hypothesis import given
from hypothesis import strategies as st

CODES = ["XA", "XB", "XC"]
BLOC = parse_bloc(
    {
        "members.yaml": {"members": {code: {} for code in CODES}},
        "classification.yaml": {
            "recognition": {
                "default_ceiling": "C2",
                "handling_max_default": "C3",
                "handling_max": {"XC": "C1"},
                "bilateral_c3": [["XA", "XB"]],
            }
        },
    },
    {},
)
RULES = RuleSet.compile(BLOC.chapters, BLOC)
ENGINE = Engine(RULES, BLOC)
DESKS = [Desk(code, role) for code, role in product(CODES, Role)]
VIEWERS = list(product(DESKS, Purpose))
FORMS = [Form.COUNT, Form.SUMMARY, Form.PSEUDONYMISED, Form.FULL]

codes = st.frozensets(st.sampled_from(CODES))
plain = st.builds(
    Label,
    origin=st.sampled_from(CODES),
    tlp=st.sampled_from(TLP),
    tier=st.sampled_from(Tier),
    kind=st.sampled_from(Kind),
    form=st.sampled_from(FORMS),
    sector=st.sampled_from(["none", "health", "здоровье"]),
    personal=st.sampled_from(Personal),
    purposes=st.frozensets(st.sampled_from(Purpose), min_size=1),
    releasable=st.none() | st.just(RELEASE_ALL) | codes,
    withheld=codes,
    named=st.frozensets(st.sampled_from(DESKS), max_size=2),
    victims=codes,
    embargo_exempt=st.none() | codes,
    exercise=st.booleans(),
    urgent=st.booleans(),
    approved=st.booleans(),
    blocked=st.booleans(),
    richer=st.none(),
)


@st.composite
def with_richer(draw: st.DrawFn) -> Label:
    """Draw a label and, for some, a richer form of the same origin."""
    label = draw(plain)
    richer = replace(draw(plain), origin=label.origin)
    return replace(label, richer=richer) if richer.form >= label.form else label


labels = plain | with_richer()


@given(labels)
def test_a_label_comes_back_out_of_its_key(label: Label) -> None:
    assert parse(key(label)) == label


@given(labels, labels)
def test_two_labels_share_a_key_only_when_they_are_equal(one: Label, other: Label) -> None:
    assert (key(one) == key(other)) == (one == other)


@given(st.text() | st.recursive(st.none() | st.booleans() | st.text(), st.lists).map(json.dumps))
def test_any_other_text_is_refused_as_a_label(text: str) -> None:
    with pytest.raises(PolicyError):
        parse(text)


@given(labels, st.data())
def test_a_label_altered_in_one_field_is_read_as_written_or_refused(label: Label, data: st.DataObject) -> None:
    record = json.loads(key(label))
    record[data.draw(st.sampled_from(sorted(record)))] = data.draw(
        st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.lists(st.text(max_size=3)) | st.just({})
    )
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":"), sort_keys=True)

    assert _read(text) in {text, None}


def _read(text: str) -> str | None:
    try:
        return key(parse(text))
    except PolicyError:
        return None


@given(labels)
def test_many_decisions_are_those_of_each_alone(label: Label) -> None:
    some = VIEWERS[::5]

    assert ENGINE.decide_many(label, some) == [ENGINE.decide(label, *viewer) for viewer in some]


@given(plain)
def test_the_forms_a_desk_may_have_are_a_chain(label: Label) -> None:
    full = replace(label, form=Form.FULL)
    richest = [decision.form for decision in ENGINE.decide_many(full, VIEWERS)]

    served = {form: ENGINE.decide_many(replace(label, form=form), VIEWERS) for form in FORMS}

    assert all([one.served for one in served[form]] == [most >= form for most in richest] for form in FORMS)


@given(labels)
def test_a_decision_without_service_always_has_a_reason(label: Label) -> None:
    decisions = ENGINE.decide_many(label, VIEWERS)

    assert all(bool(decision.reasons) != decision.served for decision in decisions)


@given(labels)
def test_sovereign_and_blocked_labels_open_nothing_in_any_form(label: Label) -> None:
    closed = replace(label, tier=Tier.C4), replace(label, blocked=True)

    forms = {decision.form for one in closed for decision in ENGINE.decide_many(one, VIEWERS)}

    assert forms == {Form.NONE}


@given(labels)
def test_a_regulator_has_at_most_the_summary_of_an_incident(label: Label) -> None:
    regulators = [viewer for viewer in VIEWERS if viewer[0].role is Role.REGULATOR]

    richest = max(decision.form for decision in ENGINE.decide_many(label, regulators))

    assert richest <= (Form.SUMMARY if label.kind is Kind.INCIDENT else Form.NONE)


@given(labels)
def test_a_suspended_member_neither_opens_nor_is_opened(label: Label) -> None:
    engine = Engine(RULES, BLOC, suspended=frozenset({"XB"}))
    apart = [viewer for viewer in VIEWERS if (viewer[0].member == "XB") != (label.origin == "XB")]

    assert {decision.form for decision in engine.decide_many(label, apart)} == {Form.NONE}


@given(labels)
def test_the_end_of_an_embargo_closes_nothing_that_was_the_richest_form(label: Label) -> None:
    alone = replace(label, richer=None)

    before, after = (ENGINE.decide_many(one, VIEWERS) for one in (alone, alone.lifted()))

    assert all(earlier.form <= later.form for earlier, later in zip(before, after, strict=True))


@given(with_richer())
def test_no_desk_is_served_two_forms_of_an_object(label: Label) -> None:
    forms = [ENGINE.decide_many(form, VIEWERS) for form in chain(label)]

    assert all(sum(decision.served for decision in viewer) <= 1 for viewer in zip(*forms, strict=True))
