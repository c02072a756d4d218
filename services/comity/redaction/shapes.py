"""What survives in a lesser form, type by type. A property that is not named here is dropped; so is a type."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType


class Naming(Enum):
    """Whether objects of a type have a name."""

    NEVER = "never"
    MAY = "may"
    MUST = "must"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The properties of a type that a lesser form may have."""

    plain: frozenset[str] = frozenset()
    """Kept as they are: numbers, flags and terms that name nobody."""
    telling: frozenset[str] = frozenset()
    """Kept as they are, but not in a form that hides a victim."""
    days: frozenset[str] = frozenset()
    """Times that become the start of their day."""
    ends: frozenset[str] = frozenset()
    """Times that become the end of their day."""
    ref: frozenset[str] = frozenset()
    """References to one object each."""
    refs: frozenset[str] = frozenset()
    """Lists of references."""
    needs: frozenset[str] = frozenset()
    """Without one of these there is no form."""
    naming: Naming = Naming.NEVER


def _shape(naming: Naming = Naming.NEVER, **words: str) -> Shape:
    return Shape(naming=naming, **{field: frozenset(names.split()) for field, names in words.items()})


_MUST, _MAY = Naming.MUST, Naming.MAY
_SEEN = "first_seen last_seen"
_MOTIVES = "resource_level primary_motivation secondary_motivations"
_VALUE = _shape(telling="value", needs="value")

SHAPES: Mapping[str, Shape] = MappingProxyType(
    {
        "attack-pattern": _shape(_MUST, telling="name kill_chain_phases"),
        "campaign": _shape(_MUST, telling="name", days=_SEEN),
        "course-of-action": _shape(_MUST, telling="name"),
        "grouping": _shape(_MAY, plain="context", refs="object_refs", needs="context object_refs"),
        "identity": _shape(_MUST, plain="identity_class sectors"),
        "incident": _shape(_MUST),
        "indicator": _shape(
            _MAY,
            plain="indicator_types",
            telling="pattern pattern_type pattern_version kill_chain_phases",
            days="valid_from",
            ends="valid_until",
            needs="pattern valid_from",
        ),
        "infrastructure": _shape(_MUST, plain="infrastructure_types", days=_SEEN),
        "intrusion-set": _shape(_MUST, plain=_MOTIVES, telling="name aliases", days=_SEEN),
        "location": _shape(plain="region country", needs="country"),
        "malware": _shape(_MUST, plain="malware_types is_family", telling="name kill_chain_phases", days=_SEEN),
        "observed-data": _shape(
            plain="number_observed",
            days="first_observed last_observed",
            refs="object_refs",
            needs="object_refs number_observed",
        ),
        "opinion": _shape(plain="opinion", refs="object_refs", needs="object_refs opinion"),
        "relationship": _shape(
            plain="relationship_type",
            days="start_time",
            ends="stop_time",
            ref="source_ref target_ref",
            needs="source_ref target_ref relationship_type",
        ),
        "report": _shape(_MUST, plain="report_types", days="published", refs="object_refs", needs="object_refs"),
        "sighting": _shape(
            plain="count summary",
            days=_SEEN,
            ref="sighting_of_ref",
            refs="where_sighted_refs observed_data_refs",
            needs="sighting_of_ref",
        ),
        "threat-actor": _shape(_MUST, plain=f"threat_actor_types {_MOTIVES}", telling="name aliases", days=_SEEN),
        "tool": _shape(_MUST, plain="tool_types", telling="name kill_chain_phases"),
        "vulnerability": _shape(_MUST, telling="name"),
        "domain-name": _VALUE,
        "ipv4-addr": _VALUE,
        "ipv6-addr": _VALUE,
        "url": _VALUE,
        "email-addr": _VALUE,
        "mac-addr": _VALUE,
        "file": _shape(telling="hashes", needs="hashes"),
        "autonomous-system": _shape(telling="number", needs="number"),
    }
)
"""Object type -> what of it may survive."""

EVERYWHERE = ("revoked", "confidence", "defanged")
"""Kept as they are in objects of every type."""

_GROUPS = {
    "name": "names",
    "aliases": "names",
    "description": "description",
    "external_references": "references",
    "labels": "labels",
    "pattern": "observable",
    "pattern_type": "observable",
    "value": "observable",
    "hashes": "observable",
    "extensions": "details",
    "granular_markings": "markings",
}
_REBUILT = frozenset({"type", "spec_version", "id", "modified", "created_by_ref", "object_marking_refs"})


def group_of(name: str) -> str | None:
    """Return the group under which the omission of the property *name* is told, or ``None`` where it is not told."""
    if name in _REBUILT:
        return None
    if name.endswith(("_ref", "_refs")):
        return "relations"
    return _GROUPS.get(name) or ("times" if name in _TIMES else "other")


_TIMES = frozenset({"created"}).union(*(shape.days | shape.ends for shape in SHAPES.values()))
