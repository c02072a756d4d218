"""The decision: may this desk, for this purpose, receive objects with this label, and in which form?"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import cedarpy

from comity.domain.desk import Desk
from comity.domain.label import Form, Label
from comity.domain.member import Bloc
from comity.domain.purpose import Purpose
from comity.errors import PolicyError
from comity.policy import entities
from comity.policy.classes import chain
from comity.policy.rules import Rule, RuleSet

Viewer = tuple[Desk, Purpose]

NO_RULE = "no-rule"
"""The reason of a denial when no rule permits."""
RULE_ERROR = "rule-error"
"""The reason of a denial when the engine reports any error, whatever it decided."""
UNKNOWN_MEMBER = "unknown-member"
"""The reason of a denial when the origin or the desk belongs to no member of the bloc."""
SUPERSEDED = "superseded"
"""The reason why a form that a desk may read is not served: a richer form of the same object is."""

_CONTEXTS = {purpose: json.dumps({"purpose": purpose.value}) for purpose in Purpose}
_BETWEEN = (Form.PSEUDONYMISED, Form.SUMMARY)
"""The lesser forms above the poorest, richest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a desk is given of the objects with a label."""

    form: Form
    """The richest form that the desk may have: the label's own, a lesser one, or none."""
    served: bool
    """True when the objects themselves are served: their own form is permitted and no richer one is served instead."""
    rules: tuple[str, ...]
    """The ids of the rules that decided on the label's own form, the one that is reported first."""
    reasons: tuple[str, ...] = ()
    """The words for why the objects are not served, in the order of *rules*; empty when they are."""


@dataclass(frozen=True, slots=True)
class _Question:
    viewer: Viewer
    place: int
    """Of the label in the chain that begins with the label asked about."""
    form: Form


@dataclass(frozen=True, slots=True)
class _Answer:
    permitted: bool
    rules: tuple[Rule, ...] = ()
    reason: str = ""

    @property
    def reasons(self) -> tuple[str, ...]:
        return (self.reason,) if self.reason else tuple(rule.reason for rule in self.rules if rule.forbids)

    @property
    def leaves_lesser_forms(self) -> bool:
        """Whether a lesser form may still be permitted, given this refusal of a richer one."""
        if self.permitted or self.reason == RULE_ERROR:
            return False
        return not any(rule.forbids and rule.every_form for rule in self.rules)


@dataclass(frozen=True, slots=True)
class Basis:
    """What decisions rest on; it is exchanged as a whole."""

    ruleset: RuleSet
    bloc: Bloc
    suspended: frozenset[str]
    shared: cedarpy.Entities


