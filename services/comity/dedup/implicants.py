"""What a test inside an observation comes down to: the fewest comparisons that must hold, in every way there is.

The grammar negates single comparisons only, so a test is monotone in them, and its prime implicants are unique: two
tests are alike in every respect exactly when they have the same ones. An implicant is a set of comparisons, one bit
each.
"""

from collections.abc import Iterable
from functools import reduce
from operator import or_

from comity.dedup.pattern_literals import literal_text
from comity.dedup.pattern_observables import value_at
from comity.dedup.pattern_tree import AnyOf, Comparison, Literal, Test
from comity.errors import InvalidObjectError

MOST_TERMS = 256
"""How many ways a pattern may be fulfilled before it is left as it is written."""

_MOST_STEPS = 45_000
_NETWORKS = frozenset({"ISSUBSET", "ISSUPERSET"})


class BeyondLimitsError(InvalidObjectError):
    """A pattern would take too long to bring into normal form."""


class Comparisons:
    """The different comparisons of one pattern, and the steps that were spent on it."""

    def __init__(self) -> None:
        self._bits: dict[str, int] = {}
        self._facts: list[tuple[str, str | None]] = []
        self._texts: dict[int, str] = {}
        self._steps = 0

    def spend(self, steps: int) -> None:
        """Count *steps*, each worth some fifty nanoseconds.

        Raises:
            BeyondLimitsError: there were too many.
        """
        self._steps += steps
        if self._steps > _MOST_STEPS:
            raise BeyondLimitsError(f"pattern takes more than {_MOST_STEPS} steps")

    def text(self, implicant: int) -> str:
        """Return the observation of one implicant in canonical spelling."""
        known = self._texts.get(implicant)
        if known is None:
            self.spend(len(self._bits))
            texts = sorted(text for text, bit in self._bits.items() if implicant & bit)
            known = self._texts[implicant] = f"[{' AND '.join(texts)}]"
        return known

    def values(self, implicant: int) -> dict[str, str] | None:
        """Return the value of every path in an implicant that only states which text each is, once."""
        facts = [fact for index, fact in enumerate(self._facts) if implicant >> index & 1]
        values = {path: text for path, text in facts if text is not None}
        return values if len(values) == len(facts) else None

    def implicants(self, test: Test) -> frozenset[int]:
        """Return the prime implicants of *test*.

        Raises:
            BeyondLimitsError: there are too many.
        """
        if isinstance(test, Comparison):
            return self._of_comparison(test)
        parts = set(map(self.implicants, test.parts))
        return self.minimal(set().union(*parts)) if isinstance(test, AnyOf) else self._product(parts)

    def minimal(self, implicants: set[int]) -> frozenset[int]:
        """Return those of *implicants* that no other is part of.

        Raises:
            BeyondLimitsError: there are too many.
        """
        single = {each for each in implicants if not each & (each - 1)}
        covered = reduce(or_, single, 0)
        kept: list[int] = []
        for each in sorted((each for each in implicants - single if not each & covered), key=int.bit_count):
            self.spend(len(kept) + 1)
            if not any(less & each == less for less in kept):
                kept.append(each)
            if len(kept) > MOST_TERMS:
                break
        if len(single) + len(kept) > MOST_TERMS:
            raise BeyondLimitsError(f"pattern has more than {MOST_TERMS} terms")
        return frozenset(single.union(kept))

    def _product(self, factors: Iterable[frozenset[int]]) -> frozenset[int]:
        found = frozenset({0})
        for factor in sorted(factors, key=len):
            self.spend(len(found) * len(factor))
            found = self.minimal({one | other for one in found for other in factor})
        return found

    def _of_comparison(self, test: Comparison) -> frozenset[int]:
        path, operator, negated = test.path, test.operator, test.negated
        if operator == "LIKE" and _is_plain(test.operands[0].value):
            operator = "="
        if operator == "=" or (operator == "IN" and test.operands and not negated):
            literals = {_equal(path, literal) for literal in test.operands}
            return self.minimal({self._bit(path, literal, negated=negated) for literal in literals})
        return frozenset({self._other(path, operator, test.operands, negated=negated)})

    def _other(self, path: str, operator: str, operands: Iterable[Literal], *, negated: bool) -> int:
        literals = {_equal(path, each) if operator in _NETWORKS or operator == "IN" else each for each in operands}
        if operator == "IN" and len(literals) == 1:
            return self._bit(path, *literals, negated=negated)
        texts = ", ".join(sorted(map(literal_text, literals)))
        not_ = "NOT " if negated else ""
        if operator == "EXISTS":
            return self._new(f"{not_}EXISTS {path}", (path, None))
        return self._new(f"{path} {not_}{operator} {f'({texts})' if operator == 'IN' else texts}", (path, None))

    def _bit(self, path: str, literal: Literal, *, negated: bool) -> int:
        states = literal.kind == "string" and not negated
        text = f"{path} {'!=' if negated else '='} {literal_text(literal)}"
        return self._new(text, (path, literal.value if states else None))

    def _new(self, text: str, fact: tuple[str, str | None]) -> int:
        bit = self._bits.get(text)
        if bit is None:
            bit = self._bits[text] = 1 << len(self._bits)
            self._facts.append(fact)
        return bit


def _is_plain(text: str) -> bool:
    """Return whether a text with wild cards has none, nor anything that Unicode composes before it is compared."""
    return text.isascii() and "%" not in text and "_" not in text


def _equal(path: str, literal: Literal) -> Literal:
    return Literal("string", value_at(path, literal.value)) if literal.kind == "string" else literal
