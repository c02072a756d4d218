"""One way over the syntax tree of a rule, for evaluators over different values: columns of many requests, or symbols.

Each evaluator says what an operation means for its values; this module says in which order Cedar evaluates, what is
skipped, and that an error anywhere spoils what it is part of (Cedar, "Authorization": an erring policy is skipped).
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Generic, Literal, TypeVar, cast

from cedarpy import pst

V = TypeVar("V")

Comparison = Literal["less", "less_eq", "greater", "greater_eq"]
Arithmetic = Literal["add", "sub", "mul"]

UNARY = frozenset({"not", "neg", "is_empty"})
_RELATIONS = {"in": "inside"} | {name: name for name in ("contains", "contains_all", "contains_any", "has_tag")}
BINARY = frozenset({"eq", "not_eq", "less", "less_eq", "greater", "greater_eq", "and", "or", "add", "sub", "mul"}) | {
    "get_tag",
    *_RELATIONS,
}
LEAST, MOST = -(2**63), 2**63 - 1
"""The bounds of a Cedar ``Long``; arithmetic beyond them is an error."""


@dataclass(frozen=True, slots=True)
class Result(Generic[V]):
    """What an expression is worth, and where evaluating it is an error; ``None`` where it never is."""

    value: V
    error: V | None = None


class Evaluator(ABC, Generic[V]):
    """Evaluates expressions; a subclass gives values their meaning. Booleans of *V* stand for errors as well."""

    def __init__(self) -> None:
        self._known: dict[pst.Expr, Result[V]] = {}

    def applies(self, policy: pst.Template) -> Result[V]:
        """Return where the rule holds: its scope, then its conditions in their order."""
        scope = self._both(self._within("principal", policy.principal), self._within("resource", policy.resource))
        held: Result[V] = Result(self._both(scope, self._acted(policy.action)))
        for clause in policy.clauses:
            condition = self.evaluate(clause.expr)
            if isinstance(clause, pst.Unless):
                condition = Result(self._negated(condition.value), condition.error)
            held = self._and(held, condition)
        return held

    def evaluate(self, expr: pst.Expr) -> Result[V]:
        """Return what *expr* is worth; equal expressions are evaluated once."""
        known = self._known.get(expr)
        if known is None:
            known = self._known[expr] = self._evaluate(expr)
        return known

    def _evaluate(self, expr: pst.Expr) -> Result[V]:
        match expr:
            case pst.BoolLit(value=value) | pst.LongLit(value=value):
                return Result(self._constant(value))
            case pst.StringLit(value=text):
                return Result(self._text(text))
            case pst.EntityLit(value=uid):
                return Result(self._entity(uid))
            case pst.Var(name=name):
                return Result(self._variable(name))
            case pst.GetAttr(base=base, attr=attr):
                inner = self.evaluate(base)
                return Result(self._attribute(inner.value, attr), inner.error)
            case pst.Set(elements=elements):
                parts = [self.evaluate(element) for element in elements]
                return Result(self._collected([part.value for part in parts]), self._some(part.error for part in parts))
            case _:
                return self._operation(expr)

    def _operation(self, expr: pst.Expr) -> Result[V]:
        match expr:
            case pst.UnaryOp(op=op, arg=arg):
                return self._unary(op, self.evaluate(arg))
            case pst.IfThenElse(cond=cond, then_expr=one, else_expr=other):
                return self._choice(self.evaluate(cond), self.evaluate(one), self.evaluate(other))
            case pst.BinaryOp(op=op, left=left, right=right):
                return self._binary(op, self.evaluate(left), self.evaluate(right))
            case _:
                raise TypeError(f"{type(expr).__name__} passed the check of constructs")

    def _unary(self, op: str, arg: Result[V]) -> Result[V]:
        if op == "not":
            return Result(self._negated(arg.value), arg.error)
        if op == "is_empty":
            return Result(self._empty(arg.value), arg.error)
        value, error = self._computed("sub", self._constant(0), arg.value)
        return Result(value, self._some((arg.error, error)))

    def _binary(self, op: str, left: Result[V], right: Result[V]) -> Result[V]:
        if op == "and":
            return self._and(left, right)
        if op == "or":
            return self._or(left, right)
        error = self._some((left.error, right.error))
        if op in ("add", "sub", "mul"):
            value, beyond = self._computed(cast("Arithmetic", op), left.value, right.value)
            return Result(value, self._some((error, beyond)))
        if op == "get_tag":
            missing = self._negated(self._has_tag(left.value, right.value))
            return Result(self._tag(left.value, right.value), self._some((error, missing)))
        return Result(self._related(op, left.value, right.value), error)

    def _related(self, op: str, left: V, right: V) -> V:
        match op:
            case "eq":
                return self._equal(left, right)
            case "not_eq":
                return self._negated(self._equal(left, right))
            case "less" | "less_eq" | "greater" | "greater_eq":
                return self._compared(op, left, right)
            case _:
                relation: Callable[[V, V], V] = getattr(self, f"_{_RELATIONS[op]}")
                return relation(left, right)

    def _and(self, left: Result[V], right: Result[V]) -> Result[V]:
        later = None if right.error is None else self._both(left.value, right.error)
        return Result(self._both(left.value, right.value), self._some((left.error, later)))

    def _or(self, left: Result[V], right: Result[V]) -> Result[V]:
        later = None if right.error is None else self._both(self._negated(left.value), right.error)
        return Result(self._either(left.value, right.value), self._some((left.error, later)))

    def _choice(self, test: Result[V], one: Result[V], other: Result[V]) -> Result[V]:
        first = None if one.error is None else self._both(test.value, one.error)
        second = None if other.error is None else self._both(self._negated(test.value), other.error)
        return Result(self._chosen(test.value, one.value, other.value), self._some((test.error, first, second)))

    def _some(self, errors: Any) -> V | None:  # noqa: ANN401  # an iterable of values or None
        found: V | None = None
        for error in errors:
            if error is not None:
                found = error if found is None else self._either(found, error)
        return found

    def _within(self, name: pst.VarName, scope: pst.PrincipalOrResourceConstraint) -> V:
        match scope:
            case pst.ScopeEq(entity=pst.EntityUid() as uid):
                return self._equal(self._variable(name), self._entity(uid))
            case pst.ScopeIn(entity=pst.EntityUid() as uid):
                return self._inside(self._variable(name), self._entity(uid))
            case pst.ScopeIsIn(entity_type=kind, entity=pst.EntityUid() as uid):
                typed = self._constant(str(kind) == TYPES[name])
                return self._both(typed, self._inside(self._variable(name), self._entity(uid)))
            case pst.ScopeIs(entity_type=kind):
                return self._constant(str(kind) == TYPES[name])
            case _:
                return self._constant(True)

    # --- what an evaluator gives a meaning to

    @abstractmethod
    def _constant(self, value: bool | int) -> V: ...
    @abstractmethod
    def _text(self, text: str) -> V: ...
    @abstractmethod
    def _entity(self, uid: pst.EntityUid) -> V: ...
    @abstractmethod
    def _variable(self, name: pst.VarName) -> V: ...
    @abstractmethod
    def _attribute(self, base: V, name: str) -> V: ...
    @abstractmethod
    def _collected(self, elements: list[V]) -> V: ...
    @abstractmethod
    def _acted(self, scope: pst.ActionConstraint) -> V: ...
    @abstractmethod
    def _negated(self, value: V) -> V: ...
    @abstractmethod
    def _both(self, left: V, right: V) -> V: ...
    @abstractmethod
    def _either(self, left: V, right: V) -> V: ...
    @abstractmethod
    def _chosen(self, test: V, one: V, other: V) -> V: ...
    @abstractmethod
    def _equal(self, left: V, right: V) -> V: ...
    @abstractmethod
    def _compared(self, op: Comparison, left: V, right: V) -> V: ...
    @abstractmethod
    def _computed(self, op: Arithmetic, left: V, right: V) -> tuple[V, V | None]: ...
    @abstractmethod
    def _inside(self, left: V, right: V) -> V: ...
    @abstractmethod
    def _contains(self, members: V, one: V) -> V: ...
    @abstractmethod
    def _contains_all(self, members: V, others: V) -> V: ...
    @abstractmethod
    def _contains_any(self, members: V, others: V) -> V: ...
    @abstractmethod
    def _empty(self, members: V) -> V: ...
    @abstractmethod
    def _has_tag(self, entity: V, key: V) -> V: ...
    @abstractmethod
    def _tag(self, entity: V, key: V) -> V: ...


TYPES = {"principal": "Desk", "resource": "Label"}
"""What a request's principal and resource are."""


