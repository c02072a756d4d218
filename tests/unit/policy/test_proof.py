"""Rules of ``comity.policy.proof``: each standing guarantee is found broken where it is, and what a change opens."""

import importlib
import re
from dataclasses import replace

import pytest
from comity.domain.member import Bloc
from comity.errors import PolicyError
from comity.policy import proof
from comity.policy.rules import RuleSet

EVERYTHING = '@id("open") @why("w") permit (principal, action, resource);'


def _without(bloc: Bloc, *rule_ids: str, more: str = EVERYTHING) -> RuleSet:
    """Return the standard rules without some of them, and with more."""
    chapters = {name: _cut(text, rule_ids) for name, text in bloc.chapters.items()}
    return RuleSet.compile({**chapters, "90-more.cedar": more}, bloc)


def _cut(text: str, rule_ids: tuple[str, ...]) -> str:
    for rule_id in rule_ids:
        text = re.sub(rf'@id\("{rule_id}"\).*?\n?}};', "", text, flags=re.DOTALL)
    return text


def test_the_standard_chapters_keep_every_standing_guarantee(bloc: Bloc) -> None:
    proofs = proof.prove(RuleSet.compile(bloc.chapters, bloc), bloc)

    assert [each for each in proofs if not each.holds] == []


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("sovereign-stays", ["fed-sovereign", "fed-recognition", "fed-clearance"]),
        ("suspended-receives-nothing", ["fed-suspended"]),
        ("red-named-only", ["fed-red-named", "fed-tlp-ceiling"]),
        ("regulators-no-detail", ["fed-regulator-incidents"]),
        ("regulators-no-detail", ["fed-regulator-detail"]),
        ("regulators-no-detail", ["fed-regulator-personal"]),
    ],
)
def test_a_guarantee_whose_rule_is_missing_is_found_broken(bloc: Bloc, name: str, missing: list[str]) -> None:
    proofs = {each.name: each for each in proof.prove(_without(bloc, *missing), bloc)}

    assert not proofs[name].holds
    assert " -> X" in str(proofs[name].counterexample)


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        (
            "forms-are-a-chain",
            '@id("x") @why("w") @order("9") @reason("r") forbid (principal, action == Action::"count", resource) '
            "when { principal.home != resource.origin };",
        ),
        (
            "recognition-is-monotone",
            '@id("x") @why("w") @order("9") @reason("r") forbid (principal, action, resource) '
            "when { resource.origin.hasTag(principal.home.code) && "
            "resource.origin.getTag(principal.home.code) > resource.tier };",
        ),
    ],
)
def test_a_rule_that_breaks_a_guarantee_is_found(bloc: Bloc, name: str, rule: str) -> None:
    proofs = {each.name: each for each in proof.prove(_without(bloc, more=rule), bloc)}

    assert [each for each, one in proofs.items() if not one.holds] == [name]


def test_a_change_that_opens_something_is_told_with_an_example(bloc: Bloc) -> None:
    before = RuleSet.compile(bloc.chapters, bloc)

    found = proof.opened(before, bloc, _without(bloc, more=_health("<= 2")), bloc)

    assert not found.holds
    assert re.search(r"sector health.* -> X\w/", str(found.counterexample))


def test_a_change_that_only_closes_is_told_to_open_nothing(bloc: Bloc) -> None:
    wide, narrow = (_without(bloc, more=_health(limit)) for limit in ("<= 2", "<= 1"))

    assert proof.opened(wide, bloc, narrow, bloc).holds
    assert not proof.opened(narrow, bloc, wide, bloc).holds


def test_more_recognition_opens_something_and_less_does_not(bloc: Bloc) -> None:
    rules = RuleSet.compile(bloc.chapters, bloc)
    limits = {pair: min(tier, bloc.limits["XC", "XA"]) for pair, tier in bloc.limits.items()}
    less = replace(bloc, limits=limits)

    assert proof.opened(rules, bloc, rules, less).holds
    assert not proof.opened(rules, less, rules, bloc).holds


def test_a_rule_that_errs_opens_nothing(bloc: Bloc) -> None:
    erring = EVERYTHING.replace(";", " when { resource.tier + 9223372036854775807 > 0 && resource.tier >= 1 };")

    assert proof.opened(RuleSet.compile(bloc.chapters, bloc), bloc, _without(bloc, more=erring), bloc).holds


def test_nothing_is_proved_where_no_prover_is_installed(bloc: Bloc, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", missing)

    with pytest.raises(PolicyError, match=r"no prover is installed, expected the extra comity\[proof\]"):
        proof.prove(RuleSet.compile(bloc.chapters, bloc), bloc)


def _health(limit: str) -> str:
    return (
        '@id("x") @why("w") permit (principal, action in Action::"upto_summary", resource) '
        f'when {{ resource.sector == "health" && resource.tier {limit} && !resource.release_stated }};'
    )
