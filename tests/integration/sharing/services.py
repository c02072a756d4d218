"""A federation and some nodes of a bloc in the threads of this process, speaking to each other over real loopback HTTP.

The clock is the real one. Nothing is pushed or pulled but when a test says so. ``stop`` and ``start`` keep folder and
port, so that a service can be away for a while.
"""

import json
import re
import shutil
import socket
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from types import TracebackType
from typing import Any, Self

import msgspec
import uvicorn
from comity.app.federation_service import FederationService, admit, open_federation
from comity.app.folder import ADMISSION, keep_secret, make
from comity.app.node_service import NodeService, add_desk, open_node
from comity.app.serving import federation_app, node_app
from comity.domain.desk import Role
from comity.domain.purpose import Purpose
from comity.settings import FILE, load
from comity.store.accounts import new_token
from comity.taxii.envelope import envelope
from comity.transport.client import ServiceClient
from fastapi import FastAPI

LOOPBACK = "127.0.0.1"
SQLITE = "sqlite:///service.db"
READING = tuple(role for role in Role if role is not Role.REGULATOR)
"""The roles whose desks have collections of objects."""


class Listener:
    """An application served in a thread at a port that stays its own."""

    def __init__(self) -> None:
        self._port = 0
        self._socket: socket.socket | None = self._bound()
        self._server: uvicorn.Server | None = None
        self._thread: Thread | None = None

    @property
    def port(self) -> int:
        """The port, known before anything is served."""
        return self._port

    @property
    def address(self) -> str:
        """Where the service answers."""
        return f"http://{LOOPBACK}:{self._port}"

    def serve(self, app: FastAPI) -> None:
        """Serve *app*; return when it answers."""
        if self._socket is None:
            self._socket = self._bound()
        config = uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=5)
        self._server = uvicorn.Server(config)
        self._socket.listen(128)
        self._thread = Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True)
        self._thread.start()
        with ServiceClient(self.address) as client:
            client.get_json("/healthz")

    def tell_to_stop(self) -> None:
        """Let it begin to stop, so that several can stop at the same time."""
        if self._server is not None:
            self._server.should_exit = True

    def stop(self) -> None:
        """Stop serving; nobody listens at the port until something is served again."""
        self.tell_to_stop()
        if self._thread is not None:
            self._thread.join()
        if self._socket is not None:
            self._socket.close()
        self._server = self._thread = self._socket = None

    def _bound(self) -> socket.socket:
        bound = socket.socket()
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((LOOPBACK, self._port))
        self._port = bound.getsockname()[1]
        return bound


@dataclass
class Hub:
    """The federation: its folder, its port, and the service while it runs."""

    folder: Path
    listener: Listener = field(default_factory=Listener)
    service: FederationService | None = None

    @property
    def running(self) -> FederationService:
        """The service, which must be running."""
        assert self.service is not None
        return self.service

    def start(self) -> None:
        """Serve the federation."""
        self.service = open_federation(load(self.folder))
        self.listener.serve(federation_app(self.service))

    def stop(self) -> None:
        """Take the federation away."""
        self.listener.stop()
        self.service = None

    def admission(self, member: str) -> dict[str, str]:
        """Return what the node of *member* was admitted with."""
        found: dict[str, str] = json.loads((self.folder / f"{member}.json").read_text("utf-8"))
        return found

    def client(self, member: str) -> ServiceClient:
        """Return a connection with the token of the node of *member*."""
        return ServiceClient(self.listener.address, token=self.admission(member)["token"])

    def files(self) -> bytes:
        """Return the bytes of the database, its write-ahead log included."""
        return database_bytes(self.folder)


