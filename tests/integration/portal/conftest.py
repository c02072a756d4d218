"""A node of XA in a bloc of five, with objects in its store, served in this process."""

import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import pytest
import yaml
from anyio.from_thread import BlockingPortal, start_blocking_portal
from comity.app.opening import DESK, add_collection
from comity.domain.desk import Desk, Role
from comity.domain.identity import identity_of
from comity.domain.label import RELEASE_ALL, Form, Kind, Label, Personal
from comity.domain.purpose import Purpose
from comity.domain.tier import Tier
from comity.domain.tlp import TLP
from comity.errors import NotFoundError, RefusedError, SyncError
from comity.gateway.authentication import Authenticator
from comity.gateway.viewers import OWN, NodeDecider, desk_viewer
from comity.node.audit import Holder
from comity.oversight.duties import Countdown
from comity.policy import classes
from comity.policy.bloc import parse_bloc
from comity.policy.evaluate import Engine
from comity.policy.explain import Outcome, member_outcome
from comity.policy.rules import RuleSet
from comity.portal.api import PortalServices, create_router
from comity.portal.services import Hunting, Oversight
from comity.stix.objects import parse_object
from comity.stix.twins import observable_of_object, outline_of, twin_key_of
from comity.store import accounts, operations, oversight
from comity.store.contributions import Added, Contribution
from comity.store.grants import Viewer
from comity.store.operations import Submission
from comity.store.oversight import EditionRow
from comity.store.store import Store
from comity_schemas.extensions import DUTY_CLOCK, PROVENANCE
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Cookies, Response

PROFILE = Path(__file__).parents[3] / "schemas" / "comity_schemas" / "profiles" / "five"
START = 1_803_859_200_000_000  # 2027-03-01
HOUR = 3_600_000_000
PASSWORD = "correct horse battery staple"
_NAMES = UUID("a9c5f1de-7f5d-4f0e-8b52-6a4a3a9a3f10")
_TOKEN = re.compile(r'name="token" value="([0-9a-f]+)"')


def stix_id(type_: str, name: str) -> str:
    return f"{type_}--{uuid5(_NAMES, name)}"


