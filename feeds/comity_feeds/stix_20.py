"""STIX 2.0 objects brought to STIX 2.1: what 2.1 asks for and 2.0 said elsewhere or not at all.

An object of a domain or relationship type that states no ``spec_version`` is one of 2.0 (STIX 2.1, 3.2). Everything it
says is kept under its name, ``labels`` and the cyber-observable container of observed data included, which 2.1 allows.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from comity_schemas.stix import OBSERVABLES

from comity_feeds.json_text import decoded, members

_TYPES_FROM_LABELS = {
    "indicator": "indicator_types",
    "malware": "malware_types",
    "report": "report_types",
    "threat-actor": "threat_actor_types",
    "tool": "tool_types",
}
"""Type -> the property that holds in 2.1 what 2.0 kept among the labels."""

_ADDED: Mapping[str, Mapping[str, object]] = {
    "indicator": {"pattern_type": "stix"},
    "malware": {"is_family": True},
}
"""Type -> what 2.1 requires besides: 2.0 knew STIX patterns only, and its malware always has the name of a family."""


def is_of_20(stix_type: str, spec_version: str | None) -> bool:
    """Return whether an object that says so much of itself is one of STIX 2.0."""
    return spec_version == "2.0" or (spec_version is None and stix_type not in OBSERVABLES)


def upgraded(raw: bytes) -> bytes:
    """Return the JSON of a STIX 2.0 object as that of a STIX 2.1 object.

    Raises:
        InvalidObjectError: it is nested too deep, or a name stands twice in it.
    """
    members(raw)
    body = decoded(raw, dict[str, Any])
    body["spec_version"] = "2.1"
    stix_type = body["type"]
    name = _TYPES_FROM_LABELS.get(stix_type)
    if name is not None and body.get("labels"):
        body.setdefault(name, body["labels"])
    for key, value in _ADDED.get(stix_type, {}).items():
        body.setdefault(key, value)
    return msgspec.json.encode(body)
