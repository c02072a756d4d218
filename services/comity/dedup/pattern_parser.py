"""The grammar of STIX patterns (STIX 2.1, 9; the OASIS grammar), read by recursive descent."""

from collections.abc import Callable
from typing import NoReturn, TypeVar

from comity.dedup.pattern_literals import hash_name, literal_of, number, quoted, timestamp, unquoted
from comity.dedup.pattern_tokens import END, Tokens, tokens_of
from comity.dedup.pattern_tree import (
    AllOf,
    AnyOf,
    Bounded,
    Comparison,
    Either,
    Expression,
    InOrder,
    Literal,
    Observation,
    Repeated,
    Test,
    Together,
)
from comity.errors import InvalidObjectError

DEEPEST = 50
"""How deep parentheses may nest; what is deeper is refused."""

_MOST_DIGITS = 18
_Part = TypeVar("_Part")
_EQUAL = {"=": False, "==": False, "!=": True, "<>": True}
_ORDERABLE = frozenset({"integer", "float", "string", "binary", "hex", "timestamp"})
_PRIMITIVE = _ORDERABLE | {"true", "false"}
_OPERANDS = {
    **dict.fromkeys(_EQUAL, _PRIMITIVE),
    **dict.fromkeys(("<", "<=", ">", ">="), _ORDERABLE),
    **dict.fromkeys(("LIKE", "MATCHES", "ISSUBSET", "ISSUPERSET"), frozenset({"string"})),
}
"""Operator with one operand -> the literals it takes."""


def parse(tokens: Tokens) -> Expression:
    """Return the tree of a pattern whose words are *tokens*.

    Raises:
        InvalidObjectError: they are no STIX pattern, or nested too deep.
    """
    return _Parser(tokens).pattern()


def parse_path(text: str) -> str:
    """Return an object path with every key of it quoted.

    Raises:
        InvalidObjectError: *text* is no object path.
    """
    return _Parser(tokens_of(text)).only_path()


