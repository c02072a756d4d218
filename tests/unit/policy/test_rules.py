"""Rules of ``comity.policy.rules``: what a chapter must be before it decides anything."""

from dataclasses import replace

import pytest
from comity.domain.member import Bloc
from comity.domain.tier import Tier
from comity.errors import PolicyError
from comity.policy.rules import RuleSet

PERMIT = '@id("one") @why("why") permit (principal, action, resource);'
FORBID = '@id("one") @why("why") @order("7") @reason("because") forbid (principal, action, resource);'


def test_the_standard_chapters_compile(bloc: Bloc) -> None:
    ruleset = RuleSet.compile(bloc.chapters, bloc)

    assert {rule.chapter for rule in ruleset.rules.values()} == set(bloc.chapters)


def test_every_forbidding_standard_rule_says_what_is_needed(bloc: Bloc) -> None:
    forbidding = [rule for rule in RuleSet.compile(bloc.chapters, bloc).rules.values() if rule.forbids]

    assert all(rule.needed and rule.why and rule.reason and rule.order for rule in forbidding)


def test_the_standard_rules_have_different_orders(bloc: Bloc) -> None:
    orders = [rule.order for rule in RuleSet.compile(bloc.chapters, bloc).rules.values() if rule.forbids]

    assert sorted(set(orders)) == sorted(orders)


def test_a_rule_carries_its_annotations(bloc: Bloc) -> None:
    text = FORBID.replace("@why", '@needed("more") @lesser("less") @why')

    rule = RuleSet.compile({"90-a.cedar": text}, bloc).rules["one"]

    assert (rule.why, rule.order, rule.reason, rule.needed, rule.lesser) == ("why", 7, "because", "more", "less")


def test_an_id_in_two_chapters_is_refused(bloc: Bloc) -> None:
    with pytest.raises(PolicyError, match=r"91-b\.cedar: rule 'one' is already in 90-a\.cedar, expected another id"):
        RuleSet.compile({"90-a.cedar": PERMIT, "91-b.cedar": FORBID}, bloc)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("permit (principal, action, resourc);", "resourc"),
        ("permit (principal, action, resource)", "unexpected end"),
        ("permit (principal, action, resource);", "@id ''"),
        (PERMIT.replace('"one"', '"one two"'), "@id 'one two'"),
        (PERMIT.replace('@why("why")', ""), "expected @why"),
        (FORBID.replace('@reason("because")', ""), "@reason None"),
        (FORBID.replace('"because"', '"be cause"'), "@reason 'be cause'"),
        (FORBID.replace('@order("7")', ""), "@order ''"),
        (FORBID.replace('"7"', '"-7"'), "@order '-7'"),
        (FORBID.replace('"7"', '"٧"'), "@order '٧'"),
        (PERMIT.replace("principal,", "principal in ?principal,"), "template"),
        (PERMIT.replace(";", " when { resource.colour == 1 };"), "rule 'one': attribute `colour`"),
        (PERMIT.replace(";", ' when { resource.tier == "C2" };'), "rule 'one'"),
        (PERMIT.replace(";", ' when { resource.origin.getTag("XA") > 1 };'), "rule 'one'"),
        (PERMIT.replace("action,", 'action == Action::"whole",'), "rule 'one'"),
        (PERMIT.replace("resource)", 'resource in Member::"XE")'), 'Member::"XE", expected a member'),
        (PERMIT.replace("principal,", 'principal == Desk::"XE/cert",'), 'Desk::"XE/cert", expected'),
        (PERMIT.replace("resource)", 'resource == Label::"0")'), 'Label::"0", expected'),
        ("\ud800", "surrogates not allowed"),
    ],
)
def test_an_unusable_chapter_is_refused_with_its_file_and_place(bloc: Bloc, text: str, message: str) -> None:
    with pytest.raises(PolicyError, match=rf"90-a\.cedar: .*{message}"):
        RuleSet.compile({"90-a.cedar": text}, bloc)


@pytest.mark.parametrize(
    "name", ["a.cedar", "90-a.txt", "Member-XA.cedar", "member-.cedar", "90-a.cedar.bak", "9-a.cedar"]
)
def test_a_chapter_with_a_name_of_no_known_reach_is_refused(bloc: Bloc, name: str) -> None:
    with pytest.raises(PolicyError, match="expected a name such as"):
        RuleSet.compile({name: PERMIT}, bloc)


@pytest.mark.parametrize("scope", ['resource in Member::"XA"', 'resource is Label in Member::"XA"'])
def test_a_members_chapter_may_speak_of_its_own_data(bloc: Bloc, scope: str) -> None:
    ruleset = RuleSet.compile({"member-XA.cedar": PERMIT.replace("resource)", f"{scope})")}, bloc)

    assert list(ruleset.rules) == ["one"]


@pytest.mark.parametrize(
    "scope", ["resource", "resource is Label", 'resource in Member::"XB"', 'resource is Label in Member::"XB"']
)
@pytest.mark.parametrize("rule", [PERMIT, FORBID])
def test_a_members_chapter_that_reaches_other_members_data_is_refused(bloc: Bloc, rule: str, scope: str) -> None:
    with pytest.raises(PolicyError, match=r"member-XA\.cedar: rule 'one': reaches other members' data"):
        RuleSet.compile({"member-XA.cedar": rule.replace("resource)", f"{scope})")}, bloc)


def test_a_chapter_of_no_member_is_refused(bloc: Bloc) -> None:
    with pytest.raises(PolicyError, match=r"member-XE\.cedar: member 'XE' is not in the bloc"):
        RuleSet.compile({"member-XE.cedar": PERMIT}, bloc)


def test_a_rule_may_name_a_desk_of_the_bloc(bloc: Bloc) -> None:
    text = PERMIT.replace("principal,", 'principal == Desk::"XD/soc",')

    assert "one" in RuleSet.compile({"90-a.cedar": text}, bloc).rules


def test_the_digest_does_not_depend_on_the_order_of_chapters(bloc: Bloc) -> None:
    backwards = {name: bloc.chapters[name] for name in sorted(bloc.chapters, reverse=True)}

    assert RuleSet.compile(backwards, bloc).digest == RuleSet.compile(bloc.chapters, bloc).digest


def test_the_digest_changes_with_a_chapter(bloc: Bloc) -> None:
    changed = {**bloc.chapters, "90-a.cedar": PERMIT}

    assert RuleSet.compile(changed, bloc).digest != RuleSet.compile(bloc.chapters, bloc).digest


def test_the_digest_changes_with_the_recognition_table(bloc: Bloc) -> None:
    changed = replace(bloc, limits={**bloc.limits, ("XA", "XC"): Tier.C0})

    assert RuleSet.compile(bloc.chapters, changed).digest != RuleSet.compile(bloc.chapters, bloc).digest
