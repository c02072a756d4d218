"""When two contributions are one, and how an object is told in a line."""

from collections.abc import Callable

import pytest
from comity.dedup.canonical import Observable
from comity.stix.objects import StixObject
from comity.stix.twins import observable_of_object, outline_of, twin_key_of
from comity_schemas.extensions import PROVENANCE

Make = Callable[..., StixObject]
KEY = b"k" * 32
MADE = {"extension_type": "property-extension", "form": "pseudonymised", "policy": "0" * 16}


def test_spellings_of_one_observable_are_twins(make: Make) -> None:
    first = make(pattern="[domain-name:value = 'SRV.example.']")
    second = make(pattern="[ domain-name:value='srv.example' ]", name="other")

    assert twin_key_of(first, key=KEY) == twin_key_of(second, key=KEY) is not None


def test_a_twin_key_cannot_be_told_without_the_key(make: Make) -> None:
    assert twin_key_of(make(), key=KEY) != twin_key_of(make(), key=b"l" * 32)


def test_a_derived_indicator_is_the_twin_of_what_it_was_made_from(make: Make) -> None:
    original = twin_key_of(make(), key=KEY)
    assert original is not None
    derived = make(
        pattern="[x-comity-pseudonym:value = 'p-0']", extensions={PROVENANCE: {**MADE, "fingerprint": original.hex()}}
    )

    assert twin_key_of(derived, key=KEY) == original


def test_a_derived_indicator_that_keeps_its_pattern_needs_no_fingerprint(make: Make) -> None:
    derived = make(extensions={PROVENANCE: MADE})

    assert twin_key_of(derived, key=KEY) == twin_key_of(make(), key=KEY)


def test_vulnerabilities_are_twins_by_their_cve(make: Make) -> None:
    by_name = make("vulnerability", name="CVE-2099-90001")
    by_reference = make(
        "vulnerability",
        name="EdgeGate",
        external_references=[
            {"source_name": "vendor", "external_id": "7"},
            {"source_name": "cve", "external_id": "CVE-2099-90001"},
        ],
    )

    assert twin_key_of(by_name, key=KEY) == twin_key_of(by_reference, key=KEY) is not None


@pytest.mark.parametrize("changes", [{"stix_type": "tool"}, {"pattern_type": "yara", "pattern": "rule a {}"}])
def test_what_is_no_observable_is_nobodys_twin(make: Make, changes: dict[str, str]) -> None:
    assert twin_key_of(make(**changes), key=KEY) is None


@pytest.mark.parametrize(
    ("changes", "observable"),
    [
        ({}, Observable(kind="domain", value="srv.example")),
        (
            {"stix_type": "vulnerability", "name": "CVE-2099-90001"},
            Observable(kind="vulnerability", value="CVE-2099-90001"),
        ),
        ({"stix_type": "ipv4-addr", "value": "192.0.2.1/32"}, Observable(kind="ipv4", value="192.0.2.1")),
        ({"stix_type": "url", "value": "http://A.example"}, Observable(kind="url", value="http://a.example/")),
        ({"stix_type": "file", "hashes": {"SHA-1": "A" * 40}}, Observable(kind="file:sha1", value="a" * 40)),
        ({"stix_type": "file", "hashes": {"TLSH": "x"}}, None),
        ({"stix_type": "ipv4-addr", "value": "nowhere"}, None),
        ({"stix_type": "tool"}, None),
        ({"pattern_type": "yara"}, None),
        ({"pattern": "[url:value = 'a' AND url:value = 'b']"}, None),
    ],
)
def test_an_object_is_about_one_observable_or_none(
    make: Make, changes: dict[str, object], observable: Observable | None
) -> None:
    assert observable_of_object(make(**changes)) == observable


@pytest.mark.parametrize(
    ("changes", "outline"),
    [
        ({}, "domain srv.example"),
        ({"stix_type": "tool", "name": "spade"}, "tool spade"),
        ({"stix_type": "tool", "name": "n" * 500}, f"tool {'n' * 195}"),
        ({"pattern_type": "yara", "pattern": "rule a {}"}, "indicator rule a {}"),
        ({"stix_type": "sighting"}, "sighting sighting--26ce0c2d-18ff-4ef8-bc73-1d115824a502"),
    ],
)
def test_an_outline_is_short(make: Make, changes: dict[str, object], outline: str) -> None:
    assert outline_of(make(**changes)) == outline