@dataclass
class NodePlace:
    """A member's node: its folder, its port, the tokens of its desks, and the service while it runs."""

    member: str
    folder: Path
    listener: Listener = field(default_factory=Listener)
    tokens: dict[Role, str] = field(default_factory=dict)
    service: NodeService | None = None

    @property
    def running(self) -> NodeService:
        """The service, which must be running."""
        assert self.service is not None
        return self.service

    def start(self) -> None:
        """Serve the node."""
        self.service = open_node(load(self.folder))
        self.listener.serve(node_app(self.service))

    def stop(self) -> None:
        """Take the node away."""
        self.__dict__.pop("own", None)
        self.listener.stop()
        self.service = None

    def client(self, role: Role = Role.CERT) -> ServiceClient:
        """Return a connection as the desk of *role*."""
        return ServiceClient(self.listener.address, token=self.tokens[role])

    @cached_property
    def own(self) -> str:
        """The path of the collection for the member's own objects."""
        with self.client() as client:
            rows = json.loads(client.get("/comity/collections/")[0])["collections"]
        return next(f"/comity/collections/{row['id']}/" for row in rows if row.get("alias") == "own")

    def post(self, *raws: bytes) -> dict[str, Any]:
        """Post objects of the member as its CERT; return the status resource."""
        with self.client() as client:
            status: dict[str, Any] = json.loads(client.post_taxii(f"{self.own}objects/", envelope(b",".join(raws))))
        return status

    def submit(self, *raws: bytes) -> None:
        """Post objects that must be taken, every one."""
        status = self.post(*raws)
        assert status["failure_count"] == 0, status["failures"]
        assert status["success_count"] == len(raws)

    def push(self) -> dict[str, int]:
        """Push as the operators do; return the counts."""
        counts: dict[str, int] = self._sync(push=True, pull=False)["push"]
        return counts

    def pull(self) -> dict[str, int]:
        """Pull as the operators do; return the counts."""
        counts: dict[str, int] = self._sync(push=False, pull=True)["pull"]
        return counts

    def status(self) -> dict[str, Any]:
        """Return how the exchange stands."""
        with self.client() as client:
            found: dict[str, Any] = client.get_json("/api/status")
        return found

    def get_json(self, path: str, **params: str) -> Any:
        """Return the answer of a route of the operators' API."""
        with self.client() as client:
            return client.get_json(path, params)

    def work(self) -> None:
        """Do what is due that needs no connection, as the node does from time to time."""
        with self.client() as client:
            client.post_json("/api/work", {})

    def recall(self, object_id: str, reason: str = "wrong") -> None:
        """Take an object of the member back."""
        with self.client() as client:
            client.post_json("/api/recall", {"object_id": object_id, "reason": reason})

    def served(self, role: Role = Role.CERT, purpose: Purpose = Purpose.INCIDENT_RESPONSE) -> list[bytes]:
        """Return every object that a desk is served, byte for byte, page after page."""
        with self.client(role) as client:
            return list(objects_in(client, f"/comity/collections/{role}-{purpose}/"))

    def own_objects(self) -> list[bytes]:
        """Return every object of the member that its CERT sees, byte for byte."""
        with self.client() as client:
            return list(objects_in(client, self.own))

    def files(self) -> bytes:
        """Return the bytes of the database, its write-ahead log included."""
        return database_bytes(self.folder)

    def _sync(self, **ways: bool) -> dict[str, Any]:
        with self.client() as client:
            done: dict[str, Any] = client.post_json("/api/sync", ways)
        return done


@dataclass
class Bloc:
    """A federation and the nodes of some of its members."""

    hub: Hub
    nodes: Mapping[str, NodePlace]

    def __enter__(self) -> Self:
        self.hub.start()
        for node in self.nodes.values():
            node.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        places = (*self.nodes.values(), self.hub)
        for each in places:
            each.listener.tell_to_stop()
        for each in places:
            each.stop()

    def __getitem__(self, member: str) -> NodePlace:
        return self.nodes[member]

    def exchange(self, *members: str) -> None:
        """Let these members, or all of them, push and then all of these pull."""
        places = [self.nodes[member] for member in members or self.nodes]
        for place in places:
            place.push()
        for place in places:
            place.pull()

    def share(self, owner: str, *raws: bytes) -> None:
        """Take objects in at the node of *owner*, and let everybody have what they may."""
        self.nodes[owner].submit(*raws)
        self.nodes[owner].push()
        for member, node in self.nodes.items():
            if member != owner:
                node.pull()


def make_bloc(
    folder: Path, *, profile: str, members: Sequence[str], databases: Mapping[str, str] | None = None, limits: str = ""
) -> Bloc:
    """Make the folders of a federation and of nodes, admit each, and give each a desk of every role.

    *databases* are database URLs by member, that of the federation under ``federation``; else each is an SQLite file.
    *limits* are the lines of the table of limits in the settings of each node.
    """
    if databases:
        bloc = _made(folder, profile=profile, members=members, databases=databases)
    else:
        bloc = _copied(_template(profile, tuple(members)), folder)
    for node in bloc.nodes.values() if limits else ():
        with (node.folder / FILE).open("a", encoding="utf-8") as settings:
            settings.write(f"[limits]\n{limits}\n")
    return bloc


