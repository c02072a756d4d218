"""Files in which others list what a member must protect."""

import json
from collections.abc import Iterable
from typing import Any

import pytest
from comity.analytics.importers import READERS
from comity.domain.asset import Asset, AssetKind, Dependency, Layer
from comity.errors import InvalidObjectError
from hypothesis import given, settings
from hypothesis import strategies as st

CPE = "cpe:2.3:a:example:edgegate_vpn:9.1.3:*:*:*:*:*:*:*"


def read(name: str, source: object, country: str = "") -> list[Asset]:
    raw = source if isinstance(source, bytes) else json.dumps(source).encode()
    return list(READERS[name](raw, "XA", country))


def by_key(assets: Iterable[Asset]) -> dict[str, Asset]:
    return {one.key: one for one in assets}


def test_a_table_has_a_column_for_each_property() -> None:
    raw = (
        b"\xef\xbb\xbfkey,kind,name,prefixes,domains,asns,depends_on,criticality,shared,stated_layer\n"
        b"XA/capacity,international-capacity,,,,,cable/CSG=0.6; XB/capacity=0.4,90,yes,\n"
        b'gov,address-range,"Networks, of the government",192.0.2.0/28;2001:db8::/48,Gov-XA.example.,'
        b"AS64496; 64497,,,no,sovereignty\n"
    )
    capacity, government = read("csv", raw)

    assert capacity.depends_on == (Dependency(on="cable/CSG", share=0.6), Dependency(on="XB/capacity", share=0.4))
    assert (capacity.shared, capacity.criticality, capacity.layer) == (True, 90, Layer.PHYSICAL)
    assert government.prefixes == ("192.0.2.0/28", "2001:db8::/48")
    assert (government.domains, government.asns) == (("gov-xa.example",), (64496, 64497))
    assert (government.shared, government.layer) == (False, Layer.SOVEREIGNTY)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "column"),
        (b"key,colour\na,red\n", "colour"),
        (b"key,kind\na\n", "line 2"),
        (b"key,kind\na,castle\n", "line 2"),
        (b"key,kind,prefixes\na,portal,192.0.2.1/24\n", "host bits"),
        (b"key,kind,depends_on\na,portal,b=2\n", "share"),
        (b"key,kind,depends_on\na,portal,b=half\n", "half"),
        (b"key,kind,criticality\na,portal,101\n", "criticality"),
        (b"key,kind,software\na,software,cpe:/a:b:c\n", "cpe"),
        (b"\xff\xfe", "UTF-8"),
    ],
)
def test_a_table_that_is_wrong_is_refused_with_its_place(raw: bytes, said: str) -> None:
    with pytest.raises(InvalidObjectError, match=said):
        read("csv", raw)


def test_json_is_what_the_registry_lists() -> None:
    (asset,) = read("json", [{"key": "a", "kind": "portal", "depends_on": [{"on": "b"}]}])

    assert asset == Asset(key="a", member="XA", kind=AssetKind.PORTAL, depends_on=(Dependency(on="b"),))


@pytest.mark.parametrize("document", [{}, [1], [{"key": "a"}], [{"key": "a", "kind": "portal", "critcality": 3}]])
def test_json_that_is_no_list_of_assets_is_refused(document: object) -> None:
    with pytest.raises(InvalidObjectError):
        read("json", document)


CYCLONEDX = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "serialNumber": "urn:uuid:1",
    "metadata": {"component": {"bom-ref": "gateway", "type": "application", "name": "gateway", "version": "2"}},
    "components": [
        {"bom-ref": "vpn", "name": "edgegate_vpn", "version": "9.1.3", "cpe": CPE, "components": [{"name": "inner"}]},
        {"name": "no reference", "version": "1", "cpe": "cpe:/a:old"},
    ],
    "dependencies": [{"ref": "gateway", "dependsOn": ["vpn", "nowhere", "gateway"]}, {"ref": 7}],
}
SPDX_2 = {
    "spdxVersion": "SPDX-2.3",
    "documentNamespace": "urn:uuid:1",
    "packages": [
        {"SPDXID": "gateway", "name": "gateway", "versionInfo": "2"},
        {
            "SPDXID": "vpn",
            "name": "edgegate_vpn",
            "versionInfo": "9.1.3",
            "externalRefs": [{"referenceType": "cpe23Type", "referenceLocator": CPE}],
        },
    ],
    "relationships": [
        {"spdxElementId": "vpn", "relationshipType": "DEPENDENCY_OF", "relatedSpdxElement": "gateway"},
        {"spdxElementId": "gateway", "relationshipType": "CONTAINS", "relatedSpdxElement": "vpn"},
    ],
}
SPDX_3 = {
    "@context": "https://spdx.example/context",
    "@graph": [
        {"type": "SpdxDocument", "spdxId": "urn:uuid:1"},
        {"type": "software_Package", "spdxId": "gateway", "name": "gateway", "software_packageVersion": "2"},
        {
            "type": "software_Package",
            "spdxId": "vpn",
            "name": "edgegate_vpn",
            "software_packageVersion": "9.1.3",
            "externalIdentifier": [{"externalIdentifierType": "cpe23", "identifier": CPE}],
        },
        {"type": "Relationship", "relationshipType": "dependsOn", "from": "gateway", "to": ["vpn"]},
    ],
}


