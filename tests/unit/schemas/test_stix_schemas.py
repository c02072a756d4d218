"""Our schemas of STIX 2.1 against those of the reference validator, and against real objects."""

import gzip
import json
import os
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
import stix2validator  # type: ignore[import-untyped]  # it ships no types
from comity.errors import InvalidObjectError
from comity.stix.objects import parse_object
from stix2validator import ValidationOptions, validate_instance
from stix2validator.errors import ValidationError  # type: ignore[import-untyped]  # it ships no types

from tests.samples import MARKED, MINIMAL, OBSERVABLES, UUID

DATA = os.environ.get("COMITY_TEST_DATA")
needs_data = pytest.mark.skipif(DATA is None, reason="COMITY_TEST_DATA names no folder")


def _complete(name: str, properties: Mapping[str, Any], **more: object) -> dict[str, Any]:
    common = {} if name in OBSERVABLES else MARKED
    return {"type": name, "id": f"{name}--{UUID}", **common, **properties, **more}


STRICTER = ("type", "created_by_ref")
"""Required here and by the standard (7.3 for created_by_ref), but not by the reference validator."""
COMPLETE = {name: _complete(name, properties) for name, properties in {**MINIMAL, **OBSERVABLES}.items()}
WITHOUT = [(name, left_out) for name, body in COMPLETE.items() for left_out in body if left_out not in STRICTER]
BREAKS: list[tuple[str, Mapping[str, Any]]] = [
    ("indicator", {"created": "2026-01-05 10:00:00Z"}),
    ("indicator", {"valid_from": "2026-01-05T10:00:00"}),
    ("indicator", {"labels": []}),
    ("indicator", {"labels": "x"}),
    ("indicator", {"confidence": 101}),
    ("indicator", {"confidence": "high"}),
    ("indicator", {"revoked": "true"}),
    ("indicator", {"created_by_ref": f"tool--{UUID}"}),
    ("indicator", {"object_marking_refs": [f"tool--{UUID}"]}),
    ("indicator", {"external_references": [{"url": "http://a.example/"}]}),
    ("indicator", {"kill_chain_phases": [{"phase_name": "x"}]}),
    ("indicator", {"granular_markings": [{"marking_ref": f"marking-definition--{UUID}"}]}),
    ("indicator", {"extensions": {}}),
    ("identity", {"sectors": []}),
    ("location", {"latitude": 91, "longitude": 0}),
    ("location", {"latitude": 1}),
    ("malware", {"is_family": True}),
    ("malware", {"sample_refs": [f"tool--{UUID}"]}),
    ("observed-data", {"number_observed": 0}),
    ("opinion", {"opinion": "maybe"}),
    ("relationship", {"source_ref": "tool"}),
    ("relationship", {"source_ref": f"relationship--{UUID}"}),
    ("sighting", {"count": -1}),
    ("sighting", {"where_sighted_refs": [f"tool--{UUID}"]}),
    ("sighting", {"observed_data_refs": [f"tool--{UUID}"]}),
    ("report", {"object_refs": []}),
    ("email-message", {"body": "x", "is_multipart": True}),
    ("file", {"hashes": {"MD5": "zz"}}),
    ("mac-addr", {"value": "02-00-00-00-00-01"}),
    ("network-traffic", {"src_port": 65536}),
    ("process", {"environment_variables": {}}),
    ("extension-definition", {"extension_types": ["other"]}),
    ("extension-definition", {"version": "1"}),
    ("language-content", {"contents": {}}),
]


def _is_accepted(body: Mapping[str, Any]) -> bool:
    try:
        parse_object(msgspec.json.encode(body))
    except InvalidObjectError:
        return False
    return True


def _is_valid_elsewhere(body: Mapping[str, Any]) -> bool:
    options = ValidationOptions(version="2.1", disabled="all")
    try:
        return bool(validate_instance(json.loads(json.dumps(body)), options).is_valid)
    except ValidationError:
        return False


@pytest.mark.parametrize("body", COMPLETE.values(), ids=lambda body: body["type"])
def test_the_least_object_of_each_type_is_accepted_here_and_by_the_reference_validator(body: dict[str, Any]) -> None:
    assert _is_accepted(body)
    assert _is_valid_elsewhere(body)


@pytest.mark.parametrize(("name", "left_out"), WITHOUT)
def test_a_required_property_is_required_here_and_by_the_reference_validator(name: str, left_out: str) -> None:
    body = {key: value for key, value in COMPLETE[name].items() if key != left_out}

    assert _is_accepted(body) == _is_valid_elsewhere(body)


@pytest.mark.parametrize(("name", "change"), BREAKS)
def test_what_breaks_a_rule_is_refused_here(name: str, change: Mapping[str, Any]) -> None:
    assert not _is_accepted({**COMPLETE[name], **change})


@pytest.mark.parametrize("body", COMPLETE.values(), ids=lambda body: body["type"])
def test_properties_of_others_making_are_accepted(body: dict[str, Any]) -> None:
    assert _is_accepted({**body, "x_other": [{"deep": [1, 2.5, None]}], "name": "x", "foo": ""})


@needs_data
def test_every_object_of_a_real_bundle_is_accepted() -> None:
    with gzip.open(Path(str(DATA), "attack", "ics-attack.json.gz")) as file:
        objects = json.load(file)["objects"]

    assert len(objects) == 1826
    assert [each["id"] for each in objects if not _is_accepted(each)] == []


@needs_data
def test_every_example_that_the_reference_schemas_accept_is_accepted() -> None:
    with tarfile.open(Path(str(DATA), "stix-schemas", "examples.tar.gz")) as archive:
        files = [archive.extractfile(entry) for entry in archive if entry.name.endswith(".json")]
        bundles = [json.load(file) for file in files if file]
    objects = [each for bundle in bundles for each in bundle.get("objects", [bundle])]
    valid = [each for each in objects if each.get("spec_version") == "2.1" and _is_valid_elsewhere(each)]

    assert len(valid) > 100
    assert [each["id"] for each in valid if not _is_accepted(each)] == []


@pytest.mark.parametrize("name", sorted(COMPLETE))
def test_the_reference_schema_of_each_type_names_no_required_property_that_ours_does_not(name: str) -> None:
    folder = Path(stix2validator.__file__).parent / "schemas-2.1" / "schemas"
    reference = json.loads(next(folder.rglob(f"{name}.json")).read_text("utf-8"))
    required = {each for part in (reference, *reference.get("allOf", [])) for each in part.get("required", [])}
    bodies = [{key: value for key, value in COMPLETE[name].items() if key != each} for each in required]

    assert not any(map(_is_accepted, bodies))
