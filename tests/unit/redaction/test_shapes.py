"""The allowlist is a part of the standard, and keeps what the standard requires."""

import pytest
from comity.redaction.shapes import SHAPES, Naming, Shape, group_of
from comity_schemas.stix import SCHEMAS


def _defined(stix_type: str) -> dict[str, object]:
    definition = SCHEMAS[stix_type]["$defs"][stix_type]
    return dict(definition["properties"])


def _required(stix_type: str) -> set[str]:
    return set(SCHEMAS[stix_type]["$defs"][stix_type].get("required", ()))


def _mentioned(shape: Shape) -> frozenset[str]:
    return shape.plain | shape.telling | shape.days | shape.ends | shape.ref | shape.refs


@pytest.mark.parametrize("stix_type", SHAPES)
def test_every_property_that_may_survive_is_one_of_the_standard(stix_type: str) -> None:
    assert _mentioned(SHAPES[stix_type]) - _defined(stix_type).keys() == set()


@pytest.mark.parametrize("stix_type", SHAPES)
def test_what_the_standard_requires_may_survive(stix_type: str) -> None:
    shape = SHAPES[stix_type]
    named = {"name"} if shape.naming is Naming.MUST else set()

    assert _required(stix_type) - _mentioned(shape) - named == set()


@pytest.mark.parametrize(
    ("name", "group"),
    [
        ("id", None),
        ("pattern", "observable"),
        ("sample_refs", "relations"),
        ("valid_until", "times"),
        ("created", "times"),
        ("x_victim_ministry", "other"),
    ],
)
def test_an_omission_is_told_by_its_group_and_never_by_a_name_of_others_making(name: str, group: str | None) -> None:
    assert group_of(name) == group
