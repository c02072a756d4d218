"""Software bills of materials: CycloneDX 1.x (ECMA-424) and SPDX 2.2, 2.3 and 3.0, both as JSON.

Every component becomes an asset of its own; one without a CPE name is kept, though no vulnerability is found in it.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from comity.analytics.importers.documents import document, made, objects, text
from comity.correlation.exposure import CPE
from comity.domain.asset import Asset, AssetKind, Dependency
from comity.errors import InvalidObjectError

_SOFTWARE = "software"
_MOST_DEPTH = 50


def read_cyclonedx(raw: bytes, member: str, country: str) -> Iterator[Asset]:
    """Yield the components of a CycloneDX bill, and what each depends on.

    Raises:
        InvalidObjectError: it is no CycloneDX bill.
    """
    del country
    bill = document(raw, "the bill of materials")
    if not isinstance(bill, dict) or bill.get("bomFormat") != "CycloneDX":
        raise InvalidObjectError("bomFormat is missing, expected 'CycloneDX'")
    metadata = bill.get("metadata")
    subject = metadata.get("component") if isinstance(metadata, dict) else None
    edges = {text(one.get("ref")): _texts(one.get("dependsOn")) for one in objects(bill.get("dependencies"))}
    every = {
        reference: (_title(one), _names([one.get("cpe")]))
        for one in _components([subject, *objects(bill.get("components"))])
        if (reference := text(one.get("bom-ref")) or _title(one))
    }
    yield from _assets(every, edges, member, bill=text(bill.get("serialNumber")) or next(iter(every), ""))


def read_spdx(raw: bytes, member: str, country: str) -> Iterator[Asset]:
    """Yield the packages of an SPDX document, and what each depends on.

    Raises:
        InvalidObjectError: it is no SPDX document in JSON.
    """
    del country
    bill = document(raw, "the bill of materials")
    if isinstance(bill, dict) and isinstance(bill.get("@graph"), list):
        yield from _spdx_3(list(objects(bill["@graph"])), member)
    elif isinstance(bill, dict) and text(bill.get("spdxVersion")).startswith("SPDX-2."):
        yield from _spdx_2(bill, member)
    else:
        raise InvalidObjectError("spdxVersion is missing, expected SPDX-2.x, or an SPDX 3.0 @graph")


def _spdx_2(bill: Mapping[str, Any], member: str) -> Iterator[Asset]:
    edges: dict[str, list[str]] = {}
    for one in objects(bill.get("relationships")):
        ends = text(one.get("spdxElementId")), text(one.get("relatedSpdxElement"))
        if one.get("relationshipType") == "DEPENDS_ON":
            edges.setdefault(ends[0], []).append(ends[1])
        elif one.get("relationshipType") == "DEPENDENCY_OF":
            edges.setdefault(ends[1], []).append(ends[0])
    every = {
        text(one.get("SPDXID")): (_title(one, "versionInfo"), _names(_locators(one)))
        for one in objects(bill.get("packages"))
    }
    yield from _assets(every, edges, member, bill=text(bill.get("documentNamespace")) or text(bill.get("name")))


def _spdx_3(graph: list[Mapping[str, Any]], member: str) -> Iterator[Asset]:
    edges: dict[str, list[str]] = {}
    for one in graph:
        if one.get("relationshipType") == "dependsOn":
            edges.setdefault(text(one.get("from")), []).extend(_texts(one.get("to")))
    every = {
        text(one.get("spdxId")): (
            _title(one, "software_packageVersion"),
            _names(each.get("identifier") for each in objects(one.get("externalIdentifier"))),
        )
        for one in graph
        if one.get("type") == "software_Package"
    }
    named = next((text(one.get("spdxId")) for one in graph if one.get("type") == "SpdxDocument"), "")
    yield from _assets(every, edges, member, bill=named)


def _assets(
    every: Mapping[str, tuple[str, tuple[str, ...]]], edges: Mapping[str, Iterable[str]], member: str, *, bill: str
) -> Iterator[Asset]:
    def key_of(reference: str) -> str:
        return f"{bill}#{reference}"[-500:]

    for reference, (title, names) in every.items():
        if reference:
            needed = dict.fromkeys(on for on in edges.get(reference, ()) if on in every and on and on != reference)
            keys = dict.fromkeys(map(key_of, needed))
            yield made(
                key=key_of(reference),
                member=member,
                kind=AssetKind.SOFTWARE,
                name=title,
                software=names,
                depends_on=tuple(Dependency(on=on, kind=_SOFTWARE) for on in keys),
            )


def _components(listed: Iterable[object], depth: int = 0) -> Iterator[Mapping[str, Any]]:
    for one in listed:
        if isinstance(one, dict) and depth < _MOST_DEPTH:
            yield one
            yield from _components(objects(one.get("components")), depth + 1)


def _title(one: Mapping[str, Any], version: str = "version") -> str:
    return f"{text(one.get('name'))} {text(one.get(version))}".strip()[:512]


def _names(values: Iterable[object]) -> tuple[str, ...]:
    """Return the CPE 2.3 names among *values*."""
    found = []
    for value in values:
        name = text(value)
        try:
            CPE.parse(name)
        except ValueError:
            continue
        found.append(name)
    return tuple(dict.fromkeys(found))


def _locators(package: Mapping[str, Any]) -> Iterator[object]:
    return (one.get("referenceLocator") for one in objects(package.get("externalRefs")))


def _texts(value: object) -> list[str]:
    return [text(one) for one in (value if isinstance(value, list) else [value]) if text(one)]
