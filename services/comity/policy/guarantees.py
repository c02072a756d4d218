"""The standing guarantees: small named properties that every set of rules must have before it can be in force.

Each is written as what would break it; that nothing does is what is proved.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from cedarpy import pst

from comity.domain.desk import Role
from comity.domain.label import Form, Kind, Personal
from comity.domain.tier import Tier
from comity.domain.tlp import TLP
from comity.policy.symbols import DeskOf, DeskSet, Request, SymbolEvaluator, Table, Term


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What properties are stated about: any request, under the rules in question."""

    request: Request
    table: Table
    policies: Mapping[str, pst.Template]

    def permitted(
        self,
        *,
        table: Table | None = None,
        form: Term | None = None,
        policies: Mapping[str, pst.Template] | None = None,
    ) -> Term:
        """Return when the request is permitted, with another table, form or set of rules where one is given."""
        evaluator = SymbolEvaluator(self.request, self.table if table is None else table, form=form)
        return evaluator.permitted(self.policies if policies is None else policies)

    @property
    def foreign(self) -> Term:
        """That the desk is not of the label's origin."""
        return self.request.origin != self.request.home

    def of(self, text: str) -> int:
        """Return the number of a text."""
        return self.request.texts.of(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarantee:
    """A property: its name, what it says in words, and the formulas that hold together only where it is broken."""

    name: str
    words: str
    breach: Callable[[Ground], Sequence[Term]]


def _sovereign(ground: Ground) -> Sequence[Term]:
    return [ground.foreign, ground.request.numbers["source_tier"] >= int(Tier.C4), ground.permitted()]


def _suspended(ground: Ground) -> Sequence[Term]:
    request, s = ground.request, ground.request.solver
    anybody = replace(ground.table, suspended=s.BitVec("suspended", request.width))
    touched = (anybody.suspended & (request.home | request.origin)) != request.zero()
    return [ground.foreign, touched, ground.permitted(table=anybody)]


def _red(ground: Ground) -> Sequence[Term]:
    request, s = ground.request, ground.request.solver
    evaluator = SymbolEvaluator(request, ground.table)
    named = DeskSet(request.named)
    addressed = s.If(
        evaluator._empty(named),  # the meaning of sets is the evaluator's
        (request.sets["releasable"] & request.home) != request.zero(),
        evaluator._contains(named, DeskOf(request.home, request.role)),
    )
    return [ground.foreign, request.numbers["source_tlp"] >= int(TLP.RED), s.Not(addressed), ground.permitted()]


def _regulators(ground: Ground) -> Sequence[Term]:
    request, s = ground.request, ground.request.solver
    detail = s.Or(
        request.kind == ground.of(Kind.INDICATOR),
        request.numbers["personal"] >= int(Personal.DIRECT),
        request.form == ground.of(Form.PSEUDONYMISED.word),
        request.form == ground.of(Form.FULL.word),
    )
    return [ground.foreign, request.role == ground.of(Role.REGULATOR), detail, ground.permitted()]


def _chain(ground: Ground) -> Sequence[Term]:
    request, s = ground.request, ground.request.solver
    poorer = s.Int("poorer")
    ranks = {form: ground.of(form.word) for form in Form if form is not Form.NONE}
    below = s.Or(
        [
            s.And(request.form == ranks[richer], poorer == ranks[other])
            for richer in ranks
            for other in ranks
            if other < richer
        ]
    )
    return [
        *request.rules_of_the_world(form=poorer),
        ground.foreign,
        below,
        ground.permitted(),
        s.Not(ground.permitted(form=poorer)),
    ]


def _monotone(ground: Ground) -> Sequence[Term]:
    lower, higher = (replace(ground.table, name=name, bloc=None) for name in ("lower", "higher"))
    before, after = ground.permitted(table=lower), ground.permitted(table=higher)
    return [
        *ground.request.raised(lower.name, higher.name),
        ground.foreign,
        before,
        ground.request.solver.Not(after),
    ]


STANDING = (
    Guarantee(
        name="sovereign-stays",
        words="What is sovereign (C4), or made from it, never leaves its state, in any form.",
        breach=_sovereign,
    ),
    Guarantee(
        name="suspended-receives-nothing",
        words="Whoever is suspended receives nothing of others, and others receive nothing of theirs.",
        breach=_suspended,
    ),
    Guarantee(
        name="red-named-only",
        words="TLP:RED goes only to desks that are named, or to members that are where no desk is.",
        breach=_red,
    ),
    Guarantee(
        name="regulators-no-detail",
        words="Regulators of others receive no indicator, nothing that names a victim, and no more than a summary.",
        breach=_regulators,
    ),
    Guarantee(
        name="forms-are-a-chain",
        words="Whoever may have a form of an object may have every poorer form of it.",
        breach=_chain,
    ),
    Guarantee(
        name="recognition-is-monotone",
        words="Raising what a member is recognised for never takes an object away from it.",
        breach=_monotone,
    ),
)
"""The properties that do not depend on which chapters there are."""


def own_data_only(chapter: str, member: str, without: Mapping[str, pst.Template]) -> Guarantee:
    """Return the property that a member's chapter decides about its data only; *without* is all but its rules."""

    def breach(ground: Ground) -> Sequence[Term]:
        differs = ground.permitted() != ground.permitted(policies=without)
        return [ground.request.origin != ground.request.bit(member), differs]

    return Guarantee(
        name=f"own-data-only {chapter}",
        words=f"The chapter of {member} decides about the data of {member} only.",
        breach=breach,
    )