@cache
def _template(profile: str, members: tuple[str, ...]) -> Bloc:
    """Make a bloc to copy, once for each process: most of the work is the same every time."""
    return _made(Path(_TEMPLATES.name) / "-".join((profile, *members)), profile=profile, members=members, databases={})


_TEMPLATES = TemporaryDirectory()


def _copied(template: Bloc, folder: Path) -> Bloc:
    """Return a bloc with the folders and tokens of *template*, at ports of its own."""
    hub = Hub(folder / "federation")
    nodes = {
        member: NodePlace(member, folder / member, tokens=dict(node.tokens)) for member, node in template.nodes.items()
    }
    ports = {str(template.hub.listener.port): str(hub.listener.port)}
    _copy(template.hub, hub, ports)
    for member, node in nodes.items():
        _copy(template[member], node, ports)
    return Bloc(hub, nodes)


def _copy(place: Hub | NodePlace, copied: Hub | NodePlace, ports: Mapping[str, str]) -> None:
    shutil.copytree(place.folder, copied.folder)
    path = copied.folder / FILE
    moved = {**ports, str(place.listener.port): str(copied.listener.port)}
    path.write_text(_PORT.sub(lambda found: moved[found[0]], path.read_text("utf-8")), "utf-8")


_PORT = re.compile(r"(?<=^port = )\d+|(?<=127\.0\.0\.1:)\d+", re.MULTILINE)


def _made(folder: Path, *, profile: str, members: Sequence[str], databases: Mapping[str, str]) -> Bloc:
    hub = Hub(folder / "federation")
    _make(hub.folder, hub.listener, kind="federation", profile=profile, database=databases.get("federation", SQLITE))
    service = open_federation(load(hub.folder))
    try:
        for member in members:
            keep_secret(hub.folder / f"{member}.json", json.dumps(admit(service, member)))
    finally:
        service.close()
    nodes = {
        member: _make_node(folder / member, hub, member, profile=profile, database=databases.get(member, SQLITE))
        for member in members
    }
    return Bloc(hub, nodes)


def objects_in(client: ServiceClient, collection: str, *, limit: int = 1_000) -> Iterator[bytes]:
    """Yield every object of a collection as it is written in the pages (TAXII 2.1, 3.5)."""
    params: dict[str, str | int] = {"limit": limit}
    while True:
        body, _ = client.get(f"{collection}objects/", params)
        page = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        yield from map(bytes, msgspec.json.decode(page.get("objects", b"[]"), type=list[msgspec.Raw]))
        if page.get("more") != msgspec.Raw(b"true"):
            return
        params["next"] = msgspec.json.decode(page["next"], type=str)


def database_bytes(folder: Path) -> bytes:
    """Return the bytes of the database in *folder*, with what SQLite keeps beside it."""
    return b"".join(path.read_bytes() for path in sorted(folder.glob("service.db*")))


def checkpoint(folder: Path) -> None:
    """Write what is in the write-ahead log of the database in *folder* into it, and empty the log."""
    with closing(sqlite3.connect(folder / "service.db", timeout=30)) as connection:
        busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    assert not busy


def _make(folder: Path, listener: Listener, **values: str | int) -> None:
    settled = {"port": listener.port, "sync_seconds": 0, "ledger_seconds": 0, "recall_confirmation_seconds": 0}
    make(folder, {**settled, **values})


def _make_node(folder: Path, hub: Hub, member: str, *, profile: str, database: str) -> NodePlace:
    place = NodePlace(member, folder)
    folder.mkdir(parents=True)
    keep_secret(folder / ADMISSION, json.dumps(hub.admission(member)))
    _make(
        folder,
        place.listener,
        kind="node",
        member=member,
        profile=profile,
        database=database,
        federation=hub.listener.address,
        admission=ADMISSION,
    )
    service = open_node(load(folder))
    try:
        place.tokens.update(_add_desks(service, Role))
    finally:
        service.close()
    return place


def _add_desks(service: NodeService, roles: Iterable[Role]) -> dict[Role, str]:
    tokens = {role: new_token() for role in roles}
    for role, token in tokens.items():
        add_desk(service, role, role=role, purposes=tuple(Purpose), password=None, token=token)
    return tokens
