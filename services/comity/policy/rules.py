"""The rules in force: Cedar chapters, checked as a whole before any of them decides anything."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Self

import cedarpy
from cedarpy import pst
from comity_schemas.cedar import SCHEMA

from comity.domain.member import Bloc
from comity.domain.tier import Tier
from comity.errors import PolicyError
from comity.policy.places import place_of
from comity.policy.walk import unsupported

_CHAPTER_NAME = re.compile(r"(?:[0-9]{2}-[a-z0-9-]+|member-(?P<code>.+))\.cedar")
_SLUG = re.compile(r"[A-Za-z0-9-]+")
_MEMBER_TYPE = pst.EntityType("Member")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a rule says of itself, for people and for explanations."""

    id: str
    chapter: str
    forbids: bool
    why: str
    order: int
    """The precedence of its reason among rules that forbid at once; the lowest is reported."""
    reason: str
    """The word for a denial by this rule; empty when the rule permits."""
    lesser: str | None
    """The word for serving a lesser form because of this rule."""
    needed: str | None
    """What would have to change for this rule to forbid no longer."""
    every_form: bool
    """True when the rule's scope names no action, so that it holds for every form alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """A set of rules that passed every check; only ``compile`` makes one."""

    policies: cedarpy.PolicySet
    schema: cedarpy.Schema
    rules: Mapping[str, Rule]
    trees: Mapping[str, pst.Template]
    """The syntax tree of each rule, by its id: what evaluators other than Cedar's own decide by."""
    digest: str
    """SHA-256 over all that decides: schema, chapters, members, label maps, recognition, sectors, signatures needed."""

    @classmethod
    def compile(cls, chapters: Mapping[str, str], bloc: Bloc) -> Self:
        """Return the rules of *chapters* (file name -> Cedar text), which are in force together.

        Cedar skips a rule that errs, even one that forbids, so every chapter must pass strict validation first.

        Raises:
            PolicyError: a chapter does not parse or validate, a rule lacks an annotation or repeats an id, names a
                member or desk that is not in the bloc, or reaches beyond what its chapter may speak of.
        """
        schema = cedarpy.Schema.from_str(SCHEMA)
        policies: dict[str, pst.Template] = {}
        rules: dict[str, Rule] = {}
        for name, text in sorted(chapters.items()):
            for number, policy in enumerate(_policies(name, text, schema)):
                rule = _rule(name, policy)
                if rule.id in rules:
                    raise PolicyError(
                        f"{name}: rule {rule.id!r} is already in {rules[rule.id].chapter}, expected another id; "
                        "a file replaces the chapter of its own name"
                    )
                _check_constructs(rule, policy, text, number)
                _check_reach(rule, policy, bloc)
                rules[rule.id] = rule
                policies[rule.id] = replace(policy, id=rule.id)
        compiled = cedarpy.PolicySet.from_pst(pst.PolicySet({}, policies, ()))
        digest = _digest(bloc, chapters)
        return cls(
            policies=compiled,
            schema=schema,
            rules=MappingProxyType(rules),
            trees=MappingProxyType(policies),
            digest=digest,
        )


def member_of_chapter(name: str) -> str | None:
    """Return the member whose national chapter has the file name *name*, or ``None`` for a chapter of all."""
    named = _CHAPTER_NAME.fullmatch(name)
    return None if named is None else named["code"]


def _policies(name: str, text: str, schema: cedarpy.Schema) -> Iterator[pst.Template]:
    try:
        tree = cedarpy.policies_to_pst(text)
    except ValueError as error:
        raise PolicyError(f"{name}: {error}") from error
    if tree.templates:
        raise PolicyError(f"{name}: a template, expected rules without slots")
    result = cedarpy.validate_policies(text, schema)
    if not result.validation_passed:
        names = result.id_annotations_by_policy_id
        raise PolicyError(
            "; ".join(
                f"{name}: rule {names.get(e.policy_id, e.policy_id)!r}: "
                + e.error.removeprefix(f"for policy `{e.policy_id}`, ")
                for e in result.errors
            )
        )
    # Cedar names rules "policy0", "policy1" and so on, in the order of the text.
    yield from sorted(tree.static_policies.values(), key=lambda policy: int(policy.id.removeprefix("policy")))


