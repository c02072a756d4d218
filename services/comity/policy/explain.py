"""Why a decision fell as it did, in words: for the owner of an object, and for a desk that holds it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from comity.domain.desk import Desk, Role
from comity.domain.label import Label
from comity.domain.purpose import Purpose
from comity.policy.classes import chain
from comity.policy.evaluate import NO_RULE, RULE_ERROR, SUPERSEDED, UNKNOWN_MEMBER, Decision, Engine

Effect = Literal["PERMIT", "REDACT", "WITHHOLD"]

_WORDS = {
    NO_RULE: "No rule opens the object to this desk.",
    RULE_ERROR: "A rule could not be evaluated, so nothing is released.",
    UNKNOWN_MEMBER: "The origin or the desk belongs to no member of the bloc.",
    SUPERSEDED: "A richer form of the same object is served instead.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What becomes of an object at a member, as the scenario format (section 4) names it."""

    effect: Effect
    reason: str | None
    """The word for why the object is not released as it is; ``None`` when it is."""
    rules: tuple[str, ...]
    """The ids of the rules that decided on the richest form."""
    why: tuple[str, ...]
    """What those rules say, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A decision in words."""

    decision: Decision
    why: tuple[str, ...]
    needed: tuple[str, ...]
    """What would have to change before the next richer form is released; empty when there is none."""


def member_outcome(engine: Engine, labels: Sequence[Label], recipient: str) -> Outcome:
    """Return what becomes of the object with *labels*, richest form first, at the CERT of *recipient*.

    The purpose is the first of those that the richest form is released for.

    Raises:
        ValueError: *labels* is empty.
    """
    if not labels:
        raise ValueError("no labels, expected at least one")
    desk = Desk(recipient, Role.CERT)
    purpose = _first_purpose(labels[0])
    richest, *others = (engine.decide(label, desk, purpose) for label in labels)
    why = _why(engine, richest)
    if richest.served:
        return Outcome(effect="PERMIT", reason=None, rules=richest.rules, why=why)
    if any(decision.served for decision in others):
        return Outcome(effect="REDACT", reason=_lesser_reason(engine, richest), rules=richest.rules, why=why)
    return Outcome(effect="WITHHOLD", reason=richest.reasons[0], rules=richest.rules, why=why)


def explain(engine: Engine, label: Label, desk: Desk, purpose: Purpose) -> Explanation:
    """Return the decision on *label* for *desk* in words, and what the next richer form would need."""
    decision = engine.decide(label, desk, purpose)
    if not decision.served:
        return Explanation(decision=decision, why=_why(engine, decision), needed=_needed(engine, decision))
    richer = (engine.decide(form, desk, purpose) for form in chain(label)[1:2])
    needed = tuple(words for refusal in richer for words in _needed(engine, refusal))
    return Explanation(decision=decision, why=_why(engine, decision), needed=needed)


def _first_purpose(label: Label) -> Purpose:
    return next((purpose for purpose in Purpose if purpose in label.purposes), Purpose.INCIDENT_RESPONSE)


def _lesser_reason(engine: Engine, refusal: Decision) -> str:
    first = next((engine.ruleset.rules[rule_id] for rule_id in refusal.rules), None)
    return (first.lesser if first else None) or refusal.reasons[0]


def _why(engine: Engine, decision: Decision) -> tuple[str, ...]:
    rules = tuple(engine.ruleset.rules[rule_id].why for rule_id in decision.rules)
    return rules + _in_words(decision.reasons)


def _needed(engine: Engine, decision: Decision) -> tuple[str, ...]:
    needs = (engine.ruleset.rules[rule_id].needed for rule_id in decision.rules)
    return tuple(dict.fromkeys(need for need in needs if need))


def _in_words(reasons: Iterable[str]) -> tuple[str, ...]:
    return tuple(_WORDS[reason] for reason in reasons if reason in _WORDS)
