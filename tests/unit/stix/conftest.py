"""Objects and a bloc for the tests of STIX."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import pytest
from comity.domain.member import Bloc
from comity.policy.bloc import parse_bloc
from comity.stix.objects import StixObject, parse_object

UUID = "26ce0c2d-18ff-4ef8-bc73-1d115824a502"
TIME = "2026-01-05T10:20:30.000Z"
OWN: Mapping[str, Mapping[str, Any]] = {
    "indicator": {
        "pattern": "[domain-name:value = 'srv.example']",
        "pattern_type": "stix",
        "valid_from": "2026-01-05T10:20:30Z",
    },
    "sighting": {"sighting_of_ref": f"indicator--{UUID}"},
    "relationship": {"relationship_type": "uses", "source_ref": f"campaign--{UUID}", "target_ref": f"tool--{UUID}"},
}


@pytest.fixture
def body() -> Callable[..., dict[str, Any]]:
    """Build the JSON of an object of a type, with properties added, replaced, or with None left out."""

    def build(stix_type: str = "indicator", **changes: object) -> dict[str, Any]:
        common = {"type": stix_type, "id": f"{stix_type}--{UUID}", "spec_version": "2.1"}
        times = {"created": TIME, "modified": TIME}
        values = {**common, **times, **OWN.get(stix_type, {"name": "x"}), **changes}
        return {name: value for name, value in values.items() if value is not None}

    return build


@pytest.fixture
def make(body: Callable[..., dict[str, Any]]) -> Callable[..., StixObject]:
    """Parse the object that ``body`` builds."""

    def build(stix_type: str = "indicator", **changes: object) -> StixObject:
        return parse_object(msgspec.json.encode(body(stix_type, **changes)))

    return build


@pytest.fixture
def bloc() -> Bloc:
    documents = {
        "members.yaml": {"members": {"XA": {"name": "Aria"}, "XB": {}, "XC": None}},
        "classification.yaml": {
            "platform_labels": {"common:C1": "C1", "common:C3": "C3"},
            "schemes": {
                "XA": {"labels": [{"label": "GUARDED", "tier": "C2"}, {"label": "SEALED", "tier": "C3"}]},
                "XB": {"labels": [{"label": "GUARDED", "tier": "C3"}]},
            },
            "recognition": {"default_ceiling": "C2", "handling_max_default": "C3"},
        },
        "sectors.yaml": {"sectors": {"energy": {}, "health": {}}},
    }
    return parse_bloc(documents, {})
