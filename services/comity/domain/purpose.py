"""Why a desk reads: the purpose is declared, authenticated, and decided upon."""

from enum import StrEnum


class Purpose(StrEnum):
    """A purpose for which a member releases its data."""

    INCIDENT_RESPONSE = "incident-response"
    REGULATORY_OVERSIGHT = "regulatory-oversight"
    JOINT_EXERCISE = "joint-exercise"


REAL = frozenset({Purpose.INCIDENT_RESPONSE, Purpose.REGULATORY_OVERSIGHT})
"""The purposes of an object that states none and is not marked as an exercise."""

EXERCISE = frozenset({Purpose.JOINT_EXERCISE})
"""The only purpose of an object marked as an exercise."""
