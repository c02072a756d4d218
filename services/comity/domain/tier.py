"""The bloc's common classification tiers, onto which every national label is mapped."""

from enum import IntEnum
from typing import Self


class Tier(IntEnum):
    """A common tier; a greater value is more sensitive."""

    C0 = 0
    """Public: no restriction."""
    C1 = 1
    """Community: all members and their constituents."""
    C2 = 2
    """Restricted: national CERTs and operators of critical infrastructure."""
    C3 = 3
    """Sensitive: national CERTs that the owner recognises for it."""
    C4 = 4
    """Sovereign: never leaves its owner's node in any form."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the tier called *text*.

        Raises:
            ValueError: *text* is no tier.
        """
        try:
            return cls[text]
        except KeyError:
            expected = ", ".join(tier.name for tier in cls)
            raise ValueError(f"unknown tier {text!r}, expected one of {expected}") from None

    def __str__(self) -> str:
        return self.name


UNLABELLED = Tier.C2
"""The tier of an object that carries no classification label."""

UNKNOWN_LABEL = Tier.C3
"""The tier of an object whose label is not mapped; it is held back until it is."""
