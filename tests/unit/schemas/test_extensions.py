"""Our extension definitions and their schemas."""

from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs
import msgspec
import pytest
import stix2
from comity.stix.objects import parse_object
from comity_schemas import extensions
from comity_schemas.stix import SCHEMAS as STANDARD

ALL = {**extensions.SCHEMAS, **{name: STANDARD[name] for name in STANDARD}}


def _properties(schema: object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(schema, dict):
        yield from (pair for pair in schema.get("properties", {}).items())
        for value in schema.values():
            yield from _properties(value)
    if isinstance(schema, list):
        for value in schema:
            yield from _properties(value)


@pytest.mark.parametrize("name", ALL)
def test_every_schema_is_one_of_draft_2020_12(name: str) -> None:
    jsonschema_rs.meta.validate(ALL[name])

    assert ALL[name]["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("schema", extensions.SCHEMAS.values(), ids=lambda schema: schema["title"])
def test_every_property_of_ours_is_described_and_no_other_is_accepted(schema: Mapping[str, Any]) -> None:
    undescribed = [name for name, content in _properties(schema) if "description" not in content]

    assert undescribed == []
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize("definition", extensions.DEFINITIONS, ids=lambda definition: definition["name"])
def test_every_definition_is_a_stix_object(definition: Mapping[str, Any]) -> None:
    raw = msgspec.json.encode(definition)

    assert parse_object(raw).type == "extension-definition"
    assert stix2.parse(raw).id == definition["id"]


def test_every_extension_has_a_definition_and_a_schema_of_its_own() -> None:
    ids = [definition["id"] for definition in extensions.DEFINITIONS]

    assert ids == list(extensions.SCHEMAS)
    assert len({schema["$id"] for schema in extensions.SCHEMAS.values()}) == len(ids)


def test_the_exercise_marking_is_a_stix_object() -> None:
    raw = msgspec.json.encode(extensions.EXERCISE_DEFINITION)

    assert parse_object(raw).id == extensions.EXERCISE_MARKING
    assert stix2.parse(raw).id == extensions.EXERCISE_MARKING
