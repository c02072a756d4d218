"""A node and a federation in this process, and collections in them as TAXII clients see them.

Every test has plain collections of its own. Desks share theirs, so a shelf looks only at what came after it was made.
"""

import json
import re
import socket
import ssl
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any
from uuid import uuid4

import uvicorn
from anyio.from_thread import BlockingPortal
from comity.app import federation_service
from comity.app.federation_service import FederationService, open_federation
from comity.app.folder import keep_secret
from comity.app.node_service import CLIENT, NodeService, add_desk, open_node
from comity.app.serving import federation_app, node_app
from comity.domain.desk import Desk, Role
from comity.domain.identity import identity_of
from comity.domain.label import RELEASE_ALL, Kind, Label
from comity.domain.purpose import Purpose
from comity.domain.tier import Tier
from comity.domain.tlp import TLP
from comity.gateway.connections import Patience, protocol_of
from comity.gateway.taxii_write import PLAIN
from comity.ledger.notes import Signer
from comity.policy import classes
from comity.settings import SIGNING_KEY, IntakeSettings, Limits, PlainSettings, Settings
from comity.store import accounts
from comity.store.accounts import CollectionRow
from comity.store.store import Store
from comity.taxii.timestamps import format_timestamp
from comity_schemas.extensions import RECALL, RECALL_TYPE
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response

TAXII = "application/taxii+json;version=2.1"
STIX = "application/stix+json;version=2.1"
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
BODY_BYTES = 3_000_000
PAGE_OBJECTS = 40
TLP_CLEAR = "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487"
HELD = "indicator--3b6e1a52-6f0c-4c39-9f5e-2a1f4d7c9b10"
Object = dict[str, Any]
Json = dict[str, Any]


def basic(name: str, password: str) -> str:
    return "Basic " + b64encode(f"{name}:{password}".encode()).decode()


PASSWORD = "a password: with a colon, ü"
WRITER = basic("writer", PASSWORD)
STRANGER = basic("stranger", PASSWORD)
CERT = "Bearer token of the cert"
HUB_DESK = "Bearer token of a desk at the hub"


_KEYS = TemporaryDirectory()


# --- objects


UNHEARD_OF = tuple(
    f"{type_}--5f3c1b7a-8e0d-4d0c-9a55-6b1f2c3d4e5f" for type_ in ("indicator", "x-unheard-of", "sighting")
)
"""Ids that nobody uses, always the same ones, so that tests over them are named alike in every process."""


def new_id(type_: str) -> str:
    return f"{type_}--{uuid4()}"


def moment(second: int, fraction: str = "000") -> str:
    return f"2026-03-01T{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}.{fraction}Z"


def sdo(type_: str, **more: Any) -> Object:
    common = {"type": type_, "spec_version": "2.1", "id": new_id(type_), "created": moment(0), "modified": moment(0)}
    return {**common, **more}


def indicator(**more: Any) -> Object:
    """Return an indicator of an observable of its own, which anybody may have."""
    says = {
        "name": "seen",
        "pattern": f"[domain-name:value = 'h{uuid4().hex}.example']",
        "pattern_type": "stix",
        "valid_from": "2026-03-01T00:00:00Z",
        "object_marking_refs": [TLP_CLEAR],
    }
    return sdo("indicator", **{**says, **more})


def malware(**more: Any) -> Object:
    return sdo("malware", **{"name": "m", "is_family": False, **more})


def address(**more: Any) -> Object:
    number = uuid4().int
    value = f"198.51.{number % 256}.{number // 256 % 256}"
    return {"type": "ipv4-addr", "spec_version": "2.1", "id": new_id("ipv4-addr"), "value": value, **more}


def indicators(count: int) -> list[Object]:
    return [indicator(name=f"number {number}") for number in range(count)]


def version(one: Object, second: int, **more: Any) -> Object:
    return {**one, "modified": moment(second), **more}


def versions_of(one: Object, count: int) -> list[Object]:
    return [version(one, second, name=f"version {second}") for second in range(count)]


def recall(object_id: str) -> Object:
    """Return the notice with which an owner takes an object back."""
    extension = {RECALL: {"extension_type": "new-sdo"}}
    owner = identity_of("XA")
    return sdo(RECALL_TYPE, created_by_ref=owner, object_ref=object_id, recalled=moment(0), extensions=extension)


def envelope(*objects: Any, **more: Any) -> bytes:
    return json.dumps({"objects": list(objects), **more}).encode()


# --- clients


