"""The words by which incident reports are counted: classes, layers, root causes, kinds of infrastructure."""

from typing import Literal

Layer = Literal["physical", "informational", "sovereignty"]

RSIT_CLASSES = (
    "abusive-content",
    "malicious-code",
    "information-gathering",
    "intrusion-attempts",
    "intrusions",
    "availability",
    "information-content-security",
    "fraud",
    "vulnerable",
    "other",
    "test",
)
"""The classes of the Reference Security Incident Taxonomy (RSIT v1003), in its order."""

LAYERS: tuple[Layer, ...] = ("physical", "informational", "sovereignty")

ROOT_CAUSES = (
    "system-failures",
    "natural-phenomena",
    "human-errors",
    "malicious-actions",
    "third-party-failures",
)
"""As the NIS2 taxonomy names them."""

_PHYSICAL = frozenset({"availability/outage", "availability/sabotage"})
_SOVEREIGNTY = frozenset({"information-content-security"})


def layer_of(rsit: str) -> Layer:
    """Return the one primary layer of an RSIT class or ``class/type``.

    Physical is what stops a thing from working; sovereignty, what lets data out of its owner's control; all else is
    informational.
    """
    if rsit in _PHYSICAL:
        return "physical"
    return "sovereignty" if rsit.partition("/")[0] in _SOVEREIGNTY else "informational"
