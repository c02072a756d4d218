"""What Comity adds to STIX 2.1 (7.3 Extension Definition): fixed ids, definitions, and one JSON schema an extension.

Everything here is the same at every node of every bloc: a changed schema is a new ``version`` of its definition, a
changed meaning is a new id.
"""

import json
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Any

ASSET = "extension-definition--26ce0c2d-18ff-4ef8-bc73-1d115824a502"
"""An asset of a member, on ``infrastructure``."""

RELEASE = "extension-definition--1d87644f-2c50-4d52-847b-bf964bf64b40"
"""What the owner of an object states about sharing it, on any object."""

PROVENANCE = "extension-definition--3131cc91-046d-4e85-98e3-e14944720115"
"""How a node made this object out of a richer one, on any object."""

NATIONAL_LABEL = "extension-definition--7139dfb9-0171-4f06-bf0d-2afeb1f5067a"
"""The national label that a ``marking-definition`` stands for."""

RECALL = "extension-definition--50157443-ba3d-4571-ba54-44597d0749d0"
"""The object type ``x-comity-recall``."""

DUTY_CLOCK = "extension-definition--5fb9e806-dda8-4ec4-9e68-9892ac97a789"
"""The facts a duty to notify turns on, on ``incident``."""

RECALL_TYPE = "x-comity-recall"
"""The STIX type of a recall."""

EXERCISE_MARKING = "marking-definition--f76171c3-2d97-40ee-beca-ce233fa895f7"
"""The marking of an object that belongs to an exercise and describes nothing real."""

APPLIES_TO: Mapping[str, str] = MappingProxyType(
    {ASSET: "infrastructure", NATIONAL_LABEL: "marking-definition", RECALL: RECALL_TYPE, DUTY_CLOCK: "incident"}
)
"""Extension id -> the only type of object it may stand on; the others may stand on every type."""

_FOLDER = files(__name__)
_SINCE = "2026-01-05T00:00:00.000Z"
_AUTHOR = "identity--4b7c9a3e-5d21-4f86-9a0e-c1d27f6e8b35"
_FILES = {
    ASSET: "asset.json",
    RELEASE: "release.json",
    PROVENANCE: "provenance.json",
    NATIONAL_LABEL: "national_label.json",
    RECALL: "recall.json",
    DUTY_CLOCK: "duty_clock.json",
}

SCHEMAS: Mapping[str, dict[str, Any]] = MappingProxyType(
    {extension: json.loads(_FOLDER.joinpath(name).read_text("utf-8")) for extension, name in _FILES.items()}
)
"""Extension id -> the JSON schema of the extension's value; of ``RECALL``, the schema of the whole object."""


def _definition(extension: str) -> dict[str, object]:
    schema = SCHEMAS[extension]
    return {
        "type": "extension-definition",
        "spec_version": "2.1",
        "id": extension,
        "created": _SINCE,
        "modified": _SINCE,
        "created_by_ref": _AUTHOR,
        "name": schema["title"],
        "description": schema["description"],
        "schema": schema["$id"],
        "version": "1.0.0",
        "extension_types": ["new-sdo" if extension == RECALL else "property-extension"],
    }


DEFINITIONS: tuple[dict[str, object], ...] = tuple(map(_definition, _FILES))
"""The STIX extension definitions of all our extensions."""

EXERCISE_DEFINITION: dict[str, object] = {
    "type": "marking-definition",
    "spec_version": "2.1",
    "id": EXERCISE_MARKING,
    "created": _SINCE,
    "created_by_ref": _AUTHOR,
    "name": "EXERCISE",
    "definition_type": "statement",
    "definition": {"statement": "EXERCISE EXERCISE EXERCISE: fictional, for training only."},
}
"""The STIX marking definition of an exercise."""