@dataclass(frozen=True)
class Caller:
    """An application, as someone with credentials calls it."""

    app: FastAPI
    loop: BlockingPortal
    authorization: str | None = None

    def request(self, method: str, path: str, **more: Any) -> Response:
        headers = {"Accept": TAXII, "Authorization": self.authorization, **more.pop("headers", {})}
        wanted = {name: value for name, value in headers.items() if value is not None}

        async def send() -> Response:
            transport = ASGITransport(self.app)
            async with AsyncClient(transport=transport, base_url="http://node.example") as client:
                del client.headers["Accept"]
                return await client.request(method, path, headers=wanted, **more)

        return self.loop.call(send)

    def get(self, path: str, **headers: Any) -> Response:
        return self.request("GET", path, headers=headers)

    def post(self, path: str, body: Any, **headers: Any) -> Response:
        return self.request("POST", path, content=body, headers={"Content-Type": TAXII, **headers})

    def as_(self, authorization: str | None) -> "Caller":
        return Caller(self.app, self.loop, authorization)


@dataclass(frozen=True)
class Door:
    """Where what a collection shows is put in: the collection itself, or one that it is released from."""

    caller: Caller
    url: str
    fill: Callable[..., bytes] = envelope
    recalls: bool = False
    """Whether objects are taken back by a notice, and not by a DELETE."""

    def send(self, body: Any, **headers: Any) -> Response:
        return self.caller.post(f"{self.url}objects/", body, **headers)

    def put(self, *objects: Any, **more: Any) -> Response:
        return self.send(self.fill(*objects, **more))

    def status(self, status_id: str) -> Response:
        root = self.url.split("/")[1]
        return self.caller.get(f"/{root}/status/{status_id}/")

    def delete(self, object_id: str, query: str = "") -> Response:
        return self.caller.request("DELETE", f"{self.url}objects/{object_id}/" + (f"?{query}" if query else ""))

    def remove(self, object_id: str) -> None:
        """Take an object away in the way there is for it."""
        answer = self.put(recall(object_id)) if self.recalls else self.delete(object_id)
        assert answer.status_code in {200, 202}, answer.text
        assert not answer.json().get("failures"), answer.text


@dataclass(frozen=True)
class Place:
    """A collection, as its caller reads it, and the door to it."""

    caller: Caller
    url: str
    door: Door
    since: str | None = None
    """Reads look at what was added later; nothing where the collection belongs to the test."""

    def put(self, *objects: Any, **more: Any) -> Response:
        return self.door.put(*objects, **more)

    @property
    def id(self) -> str:
        return self.url.split("/")[-2]

    @property
    def listing(self) -> str:
        return self.url.rsplit("/", 2)[0] + "/"

    def get(self, path: str = "objects/", query: str = "", **headers: Any) -> Response:
        if self.since and not re.search("added_after|next=", query):
            query = f"{query}&added_after={self.since}".lstrip("&")
        return self.caller.get(f"{self.url}{path}" + (f"?{query}" if query else ""), **headers)

    def read(self, path: str = "objects/", query: str = "") -> Json:
        answer = self.get(path, query)
        assert answer.status_code == 200, (answer.status_code, answer.text)
        body: Json = answer.json()
        return body

    def objects(self, query: str = "", path: str = "objects/") -> list[Object]:
        found: list[Object] = self.read(path, query).get("objects", [])
        return found

    def ids(self, query: str = "", path: str = "objects/") -> list[str]:
        return [each["id"] for each in self.objects(query, path)]

    def names(self, query: str = "", path: str = "objects/") -> list[str]:
        return [each["name"] for each in self.objects(query, path)]

    def manifest(self, query: str = "") -> list[Json]:
        return self.objects(query, "manifest/")

    def versions(self, object_id: str, query: str = "") -> list[str]:
        found: list[str] = self.read(f"objects/{object_id}/versions/", query).get("versions", [])
        return found

    def post(self, *objects: Any, **more: Any) -> Json:
        answer = self.put(*objects, **more)
        assert answer.status_code == 202, answer.text
        status: Json = answer.json()
        return status

    def store(self, *objects: Any) -> None:
        """Add objects that must all be taken."""
        status = self.post(*objects)
        assert status["failure_count"] == 0, status
        assert status["success_count"] == len(objects), status

    def send(self, body: Any, **headers: Any) -> Response:
        return self.door.send(body, **headers)

    def delete(self, object_id: str, query: str = "") -> Response:
        return self.door.delete(object_id, query)

    def pages(self, query: str = "", path: str = "objects/", key: str = "objects") -> list[list[Any]]:
        """Follow ``next`` to the end, from the beginning or from where the query says."""
        body = self.read(path, query)
        found = [body.get(key, [])]
        filters = re.sub("&?next=[^&]*", "", query)
        while body.get("more"):
            body = self.read(path, f"{filters}&next={body['next']}".lstrip("&"))
            found.append(body.get(key, []))
            assert len(found) < 500
        return found

    def steps(self, query: str = "", path: str = "objects/", key: str = "objects") -> list[list[Any]]:
        """Follow ``X-TAXII-Date-Added-Last`` to the end."""
        found: list[list[Any]] = []
        answer = self.get(path, query)
        while objects := answer.json().get(key, []):
            found.append(objects)
            assert len(found) < 500
            after = answer.headers["x-taxii-date-added-last"]
            answer = self.get(path, f"{query}&added_after={after}".lstrip("&"))
        return found


