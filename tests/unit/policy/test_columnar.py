"""Rules of ``comity.policy.columnar``: an erring rule denies; what it cannot decide by is refused with its place."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from comity.domain.desk import Desk, Role
from comity.domain.label import RELEASE_ALL, Form, Label
from comity.domain.member import Bloc
from comity.domain.purpose import Purpose
from comity.domain.tier import Tier
from comity.errors import PolicyError
from comity.policy.columnar import Columnar
from comity.policy.evaluate import RULE_ERROR, Engine
from comity.policy.rules import RuleSet

CERT = (Desk("XB", Role.CERT), Purpose.INCIDENT_RESPONSE)
ERRING = (
    '@id("e") @why("w") @order("1") @reason("r") forbid (principal, action, resource) '
    "when { resource.tier + 9223372036854775807 > 0 };"
)
"""It is beyond what a number holds for every tier but C0, so Cedar skips it there."""


def _columnar(engine: Engine) -> Columnar:
    return Columnar(engine.ruleset, engine.bloc, members=list(engine.bloc.members))


def test_an_erring_rule_is_a_denial_for_both_evaluators(build: Callable[[str], Engine], label: Label) -> None:
    engine = build(ERRING)
    columnar = _columnar(engine)
    column = columnar.viewers.index(CERT)

    assert engine.decide(label, *CERT).reasons == (RULE_ERROR,)
    assert columnar.outcome(label)[column] == (False, True, ("base-released",))
    assert not columnar.served([label]).served[0, column]


def test_what_does_not_err_is_decided_by_the_rule(build: Callable[[str], Engine], label: Label) -> None:
    engine = build(ERRING)
    columnar = _columnar(engine)

    told = columnar.outcome(replace(label, tier=Tier.C0))[columnar.viewers.index(CERT)]

    assert told == (False, False, ("e",))


def test_a_richer_form_is_served_in_place_of_a_lesser_one(engine: Engine, label: Label) -> None:
    columnar = _columnar(engine)
    lesser = replace(label, form=Form.SUMMARY, richer=label)
    column = columnar.viewers.index(CERT)

    granted = columnar.served([label, lesser])

    assert granted.served[:, column].tolist() == [True, False]
    assert granted.rules_of(0, column) == ("base-released",)


def test_an_origin_outside_the_bloc_is_served_to_nobody(engine: Engine, label: Label) -> None:
    stranger = replace(label, origin="ZZ", releasable=RELEASE_ALL)

    assert not _columnar(engine).served([stranger]).served.any()


@pytest.mark.parametrize(
    ("condition", "word", "column"),
    [
        ('resource.sector like "a*"', "like", 24),
        ('action == Action::"full"', "action", 8),
        ("principal has home", "has", 18),
        ("principal is Desk", "is", 18),
        ('{"a": 1} == {"a": 2}', "{", 8),
        ('ip("10.0.0.1").isLoopback()', "isLoopback", 23),
        ('decimal("1.0").lessThan(decimal("2.0"))', "lessThan", 23),
        ("resource == resource", "resource", 8),
    ],
)
def test_a_construct_that_not_every_evaluator_understands_is_refused_with_its_place(
    bloc: Bloc, condition: str, word: str, column: int
) -> None:
    head = f'// a remark; with "marks"\n@id("x") @why("when {word} {{ ;")\npermit (principal, action, resource)\n'
    text = f"{head}when {{ {condition} }};"

    with pytest.raises(PolicyError, match=rf"90-a\.cedar: line 4, column {column}: rule 'x': "):
        RuleSet.compile({"90-a.cedar": text}, bloc)
