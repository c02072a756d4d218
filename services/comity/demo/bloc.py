"""A bloc on one machine: the federation and a node a member, each a process with its own database, port and secrets."""

import json
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from comity.analytics.registry import register
from comity.app.federation_service import admit, open_federation
from comity.app.folder import ADMISSION, keep_secret, make
from comity.app.node_service import add_desk, open_node
from comity.domain.asset import Asset
from comity.domain.desk import Role
from comity.domain.purpose import Purpose
from comity.errors import SettingsError, SyncError
from comity.settings import load
from comity.store.accounts import new_token
from comity.store.assets import KEEPER
from comity.store.clock import ExerciseClock
from comity.transport.client import ServiceClient

_CLOCK = "clock"
_PATIENCE = 120.0
_GRACE = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """How somebody at a desk reads: a name and a password for the pages, a token for programs."""

    name: str
    password: str
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NodePlace:
    """Where the node of a member answers, and who may log in there."""

    member: str
    address: str
    folder: Path
    logins: Mapping[Role, Login]

    def client(self, role: Role) -> ServiceClient:
        """Return a connection as the desk of *role*."""
        return ServiceClient(self.address, token=self.logins[role].token)


class LocalBloc:
    """The processes of a bloc; leaving the context stops them."""

    def __init__(self, folder: Path, *, profile: str, members: Iterable[str], first_port: int) -> None:
        self.folder = folder
        self.profile = profile
        self.members = tuple(members)
        self.clock = ExerciseClock(folder / _CLOCK)
        self.nodes: dict[str, NodePlace] = {}
        self._ports = _free_ports(first_port, len(self.members) + 1)
        self.federation = f"http://127.0.0.1:{self._ports[0]}"
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def make(self, present: int) -> None:
        """Make the folders of all services, admit every member, and add a desk of each role at each node."""
        self.clock.set(present)
        hub = self.folder / "federation"
        settings = make(hub, self._values("federation", self._ports[0], "federation.db"))
        service = open_federation(settings)
        try:
            admissions = {member: admit(service, member) for member in self.members}
        finally:
            service.close()
        with ThreadPoolExecutor(2) as pool:
            made = pool.map(lambda pair: self._make_node(pair[0], pair[1], admissions[pair[0]]), self._numbered())
            self.nodes = {place.member: place for place in made}

    def keep_registry(self, assets: Sequence[Asset]) -> None:
        """Put what crosses borders and is no member's alone into the federation's registry, as its keeper."""
        service = open_federation(load(self.folder / "federation"))
        try:
            with service.federation.store.write() as connection:
                register(connection, KEEPER, assets, whole=True)
        finally:
            service.close()

    def start(self) -> None:
        """Start every process and wait until each answers.

        Raises:
            SettingsError: one of them did not start; its own words are in ``service.log`` in its folder.
        """
        for kind, folder in (("federation", self.folder / "federation"), *(("node", n.folder) for n in self._places())):
            with (folder / "service.log").open("wb") as log:
                command = [sys.executable, "-m", "comity.cli.main", kind, "serve", str(folder)]
                self._processes.append(subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT))  # noqa: S603
        for address in (self.federation, *(place.address for place in self._places())):
            self._wait_for(address)

    def stop(self) -> None:
        """Stop every process."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            try:
                process.wait(_GRACE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._processes.clear()

    def _places(self) -> Iterable[NodePlace]:
        return self.nodes.values()

    def _numbered(self) -> list[tuple[str, int]]:
        return list(zip(self.members, self._ports[1:], strict=True))

    def _make_node(self, member: str, port: int, admission: Mapping[str, str]) -> NodePlace:
        folder = self.folder / f"node-{member.lower()}"
        folder.mkdir(parents=True)
        keep_secret(folder / ADMISSION, _json(admission))
        values = self._values("node", port, "node.db")
        extra: dict[str, str | int] = {"member": member, "federation": self.federation, "admission": ADMISSION}
        service = open_node(make(folder, {**values, **extra}))
        logins = {}
        try:
            for role in Role:
                login = Login(name=f"{member.lower()}-{role}", password=secrets.token_urlsafe(9), token=new_token())
                add_desk(
                    service,
                    login.name,
                    role=role,
                    purposes=tuple(Purpose),
                    password=login.password,
                    token=login.token,
                )
                logins[role] = login
        finally:
            service.close()
        return NodePlace(member=member, address=f"http://127.0.0.1:{port}", folder=folder, logins=logins)

    def _values(self, kind: str, port: int, database: str) -> dict[str, str | int]:
        return {
            "kind": kind,
            "profile": self.profile,
            "database": f"sqlite:///{database}",
            "port": port,
            "clock": str(self.folder / _CLOCK),
            "sync_seconds": 0,
        }

    def _wait_for(self, address: str) -> None:
        deadline = time.monotonic() + _PATIENCE
        with ServiceClient(address) as client:
            while True:
                try:
                    client.get_json("/healthz")
                except SyncError as error:
                    if time.monotonic() > deadline or any(one.poll() is not None for one in self._processes):
                        raise SettingsError(f"the service at {address} did not start: see service.log") from error
                    time.sleep(0.05)
                else:
                    return


def _free_ports(first: int, count: int) -> list[int]:
    """Return ports that nobody listens at: *first*, unless it is 0, and those after it where they are free."""
    wanted = range(first, first + count)
    return list(wanted) if first and all(map(_is_free, wanted)) else [_any_port() for _ in wanted]


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _any_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _json(admission: Mapping[str, str]) -> str:
    return json.dumps(dict(admission))