class Engine:
    """Decides under one rule set, for one bloc, with some of its members suspended."""

    def __init__(self, ruleset: RuleSet, bloc: Bloc, *, suspended: frozenset[str] = frozenset()) -> None:
        """Prepare what all requests share, so that a request carries its label only.

        Raises:
            PolicyError: a suspended member is not in the bloc.
        """
        if unknown := sorted(suspended - bloc.members.keys()):
            raise PolicyError(f"suspended member {unknown[0]!r} is not in the bloc")
        shared = entities.federation(bloc, suspended=suspended, schema=ruleset.schema)
        self.basis = Basis(ruleset, bloc, suspended, shared)

    @property
    def ruleset(self) -> RuleSet:
        """The rules in force."""
        return self.basis.ruleset

    @property
    def bloc(self) -> Bloc:
        """The bloc that the rules are about."""
        return self.basis.bloc

    @property
    def suspended(self) -> frozenset[str]:
        """The members with whom nothing is exchanged."""
        return self.basis.suspended

    def adopt(self, other: "Engine") -> None:
        """Decide by what *other* decides by from now on, wherever this engine is already in use."""
        self.basis = other.basis

    def decide(self, label: Label, desk: Desk, purpose: Purpose) -> Decision:
        """Return what *desk*, reading for *purpose*, is given of objects with *label*."""
        return self.decide_many(label, [(desk, purpose)])[0]

    def decide_many(self, label: Label, viewers: Sequence[Viewer]) -> list[Decision]:
        """Return one decision a viewer, in their order; much cheaper than one call each."""
        known = [viewer for viewer in viewers if viewer[0].member in self.bloc.members]
        if label.origin not in self.bloc.members or not known:
            return [_unknown() for _ in viewers]
        decisions = dict(zip(known, self._decide(label, known), strict=True))
        return [decisions[viewer] if viewer in decisions else _unknown() for viewer in viewers]

    def permitted(self, label: Label, viewers: Sequence[Viewer]) -> list[bool]:
        """Return, a viewer, whether the label's own form is permitted, whatever becomes of its richer forms."""
        given = entities.with_labels(self.basis.shared, [label], self.ruleset.schema)
        return [answer.permitted for answer in self._ask([_Question(each, 0, label.form) for each in viewers], given)]

    def _decide(self, label: Label, viewers: Sequence[Viewer]) -> list[Decision]:
        labels = chain(label)
        given = entities.with_labels(self.basis.shared, labels, self.ruleset.schema)
        own = [_Question(viewer, 0, label.form) for viewer in viewers]
        answers = dict(zip(viewers, self._ask(own, given), strict=True))
        permitted = [viewer for viewer, answer in answers.items() if answer.permitted]
        refused = [viewer for viewer, answer in answers.items() if answer.leaves_lesser_forms]
        superseded = self._superseded(labels, permitted, given)
        lesser = self._lesser(label, refused, given)
        return [
            _permission(label, answers[viewer], superseded=viewer in superseded)
            if answers[viewer].permitted
            else _refusal(answers[viewer], lesser.get(viewer, Form.NONE))
            for viewer in viewers
        ]

    def _superseded(self, labels: Sequence[Label], viewers: Sequence[Viewer], given: cedarpy.Entities) -> set[Viewer]:
        """Return those of *viewers* that are served a richer form of the object."""
        questions = [
            _Question(viewer, place, richer.form)
            for place, richer in enumerate(labels[1:], start=1)
            for viewer in viewers
        ]
        answers = zip(questions, self._ask(questions, given), strict=True)
        return {question.viewer for question, answer in answers if answer.permitted}

    def _lesser(self, label: Label, viewers: Sequence[Viewer], given: cedarpy.Entities) -> dict[Viewer, Form]:
        """Return the richest lesser form for each of *viewers* that may have one.

        The forms are a chain: whoever may not even have the count has nothing.
        """
        if label.form <= Form.COUNT:
            return {}
        some = self._having(viewers, Form.COUNT, given)
        forms = dict.fromkeys(some, Form.COUNT)
        for form in (form for form in _BETWEEN if form < label.form):
            forms.update(dict.fromkeys(self._having(some, form, given), form))
            some = [viewer for viewer in some if forms[viewer] is Form.COUNT]
        return forms

    def _having(self, viewers: Sequence[Viewer], form: Form, given: cedarpy.Entities) -> list[Viewer]:
        answers = self._ask([_Question(viewer, 0, form) for viewer in viewers], given)
        return [viewer for viewer, answer in zip(viewers, answers, strict=True) if answer.permitted]

    def _ask(self, questions: Sequence[_Question], given: cedarpy.Entities) -> list[_Answer]:
        if not questions:
            return []
        requests = [_request(question) for question in questions]
        results = cedarpy.is_authorized_batch(requests, self.ruleset.policies, given, self.ruleset.schema)
        return [self._answer(result) for result in results]

    def _answer(self, result: cedarpy.AuthzResult) -> _Answer:
        # An erring rule is skipped by the engine, also where it would have forbidden: any error is a denial.
        if result.diagnostics.errors or result.decision is cedarpy.Decision.NoDecision:
            return _Answer(permitted=False, reason=RULE_ERROR)
        decisive = (self.ruleset.rules[rule_id] for rule_id in result.diagnostics.reasons)
        rules = tuple(sorted(decisive, key=lambda rule: (rule.order, rule.id)))
        return _Answer(result.allowed, rules, "" if rules else NO_RULE)


def _request(question: _Question) -> dict[str, object]:
    desk, purpose = question.viewer
    return {
        "principal": entities.uid("Desk", str(desk)),
        "action": entities.uid("Action", question.form.word),
        "resource": entities.uid("Label", str(question.place)),
        "context": _CONTEXTS[purpose],
    }


def _permission(label: Label, answer: _Answer, *, superseded: bool) -> Decision:
    rules = tuple(rule.id for rule in answer.rules)
    return Decision(
        form=label.form, served=not superseded, rules=rules, reasons=(SUPERSEDED,) if superseded else answer.reasons
    )


def _refusal(answer: _Answer, lesser: Form) -> Decision:
    return Decision(form=lesser, served=False, rules=tuple(rule.id for rule in answer.rules), reasons=answer.reasons)


def _unknown() -> Decision:
    return Decision(form=Form.NONE, served=False, rules=(), reasons=(UNKNOWN_MEMBER,))