@dataclass
class World:
    """The store of the node, and how objects come into it."""

    store: Store
    engine: Engine
    now: int = START
    sighted: list[tuple[str, str, int, bool]] = field(default_factory=list)
    recalled: list[tuple[str, str]] = field(default_factory=list)
    countdowns: list[Countdown] = field(default_factory=list)
    filed: list[tuple[str, str, int | None, str]] = field(default_factory=list)
    reported: list[tuple[int, int]] = field(default_factory=list)
    served_to: list[Holder] = field(default_factory=list)
    """Who was served the own objects, by the federation's word."""
    broken: str = ""
    """What the preview fails with, where it is to fail."""

    def viewer(self, role: Role = Role.CERT, purpose: Purpose = Purpose.INCIDENT_RESPONSE) -> Viewer:
        connection = self.store.read()
        number = self.store.grants.viewers.find(connection, desk_viewer(Desk("XA", role), purpose))
        assert number is not None
        return self.store.grants.viewer(connection, number)

    def add(self, body: Mapping[str, Any], label: Label, *, about: str | None = None) -> str:
        """Store an object as the intake of a node would; an hour passes."""
        self.now += HOUR
        obj = parse_object(json.dumps(body).encode())
        observable = observable_of_object(obj)
        twin = twin_key_of(obj, key=b"the key of this bloc")
        with self.store.write() as connection:
            contribution = Contribution(
                uuid=obj.uuid,
                type=obj.type,
                version=obj.version,
                space=label.origin,
                class_id=self.store.grants.class_of(connection, label),
                body=obj.raw,
                revoked=obj.header.revoked,
                twin=None if twin is None else int.from_bytes(twin[:8], "big", signed=True),
                term=(observable.kind, observable.value) if observable else None,
                about=None if about is None else UUID(about[-36:]).bytes,
            )
            outcomes = self.store.log.add(connection, [contribution], self.now)
        assert isinstance(outcomes[0], Added), outcomes
        return obj.id

    def indicator(self, kind: str, value: str, label: Label, *, name: str = "", **more: Any) -> str:
        escaped = value.replace("\\", "\\\\").replace("'", "\\'")
        path = {"sha256": "file:hashes.'SHA-256'"}.get(kind, f"{kind}:value")
        body = {
            "type": "indicator",
            "spec_version": "2.1",
            "id": stix_id("indicator", f"{label.origin} {kind} {value}"),
            "created_by_ref": identity_of(label.origin),
            "created": "2027-03-01T00:00:00.000Z",
            "modified": "2027-03-01T00:00:00.000Z",
            "pattern": f"[{path} = '{escaped}']",
            "pattern_type": "stix",
            "valid_from": "2027-03-01T00:00:00Z",
        }
        named = {"name": name} if name else {}
        return self.add({**body, **named, **more}, replace(label, kind=Kind.INDICATOR))

    def sdo(self, type_: str, name: str, label: Label, **more: Any) -> str:
        body = {
            "type": type_,
            "spec_version": "2.1",
            "id": stix_id(type_, f"{label.origin} {name}"),
            "created_by_ref": identity_of(label.origin),
            "created": "2027-03-01T00:00:00.000Z",
            "modified": "2027-03-01T00:00:00.000Z",
            "name": name,
        }
        return self.add({**body, **more}, label)

    def relationship(self, source: str, word: str, target: str, label: Label) -> str:
        body = {
            "type": "relationship",
            "spec_version": "2.1",
            "id": stix_id("relationship", f"{label.origin} {source} {word} {target}"),
            "created": "2027-03-01T00:00:00.000Z",
            "modified": "2027-03-01T00:00:00.000Z",
            "relationship_type": word,
            "source_ref": source,
            "target_ref": target,
        }
        return self.add(body, label)

    def sighting(self, of: str, label: Label, *, count: int = 1, refuted: bool = False) -> str:
        body = {
            "type": "sighting",
            "spec_version": "2.1",
            "id": stix_id("sighting", f"{label.origin} {of} {refuted}"),
            "created": "2027-03-02T00:00:00.000Z",
            "modified": "2027-03-02T00:00:00.000Z",
            "sighting_of_ref": of,
            "count": count,
            **({"labels": ["false-positive"]} if refuted else {}),
        }
        return self.add(body, replace(label, kind=Kind.SIGHTING), about=of)

    def incident(self, name: str, label: Label, *, aware: str, sector: str, rsit: str) -> str:
        """Store an incident and the summary of it that oversight is served."""
        clock = {"extension_type": "property-extension", "aware_at": aware, "sector": sector, "rsit": rsit}
        full = replace(label, kind=Kind.INCIDENT, sector=sector)
        incident = self.sdo("incident", name, full, extensions={DUTY_CLOCK: {**clock, "case": f"case of {name}"}})
        made = {"extension_type": "property-extension", "form": "summary", "policy": "00" * 8}
        summary = replace(full, form=Form.SUMMARY, richer=full)
        told = {**clock, "aware_at": f"{aware[:7]}-01T00:00:00Z"}
        self.sdo(
            "incident",
            "incident",
            summary,
            id=stix_id("incident", f"{label.origin} {name} summary"),
            extensions={DUTY_CLOCK: told, PROVENANCE: made},
        )
        return incident

    def submit(self, object_id: str, body: bytes, label: Label) -> None:
        """Remember an object as one of the member's own."""
        with self.store.write() as connection:
            operations.put_submission(
                connection,
                Submission(
                    object_id=object_id,
                    received=self.now,
                    outline=outline_of(parse_object(body)),
                    forms=(object_id,),
                    labels=(classes.key(label),),
                    lifts_at=None,
                    cited=(),
                ),
            )

    # --- what the service lends to the pages

    def outcomes(self, object_id: str) -> list[tuple[str, Outcome]]:
        one = operations.submission(self.store.read(), object_id)
        if one is None:
            raise NotFoundError("no such object")
        return self._at_others(classes.parse(one.labels[0]))

    def preview(self, raw: bytes) -> list[tuple[str, Outcome]]:
        if self.broken:
            raise RuntimeError(self.broken)
        parse_object(raw)
        return self._at_others(GREEN)

    def recall(self, object_id: str, reason: str) -> None:
        if reason == "refuse":
            raise RefusedError("the federation refuses")
        self.recalled.append((object_id, reason))

    def holders(self, object_id: str) -> list[Holder]:
        if not self.served_to:
            raise SyncError("GET /api/holders: no answer: ConnectError")
        return [one for one in self.served_to if one.object_id == object_id]

    def sight(self, kind: str, value: str, *, count: int, refuted: bool) -> None:
        self.sighted.append((kind, value, count, refuted))

    def file(self, object_id: str, duty_id: str, *, filed: int | None, account: str) -> None:
        if duty_id == "refuse":
            raise RefusedError("filings are never changed")
        self.filed.append((object_id, duty_id, filed, account))

    def report(self, start: int, end: int) -> None:
        self.reported.append((start, end))

    def publish(self, row: EditionRow) -> None:
        """Keep an edition as the node would that has fetched it."""
        with self.store.write() as connection:
            oversight.put_edition(connection, row)

    def _at_others(self, label: Label) -> list[tuple[str, Outcome]]:
        others = [code for code in self.engine.bloc.members if code != "XA"]
        return [(code, member_outcome(self.engine, [label], code)) for code in others]


GREEN = Label(origin="XB", tlp=TLP.GREEN, tier=Tier.C1, releasable=RELEASE_ALL)


