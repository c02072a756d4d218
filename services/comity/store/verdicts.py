"""What a decider says of many label classes for many viewers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from comity.domain.label import Label

Rules = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """Who is served which of several labels, and by which rules."""

    viewers: tuple[str, ...]
    rules: npt.NDArray[np.int32]
    """A row a label and a column a viewer: the place in ``reasons`` of the rules that decided, -1 for not served."""
    reasons: tuple[Rules, ...]

    def of(self, row: int) -> Mapping[str, Rules]:
        """Return the viewers that are served the label of *row*, with the rules that say so."""
        served = np.flatnonzero(self.rules[row] >= 0)
        return {self.viewers[column]: self.reasons[self.rules[row, column]] for column in served}


class Decider(Protocol):
    """Decides for every viewer of a service; there is one for nodes and one for the federation."""

    @property
    def digest(self) -> str:
        """What the decisions rest on; grants made under another digest are decided again."""

    def decide(self, labels: Sequence[Label]) -> Verdicts:
        """Return the viewers that are served objects with *labels*."""