def flat(pages: Sequence[Sequence[Any]]) -> list[Any]:
    return [each for page in pages for each in page]


# --- services


@dataclass(frozen=True)
class NodeWorld:
    """A node with plain collections."""

    service: NodeService
    caller: Caller

    def collection(self, access: str = "read-write", *, root: str = "plain", alias: str | None = None) -> Place:
        """Make a plain collection for the account ``writer`` alone."""
        store = self.service.node.store
        title = f"collection {uuid4()}"
        with store.write() as connection:
            viewer_id = store.grants.add_viewer(connection, f"plain {root}/{title}", merges=False)
            values = {"id": str(uuid4()), "root": root, "title": title, "description": "", "alias": alias}
            made = accounts.add_collection(connection, {**values, "kind": PLAIN, "viewer_id": viewer_id})
        self.grant(made, "writer", access)
        url = f"/{root}/collections/{made}/"
        return Place(self.caller, url, Door(self.caller, url))

    def grant(self, collection_id: str, name: str, access: str) -> None:
        store = self.service.node.store
        with store.write() as connection:
            account = next(each for each in accounts.listed(connection) if each.name == name)
            can_read, can_write = "read" in access, "write" in access
            accounts.grant(connection, account.id, collection_id, can_read=can_read, can_write=can_write)

    def with_access(self, access: str) -> Place:
        """Return a collection with an object in it, for which the account ``writer`` has only *access* left."""
        place = self.collection()
        place.store(indicator(id=HELD))
        self.grant(place.id, "writer", access)
        return place

    def restarted(self) -> "NodeWorld":
        """Return the node as it is when its process has ended and another one has begun."""
        self.service.close()
        service = open_node(self.service.settings)
        return NodeWorld(service, Caller(node_app(service), self.caller.loop, WRITER))

    def desk(self) -> Place:
        caller = self.caller.as_(CERT)
        door = Door(caller, "/comity/collections/public/")
        return Place(caller, _url(caller, "cert-incident-response"), door, last_added(self.service.node.store))

    def own(self) -> Place:
        """Return the collection for a member's own objects, as its operators read and write it."""
        desk = self.desk()
        return replace(desk, url=_url(desk.caller, "public"))

    def row(self, collection_id: str) -> CollectionRow:
        rows = accounts.every_collection(self.service.node.store.read())
        return next(each for each in rows if each.id == collection_id)


def last_added(store: Store) -> str:
    """Return a time that is not before any object was added, and before any will be."""
    return format_timestamp(store.log.next_tick(store.read(), store.clock()) - 1)


@lru_cache
def _url(caller: Caller, alias: str) -> str:
    listed = caller.get("/comity/collections/").json()["collections"]
    return next(f"/comity/collections/{each['id']}/" for each in listed if each.get("alias") == alias)


@dataclass(frozen=True)
class HubWorld:
    """A federation to which a member's node releases, and a desk of another member that reads there."""

    service: FederationService
    caller: Caller
    node: Caller

    def desk(self) -> Place:
        door = Door(self.node, "/comity/collections/node-xa/", labelled, recalls=True)
        since = last_added(self.service.federation.store)
        return Place(self.caller, _url(self.caller, "xb-cert-incident-response"), door, since)


def labelled(*objects: Any, **more: Any) -> bytes:
    """Return an envelope as a member's node sends it, every object released to everybody."""
    labels = {"x_comity_labels": [_label(each) for each in objects]}
    places = {"x_comity_label_of": list(range(len(objects)))}
    return envelope(*objects, **labels, **places, **more)


