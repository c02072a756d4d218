"""Decisions on many labels for many viewers at once, by the same rules and with the same answers as ``evaluate``."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from comity.domain.desk import Desk, Role
from comity.domain.label import Form, Label
from comity.domain.member import Bloc
from comity.domain.purpose import Purpose
from comity.policy.classes import chain
from comity.policy.columns import Array, Audience, ColumnEvaluator, Columns
from comity.policy.rules import Rule, RuleSet

AUDIENCES: tuple[Audience, ...] = tuple((role, purpose) for role in Role for purpose in Purpose)
"""Every desk of a member, for every purpose."""

_BLOCK = 256
"""How many labels are decided on together: what they need stays in the processor's cache."""
_BITS = 12


@dataclass(frozen=True, slots=True)
class _Answers:
    """What the rules say of some labels in their own form, a row a label and a column a viewer."""

    permitted: npt.NDArray[np.bool_]
    erring: Array
    matches: tuple[tuple[Rule, Array], ...]
    """The rules that hold anywhere, with where they do: labels by members by audiences, which broadcast."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """Which viewers are served which labels, and by which rules."""

    served: npt.NDArray[np.bool_]
    """Labels by viewers."""
    rules: npt.NDArray[np.int32]
    """Labels by viewers: the place in ``reasons`` of what decided; -1 where nothing is served."""
    reasons: tuple[tuple[str, ...], ...]
    """The combinations of rules that decide, by their ids in order."""

    def rules_of(self, row: int, column: int) -> tuple[str, ...]:
        """Return the ids of the rules that decided on a label for a viewer who is served it."""
        return self.reasons[int(self.rules[row, column])]


class Columnar:
    """Decides under one rule set for a fixed list of viewers."""

    def __init__(
        self,
        ruleset: RuleSet,
        bloc: Bloc,
        *,
        members: Sequence[str],
        audiences: Sequence[Audience] = AUDIENCES,
        suspended: frozenset[str] = frozenset(),
    ) -> None:
        """Prepare what all labels share.

        Args:
            ruleset: the rules in force.
            bloc: the bloc they are about.
            members: the members of the bloc whose desks read.
            audiences: which desks of each member read, and for what.
            suspended: the members with whom nothing is exchanged.
        """
        self.viewers = tuple((Desk(code, role), purpose) for code in members for role, purpose in audiences)
        self._ruleset = ruleset
        self._bloc = bloc
        self._shape = (len(members), len(audiences))
        self._columns = Columns(bloc, suspended=suspended, members=members, audiences=audiences)

    def served(self, labels: Sequence[Label]) -> Granted:
        """Return who is served objects with *labels*: their form is permitted and no richer one of them is."""
        places: dict[Label, int] = {}
        chains = [[places.setdefault(form, len(places)) for form in chain(label)] for label in labels]
        permitted = np.zeros((len(places), len(self.viewers)), dtype=bool)
        rules = np.full(permitted.shape, -1, dtype=np.int32)
        reasons: dict[tuple[str, ...], int] = {}
        for rows, answers in self._answered(list(places)):
            permitted[rows] = answers.permitted
            rules[rows] = _numbered(answers, (len(rows), *self._shape), reasons)
        if len(places) == len(labels) and all(len(one) == 1 for one in chains):
            return Granted(served=permitted, rules=rules, reasons=tuple(reasons))
        rows_of = np.array([first for first, *_ in chains], dtype=np.int64)
        served = permitted[rows_of]
        for row, (_, *richer) in enumerate(chains):
            if richer:
                served[row] &= ~permitted[richer].any(axis=0)
        return Granted(served=served, rules=np.where(served, rules[rows_of], -1), reasons=tuple(reasons))

    def outcome(self, label: Label) -> list[tuple[bool, bool, tuple[str, ...]]]:
        """Return, a viewer, whether the label's own form is permitted, whether a rule erred, and the rules that decide.

        The rules are those that forbid where any does, else those that permit, in the order of ``evaluate``.
        """
        if label.origin not in self._bloc.members:
            return [(False, False, ())] * len(self.viewers)
        ((_, answers),) = self._answered([label])
        matches = [(rule, np.broadcast_to(where, (1, *self._shape)).ravel()) for rule, where in answers.matches]
        erring = answers.erring[0]
        told = []
        for column in range(len(self.viewers)):
            rules = sorted((rule for rule, where in matches if where[column]), key=lambda rule: (rule.order, rule.id))
            deciding = [rule for rule in rules if rule.forbids] or rules
            told.append((bool(answers.permitted[0, column]), bool(erring[column]), tuple(rule.id for rule in deciding)))
        return told

    def _answered(self, labels: Sequence[Label]) -> Iterator[tuple[list[int], _Answers]]:
        """Yield the answers on labels of members of the bloc, some labels of one form at a time."""
        by_form: dict[Form, list[int]] = {}
        for row, label in enumerate(labels):
            if label.origin in self._bloc.members:
                by_form.setdefault(label.form, []).append(row)
        for form, rows in by_form.items():
            for start in range(0, len(rows), _BLOCK):
                some = rows[start : start + _BLOCK]
                yield some, self._ask([labels[row] for row in some], form)

    def _ask(self, labels: Sequence[Label], form: Form) -> _Answers:
        evaluator = ColumnEvaluator(self._columns, self._columns.labels(labels), form)
        erring, denied, permitted = _Union(), _Union(), _Union()
        matches: list[tuple[Rule, Array]] = []
        for rule_id, policy in self._ruleset.trees.items():
            rule = self._ruleset.rules[rule_id]
            result = evaluator.applies(policy)
            holds = np.asarray(result.value)
            if result.error is not None and np.asarray(result.error).any():
                erring.add(np.asarray(result.error))
                holds = holds & ~np.asarray(result.error)
            if holds.any():
                matches.append((rule, holds))
                (denied if rule.forbids else permitted).add(holds)
        # An erring rule is skipped by Cedar, also where it would have forbidden: any error is a denial.
        shape = (len(labels), *self._shape)
        wrong = erring.over(shape)
        refused = denied.over(shape) | wrong
        allowed = permitted.over(shape) & ~refused
        return _Answers(self._flat(allowed), self._flat(wrong), tuple((rule, where) for rule, where in matches))

    def _flat(self, cube: Array) -> npt.NDArray[np.bool_]:
        return cube.reshape(len(cube), -1)


class _Union:
    """Where any of several columns holds; columns of one shape are joined before they are spread over the others."""

    def __init__(self) -> None:
        self._by_shape: dict[tuple[int, ...], Array] = {}

    def add(self, column: Array) -> None:
        known = self._by_shape.get(column.shape)
        self._by_shape[column.shape] = column if known is None else known | column

    def over(self, shape: tuple[int, ...]) -> Array:
        """Return the union as flags of the whole *shape*."""
        whole = np.zeros(shape, dtype=bool)
        for column in self._by_shape.values():
            np.logical_or(whole, column, out=whole)
        return whole


def _numbered(answers: _Answers, cube: tuple[int, ...], reasons: dict[tuple[str, ...], int]) -> npt.NDArray[np.int32]:
    """Return the number of the combination of permitting rules at each permitted place, -1 elsewhere."""
    permits = [(rule.id, where) for rule, where in answers.matches if not rule.forbids]
    told = np.full(answers.permitted.shape, -1, dtype=np.int32)
    if not answers.permitted.any():
        return told
    codes: Array = np.zeros((1, 1, 1), dtype=np.int32)
    for count, (_, where) in enumerate(permits, start=1):
        codes = codes * 2 + where
        if count % _BITS == 0:
            _, inverse = np.unique(codes, return_inverse=True)
            codes = inverse.reshape(codes.shape).astype(np.int32)
    codes = np.broadcast_to(codes, cube).reshape(told.shape)[answers.permitted]
    places = np.flatnonzero(answers.permitted)
    _, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
    numbers = []
    for place in places[first]:
        spot = np.unravel_index(place, cube)
        found = tuple(sorted(rule_id for rule_id, where in permits if np.broadcast_to(where, cube)[spot]))
        numbers.append(reasons.setdefault(found, len(reasons)))
    told[answers.permitted] = np.array(numbers, dtype=np.int32)[inverse]
    return told
