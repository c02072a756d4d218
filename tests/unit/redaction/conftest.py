"""A member's objects and secret for the tests of redaction."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from comity.domain.label import Kind, Label, Personal
from comity.domain.tier import Tier
from comity.domain.tlp import TLP
from comity.redaction.forms import forms_of
from comity.redaction.pseudonym import Keys

UUID = "26ce0c2d-18ff-4ef8-bc73-1d115824a502"
KINDS = {"indicator": Kind.INDICATOR, "incident": Kind.INCIDENT, "sighting": Kind.SIGHTING}


@pytest.fixture
def keys() -> Keys:
    return Keys(secret=b"a secret of XA that nobody knows")


@pytest.fixture
def obj() -> Callable[..., dict[str, Any]]:
    """Build the JSON of an object of a type, with more properties; None leaves one out."""

    def build(stix_type: str, **own: object) -> dict[str, Any]:
        common = {
            "type": stix_type,
            "spec_version": "2.1",
            "id": f"{stix_type}--{UUID}",
            "created": "2026-01-05T10:20:30.123Z",
            "modified": "2026-01-06T11:21:31.456Z",
            "created_by_ref": "identity--00000000-0000-4000-8000-00000000beef",
        }
        return {name: value for name, value in {**common, **own}.items() if value is not None}

    return build


@pytest.fixture
def indicator(obj: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    return obj(
        "indicator",
        name="registry of births",
        description="found on the registry's server",
        indicator_types=["malicious-activity"],
        pattern="[domain-name:value = 'srv.registry.example']",
        pattern_type="stix",
        pattern_version="2.1",
        valid_from="2026-01-05T10:20:30.123Z",
        valid_until="2026-02-05T10:20:30.123Z",
        kill_chain_phases=[{"kill_chain_name": "steps", "phase_name": "delivery", "x_note": "by post"}],
        labels=["registry-case"],
        external_references=[{"source_name": "registry", "external_id": "R-77-2026"}],
        x_ticket="REG-1234",
    )


@pytest.fixture
def derive(keys: Keys) -> Callable[..., list[tuple[Label, dict[str, Any]]]]:
    """Derive the forms of an object, by default of a C3 object with a victim, offered at C1."""

    def forms(
        body: Mapping[str, Any],
        offers_tier: Tier | None = Tier.C1,
        personal: Personal = Personal.NONE,
        more: Mapping[str, Any] | None = None,
        **label: Any,
    ) -> list[tuple[Label, dict[str, Any]]]:
        kind = KINDS.get(body["type"], Kind.CONTEXT)
        stated = {"origin": "XA", "tlp": TLP.AMBER_STRICT, "tier": Tier.C3, "kind": kind, "personal": personal, **label}
        chosen = {"keys": keys, "policy": "0123456789abcdef", **(more or {})}
        return forms_of(body, Label(**stated), offers_tier=offers_tier, **chosen)

    return forms
