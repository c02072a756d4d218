"""The audiences inside a member, and what each is cleared to read."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from comity.domain.tier import Tier
from comity.domain.tlp import TLP


class Role(StrEnum):
    """What a desk does at its member."""

    CERT = "cert"
    """The national CERT."""
    CII = "cii"
    """Security teams of operators of critical information infrastructure."""
    SOC = "soc"
    """Security operation centres of the general community."""
    REGULATOR = "regulator"
    """Oversight: reads summaries and counts, never an indicator."""


CLEARANCE = {Role.CERT: Tier.C3, Role.CII: Tier.C2, Role.SOC: Tier.C1, Role.REGULATOR: Tier.C3}
"""The highest tier that a role may read; a regulator reads it as a summary only."""

TLP_CEILING = {Role.CERT: TLP.RED, Role.CII: TLP.AMBER, Role.SOC: TLP.GREEN, Role.REGULATOR: TLP.AMBER}
"""The strictest TLP label that a role may read (TLP 2.0: AMBER+STRICT stays in the organisation addressed)."""


@dataclass(frozen=True, slots=True, order=True)
class Desk:
    """One audience of one member, written ``MEMBER/role``."""

    member: str
    role: Role

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the desk written *text*.

        Raises:
            ValueError: *text* is not a member code, a slash and a role.
        """
        member, slash, role = text.partition("/")
        if not member or not slash or role not in set(Role):
            expected = ", ".join(Role)
            raise ValueError(f"unknown desk {text!r}, expected MEMBER/role with a role of {expected}")
        return cls(member, Role(role))

    def __str__(self) -> str:
        return f"{self.member}/{self.role}"
