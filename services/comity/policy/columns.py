"""Many requests at once as columns that broadcast against each other: labels by members by audiences.

An audience is a role and a purpose, so that a member and an audience are one viewer. What depends on the member alone,
or on the audience alone, is worked out once for all of the others. Texts and entities stand as small numbers
("atoms"); a set is a row of flags, one an atom. What the attributes are is taken from ``entities``, so that all
evaluators are given the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from cedarpy import pst

from comity.domain.desk import Desk, Role
from comity.domain.label import Form, Label
from comity.domain.member import Bloc
from comity.domain.purpose import Purpose
from comity.policy import entities
from comity.policy.walk import LEAST, Arithmetic, Comparison, Evaluator

Array = npt.NDArray[Any]
Audience = tuple[Role, Purpose]


class Flags:
    """Sets: flags of the shape (labels, members, audiences, atoms)."""

    __slots__ = ("array",)

    def __init__(self, array: Array) -> None:
        self.array = array


class _Resource:
    """The label as a whole: only its attributes and what it is in can be asked for."""

    __slots__ = ()


class _Context:
    """What a request says besides; only its purpose can be asked for."""

    __slots__ = ()


Value = Array | Flags | _Resource | _Context


class Atoms:
    """Texts and entities as numbers, given out in the order of asking."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str], int] = {}

    def __len__(self) -> int:
        return len(self._numbers)

    def of(self, kind: str, name: str) -> int:
        """Return the number of an entity of a *kind*, or of a text, whose kind is empty."""
        return self._numbers.setdefault((kind, name), len(self._numbers))

    def value(self, value: Any) -> int:  # noqa: ANN401  # a value as entities spells it
        """Return the number that stands for a text or for a reference to an entity."""
        if isinstance(value, str):
            return self.of("", value)
        reference = value["__entity"]
        return self.of(reference["type"], reference["id"])


class Columns:
    """What is the same for all labels: the members that read, their audiences, and all that is known of the bloc."""

    def __init__(
        self, bloc: Bloc, *, suspended: frozenset[str], members: Sequence[str], audiences: Sequence[Audience]
    ) -> None:
        self.atoms = Atoms()
        records = [entities.member_record(code, bloc, suspended) for code in bloc.members]
        records += [entities.desk_record(desk) for member in bloc.members.values() for desk in member.desks]
        numbers = [self.atoms.of(one["uid"]["type"], one["uid"]["id"]) for one in records]
        for code in bloc.members:
            self.atoms.of("", code)
        self._entities = len(numbers)
        self.parents = self._dense(numbers, [self._parent(one) for one in records])
        self.attributes = self._attribute_columns(numbers, records)
        self.tags = np.full((self._entities, len(self.atoms)), -1, dtype=np.int64)
        for number, one in zip(numbers, records, strict=True):
            for code, tier in one.get("tags", {}).items():
                self.tags[number, self.atoms.of("", code)] = tier
        desks = [[self.atoms.of("Desk", str(Desk(code, role))) for role, _ in audiences] for code in members]
        self.principals = np.array([desks], dtype=np.int64)
        self.purposes = np.array([[[self.atoms.of("", purpose) for _, purpose in audiences]]], dtype=np.int64)

    def labels(self, labels: Sequence[Label]) -> Mapping[str, Value]:
        """Return the attributes of *labels* by name, one row a label."""
        records: list[Mapping[str, Any]] = [entities.label_attributes(label) for label in labels]
        return {name: self._column([record[name] for record in records]) for name in records[0]}

    def _column(self, values: Sequence[Any]) -> Value:
        if isinstance(values[0], list):
            members = [[self.atoms.value(value) for value in each] for each in values]
            flags = np.zeros((len(values), 1, 1, len(self.atoms)), dtype=bool)
            for row, numbers in enumerate(members):
                flags[row, 0, 0, numbers] = True
            return Flags(flags)
        return self._plain(values)[:, None, None]

    def _plain(self, values: Sequence[Any]) -> Array:
        if isinstance(values[0], bool):
            return np.array(values, dtype=bool)
        if isinstance(values[0], int):
            return np.array(values, dtype=np.int64)
        return np.array([self.atoms.value(value) for value in values], dtype=np.int64)

    def _attribute_columns(self, numbers: Sequence[int], records: Sequence[Mapping[str, Any]]) -> dict[str, Array]:
        names = {name for one in records for name in one["attrs"]}
        found: dict[str, Array] = {}
        for name in names:
            having = [
                (number, one["attrs"][name])
                for number, one in zip(numbers, records, strict=True)
                if name in one["attrs"]
            ]
            column = self._plain([value for _, value in having])
            found[name] = self._dense([number for number, _ in having], column)
        return found

    def _parent(self, record: Mapping[str, Any]) -> int:
        return next((self.atoms.of(parent["type"], parent["id"]) for parent in record["parents"]), -1)

    def _dense(self, numbers: Sequence[int], values: Iterable[Any]) -> Array:
        column = np.asarray(values)
        dense = np.zeros(self._entities, dtype=column.dtype)
        dense[numbers] = column
        return dense


