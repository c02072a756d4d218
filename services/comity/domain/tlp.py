"""The Traffic Light Protocol, version 2.0 (FIRST, August 2022)."""

from collections.abc import Iterable
from enum import IntEnum
from typing import Self


class TLP(IntEnum):
    """A TLP 2.0 label; a greater value is more restrictive."""

    CLEAR = 0
    GREEN = 1
    AMBER = 2
    AMBER_STRICT = 3
    RED = 4

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the label spelled *text*, with or without the ``TLP:`` prefix, in any letter case.

        ``white``, the TLP 1.0 name of CLEAR, is understood.

        Raises:
            ValueError: *text* is no TLP label.
        """
        word = text.strip().upper().removeprefix("TLP:").replace("+", "_")
        word = "CLEAR" if word == "WHITE" else word
        try:
            return cls[word]
        except KeyError:
            expected = ", ".join(label.word for label in cls)
            raise ValueError(f"unknown TLP label {text!r}, expected one of {expected}") from None

    @property
    def word(self) -> str:
        """The label in lower case as STIX marking definitions spell it, such as ``amber+strict``."""
        return self.name.lower().replace("_", "+")

    def __str__(self) -> str:
        return f"TLP:{self.word.upper()}"


def strictest(labels: Iterable[TLP]) -> TLP:
    """Return the most restrictive of *labels*, or ``TLP:CLEAR`` when there are none."""
    return max(labels, default=TLP.CLEAR)
