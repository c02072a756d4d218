"""What a STIX pattern says, as a tree (STIX 2.1, 9.1): comparisons in observations, observations among each other."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that a property is compared with; numbers, times, bytes and text each in one spelling."""

    kind: str
    """``string``, ``number``, ``timestamp``, ``hex``, ``binary`` or ``boolean``."""
    value: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """One test of one property."""

    path: str
    """Object type and property path, every key of it quoted."""
    operator: str
    """``=``, an order, or a keyword; ``!=`` is the negated ``=``."""
    operands: tuple[Literal, ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class AllOf:
    """Comparisons that must all hold of one object."""

    parts: tuple["Test", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Comparisons of which one must hold."""

    parts: tuple["Test", ...]


Test: TypeAlias = Comparison | AllOf | AnyOf


@dataclass(frozen=True, slots=True)
class Observation:
    """An observation of something for which the test holds."""

    test: Test


@dataclass(frozen=True, slots=True)
class Together:
    """Different observations that must all be made."""

    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """Observations of which one must be made."""

    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class InOrder:
    """Observations that must all be made, each after those before it."""

    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Repeated:
    """Observations that must be made so many times."""

    expression: "Expression"
    times: int


@dataclass(frozen=True, slots=True)
class Bounded:
    """Observations that must be made in a span of time, which the qualifier states in its canonical spelling."""

    expression: "Expression"
    qualifier: str


Expression: TypeAlias = Observation | Together | Either | InOrder | Repeated | Bounded
