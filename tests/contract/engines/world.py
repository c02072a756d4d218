"""Random indicators, assets and events, and an independent reference of what matches: by ``ipaddress``, one by one."""

from ipaddress import ip_address, ip_network
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
from comity.analytics.compiled import Indicator, block_of, key_of_name, key_of_text, numbers_of
from comity.analytics.telemetry import SCHEMA, events_writer
from comity.domain.asset import Asset, AssetKind

V4, V6 = 0xCB007100, 0x20010DB8 << 96
HOSTS = (
    "drop.example",
    "a.drop.example",
    "b.a.drop.example",
    "xdrop.example",
    "gate.test",
    "www.gate.test",
    "test",
    "other.org",
)
Event = dict[str, Any]


def _network(rng: Random, version: int, shortest: int) -> str:
    bits = 32 if version == 4 else 128
    length = rng.choice((shortest, rng.randint(shortest, bits), bits))
    # Neighbouring addresses, high ones among them, so that many networks lie in each other.
    base = rng.choice((V4, 0xFFFFFF00)) if version == 4 else rng.choice((V6, (0xFFFF << 112)))
    number = base + (rng.getrandbits(9) if version == 4 else rng.getrandbits(8) << rng.choice((0, 60, 80)))
    return str(ip_network((number % (1 << bits), length), strict=False))


def assets(rng: Random) -> list[Asset]:
    shared = Asset(
        key="cdn", member="", kind=AssetKind.SHARED_SERVICE, prefixes=("203.0.113.7",), domains=("gate.test",)
    )
    kinds = (AssetKind.PROVIDER, AssetKind.PORTAL, AssetKind.DATA_CENTRE)
    return [
        shared,
        *(
            Asset(
                key=f"asset {number:02}",
                member="XA",
                kind=rng.choice(kinds),
                prefixes=tuple(sorted({_network(rng, rng.choice((4, 6)), 20) for _ in range(2)})),
            )
            for number in range(30)
        ),
    ]


def indicators(rng: Random) -> list[Indicator]:
    networks = sorted({_network(rng, version, 20 if version == 4 else 36) for version in (4, 6) for _ in range(60)})
    found = [("ipv6" if ":" in text else "ipv4", text.removesuffix("/32").removesuffix("/128")) for text in networks]
    found += [("domain", host) for host in HOSTS[:-1]]
    found += [("file:sha256", f"{number:064x}") for number in range(20)]
    found += [("url", f"http://gate.test/{number}") for number in range(10)]
    found += [("ipv4", "0.0.0.0/0"), ("email", "a@drop.example")]
    return [Indicator(id=f"i{number:03}", kind=kind, value=value) for number, (kind, value) in enumerate(found)]


def events(rng: Random, count: int) -> list[Event]:
    return [_event(rng, number) for number in range(count)]


def _event(rng: Random, number: int) -> Event:
    version = rng.choice((4, 6))
    sides = [str(ip_network(_network(rng, version, 32 if version == 4 else 128)).network_address) for _ in range(2)]
    host = rng.choice(HOSTS)
    return {
        "event": number,
        "at": number * 1_000,
        "local": rng.choice((sides[0], None)),
        "remote": rng.choice((sides[1], None)),
        "name": rng.choice((None, host, f"w.{host}")),
        "hash": rng.choice((None, None, f"{rng.randrange(40):064x}")),
        "url": rng.choice((None, None, f"http://gate.test/{rng.randrange(20)}")),
    }


def write(several: list[Event], path: Path, *, row_group: int | None = None) -> Path:
    """Write events as the files in which telemetry is kept."""
    rows = [row for one in several for row in _rows(one)]
    with events_writer(path) as writer:
        writer.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), row_group_size=row_group)
    return path


def _rows(one: Event) -> list[Event]:
    common = {"event": one["event"], "at": one["at"], **_side("local", one["local"])}
    key_of = {"name": key_of_name, "hash": key_of_text, "url": key_of_text}
    found = [{"field": name, "text": one[name], "key": key(one[name])} for name, key in key_of.items() if one[name]]
    if one["remote"]:
        network = ip_network(one["remote"])
        found.append({"field": "address", **_side("remote", one["remote"]), "key": block_of(network)})
    return [{**common, **row} for row in found]


def _side(side: str, address: str | None) -> Event:
    if address is None:
        return {}
    parts = zip(("upper", "middle", "lower"), numbers_of(ip_network(address))[1:], strict=True)
    return {f"{side}_{part}": number for part, number in parts}


def expected(several: list[Event], looked_for: list[Indicator], protected: list[Asset]) -> set[tuple[Any, ...]]:
    """Return what matches, by comparing everything with everything."""
    return {
        (event["event"], event["at"], one.id, field, rule, *_asset(event, protected), _confidence(one, rule))
        for event in several
        for one in looked_for
        for field, rule in _touched(event, one)
    }


def _touched(event: Event, one: Indicator) -> list[tuple[str, str]]:
    match one.kind:
        case "ipv4" | "ipv6" if event["remote"] and one.value != "0.0.0.0/0":
            network, address = ip_network(one.value), ip_address(event["remote"])
            is_inside = network.version == address.version and address in network
            return [("address", "same" if network.num_addresses == 1 else "inside")] if is_inside else []
        case "domain" if event["name"]:
            if event["name"] == one.value:
                return [("name", "same")]
            is_below = "." in one.value and event["name"].endswith(f".{one.value}")
            return [("name", "inside")] if is_below else []
        case "url" if event["url"] == one.value:
            return [("url", "same")]
        case "file:sha256" if event["hash"] == one.value:
            return [("hash", "same")]
    return []


def _asset(event: Event, protected: list[Asset]) -> tuple[str, str]:
    if not event["local"]:
        return "", "informational"
    address = ip_address(event["local"])
    around = [
        (-network.prefixlen, asset.key, asset.layer.value)
        for asset in protected
        for network in asset.networks
        if network.version == address.version and address in network
    ]
    return min(around)[1:] if around else ("", "informational")


def _confidence(one: Indicator, rule: str) -> int:
    in_shared = (
        one.value == "203.0.113.7" or one.value.endswith("gate.test") or one.value.startswith("http://gate.test/")
    )
    return 20 if in_shared else {"same": 95, "inside": 90}[rule]