@dataclass
class Seat:
    """A browser in front of the pages."""

    app: FastAPI
    loop: BlockingPortal
    cookies: Cookies = field(default_factory=Cookies)

    def request(self, method: str, path: str, **more: Any) -> Response:
        async def send() -> Response:
            transport = ASGITransport(self.app)
            async with AsyncClient(transport=transport, base_url="http://node.example", cookies=self.cookies) as client:
                response = await client.request(method, path, **more)
                self.cookies = client.cookies
                return response

        return self.loop.call(send)

    def get(self, path: str, **more: Any) -> Response:
        return self.request("GET", path, **more)

    def token(self, path: str) -> str:
        found = _TOKEN.search(self.get(path).text)
        assert found is not None, path
        return found.group(1)

    def post(self, path: str, page: str, **fields: str) -> Response:
        return self.request("POST", path, data={"token": self.token(page), **fields})

    def log_in(self, name: str, password: str = PASSWORD) -> Response:
        return self.post("/login", "/", name=name, password=password)


@dataclass
class Seconds:
    """A rising clock that a test moves."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="session")
def engine() -> Engine:
    documents = {path.name: yaml.safe_load(path.read_text("utf-8")) for path in PROFILE.glob("*.yaml")}
    chapters = {path.name: path.read_text("utf-8") for path in (PROFILE / "chapters").glob("*.cedar")}
    bloc = parse_bloc(documents, chapters)
    return Engine(RuleSet.compile(bloc.chapters, bloc), bloc)


@pytest.fixture(scope="session")
def empty_node(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Prepare the database of a node that has desks and accounts and no object yet; every test has a copy of it."""
    file = tmp_path_factory.mktemp("portal") / "node.db"
    store = _store(engine, file)
    store.database.migrate()
    with store.write() as connection:
        store.grants.add_viewer(connection, OWN, merges=False)
        for desk in engine.bloc.members["XA"].desks:
            own = accounts.create(
                connection, desk.role, member="XA", role=desk.role, password=PASSWORD, token=f"token of {desk.role}"
            )
            narrow = accounts.create(
                connection, f"narrow {desk.role}", member="XA", role=desk.role, password=PASSWORD, token=None
            )
            for purpose in Purpose:
                name = desk_viewer(desk, purpose)
                viewer_id = store.grants.add_viewer(connection, name, merges=True)
                collection = add_collection(connection, viewer_id=viewer_id, title=name, alias=None, kind=DESK)
                accounts.grant(connection, own, collection, can_read=True, can_write=False)
                is_exercise = purpose is Purpose.JOINT_EXERCISE
                accounts.grant(connection, narrow, collection, can_read=is_exercise, can_write=False)
        accounts.create(connection, "machine", member="XA", role="node", password=PASSWORD, token=None)
        accounts.create(connection, "stranger", member="XB", role="cert", password=PASSWORD, token=None)
    store.close()
    return file


@pytest.fixture
def world(engine: Engine, empty_node: Path, tmp_path: Path) -> Iterator[World]:
    file = tmp_path / "node.db"
    shutil.copyfile(empty_node, file)
    store = _store(engine, file)
    yield World(store, engine)
    store.close()


def _store(engine: Engine, file: Path) -> Store:
    return Store(f"sqlite:///{file}", decider=NodeDecider(engine, "XA"), clock=lambda: START)


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def app(world: World, seconds: Seconds) -> FastAPI:
    services = PortalServices(
        store=world.store,
        engine=world.engine,
        authenticator=Authenticator(world.store),
        member="XA",
        title="Comity Aria",
        clock=lambda: world.now,
        outcomes=world.outcomes,
        preview=world.preview,
        recall=world.recall,
        sight=world.sight,
        oversight=Oversight(
            countdowns=lambda: world.countdowns,
            tally=lambda: {"Network Act": {"met": 2, "late": 1}},
            file=world.file,
            report=world.report,
        ),
        hunting=Hunting(
            formats=("eve",),
            files=lambda: [{"name": "eve.json", "bytes": 7}],
            load=lambda _name, _format: None,
            hunt=lambda _new: None,
            standing=lambda: {
                "state": "done",
                "what": "everything",
                "done": 1,
                "total": 1,
                "problem": "",
                "indicators": 3,
                "skipped": 0,
                "left_out": 0,
                "hits": [],
            },
            alerts=list,
            warned=list,
        ),
        holders=world.holders,
        alerts=True,
        warnings=lambda _kind, value: ("a list",) if "warned" in value else (),
    )
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(create_router(services, seconds=seconds))
    return app


@pytest.fixture
def seat(app: FastAPI) -> Iterator[Callable[[str], Seat]]:
    """Return somebody logged in under a name, or before the login where the name is empty."""
    with start_blocking_portal() as loop:

        def sit(name: str) -> Seat:
            one = Seat(app, loop)
            if name:
                assert one.log_in(name).status_code == 303
            return one

        yield sit


@pytest.fixture
def green() -> Label:
    """Label an object of XB that every desk of every member may read."""
    return GREEN


@pytest.fixture
def secret() -> Label:
    """Label an object of XB that is not released to XA."""
    return replace(GREEN, tlp=TLP.AMBER, tier=Tier.C2, releasable=frozenset({"NO"}))


@pytest.fixture
def restricted() -> Label:
    """Label an object of XB that XA's CERT may read and its SOC may not."""
    return replace(GREEN, tlp=TLP.AMBER, tier=Tier.C2, personal=Personal.NONE)
