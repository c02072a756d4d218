"""A node whose database holds many objects of every member of a bloc, for measuring searches.

The rows are written by ``ReleaseLog.add``, the store's own write path, in large transactions on a connection with a
large cache and without waiting for the disk. What comes before it at an intake is left out: parsing, schema and label.
"""

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from uuid import UUID

import msgspec
from comity.app import node_service
from comity.app.folder import make
from comity.domain.label import RELEASE_ALL, Kind, Label
from comity.domain.purpose import Purpose
from comity.domain.tier import Tier
from comity.domain.tlp import TLP
from comity.settings import load, load_bloc
from comity.store.contributions import Contribution
from comity.store.database import Connection
from comity.store.store import Store

PROFILE = "asean-china"
TOKEN = "a token for the benchmark only"
RARE, COMMON, UNCOMMON = "pale lantern", "loader", "beacon"
"""A name of one object in 100,000, a word in half of the names and one in a hundredth."""

_TRANSACTION = 20_000
_MODIFIED = "2026-11-01T10:20:30.000Z"
_START = 1_790_000_000_000_000
_SHARED = 90
"""One indicator in so many states what another member's stated before."""

FAMILIES = [
    f"{first}{second}" for first in ("am", "bor", "cal", "dra", "el", "fen") for second in ("dor", "vex", "lis")
]
PLACES = ("login", "mail", "update", "cdn", "portal", "secure", "files", "static", "api", "docs")
_SECTORS = (None, None, None, "energy", "finance", "health", "telecom", "transport")
_TLP = (
    (TLP.CLEAR, Tier.C0),
    (TLP.GREEN, Tier.C1),
    (TLP.GREEN, Tier.C1),
    (TLP.AMBER, Tier.C2),
    (TLP.AMBER_STRICT, Tier.C2),
)


@dataclass
class Load:
    """What was built, and samples of it to ask for."""

    folder: str
    count: int
    members: tuple[str, ...]
    values: dict[str, list[str]] = field(default_factory=dict)
    """Some values that are there, by kind."""


def build(folder: Path, count: int, port: int) -> Load:
    """Make a node in *folder* with *count* objects, or take the one that is there."""
    known = folder / "load.json"
    if known.exists():
        return msgspec.json.decode(known.read_bytes(), type=Load)
    values: dict[str, str | int] = {"kind": "node", "profile": PROFILE, "port": port, "sync_seconds": 0}
    member = next(iter(load_bloc(PROFILE).members))
    make(folder, {**values, "member": member, "database": "sqlite:///node.db"})
    service = node_service.open_node(load(folder))
    node_service.add_desk(service, "bench", role="cert", purposes=tuple(Purpose), password=None, token=TOKEN)
    store = service.node.store
    found = Load(str(folder), count, tuple(service.node.bloc.members))
    with store.database.engine.connect() as connection:
        for pragma in ("synchronous=OFF", "cache_size=-3000000", "wal_autocheckpoint=20000"):
            connection.exec_driver_sql(f"PRAGMA {pragma}")
    _fill(store, found)
    service.close()
    known.write_bytes(msgspec.json.encode(found))
    return found


def _fill(store: Store, found: Load) -> None:
    source = random.Random(found.count)  # noqa: S311  # load, not secrets
    maker = _Maker(source, found)
    for start in range(0, found.count, _TRANSACTION):
        with store.write() as connection:
            several = list(maker.some(store, connection, start, min(_TRANSACTION, found.count - start)))
            store.log.add(connection, several, _START + start * 1_000)


