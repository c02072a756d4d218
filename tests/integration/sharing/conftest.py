"""A federation and three nodes of the fictional bloc, served over real HTTP on loopback by threads."""

import json
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import UUID, uuid5

import pytest
import uvicorn
from comity.app.federation_service import FederationService, admit, open_federation
from comity.app.folder import ADMISSION, keep_secret, make
from comity.app.node_service import NodeService, add_desk, open_node
from comity.app.serving import federation_app, node_app
from comity.domain.desk import Role
from comity.domain.identity import identity_of
from comity.domain.purpose import Purpose
from comity.domain.tlp import TLP
from comity.errors import SyncError
from comity.settings import load
from comity.stix.markings import TLP_MARKINGS
from comity.taxii.envelope import envelope
from comity.taxii.labels import parse_envelope
from comity.transport.client import ServiceClient
from comity_schemas.extensions import RELEASE
from fastapi import FastAPI

MEMBERS = ("XA", "XB", "XC")
_NAMES = UUID("5f3f0d0c-5d4b-4b0e-9d86-3c7c6c1f5a11")
_EVERYBODY = '\n[intake.public]\ntlp = "clear"\nlabel = "common:C0"\nreleasable = "ALL"\n[intake.own]\n'


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Server:
    """An application served by a thread."""

    app: FastAPI
    port: int
    server: uvicorn.Server = field(init=False)
    thread: Thread = field(init=False)

    def start(self) -> None:
        self.server = uvicorn.Server(uvicorn.Config(self.app, port=self.port, log_level="error"))
        self.thread = Thread(target=self.server.run, daemon=True)
        self.thread.start()
        deadline = time.monotonic() + 30
        with ServiceClient(self.address) as client:
            while not self._answers(client):
                assert time.monotonic() < deadline
                time.sleep(0.02)

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(30)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @staticmethod
    def _answers(client: ServiceClient) -> bool:
        try:
            client.get_json("/healthz")
        except SyncError:
            return False
        return True


@dataclass
class Place:
    """A node as its desks and its operators reach it."""

    member: str
    folder: Path
    service: NodeService
    server: Server

    def client(self, role: Role) -> ServiceClient:
        return ServiceClient(self.server.address, token=f"token of {self.member} {role}")

    def post(self, *objects: Mapping[str, Any] | bytes, to: str = "own") -> dict[str, Any]:
        raws = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in objects]
        with self.client(Role.CERT) as client:
            body = client.post_taxii(f"/comity/collections/{to}/objects/", envelope(b",".join(raws)))
        status: dict[str, Any] = json.loads(body)
        return status

    def sync(self) -> dict[str, Any]:
        with self.client(Role.CERT) as client:
            answer: dict[str, Any] = client.post_json("/api/sync", {})
        return answer

    def objects(self, role: Role = Role.CERT, purpose: Purpose = Purpose.INCIDENT_RESPONSE) -> list[dict[str, Any]]:
        return [json.loads(raw) for raw in self.raw_objects(role, purpose)]

    def raw_objects(self, role: Role = Role.CERT, purpose: Purpose = Purpose.INCIDENT_RESPONSE) -> list[bytes]:
        found: list[bytes] = []
        params: dict[str, str | int] = {}
        with self.client(role) as client:
            while True:
                body, _ = client.get(f"/comity/collections/{role}-{purpose}/objects/", params)
                page = parse_page(body)
                found += page.objects
                if page.next is None:
                    return found
                params["next"] = page.next

    def database_bytes(self) -> bytes:
        return all_bytes(self.folder)


@dataclass
class Page:
    objects: list[bytes]
    next: str | None


def parse_page(body: bytes) -> Page:
    page = parse_envelope(body)
    return Page([bytes(raw) for raw in page.objects], page.next)


def all_bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()) if path.suffix.startswith(".db"))


@dataclass
class Bloc:
    """The services of a bloc."""

    federation: FederationService
    hub: Server
    folder: Path
    nodes: dict[str, Place]

    def __getitem__(self, member: str) -> Place:
        return self.nodes[member]

    def sync(self) -> None:
        for place in self.nodes.values():
            place.sync()
        for place in self.nodes.values():
            place.sync()

    def federation_bytes(self) -> bytes:
        return all_bytes(self.folder / "federation")


@pytest.fixture
def bloc(tmp_path: Path) -> Iterator[Bloc]:
    hub_port = free_port()
    values: dict[str, str | int] = {"profile": "five"}
    hub_values = {**values, "kind": "federation", "database": "sqlite:///hub.db", "port": hub_port}
    federation = open_federation(make(tmp_path / "federation", hub_values))
    hub = Server(federation_app(federation), hub_port)
    hub.start()
    nodes = {member: _node(tmp_path, member, federation, hub.address) for member in MEMBERS}
    yield Bloc(federation, hub, tmp_path, nodes)
    for place in nodes.values():
        place.server.stop()
    hub.stop()


def _node(folder: Path, member: str, federation: FederationService, address: str) -> Place:
    own = folder / member
    own.mkdir()
    keep_secret(own / ADMISSION, json.dumps(admit(federation, member)))
    port = free_port()
    make(
        own,
        {
            "kind": "node",
            "member": member,
            "profile": "five",
            "database": "sqlite:///node.db",
            "port": port,
            "federation": address,
            "admission": ADMISSION,
            "sync_seconds": 0,
            "recall_confirmation_seconds": 0,
        },
    )
    with (own / "comity.toml").open("a", encoding="utf-8") as file:
        file.write(_EVERYBODY)
    service = open_node(load(own))
    for role in Role:
        token = f"token of {member} {role}"
        add_desk(service, f"{member} {role}", role=role, purposes=tuple(Purpose), password=None, token=token)
    server = Server(node_app(service), port)
    server.start()
    return Place(member, own, service, server)


def indicator(member: str, value: str, **more: Any) -> dict[str, Any]:
    """Return an indicator of a host name, for everybody unless *more* says otherwise."""
    release = {
        "extension_type": "property-extension",
        "label": more.pop("label", "common:C1"),
        "releasable_to": more.pop("rel", "ALL"),
        **more.pop("release", {}),
    }
    tlp = more.pop("tlp", TLP.GREEN)
    return {
        "type": "indicator",
        "spec_version": "2.1",
        "id": f"indicator--{uuid5(_NAMES, f'{member} {value}')}",
        "created_by_ref": identity_of(member),
        "created": "2026-03-01T00:00:00.000Z",
        "modified": "2026-03-01T00:00:00.000Z",
        "name": "seen in an exercise",
        "pattern": f"[domain-name:value = '{value}']",
        "pattern_type": "stix",
        "valid_from": "2026-03-01T00:00:00Z",
        "object_marking_refs": [TLP_MARKINGS[tlp]],
        "extensions": {RELEASE: release},
        **more,
    }


def failures(status: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return the failures of a status."""
    found: Sequence[Mapping[str, Any]] = status.get("failures", [])
    return found