class ColumnEvaluator(Evaluator[Value]):
    """Evaluates rules over columns for one form, which is the action of every request."""

    def __init__(self, columns: Columns, labels: Mapping[str, Value], form: Form) -> None:
        super().__init__()
        self._columns = columns
        self._labels = labels
        self._actions = ACTIONS[form]

    def _constant(self, value: bool | int) -> Value:
        return np.full((1, 1, 1), value, dtype=bool if isinstance(value, bool) else np.int64)

    def _text(self, text: str) -> Value:
        return np.full((1, 1, 1), self._columns.atoms.of("", text), dtype=np.int64)

    def _entity(self, uid: pst.EntityUid) -> Value:
        return np.full((1, 1, 1), self._columns.atoms.of(str(uid.type), uid.id), dtype=np.int64)

    def _variable(self, name: pst.VarName) -> Value:
        if name == "principal":
            return self._columns.principals
        return _Resource() if name == "resource" else _Context()

    def _attribute(self, base: Value, name: str) -> Value:
        if isinstance(base, _Resource):
            return self._labels[name]
        if isinstance(base, _Context):
            return self._columns.purposes
        gathered: Array = self._columns.attributes[name][_array(base)]
        return _narrow(gathered)

    def _collected(self, elements: list[Value]) -> Value:
        arrays = np.broadcast_arrays(*map(_array, elements)) if elements else [np.zeros((1, 1, 1), dtype=np.int64)]
        flags = np.zeros((*arrays[0].shape, len(self._columns.atoms)), dtype=bool)
        for numbers in arrays if elements else ():
            np.put_along_axis(flags, numbers[..., None], True, axis=3)
        return Flags(flags)

    def _acted(self, scope: pst.ActionConstraint) -> Value:
        match scope:
            case pst.ActionEq(entity=uid):
                return self._constant(uid.id in self._actions)
            case pst.ActionIn(entities=uids):
                return self._constant(any(uid.id in self._actions for uid in uids))
            case _:
                return self._constant(True)

    def _negated(self, value: Value) -> Value:
        return np.logical_not(_array(value))

    def _both(self, left: Value, right: Value) -> Value:
        return _array(left) & _array(right)

    def _either(self, left: Value, right: Value) -> Value:
        return _array(left) | _array(right)

    def _chosen(self, test: Value, one: Value, other: Value) -> Value:
        if isinstance(one, Flags) and isinstance(other, Flags):
            first, second = _same_width(one, other)
            return Flags(np.where(_array(test)[..., None], first, second))
        return np.where(_array(test), _array(one), _array(other))

    def _equal(self, left: Value, right: Value) -> Value:
        if isinstance(left, Flags) and isinstance(right, Flags):
            first, second = _same_width(left, right)
            return np.asarray((first == second).all(axis=3))
        return np.asarray(_array(left) == _array(right))

    def _compared(self, op: Comparison, left: Value, right: Value) -> Value:
        return np.asarray(_COMPARISONS[op](_array(left), _array(right)))

    def _computed(self, op: Arithmetic, left: Value, right: Value) -> tuple[Value, Value | None]:
        first, second = np.broadcast_arrays(_array(left), _array(right))
        with np.errstate(over="ignore", divide="ignore"):
            return _computed(op, first, second)

    def _inside(self, left: Value, right: Value) -> Value:
        if isinstance(left, _Resource):
            return self._in(self._labels["origin"], right)
        parents = self._columns.parents
        own = _array(left)
        return self._either(
            self._in(own, right), self._in(np.where(own < len(parents), parents[own % len(parents)], -1), right)
        )

    def _in(self, one: Value, other: Value) -> Value:
        return self._contains(other, one) if isinstance(other, Flags) else self._equal(one, other)

    def _contains(self, members: Value, one: Value) -> Value:
        flags, numbers = _flags(members), _array(one)
        known = (numbers >= 0) & (numbers < flags.shape[3])
        safe = np.where(known, numbers, 0)
        places = [_places(flags.shape[axis], axis) for axis in range(3)]
        found: Array = flags[places[0], places[1], places[2], safe]
        return found if known.all() else found & known

    def _contains_all(self, members: Value, others: Value) -> Value:
        first, second = _same_width(members, others)
        return np.asarray((first | ~second).all(axis=3))

    def _contains_any(self, members: Value, others: Value) -> Value:
        first, second = _same_width(members, others)
        return np.asarray((first & second).any(axis=3))

    def _empty(self, members: Value) -> Value:
        return np.logical_not(_flags(members).any(axis=3))

    def _has_tag(self, entity: Value, key: Value) -> Value:
        return np.asarray(self._tags(entity, key) >= 0)

    def _tag(self, entity: Value, key: Value) -> Value:
        return self._tags(entity, key)

    def _tags(self, entity: Value, key: Value) -> Array:
        tags, numbers, texts = self._columns.tags, _array(entity), _array(key)
        known = (numbers < tags.shape[0]) & (texts < tags.shape[1])
        found: Array = np.where(
            known, tags[np.minimum(numbers, tags.shape[0] - 1), np.minimum(texts, tags.shape[1] - 1)], -1
        )
        return found


