"""Ids that every node computes alike, so that no table of them has to be exchanged."""

from functools import lru_cache
from uuid import UUID, uuid5

_NAMESPACE = UUID("8d6f1f4e-3c1b-5a55-9c1e-6d2f8b7a4c10")


@lru_cache(maxsize=1024)
def identity_of(code: str) -> str:
    """Return the STIX identity id under which the node of the member *code* authors objects."""
    return f"identity--{uuid5(_NAMESPACE, f'member:{code}')}"


@lru_cache(maxsize=1024)
def national_marking_of(member: str, label: str) -> str:
    """Return the id of the marking definition that stands for the national *label* of *member*."""
    return f"marking-definition--{uuid5(_NAMESPACE, f'label:{member}:{label}')}"