def _label(one: Any) -> str:
    type_ = one.get("type") if isinstance(one, dict) else None
    kind = {"indicator": Kind.INDICATOR, RECALL_TYPE: Kind.RECALL}.get(str(type_), Kind.CONTEXT)
    return classes.key(Label(origin="XA", tlp=TLP.CLEAR, tier=Tier.C0, kind=kind, releasable=RELEASE_ALL))


@cache
def signing_key() -> str:
    """Return the file with the key that every service of the tests signs with."""
    path = Path(_KEYS.name) / SIGNING_KEY
    keep_secret(path, Signer("comity-test", bytes(32)).text)
    return str(path)


def node_settings(database: str, **more: Any) -> Settings:
    values: dict[str, Any] = {
        "kind": "node",
        "member": "XA",
        "profile": "five",
        "database": database,
        "signing_key": signing_key(),
        "sync_seconds": 0,
        "contact": "security@node.example",
        "intake": {"public": IntakeSettings(tlp="clear", label="common:C0", releasable="ALL")},
        "plain": (
            PlainSettings(title="Read and write", alias="both", description="for tests"),
            PlainSettings(title="Only read", alias="reading", access="read-only"),
            PlainSettings(title="Only write", alias="writing", access="write-only"),
            PlainSettings(root="elsewhere", title="Read and write", alias="both"),
        ),
        "limits": Limits(body_bytes=BODY_BYTES, page_objects=PAGE_OBJECTS),
        **more,
    }
    return Settings(**values)


def open_node_world(database: str, loop: BlockingPortal, **settings: Any) -> NodeWorld:
    service = open_node(node_settings(database, **settings))
    every = tuple(Purpose)
    add_desk(service, "writer", role=CLIENT, purposes=(), password=PASSWORD, token="token of the writer")
    add_desk(service, "other", role=CLIENT, purposes=(), password=PASSWORD, token=None)
    add_desk(service, "stranger", role=Role.SOC, purposes=(), password=PASSWORD, token=None)
    add_desk(service, "cert", role=Role.CERT, purposes=every, password=PASSWORD, token="token of the cert")
    return NodeWorld(service, Caller(node_app(service), loop, WRITER))


def open_hub_world(database: str, loop: BlockingPortal) -> HubWorld:
    limits = Limits(body_bytes=BODY_BYTES, page_objects=PAGE_OBJECTS)
    values = {"kind": "federation", "profile": "five", "database": database, "signing_key": signing_key()}
    service = open_federation(Settings(**values, limits=limits))
    token = federation_service.admit(service, "XA")["token"]
    desk, secret = Desk("XB", Role.CERT), HUB_DESK.removeprefix("Bearer ")
    federation_service.add_desk(service, "desk", desk, purposes=tuple(Purpose), password=PASSWORD, token=secret)
    app = federation_app(service)
    return HubWorld(service, Caller(app, loop, HUB_DESK), Caller(app, loop, f"Bearer {token}"))


# --- real framing


@dataclass
class Socket:
    """A node served on loopback."""

    port: int

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answer(self, *parts: bytes) -> bytes:
        """Send a request that must be answered, however long that takes on a busy machine."""
        return self.exchange(*parts, patience=30)

    def exchange(self, *parts: bytes, patience: float = 0.5) -> bytes:
        """Send bytes as they are; return what comes back until the server closes or is silent.

        A server that waits for more of a broken request is not waited for longer than *patience*.
        """
        received = b""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            try:
                for part in parts:
                    connection.sendall(part)
                connection.settimeout(patience)
                while chunk := connection.recv(65536):
                    received += chunk
                    connection.settimeout(0.5)
            except (TimeoutError, ConnectionError, ssl.SSLEOFError):
                pass
        return received


@contextmanager
def served(app: FastAPI, **config: Any) -> Iterator[Socket]:
    """Serve *app* as ``comity node serve`` does."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    patience = Patience(head_seconds=5, request_seconds=60, answer_seconds=60, connections=1_000)
    options = {"port": port, "log_level": "critical", "server_header": False, "lifespan": "off", **config}
    server = uvicorn.Server(uvicorn.Config(app, http=protocol_of(patience), ws="none", **options))
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    yield Socket(port)
    server.should_exit = True
    thread.join(30)


def status_of(answer: bytes) -> int | None:
    """Return the status of the first answer in *answer*, or ``None`` when the server only closed."""
    found = re.match(rb"HTTP/1\.[01] (\d{3})", answer)
    return int(found[1]) if found else None
