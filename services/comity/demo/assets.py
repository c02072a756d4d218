"""What the members of a scenario must protect, as they register it at their nodes, and the registry they share."""

from collections.abc import Iterator
from typing import Any

from comity.demo.scenario import Scenario
from comity.domain.asset import Asset, AssetKind, Dependency, Layer

_TRANSIT = "via:"


def cable_key(code: str) -> str:
    """Return the key of a cable in the registry."""
    return f"cable/{code}"


def capacity_key(member: str) -> str:
    """Return the key of all that connects a member to the world."""
    return f"{member}/capacity"


def range_key(member: str) -> str:
    """Return the key of the constituency of a member's access providers."""
    return f"{member}/access networks"


def registry_of(scenario: Scenario) -> list[Asset]:
    """Return what crosses borders and no member has to itself: cables, cloud regions, shared services."""
    document = scenario.document
    keeper = ""
    cables = [
        Asset(key=cable_key(code), member=keeper, kind=AssetKind.CABLE, name=one.name, landing_points=one.lands)
        for code, one in document.cables.items()
    ]
    regions = [
        Asset(key=f"region/{code}", member=one.member, kind=AssetKind.CLOUD_REGION, landing_points=(one.member,))
        for code, one in document.cloud_regions.items()
    ]
    services = [
        Asset(key=_service_key(address), member=keeper, kind=AssetKind.SHARED_SERVICE, prefixes=(address,))
        for address in document.shared_infrastructure
    ]
    return [*cables, *regions, *services]


def assets_of(scenario: Scenario, member: str) -> list[Asset]:
    """Return what one member registers at its node; only its capacity is shared."""
    return [*_networks(scenario, member), *_software(scenario, member), *_capacity(scenario, member)]


def affected_in(scenario: Scenario) -> list[dict[str, Any]]:
    """Return which versions the vulnerability of the scenario affects, as an advisory states it."""
    one = scenario.document.vulnerability
    if one is None:
        return []
    return [{"vulnerability": one.id, "cpe": one.cpe, "introduced": one.introduced, "fixed": one.fixed}]


def _networks(scenario: Scenario, member: str) -> Iterator[Asset]:
    ranges = scenario.document.ranges.get(member)
    if ranges is None:
        return
    shared = scenario.document.shared_infrastructure
    serving = [_service_key(address) for address, one in shared.items() if member in one.serves_portals_of]
    yield Asset(
        key=range_key(member), member=member, kind=AssetKind.PROVIDER, prefixes=(ranges.isp,), asns=(ranges.asn,)
    )
    yield Asset(
        key=f"{member}/government networks",
        member=member,
        kind=AssetKind.ADDRESS_RANGE,
        stated_layer=Layer.SOVEREIGNTY,
        sector="government",
        prefixes=(ranges.gov, ranges.v6),
    )
    yield Asset(
        key=f"{member}/portal",
        member=member,
        kind=AssetKind.PORTAL,
        sector="government",
        domains=(ranges.portal,),
        depends_on=tuple(Dependency(on=key, kind="hosting") for key in serving),
    )


def _software(scenario: Scenario, member: str) -> Iterator[Asset]:
    for one in scenario.document.software_assets:
        if one.member == member:
            yield Asset(key=one.id, member=member, kind=AssetKind.SOFTWARE, software=(one.cpe,))


def _capacity(scenario: Scenario, member: str) -> Iterator[Asset]:
    document = scenario.document
    paths = {path: size for path, size in document.international_capacity_gbps.get(member, {}).items() if size > 0}
    total = sum(paths.values())
    dependencies = tuple(
        Dependency(on=_path_key(scenario, member, path), share=size / total, kind="capacity")
        for path, size in paths.items()
    )
    if dependencies:
        yield Asset(
            key=capacity_key(member),
            member=member,
            kind=AssetKind.CAPACITY,
            capacity_gbps=total,
            depends_on=dependencies,
            shared=True,
        )


def _path_key(scenario: Scenario, member: str, path: str) -> str:
    if path.startswith(_TRANSIT):
        return capacity_key(path.removeprefix(_TRANSIT))
    return cable_key(path) if path in scenario.document.cables else f"{member}/path/{path}"


def _service_key(address: str) -> str:
    return f"service/{address}"
