"""TLP 2.0 and TLP 1.0 marking definitions."""

from collections.abc import Mapping

import msgspec
import pytest
import stix2
from comity.domain.tlp import TLP
from comity.stix.markings import TLP_DEFINITIONS, TLP_MARKINGS, TLP_OF_MARKING
from comity.stix.objects import parse_object


@pytest.mark.parametrize("definition", TLP_DEFINITIONS, ids=lambda definition: definition["name"])
def test_every_definition_is_a_stix_object(definition: Mapping[str, object]) -> None:
    raw = msgspec.json.encode(definition)

    assert parse_object(raw).id == stix2.parse(raw, allow_custom=True).id == definition["id"]


def test_every_label_has_its_marking_and_back() -> None:
    assert [TLP_OF_MARKING[TLP_MARKINGS[label]] for label in TLP] == list(TLP)


@pytest.mark.parametrize(
    ("definition", "label"),
    [
        (stix2.TLP_WHITE, TLP.CLEAR),
        (stix2.TLP_GREEN, TLP.GREEN),
        (stix2.TLP_AMBER, TLP.AMBER),
        (stix2.TLP_RED, TLP.RED),
    ],
)
def test_the_markings_of_tlp_1_are_understood(definition: stix2.MarkingDefinition, label: TLP) -> None:
    assert TLP_OF_MARKING[definition.id] is label
