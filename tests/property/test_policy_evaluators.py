"""The evaluators give the same answers: Cedar's own, which is the reference, and the one over columns."""

from itertools import product
from random import Random

from comity.domain.desk import Desk, Role
from comity.domain.label import Label
from comity.domain.purpose import Purpose
from comity.policy.classes import chain
from comity.policy.columnar import Columnar
from comity.policy.evaluate import RULE_ERROR, SUPERSEDED, Engine
from hypothesis import given, note, settings
from hypothesis import strategies as st

from tests.property import policy_cases

VIEWERS = [(Desk(code, role), purpose) for code, role, purpose in product(policy_cases.CODES, Role, Purpose)]


def differences(dice: Random, *, labels: int) -> list[tuple[Label, object, object]]:
    """Return where the evaluators differ on random labels, for every viewer, under random rules of a random bloc."""
    bloc = policy_cases.bloc(dice)
    suspended = frozenset(code for code in policy_cases.CODES if dice.random() < 0.15)
    rules = policy_cases.ruleset(dice, bloc)
    drawn = [policy_cases.label(dice) for _ in range(labels)]
    several = [form for label in drawn for form in chain(label)]
    reference = Engine(rules, bloc, suspended=suspended)
    columnar = Columnar(rules, bloc, members=policy_cases.CODES, suspended=suspended)
    granted = columnar.served(several)
    found: list[tuple[Label, object, object]] = []
    for row, label in enumerate(several):
        decisions = reference.decide_many(label, VIEWERS)
        expected = [
            (decision.served or decision.reasons == (SUPERSEDED,), RULE_ERROR in decision.reasons, decision.rules)
            for decision in decisions
        ]
        told = columnar.outcome(label)
        actual = [(permitted, erring, () if erring else ids) for permitted, erring, ids in told]
        found += [(label, one, other) for one, other in zip(expected, actual, strict=True) if one != other]
        served = [
            granted.rules_of(row, column) if granted.served[row, column] else None for column in range(len(VIEWERS))
        ]
        meant = [decision.rules if decision.served else None for decision in decisions]
        found += [(label, one, other) for one, other in zip(meant, served, strict=True) if one != other]
    return found


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**64))
def test_both_evaluators_decide_alike_on_any_labels_desks_purposes_and_rules(seed: int) -> None:
    found = differences(Random(seed), labels=3)  # noqa: S311  # a test's

    note(str(found[:1]))
    assert found == []