_COMPARISONS: Mapping[Comparison, Any] = {
    "less": np.less,
    "less_eq": np.less_equal,
    "greater": np.greater,
    "greater_eq": np.greater_equal,
}

ACTIONS: Mapping[Form, frozenset[str]] = {
    form: frozenset(
        {form.word}
        | {f"upto_{other.word}" for other in Form if Form.NONE < form <= other}
        | {f"over_{other.word}" for other in Form if Form.NONE < other < form}
    )
    for form in Form
}
"""The action of a request for a form, and the groups it is in: the hierarchy of the Cedar schema."""


def _computed(op: Arithmetic, first: Array, second: Array) -> tuple[Array, Array]:
    """Return sums, differences or products of 64-bit numbers, and where they are beyond what a ``Long`` holds."""
    if op == "add":
        value = first + second
        return value, ((first ^ value) & (second ^ value)) < 0
    if op == "sub":
        value = first - second
        return value, ((first ^ second) & (first ^ value)) < 0
    value = first * second
    divisor = np.where(first == 0, 1, first)
    wrong = (first != 0) & ((value // divisor != second) | (value % divisor != 0))
    least = ((first == -1) & (second == LEAST)) | ((second == -1) & (first == LEAST))
    return value, wrong | least


def _places(length: int, axis: int) -> Array:
    """Return the numbers along one axis of three, so that they broadcast against the others."""
    shape = [1, 1, 1]
    shape[axis] = length
    return np.arange(length).reshape(shape)


def _narrow(column: Array) -> Array:
    """Return *column* without the axes along which nothing changes."""
    for axis in (1, 2):
        first = np.take(column, [0], axis=axis)
        if column.shape[axis] > 1 and (column == first).all():
            column = first
    return column


def _array(value: Value) -> Array:
    if not isinstance(value, np.ndarray):
        raise TypeError(f"{type(value).__name__} passed the check of constructs")
    return value


def _flags(value: Value) -> Array:
    if not isinstance(value, Flags):
        raise TypeError(f"{type(value).__name__} passed the check of constructs")
    return value.array


def _same_width(left: Value, right: Value) -> tuple[Array, Array]:
    """Return the flags of two sets over the same atoms; the later of them may know more."""
    first, second = _flags(left), _flags(right)
    width = max(first.shape[3], second.shape[3])
    return _widened(first, width), _widened(second, width)


def _widened(flags: Array, width: int) -> Array:
    missing = width - flags.shape[3]
    return np.pad(flags, ((0, 0), (0, 0), (0, 0), (0, missing))) if missing else flags
