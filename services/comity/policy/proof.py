"""Proofs about rules: that a set of them has the standing guarantees, and what one set opens that another kept closed.

z3 is asked, and where it is installed cvc5 as a second opinion; neither is asked about the labels that there are, but
about every label that there could be. Both come with the extra ``proof``.
"""

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from cedarpy import pst

from comity.domain.member import Bloc
from comity.domain.tier import Tier
from comity.domain.tlp import TLP
from comity.errors import PolicyError
from comity.policy.guarantees import STANDING, Ground, Guarantee, own_data_only
from comity.policy.rules import RuleSet, member_of_chapter
from comity.policy.symbols import FORMS, Entry, Module, Request, Term, Texts, table_of

Model = Any
"""A model that z3 found."""

OPENS_NOTHING = "opens-nothing"
"""The name of the question whether a change opens anything; it may, so this is told and not required."""

Formulas = Callable[[Module, Request], Sequence[Term]]
"""Builds a question for a solver about a request."""

_Z3, _CVC5 = "z3", "cvc5.pythonic"
_PATIENCE = {_Z3: 60_000, _CVC5: 10_000}
"""How long one question may take, in milliseconds; where z3 gives no answer nothing is proved."""

_SILENT = object()
"""That a solver gave no answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The answer to one question."""

    name: str
    words: str
    holds: bool
    counterexample: str | None
    """A request for which the property does not hold, in words."""
    provers: tuple[str, ...]


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
    same = was.limits == becomes.limits

    def formulas(solver: Module, request: Request) -> Sequence[Term]:
        table = table_of(request, becomes)
        past = table if same else table_of(request, was, name="past")
        old = Ground(request=request, table=past, policies=before.trees)
        new = Ground(request=request, table=table, policies=after.trees)
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
        table = table_of(request, bloc)
        return guarantee.breach(Ground(request=request, table=table, policies=ruleset.trees))

    return _asked(guarantee.name, guarantee.words, bloc, formulas)


def _asked(name: str, words: str, bloc: Bloc, formulas: Formulas) -> Proof:
    z3 = _solver(_Z3)
    if z3 is None:
        raise PolicyError(f"{name!r} cannot be proved: no prover is installed, expected the extra comity[proof]")
    lemmas: list[_Lemma] = []
    found = _counterexample(z3, bloc, formulas, name, lemmas)
    provers = [_Z3]
    if (cvc5 := _solver(_CVC5)) is not None:
        _, asked = _question(cvc5, bloc, formulas, lemmas)
        opinion = _answer(cvc5, asked)
        if opinion is not _SILENT:
            provers.append("cvc5")
            if (opinion is None) != (found is None):
                raise PolicyError(f"{name!r} is neither proved nor refuted: the provers disagree")
    return Proof(name=name, words=words, holds=found is None, counterexample=found, provers=tuple(provers))


def _solver(module: str) -> Module | None:
    try:
        return importlib.import_module(module)
    except ImportError:
        return None


def _counterexample(solver: Module, bloc: Bloc, formulas: Formulas, name: str, lemmas: "list[_Lemma]") -> str | None:
    """Return a request in which all formulas hold, in words; ``None`` when there is none.

    A request that rests on an entry that the table does not have adds the entry to *lemmas*, and is looked for again.
    """
    while True:
        request, asked = _question(solver, bloc, formulas, lemmas)
        model = _answer(solver, asked)
        if model is _SILENT:
            raise PolicyError(f"{name!r} is neither proved nor refuted within {_PATIENCE[_Z3] // 1000} s")
        if model is None:
            return None
        wrong = [lemma for entry in request.entries if (lemma := _wrong(request, entry, model)) is not None]
        if not wrong:
            return _in_words(request, model)
        lemmas += wrong


def _question(
    solver: Module, bloc: Bloc, formulas: Formulas, lemmas: "Sequence[_Lemma]"
) -> tuple[Request, Sequence[Term]]:
    request = Request(solver, bloc, Texts())
    asked = [*formulas(solver, request), *request.rules_of_the_world()]
    for entry in request.entries:
        asked += [entry.tier >= 0, entry.tier <= int(Tier.C4)]
        asked += [lemma.of(request, entry) for lemma in lemmas if lemma.table == entry.table.name]
    return request, asked


@dataclass(frozen=True, slots=True)
class _Lemma:
    """What a table says of one pair of members."""

    table: str
    owner: str
    recipient: str
    tier: Tier

    def of(self, request: Request, entry: Entry) -> Term:
        here = request.solver.And(
            entry.owner == request.bit(self.owner), entry.recipient == request.bit(self.recipient)
        )
        return request.solver.Implies(here, entry.tier == int(self.tier))


def _wrong(request: Request, entry: Entry, model: Model) -> _Lemma | None:
    """Return what the table really says where *model* has it say something else."""
    owner, recipient = (_code(request, _number(model, term)) for term in (entry.owner, entry.recipient))
    bloc = entry.table.bloc
    if bloc is None or owner is None or recipient is None or owner == recipient:
        return None
    # Who is no member of one of the two blocs compared is recognised there for what is public.
    tier = bloc.limits.get((owner, recipient), Tier.C0)
    return None if _number(model, entry.tier) == tier else _Lemma(entry.table.name, owner, recipient, tier)


def _code(request: Request, bits: int) -> str | None:
    return next((code for place, code in enumerate(request.codes) if bits == 1 << place), None)


def _number(model: Model, term: Term) -> int:
    return int(model.eval(term, model_completion=True).as_long())


def _answer(solver: Module, asked: Sequence[Term]) -> Model | None:
    """Return a model of all that is asked, ``None`` when there is none, ``_SILENT`` when no answer is found."""
    one = solver.Solver()
    if solver.__name__ == _Z3:
        one.set("timeout", _PATIENCE[_Z3])
    else:
        one.setOption("tlimit-per", _PATIENCE[_CVC5])
    one.add(*asked)
    answer = one.check()
    if answer == solver.unsat:
        return None
    return one.model() if answer == solver.sat else _SILENT


def _in_words(request: Request, model: Model) -> str:
    number = partial(_number, model)

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