def unsupported(policy: pst.Template) -> str | None:
    """Return how the first construct that not every evaluator understands is spelled, or ``None`` when there is none.

    ``like``, ``is`` and ``has`` in conditions, records, the extension functions, ``action`` outside the head, and the
    whole label or request as a value are such.
    """
    for clause in policy.clauses:
        for node, parent in _nodes(clause.expr, None):
            if (spelling := _refused(node, parent)) is not None:
                return spelling
    return None


def _nodes(node: Any, parent: Any) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401  # any node of a tree
    yield node, parent
    for each in fields(node):
        value = getattr(node, each.name)
        children = value if isinstance(value, tuple) else value.values() if isinstance(value, dict) else (value,)
        for child in children:
            if is_dataclass(child) and not isinstance(child, pst.EntityUid | pst.EntityType):
                yield from _nodes(child, node)


def _refused(node: Any, parent: Any) -> str | None:  # noqa: ANN401, PLR0911  # any node of a tree; one answer a kind
    match node:
        case pst.Var(name="action"):
            return "action"
        case pst.Var(name="context"):
            return None if isinstance(parent, pst.GetAttr) else "context"
        case pst.Var(name="resource"):
            known = isinstance(parent, pst.GetAttr) or (isinstance(parent, pst.BinaryOp) and parent.op == "in")
            return None if known and (isinstance(parent, pst.GetAttr) or parent.left is node) else "resource"
        case pst.UnaryOp(op=op):
            return None if op in UNARY else _spelled(op)
        case pst.BinaryOp(op=op):
            return None if op in BINARY else _spelled(op)
        case pst.Like():
            return "like"
        case pst.Is():
            return "is"
        case pst.HasAttr():
            return "has"
        case pst.Record():
            return "{"
        case _:
            return None


_SPELLINGS = {
    "decimal_less_than": "lessThan",
    "decimal_less_eq": "lessThanOrEqual",
    "decimal_greater": "greaterThan",
    "decimal_greater_eq": "greaterThanOrEqual",
}


def _spelled(op: str) -> str:
    """Return how Cedar text spells the operation that the tree calls *op*."""
    head, *tail = op.split("_")
    return _SPELLINGS.get(op, head + "".join(word.capitalize() for word in tail))
