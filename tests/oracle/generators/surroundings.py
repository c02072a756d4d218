"""Random ranges, cables, software, shared infrastructure and routine cases (FORMAT 2.5 to 2.9)."""

from tests.oracle.clock import text_of
from tests.oracle.generators.stage import Entry, Stage
from tests.oracle.generators.submissions import VULNERABILITY
from tests.oracle.suppression import K, suppress

CABLES = ("CSG1", "MBR", "Ω-3")
VERSIONS = ("9.0.0", "8.99.99", "9.9.0", "9.10.0", "9.10.1", "9.11.0", "10.0.0")
PRODUCTS = ("a:example:edgegate_vpn", "a:exam\\:ple:edgegate_vpn", "o:example:edgegate_vpn", "a:example:edgegate")
CLASSES = ("malicious-code", "intrusions", "availability", "fraud", "vulnerable", "abusive-content")


def random_ranges(stage: Stage) -> Entry:
    """Return the address ranges of each member, apart from each other."""
    return {
        member: {
            "isp": f"203.0.113.{16 * place}/28",
            "gov": f"192.0.2.{16 * place}/28",
            "v6": f"2001:db8:{place + 1:x}::/48",
            "asn": 64496 + place,
            "portal": f"portal.gov-{member.lower()}.example",
        }
        for place, member in enumerate(stage.members)
    }


def random_cables(stage: Stage) -> Entry:
    """Return cables, the capacity on them, transit without a circle, and one or more faults."""
    capacity: dict[str, dict[str, int]] = {}
    lands: dict[str, list[str]] = {cable: [] for cable in CABLES}
    for member in stage.rng.sample(list(stage.members), k=len(stage.members)):
        capacity[member] = _paths(stage, list(capacity))
        for path in capacity[member].keys() & lands:
            lands[path].append(member)
    cut = stage.rng.sample(CABLES, k=stage.rng.randint(1, len(CABLES)))
    faults = [{"cable": cable, "from": text_of(10), "to": text_of(stage.end), "cause": "undetermined"} for cable in cut]
    return {
        "international_capacity_gbps": {member: capacity[member] for member in stage.members},
        "cables": {cable: {"name": f"Cable {cable}", "lands": sorted(lands[cable])} for cable in CABLES},
        "cable_fault": faults[0],
        **({"cable_faults": faults[1:]} if len(faults) > 1 else {}),
    }


def _paths(stage: Stage, earlier: list[str]) -> dict[str, int]:
    """Return paths whose shares are whole tenths, so that losses have few decimals."""
    ways = [*CABLES, "OTH", *(f"via:{member}" for member in earlier[-2:] * 2)]
    chosen = list(dict.fromkeys(stage.rng.choices(ways, k=stage.rng.randint(1, 4))))
    cuts = sorted(stage.rng.sample(range(1, 10), k=len(chosen) - 1))
    scale = stage.rng.choice((5, 10, 130))
    return {path: (upper - lower) * scale for path, lower, upper in zip(chosen, [0, *cuts], [*cuts, 10], strict=True)}


def random_software(stage: Stage) -> Entry:
    """Return assets, near misses among them, and the vulnerability of some."""
    assets = []
    for number in range(stage.rng.randint(6, 14)):
        version = stage.rng.choice(VERSIONS)
        product = stage.rng.choice((PRODUCTS[0], *PRODUCTS))
        assets.append(
            {
                "id": f"A-{number:02}",
                "member": stage.rng.choice(list(stage.members)),
                "cpe": f"cpe:2.3:{product}:{version}:*:*:*:*:*:*:*",
                "version": version,
            }
        )
    affected = {"id": VULNERABILITY.text, "cpe": f"cpe:2.3:{PRODUCTS[0]}:*:*:*:*:*:*:*:*"}
    return {"software_assets": assets, "vulnerability": affected | {"introduced": "9.0.0", "fixed": "9.10.1"}}


def random_dependencies(stage: Stage, addresses: list[str]) -> Entry:
    """Return cloud regions that incidents touch, and addresses that many depend on."""
    cases = sorted({case for known in stage.cases.values() for case in known})
    regions = {}
    for number in range(stage.rng.randint(1, 4)):
        member = stage.rng.choice(list(stage.members))
        hosted = stage.some(stage.others(member))
        regions[f"CR-{number}"] = {"member": member, "hosts_services_of": hosted, "case": stage.rng.choice(cases)}
    shared = {address: {"kind": "CDN edge", "serves_portals_of": stage.some(stage.members)} for address in addresses}
    return {"cloud_regions": regions, "shared_infrastructure": shared}


def random_routine_cases(stage: Stage) -> Entry:
    """Return a table with zeros and small cells, all of which can be protected."""
    while True:
        classes = stage.rng.sample(CLASSES, k=stage.rng.randint(3, len(CLASSES)))
        high = stage.rng.choice((4, 12, 40))
        rows = {member: [stage.rng.randint(0, high) for _ in classes] for member in stage.members}
        width = suppress(classes, rows)["min_interval_width"]
        if width is not None and width >= K:
            return {"routine_cases": {"classes": classes, "rows": rows}}