def _rule(chapter: str, policy: pst.Template) -> Rule:
    notes = policy.annotations
    forbids = policy.effect == "forbid"
    rule_id = notes.get("id", "")
    place = f"{chapter}: rule {rule_id or policy.id!r}"
    if not _SLUG.fullmatch(rule_id):
        raise PolicyError(f"{place}: @id {rule_id!r}, expected letters, digits and hyphens")
    if not notes.get("why"):
        raise PolicyError(f"{place}: expected @why")
    if forbids and not _SLUG.fullmatch(notes.get("reason", "")):
        raise PolicyError(f"{place}: @reason {notes.get('reason')!r}, expected letters, digits and hyphens")
    return Rule(
        id=rule_id,
        chapter=chapter,
        forbids=forbids,
        why=notes["why"],
        order=_order(notes.get("order", ""), place) if forbids else 0,
        reason=notes["reason"] if forbids else "",
        lesser=notes.get("lesser"),
        needed=notes.get("needed"),
        every_form=isinstance(policy.action, pst.ScopeAny),
    )


def _order(text: str, place: str) -> int:
    if not re.fullmatch(r"[0-9]{1,3}", text, re.ASCII):
        raise PolicyError(f"{place}: @order {text!r}, expected a number of at most three digits")
    return int(text)


def _check_constructs(rule: Rule, policy: pst.Template, text: str, number: int) -> None:
    spelling = unsupported(policy)
    if spelling is not None:
        raise PolicyError(
            f"{rule.chapter}: {place_of(text, number, spelling)}: rule {rule.id!r}: {spelling!r} is not understood by "
            "every evaluator, expected a rule without it"
        )


def _check_reach(rule: Rule, policy: pst.Template, bloc: Bloc) -> None:
    place = f"{rule.chapter}: rule {rule.id!r}"
    named = _CHAPTER_NAME.fullmatch(rule.chapter)
    if named is None:
        raise PolicyError(f"{rule.chapter}: expected a name such as '20-subject.cedar' or 'member-XX.cedar'")
    for uid in pst.entity_uids(policy):
        if not _is_known(uid, bloc):
            raise PolicyError(f"{place}: {uid}, expected a member or desk of the bloc")
    code = named["code"]
    if code is None:
        return
    if code not in bloc.members:
        raise PolicyError(f"{rule.chapter}: member {code!r} is not in the bloc")
    if not _is_within(policy.resource, pst.EntityUid(_MEMBER_TYPE, code)):
        raise PolicyError(f"{place}: reaches other members' data, expected 'resource in Member::\"{code}\"'")


def _is_known(uid: pst.EntityUid, bloc: Bloc) -> bool:
    match str(uid.type):
        case "Action":
            return True
        case "Member":
            return uid.id in bloc.members
        case "Desk":
            return any(uid.id == str(desk) for member in bloc.members.values() for desk in member.desks)
        case _:
            return False


def _is_within(scope: pst.PrincipalOrResourceConstraint, member: pst.EntityUid) -> bool:
    return isinstance(scope, pst.ScopeIn | pst.ScopeIsIn) and scope.entity == member


def _digest(bloc: Bloc, chapters: Mapping[str, str]) -> str:
    content = {
        "schema": SCHEMA,
        "chapters": dict(chapters),
        "members": {code: [one.name, one.identity, _tiers(one.labels)] for code, one in bloc.members.items()},
        "platform labels": _tiers(bloc.platform_labels),
        "recognition": [[*pair, tier.name] for pair, tier in sorted(bloc.limits.items())],
        "sectors": sorted(bloc.sectors),
        "signatures": bloc.quorum,
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _tiers(labels: Mapping[str, Tier]) -> dict[str, str]:
    return {label: tier.name for label, tier in labels.items()}
