"""What policy may know of an object: its label, and the form it is in."""

from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum
from typing import Self

from comity.domain.desk import Desk
from comity.domain.purpose import REAL, Purpose
from comity.domain.tier import Tier
from comity.domain.tlp import TLP


class Form(IntEnum):
    """How much of an object is shared; the forms are a chain, each richer than the one before."""

    NONE = 0
    COUNT = 1
    SUMMARY = 2
    PSEUDONYMISED = 3
    FULL = 4

    @property
    def word(self) -> str:
        """The form in lower case, as rules and extensions spell it."""
        return self.name.lower()


class Kind(StrEnum):
    """What sort of thing an object is, as far as rules care."""

    INDICATOR = "indicator"
    VULNERABILITY = "vulnerability"
    SIGHTING = "sighting"
    INCIDENT = "incident"
    ASSET = "asset"
    RECALL = "recall"
    CONTEXT = "context"


class Personal(IntEnum):
    """How directly an object names people or victims."""

    NONE = 0
    PSEUDONYMOUS = 1
    DIRECT = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """Every attribute of an object that a sharing rule may look at; objects with equal labels form a class.

    ``releasable`` is ``None`` where the origin stated nothing, ``RELEASE_ALL`` where it released to every member, else
    the members named. ``embargo_exempt`` is ``None`` outside an embargo, else the members who receive in spite of it.
    ``richer`` is the label of the next richer form of the same object, which a desk is served instead when it may.
    """

    origin: str
    tlp: TLP
    tier: Tier
    kind: Kind = Kind.CONTEXT
    form: Form = Form.FULL
    sector: str = "none"
    personal: Personal = Personal.NONE
    purposes: frozenset[Purpose] = REAL
    releasable: frozenset[str] | None = None
    withheld: frozenset[str] = frozenset()
    named: frozenset[Desk] = frozenset()
    victims: frozenset[str] = frozenset()
    embargo_exempt: frozenset[str] | None = None
    exercise: bool = False
    urgent: bool = False
    approved: bool = False
    blocked: bool = False
    """True while a national label is not mapped to a tier: nothing is released until it is."""
    richer: Self | None = None

    def lifted(self) -> Self:
        """Return this label as it is once the embargo is over, in every richer form too."""
        return replace(self, embargo_exempt=None, richer=self.richer and self.richer.lifted())


RELEASE_ALL = frozenset({"*"})
"""The value of ``Label.releasable`` that releases to every member."""
