"""No bytes from outside make the STIX parser raise anything but its own refusal."""

import json
from contextlib import suppress
from typing import Any

from comity.errors import InvalidObjectError
from comity.stix.objects import parse_object
from comity.stix.twins import outline_of, twin_key_of
from hypothesis import given
from hypothesis import strategies as st

UUID = "26ce0c2d-18ff-4ef8-bc73-1d115824a502"
TIME = "2026-01-05T10:20:30.000Z"
RELEASE = "extension-definition--1d87644f-2c50-4d52-847b-bf964bf64b40"
INDICATOR: dict[str, Any] = {
    "type": "indicator",
    "id": f"indicator--{UUID}",
    "spec_version": "2.1",
    "created": TIME,
    "modified": TIME,
    "pattern": "[domain-name:value = 'srv.example']",
    "pattern_type": "stix",
    "valid_from": TIME,
    "external_references": [{"source_name": "cve", "external_id": "x"}],
    "granular_markings": [{"lang": "en", "selectors": ["pattern"]}],
    "extensions": {RELEASE: {"extension_type": "property-extension", "label": "x", "releasable_to": "ALL"}},
}
RAW = json.dumps(INDICATOR).encode()
TYPES = ["indicator", "vulnerability", "file", "url", "x-comity-recall", "x-other", "marking-definition", "location"]
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=()), max_size=20)
    | st.sampled_from([TIME, f"identity--{UUID}", UUID, "", "\0"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from([*INDICATOR, "name", "count", "hashes", "value", "revoked", "valid_until", "definition"])


def _survives(raw: bytes) -> None:
    with suppress(InvalidObjectError):
        obj = parse_object(raw)
        twin_key_of(obj, key=b"k" * 32)
        assert len(outline_of(obj)) <= 200


@given(st.binary(max_size=200))
def test_any_bytes_are_understood_or_refused(raw: bytes) -> None:
    _survives(raw)


@given(st.integers(0, len(RAW)), st.integers(0, len(RAW)), st.binary(max_size=4))
def test_a_damaged_object_is_understood_or_refused(start: int, length: int, instead: bytes) -> None:
    _survives(RAW[:start] + instead + RAW[start + length :])


@given(st.integers(0, len(RAW) - 1), st.integers(0, 255))
def test_an_object_with_one_wrong_byte_is_understood_or_refused(place: int, byte: int) -> None:
    _survives(RAW[:place] + bytes([byte]) + RAW[place + 1 :])


@given(st.sampled_from(TYPES), st.dictionaries(names, values, max_size=4))
def test_an_object_of_wrong_values_is_understood_or_refused(stix_type: str, changes: dict[str, object]) -> None:
    body = {**INDICATOR, "type": stix_type, "id": f"{stix_type}--{UUID}", **changes}

    _survives(json.dumps(body).encode())


@given(st.dictionaries(st.text(max_size=12), values, max_size=3))
def test_a_wrong_statement_of_ours_is_understood_or_refused(statement: dict[str, object]) -> None:
    extension = {"extension_type": "property-extension", **statement}

    _survives(json.dumps({**INDICATOR, "extensions": {RELEASE: extension}}).encode())
