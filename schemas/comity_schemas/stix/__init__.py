"""JSON schemas of STIX 2.1, one an object type, and the ids that the standards give to the TLP markings.

The schemas say what a receiver must insist on: required properties, their types, ids, times, lists that are not empty.
Vocabularies stay open, and so does every object: properties that are not known here are accepted.
"""

import json
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Any

CUSTOM_OBJECT = "custom-object"
"""The name of the schema of objects of types that the standard does not have."""

CUSTOM_OBSERVABLE = "custom-observable"
"""The name of the schema of observables of types that the standard does not have."""

_FOLDER = files(__name__)


def _definitions(part: str) -> dict[str, Any]:
    definitions: dict[str, Any] = json.loads(_FOLDER.joinpath(f"{part}.json").read_text("utf-8"))["$defs"]
    return definitions


_SHARED = _definitions("common")
_OF_TYPES = {
    name: definition
    for part in ("domain", "relationship", "observable", "meta")
    for name, definition in _definitions(part).items()
}
_POOL = {**_SHARED, **_OF_TYPES}

OBSERVABLES = frozenset(_definitions("observable"))
"""The types of cyber-observable objects, which have no versions (STIX 2.1, 3.6)."""

SCHEMAS: Mapping[str, dict[str, Any]] = MappingProxyType(
    {
        name: {"$schema": "https://json-schema.org/draft/2020-12/schema", "$ref": f"#/$defs/{name}", "$defs": _POOL}
        for name in _OF_TYPES
        if name != "endpoint"
    }
)
"""Object type -> its JSON schema; besides, the schemas of types of others' making."""

TLP_EXTENSION = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
"""The extension definition under which the TLP 2.0 markings are published."""

TLP_2 = MappingProxyType(
    {
        "clear": "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
        "green": "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
        "amber": "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
        "amber+strict": "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
        "red": "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
    }
)
"""TLP 2.0 label -> the id of its marking definition."""

TLP_1 = MappingProxyType(
    {
        "white": "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9",
        "green": "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da",
        "amber": "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82",
        "red": "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed",
    }
)
"""TLP 1.0 label -> the id of its marking definition (STIX 2.1, 7.2.1.4)."""
