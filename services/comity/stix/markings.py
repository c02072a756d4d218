"""The TLP markings of STIX objects (TLP 2.0; STIX 2.1, 7.2.1.4) and the definitions that stand for them."""

from collections.abc import Mapping
from types import MappingProxyType

from comity_schemas.stix import TLP_1, TLP_2, TLP_EXTENSION

from comity.domain.tlp import TLP

TLP_MARKINGS: Mapping[TLP, str] = MappingProxyType({TLP.parse(word): marking for word, marking in TLP_2.items()})
"""TLP label -> the id of its TLP 2.0 marking definition, which everybody shares."""

TLP_OF_MARKING: Mapping[str, TLP] = MappingProxyType(
    {marking: TLP.parse(word) for words in (TLP_1, TLP_2) for word, marking in words.items()}
)
"""The id of a TLP 2.0 or TLP 1.0 marking definition -> the TLP 2.0 label it means."""


def _definition(label: TLP) -> dict[str, object]:
    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": TLP_MARKINGS[label],
        "created": "2022-10-01T00:00:00.000Z",
        "name": str(label),
        "extensions": {TLP_EXTENSION: {"extension_type": "property-extension", "tlp_2_0": label.word}},
    }


TLP_DEFINITIONS: tuple[dict[str, object], ...] = tuple(map(_definition, TLP))
"""The TLP 2.0 marking definitions."""