class _Maker:
    """Makes contributions."""

    def __init__(self, source: random.Random, found: Load) -> None:
        self._source = source
        self._found = found
        self._labels = [self._label(place) for place in range(12 * len(_TLP) * len(_SECTORS))]
        self._recent: list[tuple[str, str]] = []

    def some(self, store: Store, connection: Connection, first: int, count: int) -> Iterator[Contribution]:
        """Yield contributions."""
        classes = [store.grants.class_of(connection, label) for label in self._labels]
        for number in range(first, first + count):
            place = int(self._source.random() ** 1.5 * len(classes))
            yield self._one(number, self._labels[place].origin, classes[place])

    def _one(self, number: int, member: str, class_id: int) -> Contribution:
        source = self._source
        uuid = UUID(int=source.getrandbits(128), version=4)
        is_context = number % 50 == 49
        name = self._name(number)
        common = {
            "spec_version": "2.1",
            "created": _MODIFIED,
            "modified": _MODIFIED,
            "labels": ["loader", "energy"],
            "confidence": source.randrange(40, 100),
            "external_references": [{"source_name": "national-cert", "external_id": f"ADV-2026-{number % 99999:05d}"}],
            "object_marking_refs": ["marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"],
        }
        if is_context:
            body = {"type": "malware", "id": f"malware--{uuid}", "name": name, "is_family": False, **common}
            return Contribution(
                uuid=uuid.bytes,
                type="malware",
                version=1,
                space=member,
                class_id=class_id,
                body=msgspec.json.encode(body),
            )
        kind, value = self._value(number)
        body = {
            "type": "indicator",
            "id": f"indicator--{uuid}",
            "name": name,
            "description": f"Seen by sensor {source.getrandbits(32):08x} of a national network.",
            "pattern": f"[{kind}:value = '{value}']",
            "pattern_type": "stix",
            "valid_from": _MODIFIED,
            **common,
        }
        digest = hashlib.blake2b(f"{kind} {value}".encode(), digest_size=8).digest()
        return Contribution(
            uuid=uuid.bytes,
            type="indicator",
            version=1,
            space=member,
            class_id=class_id,
            body=msgspec.json.encode(body),
            twin=int.from_bytes(digest, "big", signed=True),
            term=(kind, value),
        )

    def _value(self, number: int) -> tuple[str, str]:
        source = self._source
        if self._recent and number % _SHARED == 0:
            return self._recent[source.randrange(len(self._recent))]
        one = self._new_value()
        if number % 100 == 0:
            self._recent = [*self._recent[-2_000:], one]
            kept = self._found.values.setdefault(one[0], [])
            if len(kept) < 5_000 or source.random() < 0.02:
                kept[source.randrange(len(kept)) if len(kept) >= 5_000 else len(kept) :] = [one[1]]
        return one

    def _new_value(self) -> tuple[str, str]:
        source = self._source
        share = source.random()
        host = f"{source.choice(PLACES)}-{source.getrandbits(40):010x}.{source.getrandbits(14):04x}.example"
        if share < 0.35:
            return "domain", host
        if share < 0.60:
            return "ipv4", str(IPv4Address((10 << 24) + source.getrandbits(24)))
        if share < 0.605:
            return "ipv4", f"{IPv4Address((10 << 24) + (source.getrandbits(16) << 8))}/24"
        if share < 0.64:
            return "ipv6", str(
                IPv6Address((0x20010DB8 << 96) + (source.getrandbits(16) << 64) + source.getrandbits(64))
            )
        if share < 0.84:
            return "url", f"http://{host}/{source.choice(PLACES)}/{source.getrandbits(32):08x}"
        if share < 0.97:
            return "file:sha256", f"{source.getrandbits(256):064x}"
        return "email", f"{source.choice(PLACES)}@{source.getrandbits(14):04x}.example"

    def _name(self, number: int) -> str:
        words = [self._source.choice(FAMILIES), self._source.choice(PLACES)]
        if number % 2:
            words.append(COMMON)
        if number % 100 == 7:
            words.append(UNCOMMON)
        if number % 100_000 == 77_777:
            words.insert(0, RARE)
        return " ".join(words)

    def _label(self, place: int) -> Label:
        members = self._found.members
        tlp, tier = _TLP[place // len(members) % len(_TLP)]
        sector = _SECTORS[place // len(members) // len(_TLP)]
        named = {} if sector is None else {"sector": sector}
        return Label(
            origin=members[place % len(members)],
            tlp=tlp,
            tier=tier,
            kind=Kind.INDICATOR,
            releasable=RELEASE_ALL,
            **named,
        )
