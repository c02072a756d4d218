"""Patterns in normal form: alternatives, each of which says what must be observed, and how often, in one spelling.

An alternative is a multiset, because observations that are joined by AND are different ones: ``[a] AND [a]`` asks for
two (STIX 2.1, 9.5.2). ``[a OR b]`` is ``[a] OR [b]``, ``REPEATS n`` is AND so many times, and a span of time is asked
of each alternative. What lies beyond the limits is left as it is written, and is the same as nothing else.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations_with_replacement, product
from math import comb, prod

from comity.dedup.canonical import Observable
from comity.dedup.implicants import MOST_TERMS, BeyondLimitsError, Comparisons
from comity.dedup.pattern_literals import quoted
from comity.dedup.pattern_observables import observable_at, value_at
from comity.dedup.pattern_parser import parse
from comity.dedup.pattern_shortcuts import plain_comparisons
from comity.dedup.pattern_tokens import Tokens, check_text, tokens_of
from comity.dedup.pattern_tree import Bounded, Either, Expression, InOrder, Observation, Repeated

LONGEST = 8_192
"""The characters of a pattern that is brought into normal form, unless it has only a few words."""

_FEW_WORDS = 32
_Factor = str | tuple[str, ...]
"""One observation, or several in their order."""
_Term = frozenset[tuple[_Factor, int]]
"""What must be observed, and how often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NormalForm:
    """A pattern in normal form."""

    text: str
    observable: Observable | None = None
    """The observable, when the pattern states one and nothing else."""
    complete: bool = True
    """Whether every spelling of the pattern has this form; false beyond the limits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Alternatives:
    """The ways to fulfil an expression: by one observation with an implicant, or by more than that."""

    implicants: frozenset[int] = frozenset()
    terms: frozenset[_Term] = frozenset()


def normal_form(pattern: str) -> NormalForm:
    """Return the normal form of *pattern*.

    Raises:
        InvalidObjectError: it is no STIX pattern.
    """
    comparisons = plain_comparisons(pattern)
    if comparisons and len(comparisons) <= MOST_TERMS:
        check_text(pattern)
        return _of_plain(comparisons)
    tokens = tokens_of(pattern)
    expression = parse(tokens)
    if len(pattern) > LONGEST and len(tokens.kinds) > _FEW_WORDS:
        return _as_written(tokens)
    try:
        return _Reader().read(expression)
    except BeyondLimitsError:
        return _as_written(tokens)


def _of_plain(comparisons: list[tuple[str, str]]) -> NormalForm:
    values = {(path, value_at(path, text)) for path, text in comparisons}
    observable = observable_at(dict(values)) if len(values) == 1 else None
    texts = sorted(f"[{path} = {quoted(value)}]" for path, value in values)
    return NormalForm(text=" OR ".join(texts), observable=observable)


def _as_written(tokens: Tokens) -> NormalForm:
    return NormalForm(text=" ".join(tokens.texts[:-1]), complete=False)


class _Reader:
    """The alternatives of the expressions of one pattern."""

    def __init__(self) -> None:
        self._comparisons = Comparisons()

    def read(self, expression: Expression) -> NormalForm:
        """Return the normal form of a whole pattern."""
        found = self._alternatives(expression)
        texts = sorted([*map(self._comparisons.text, found.implicants), *map(self._text, found.terms)])
        return NormalForm(text=" OR ".join(texts), observable=self._observable(found))

    def _observable(self, found: _Alternatives) -> Observable | None:
        if found.terms or len(found.implicants) > 1:
            return None
        (implicant,) = found.implicants
        values = self._comparisons.values(implicant)
        return observable_at(values) if values else None

    def _alternatives(self, expression: Expression) -> _Alternatives:
        if isinstance(expression, Observation):
            return _Alternatives(implicants=self._comparisons.implicants(expression.test))
        if isinstance(expression, Repeated):
            return self._repeated(expression.expression, expression.times)
        if isinstance(expression, Bounded):
            return self._of_terms(self._bounded(self._terms(expression.expression), expression.qualifier))
        if isinstance(expression, Either):
            return self._either([self._alternatives(part) for part in expression.parts])
        parts = [self._terms(part) for part in expression.parts]
        return self._of_terms(self._in_order(parts) if isinstance(expression, InOrder) else self._together(parts))

    def _terms(self, expression: Expression) -> frozenset[_Term]:
        found = self._alternatives(expression)
        single = (frozenset({(self._comparisons.text(each), 1)}) for each in found.implicants)
        return found.terms.union(single)

    def _of_terms(self, terms: Iterable[_Term]) -> _Alternatives:
        kept = frozenset(terms)
        if len(kept) > MOST_TERMS:
            raise BeyondLimitsError(f"pattern has more than {MOST_TERMS} terms")
        return _Alternatives(terms=kept)

    def _either(self, parts: list[_Alternatives]) -> _Alternatives:
        terms: frozenset[_Term] = frozenset().union(*(part.terms for part in parts))
        implicants = self._comparisons.minimal(set().union(*(part.implicants for part in parts)))
        return _Alternatives(implicants=implicants, terms=self._of_terms(terms).terms)

    def _together(self, parts: list[frozenset[_Term]]) -> frozenset[_Term]:
        found = parts[0]
        for part in parts[1:]:
            self._comparisons.spend(len(found) * len(part) * 20)
            found = self._of_terms(self._sum((one, other)) for one in found for other in part).terms
        return found

    def _sum(self, terms: Iterable[_Term], times: int = 1) -> _Term:
        total: Counter[_Factor] = Counter()
        for term in terms:
            self._comparisons.spend(len(term) * 4)
            for factor, count in term:
                total[factor] += count * times
        return frozenset(total.items())

    def _in_order(self, parts: list[frozenset[_Term]]) -> Iterator[_Term]:
        self._comparisons.spend(prod(map(len, parts)) * len(parts) * 10)
        for terms in product(*parts):
            steps = tuple(step for term in terms for step in self._steps(term))
            yield frozenset({(steps, 1)})

    def _steps(self, term: _Term) -> tuple[str, ...]:
        """Return the observations of a term that is an order already, which parentheses do not change."""
        if len(term) == 1:
            ((factor, count),) = term
            if count == 1 and isinstance(factor, tuple):
                return factor
        return (self._text(term),)

    def _repeated(self, inner: Expression, times: int) -> _Alternatives:
        if times == 1:
            return self._alternatives(inner)
        terms = sorted(self._terms(inner), key=self._text)
        if times == 0:
            return self._of_terms(self._bounded(terms, "REPEATS 0 TIMES"))
        if len(terms) == 1:
            return self._of_terms([self._sum(terms, times)])
        if times > MOST_TERMS or comb(len(terms) + times - 1, times) > MOST_TERMS:
            raise BeyondLimitsError(f"pattern has more than {MOST_TERMS} terms")
        return self._of_terms(self._sum(chosen) for chosen in combinations_with_replacement(terms, times))

    def _bounded(self, terms: Iterable[_Term], qualifier: str) -> Iterator[_Term]:
        for term in terms:
            yield frozenset({(f"({self._text(term)}) {qualifier}", 1)})

    def _text(self, term: _Term) -> str:
        texts = [self._factor_text(factor, count) for factor, count in term]
        whole = " AND ".join(sorted(texts))
        self._comparisons.spend(len(texts) * 10 + len(whole) // 16)
        return f"({whole})" if len(texts) > 1 else whole

    def _factor_text(self, factor: _Factor, count: int) -> str:
        text = factor if isinstance(factor, str) else f"({' FOLLOWEDBY '.join(factor)})"
        return f"({text} REPEATS {count} TIMES)" if count > 1 else text