@pytest.mark.parametrize(("name", "bill"), [("cyclonedx", CYCLONEDX), ("spdx", SPDX_2), ("spdx", SPDX_3)])
def test_bills_of_materials_name_software_and_what_it_depends_on(name: str, bill: dict[str, Any]) -> None:
    found = by_key(read(name, bill))

    assert found["urn:uuid:1#vpn"].software == (CPE,)
    assert found["urn:uuid:1#vpn"].name == "edgegate_vpn 9.1.3"
    assert [each.on for each in found["urn:uuid:1#gateway"].depends_on] == ["urn:uuid:1#vpn"]


def test_components_in_components_and_without_a_reference_are_read() -> None:
    assert by_key(read("cyclonedx", CYCLONEDX)).keys() >= {"urn:uuid:1#inner", "urn:uuid:1#no reference 1"}


PEERINGDB = {
    "fac": {
        "data": [{"id": 1, "name": "Hall", "country": "XA", "city": "Aria"}, {"id": 2, "name": "Far", "country": "XB"}]
    },
    "ix": {"data": [{"id": 5, "name": "XA-IX", "country": "XA"}]},
    "ixfac": {"data": [{"ix_id": 5, "fac_id": 1}, {"ix_id": 5, "fac_id": 2}, {"ix_id": 5, "fac_id": 1}]},
    "net": {"data": [{"id": 9, "name": "Net", "asn": 64496}]},
}


def test_a_dump_of_peeringdb_has_exchanges_that_hang_on_facilities() -> None:
    found = by_key(read("peeringdb", PEERINGDB, "xa"))

    assert found.keys() == {"fac/1", "ix/5", "net/9"}
    assert found["ix/5"].depends_on == tuple(Dependency(on=f"fac/{n}", share=0.5, kind="hosting") for n in (1, 2))
    assert (found["net/9"].asns, found["fac/1"].kind) == ((64496,), AssetKind.DATA_CENTRE)


def test_one_answer_of_peeringdb_is_read_too() -> None:
    assert [one.kind for one in read("peeringdb", {"data": PEERINGDB["net"]["data"]})] == [AssetKind.PROVIDER]


def test_a_map_of_cables_gives_names_and_places_and_no_geometry() -> None:
    features = [
        {
            "properties": {
                "id": "csg",
                "name": "Coral",
                "landing_points": ["Aria, Aland", {"name": "Port", "country": "Bland"}],
            }
        },
        {"properties": {"id": "csg", "name": "Coral"}, "geometry": {"type": "LineString"}},
        {"properties": {"id": "far", "name": "Far", "landing_points": ["Elsewhere"]}},
        {"properties": None},
    ]
    document = {"type": "FeatureCollection", "features": features}

    assert [(one.key, one.landing_points) for one in read("cable-map", document, "bland")] == [
        ("cable/csg", ("Aria, Aland", "Port, Bland"))
    ]
    assert len(read("cable-map", document)) == 2


DELEGATED = b"""2|apnic|20270301|4|19830613|20270301|+1000
apnic|*|asn|*|1|summary
# a remark
apnic|XA|asn|64496|2|20200101|allocated|A1
apnic|XA|ipv4|198.51.100.0|192|20200101|allocated|A1
apnic|XA|ipv6|2001:db8::|32|20200101|assigned|A2
apnic|XA|ipv4|203.0.113.0|256||available|
apnic|XB|ipv4|192.0.2.0|256|20200101|allocated|A1
"""


def test_a_delegated_file_gives_an_asset_a_holder() -> None:
    found = by_key(read("apnic", DELEGATED, "XA"))

    assert found.keys() == {"delegated/A1", "delegated/A2"}
    assert found["delegated/A1"].prefixes == ("198.51.100.0/25", "198.51.100.128/26")
    assert (found["delegated/A1"].asns, found["delegated/A1"].operator) == ((64496, 64497), "A1")
    assert found["delegated/A2"].prefixes == ("2001:db8::/32",)


@pytest.mark.parametrize(
    "line",
    [b"x|XA|ipv4|1.2.3|256||allocated|A", b"x|XA|ipv4|192.0.2.0|-4||allocated|A", b"x|XA|asn|1|9999999||assigned|A"],
)
def test_a_delegated_line_that_is_wrong_is_refused_with_its_place(line: bytes) -> None:
    with pytest.raises(InvalidObjectError, match="line 1"):
        read("apnic", line, "XA")


WORDS = (
    *("bomFormat", "components", "dependencies", "ref", "dependsOn", "name", "cpe", "packages", "SPDXID", "@graph"),
    *("ix", "fac", "net", "ixfac", "data", "id", "asn", "ix_id", "fac_id", "features", "properties", "type", "kind"),
    *("landing_points", "key", "relationships", "externalRefs", "spdxVersion", "metadata", "component"),
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(WORDS),
            inner | st.sampled_from(["CycloneDX", "SPDX-2.3", "FeatureCollection", "portal"]),
            max_size=4,
        )
    ),
    max_leaves=15,
)


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=40, deadline=None)
@given(document=values)
def test_any_document_is_read_or_refused(name: str, document: object) -> None:
    try:
        read(name, document, "XA")
    except InvalidObjectError:
        return


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=40, deadline=None)
@given(raw=st.binary(max_size=60) | st.text(alphabet='apnicXA|ipv46asn0.:/,;=\n"{}[]', max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused(name: str, raw: bytes) -> None:
    try:
        read(name, raw, "XA")
    except InvalidObjectError:
        return
