"""Proofs about rules: that a set of them has the standing guarantees, and what one set opens that another kept closed.

z3 is asked, and where it is installed cvc5 as a second opinion; neither is asked about the labels that there are, but
about every label that there could be. Both come with the extra ``proof``.
"""

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cedarpy import pst

from comity.domain.member import Bloc
from comity.domain.tier import Tier
from comity.domain.tlp import TLP
from comity.errors import PolicyError
from comity.policy.guarantees import STANDING, Ground, Guarantee, own_data_only
from comity.policy.rules import RuleSet, member_of_chapter
from comity.policy.symbols import FORMS, Module, Request, Term, Texts, table_of

Model = Any
"""A model that z3 found."""

OPENS_NOTHING = "opens-nothing"
"""The name of the question whether a change opens anything; it may, so this is told and not required."""

Formulas = Callable[[Module, Request], Sequence[Term]]
"""Builds a question for a solver about a request."""

_Z3, _CVC5 = "z3", "cvc5.pythonic"
_PATIENCE = 60_000
"""How long one question may take, in milliseconds; without an answer nothing is proved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The answer to one question."""

    name: str
    words: str
    holds: bool
    counterexample: str | None
    """A request for which the property does not hold, in words."""
    provers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question put to one solver."""

    solver: Module
    request: Request
    formulas: Sequence[Term]


def prove(ruleset: RuleSet, bloc: Bloc) -> list[Proof]:
    """Return, for each standing guarantee and each member's chapter, whether the rules keep it.

    Raises:
        PolicyError: no prover is installed, the provers disagree, or none of them finds an answer.
    """
    guarantees = [*STANDING, *_chapters(ruleset)]
    return [_answered(each, ruleset, bloc) for each in guarantees]


def opened(before: RuleSet, was: Bloc, after: RuleSet, becomes: Bloc) -> Proof:
    """Return whether *after* keeps closed all that *before* did, for every label and every desk of another member.

    Raises:
        PolicyError: as ``prove`` does.
    """

    def formulas(solver: Module, request: Request) -> Sequence[Term]:
        old = Ground(request=request, table=table_of(request, was, frozenset()), policies=before.trees)
        new = Ground(request=request, table=table_of(request, becomes, frozenset()), policies=after.trees)
        return [new.foreign, new.permitted(), solver.Not(old.permitted())]

    words = "The change opens nothing that was closed, whatever the label."
    return _asked(OPENS_NOTHING, words, becomes, formulas)


def _chapters(ruleset: RuleSet) -> list[Guarantee]:
    found = []
    for chapter in sorted({rule.chapter for rule in ruleset.rules.values()}):
        member = member_of_chapter(chapter)
        if member is not None:
            found.append(own_data_only(chapter, member, _without(ruleset, chapter)))
    return found


def _without(ruleset: RuleSet, chapter: str) -> Mapping[str, pst.Template]:
    return {rule_id: tree for rule_id, tree in ruleset.trees.items() if ruleset.rules[rule_id].chapter != chapter}


def _answered(guarantee: Guarantee, ruleset: RuleSet, bloc: Bloc) -> Proof:
    def formulas(_solver: Module, request: Request) -> Sequence[Term]:
        table = table_of(request, bloc, frozenset())
        return guarantee.breach(Ground(request=request, table=table, policies=ruleset.trees))

    return _asked(guarantee.name, guarantee.words, bloc, formulas)


def _asked(name: str, words: str, bloc: Bloc, formulas: Formulas) -> Proof:
    answers: dict[str, str | None] = {}
    for module in (_Z3, _CVC5):
        solver = _solver(module)
        if solver is not None:
            request = Request(solver, bloc, Texts())
            asked = _Asked(solver, request, [*request.rules_of_the_world(), *formulas(solver, request)])
            answers[module] = _counterexample(asked, name)
    if _Z3 not in answers:
        raise PolicyError(f"{name!r} cannot be proved: no prover is installed, expected 'pip install comity[proof]'")
    if len({answer is None for answer in answers.values()}) > 1:
        raise PolicyError(f"{name!r} is neither proved nor refuted: the provers disagree")
    found = answers[_Z3]
    provers = tuple(module.partition(".")[0] for module in answers)
    return Proof(name=name, words=words, holds=found is None, counterexample=found, provers=provers)


def _solver(module: str) -> Module | None:
    try:
        return importlib.import_module(module)
    except ImportError:
        return None


def _counterexample(asked: _Asked, name: str) -> str | None:
    """Return a request in which all formulas hold, by z3 in words; ``None`` when there is none."""
    solver = asked.solver.Solver()
    if asked.solver.__name__ == _Z3:
        solver.set("timeout", _PATIENCE)
    else:
        solver.setOption("tlimit-per", _PATIENCE)
    solver.add(*asked.formulas)
    answer = solver.check()
    if answer == asked.solver.unsat:
        return None
    if answer != asked.solver.sat:
        raise PolicyError(f"{name!r} is neither proved nor refuted within {_PATIENCE // 1000} s")
    return _in_words(asked.request, solver.model()) if asked.solver.__name__ == _Z3 else "found"


def _in_words(request: Request, model: Model) -> str:
    def number(term: Term) -> int:
        return int(model.eval(term, model_completion=True).as_long())

    def is_true(term: Term) -> bool:
        return str(model.eval(term, model_completion=True)) == "True"

    def codes(term: Term) -> str:
        bits = number(term)
        named = [code for place, code in enumerate(request.codes) if bits >> place & 1]
        return ", ".join(named) or "nobody"

    def text(term: Term) -> str:
        return request.texts.text(number(term)) or "any other"

    forms = {each.word for each in FORMS}
    form = text(request.form)
    flags = [name.replace("_", " ") for name, term in request.flags.items() if is_true(term)]
    sets = [f"{name}: {codes(term)}" for name, term in request.sets.items() if number(term)]
    roles = [f"named {request.texts.text(role)}: {codes(term)}" for role, term in request.named.items() if number(term)]
    purposes = [str(request.texts.text(each)) for each, term in request.purposes.items() if is_true(term)]
    return (
        f"{text(request.kind)} of {codes(request.origin)}, {TLP(number(request.numbers['tlp']))}, "
        f"{Tier(number(request.numbers['tier'])).name}, {form if form in forms else 'in some form'}, "
        f"sector {text(request.sector)}, personal {number(request.numbers['personal'])}, "
        f"for {' and '.join(purposes) or 'no purpose'}"
        + "".join(f"; {each}" for each in (*flags, *sets, *roles))
        + f" -> {codes(request.home)}/{text(request.role)}, reading for {text(request.purpose)}"
    )