class _Parser:
    """A place in the tokens of one pattern; every method reads what it is named after and stops behind it."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self._kinds = tokens.kinds
        self._texts = tokens.texts
        self._at = 0
        self._depth = 0

    def pattern(self) -> Expression:
        """Read all there is."""
        expression = self._in_order()
        self._take(END, "AND, OR, FOLLOWEDBY, a qualifier or the end")
        return expression

    def only_path(self) -> str:
        """Read all there is, which is a path."""
        path = self._path()
        self._take(END, "the end of the object path")
        return path

    def _in_order(self) -> Expression:
        parts = self._joined("FOLLOWEDBY", self._either)
        return parts[0] if len(parts) == 1 else InOrder(parts)

    def _either(self) -> Expression:
        parts = self._joined("OR", self._together)
        return parts[0] if len(parts) == 1 else Either(parts)

    def _together(self) -> Expression:
        parts = self._joined("AND", self._qualified)
        return parts[0] if len(parts) == 1 else Together(parts)

    def _qualified(self) -> Expression:
        expression: Expression
        simple = self._kinds[self._at] == "["
        if simple:
            self._at += 1
            expression = Observation(self._any_of())
            self._take("]", "AND, OR or ]")
        else:
            expression = self._nested(self._in_order, "[ or (")
        seen: set[str] = set()
        while (word := self._kinds[self._at]) in {"START", "WITHIN", "REPEATS"}:
            if simple and word in seen:
                self._refuse(f"another qualifier than {word}")
            seen.add(word)
            expression = self._qualifier(expression, word)
        return expression

    def _qualifier(self, expression: Expression, word: str) -> Expression:
        self._at += 1
        if word == "START":
            start = timestamp(self._take("timestamp", "a timestamp"))
            self._take("STOP", "STOP")
            return Bounded(expression, f"START t'{start}' STOP t'{timestamp(self._take('timestamp', 'a timestamp'))}'")
        if word == "WITHIN":
            seconds = self._positive({"integer", "float"})
            self._take("SECONDS", "SECONDS")
            return Bounded(expression, f"WITHIN {seconds} SECONDS")
        times = self._positive({"integer"})
        self._take("TIMES", "TIMES")
        if len(times) > _MOST_DIGITS:
            raise InvalidObjectError(f"pattern repeats {times[:40]!r} times, expected at most {_MOST_DIGITS} digits")
        return Repeated(expression, int(times))

    def _positive(self, kinds: set[str]) -> str:
        text = self._texts[self._at]
        if self._kinds[self._at] not in kinds or text[0] == "-":
            self._refuse("a number without a minus sign")
        self._at += 1
        return number(text)

    def _any_of(self) -> Test:
        parts = self._joined("OR", self._all_of)
        return parts[0] if len(parts) == 1 else AnyOf(parts)

    def _all_of(self) -> Test:
        parts = self._joined("AND", self._test)
        return parts[0] if len(parts) == 1 else AllOf(parts)

    def _test(self) -> Test:
        kind = self._kinds[self._at]
        if kind == "(":
            return self._nested(self._any_of, "a comparison")
        if kind in {"NOT", "EXISTS"}:
            negated = self._skip("NOT")
            self._take("EXISTS", "EXISTS")
            return Comparison(self._path(), "EXISTS", (), negated)
        path = self._path()
        return self._comparison(path, negated=self._skip("NOT"))

    def _comparison(self, path: str, *, negated: bool) -> Comparison:
        operator = self._kinds[self._at]
        if operator == "IN":
            self._at += 1
            return Comparison(path, operator, self._set(), negated)
        kinds = _OPERANDS.get(operator)
        if kinds is None:
            self._refuse("a comparison operator")
        self._at += 1
        operand = self._literal(kinds)
        if operator in _EQUAL:
            return Comparison(path, "=", (operand,), negated != _EQUAL[operator])
        return Comparison(path, operator, (operand,), negated)

    def _set(self) -> tuple[Literal, ...]:
        self._take("(", "(")
        if self._skip(")"):
            return ()
        literals = [self._literal(_PRIMITIVE)]
        while self._skip(","):
            literals.append(self._literal(_PRIMITIVE))
        self._take(")", ", or )")
        return tuple(literals)

    def _literal(self, kinds: frozenset[str]) -> Literal:
        kind = self._kinds[self._at]
        if kind not in kinds:
            self._refuse("a string" if len(kinds) == 1 else "a literal")
        self._at += 1
        return literal_of(kind, self._texts[self._at - 1])

    def _path(self) -> str:
        path = self._take("word", "an object type")
        self._take(":", ":")
        key = self._key()
        path = f"{path}:{quoted(key)}"
        while (kind := self._kinds[self._at]) in {".", "["}:
            self._at += 1
            if kind == ".":
                name = self._key()
                path += f".{quoted(hash_name(name) if key == 'hashes' else name)}"
                key = name
            else:
                path += f"[{self._index()}]"
        return path

    def _key(self) -> str:
        kind, text = self._kinds[self._at], self._texts[self._at]
        if kind != "string" and (kind != "word" or "-" in text):
            self._refuse("a property name, quoted where it has a hyphen")
        self._at += 1
        return unquoted(text) if kind == "string" else text

    def _index(self) -> str:
        kind, text = self._kinds[self._at], self._texts[self._at]
        if kind not in {"integer", "*"}:
            self._refuse("an index or *")
        self._at += 1
        self._take("]", "]")
        return text if kind == "*" else number(text)

    def _joined(self, word: str, read: Callable[[], _Part]) -> tuple[_Part, ...]:
        parts = [read()]
        while self._kinds[self._at] == word:
            self._at += 1
            parts.append(read())
        return tuple(parts)

    def _nested(self, read: Callable[[], _Part], expected: str) -> _Part:
        self._take("(", expected)
        self._depth += 1
        if self._depth > DEEPEST:
            raise InvalidObjectError(f"pattern is nested deeper than {DEEPEST} parentheses")
        inner = read()
        self._take(")", ")")
        self._depth -= 1
        return inner

    def _skip(self, kind: str) -> bool:
        found = self._kinds[self._at] == kind
        self._at += found
        return found

    def _take(self, kind: str, expected: str) -> str:
        if self._kinds[self._at] != kind:
            self._refuse(expected)
        self._at += 1
        return self._texts[self._at - 1]

    def _refuse(self, expected: str) -> NoReturn:
        place, text = self._tokens.places[self._at], self._texts[self._at]
        found = repr(text[:40]) if text else "the end"
        raise InvalidObjectError(f"pattern is wrong at character {place}: found {found}, expected {expected}")
