"""What the sharing rules cost: a federation that decides by them, beside a node with one collection that all see.

``python tests/bench/rules_rates.py [N]`` gives both the same N objects (20,000 unless said otherwise), the federation
under three labels of which one member may read two, and prints what each does in a second of its CPU.
"""

import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

import msgspec
from comity.app import federation_service
from comity.app.folder import make
from comity.domain.desk import Desk
from comity.domain.label import RELEASE_ALL, Kind, Label
from comity.domain.purpose import Purpose
from comity.domain.tier import Tier
from comity.domain.tlp import TLP
from comity.policy import classes
from comity.settings import load
from comity.store.accounts import new_token
from comity.taxii.labels import label_members
from load import Client, Server, free_port, objects, serving
from server_rates import BATCH, make_node, plain_client

_HIDDEN = Label(
    origin="XA", tlp=TLP.AMBER, tier=Tier.C2, kind=Kind.INDICATOR, releasable=frozenset({"XC"}), sector="energy"
)
_LABELS = (
    Label(origin="XA", tlp=TLP.GREEN, tier=Tier.C1, kind=Kind.INDICATOR, releasable=RELEASE_ALL, sector="energy"),
    Label(origin="XA", tlp=TLP.CLEAR, tier=Tier.C0, kind=Kind.INDICATOR, releasable=RELEASE_ALL),
    _HIDDEN,
)
_SHARE_HIDDEN = 5
"""One object in so many is not for the member that reads."""


def main() -> None:
    """Print the table."""
    texts = objects(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
    with tempfile.TemporaryDirectory() as name, ExitStack() as running:
        folder = Path(name)
        port, other = free_port(), free_port()
        make_node(folder / "node", port)
        hub = _Hub.made(folder / "hub", other)
        started = [("node", port), ("federation", other)]
        node, federation = (
            running.enter_context(serving(["-m", "comity.cli.main", kind, "serve", str(folder / each)], number))
            for (kind, number), each in zip(started, ("node", "hub"), strict=True)
        )
        _compare(node, federation, hub, texts)


def _compare(node: Server, federation: Server, hub: "_Hub", texts: Sequence[bytes]) -> None:
    def reading(token: str) -> Client:
        return Client(federation.port, authorization=f"Bearer {token}")

    ours, theirs = hub.sender["collection"], hub.receiver["collection"]
    bench, merged = "/plain/collections/bench/", f"/comity/collections/{hub.alias}/"
    _line(
        "taken in",
        federation.rate(lambda: _send(reading(hub.sender["token"]), f"{ours}objects/", texts, labelled=True)),
        node.rate(lambda: _send(plain_client(port=node.port), f"{bench}objects/", texts, labelled=False)),
    )
    full = node.rate(lambda: _pull(plain_client(port=node.port), bench))
    by_node = federation.rate(lambda: _pull(reading(hub.receiver["token"]), theirs))
    _line("pulled by a node, with labels", by_node, full)
    _line("pulled by a desk, merged", federation.rate(lambda: _pull(reading(hub.desk), merged)), full)
    for size in (100, 1000):
        plainly = node.rate(_asked(plain_client(port=node.port), f"{bench}objects/?limit={size}"))
        by_desk = federation.rate(_asked(reading(hub.desk), f"{merged}objects/?limit={size}"))
        _line(f"pages of {size}, by a desk", by_desk, plainly)


class _Hub:
    """A federation with a member that sends, one that receives, and a desk of the latter."""

    def __init__(self, sender: dict[str, str], receiver: dict[str, str], desk: str, alias: str) -> None:
        self.sender, self.receiver, self.desk, self.alias = sender, receiver, desk, alias

    @classmethod
    def made(cls, folder: Path, port: int) -> "_Hub":
        """Return a new one in *folder*."""
        values: dict[str, str | int] = {"kind": "federation", "profile": "five", "port": port}
        make(folder, {**values, "database": "sqlite:///hub.db"})
        service = federation_service.open_federation(load(folder))
        token = new_token()
        reading = {"purposes": tuple(Purpose), "password": None, "token": token}
        federation_service.add_desk(service, "desk", Desk.parse("XB/soc"), **reading)  # type: ignore[arg-type]
        sender, receiver = (federation_service.admit(service, member) for member in ("XA", "XB"))
        service.close()
        return cls(sender, receiver, token, f"xb-soc-{Purpose.INCIDENT_RESPONSE}")


class _Page(msgspec.Struct):
    objects: list[msgspec.Raw] = []
    next: str | None = None


def _send(client: Client, target: str, texts: Sequence[bytes], *, labelled: bool) -> int:
    keys = [classes.key(label) for label in _LABELS]
    for start in range(0, len(texts), BATCH):
        batch = texts[start : start + BATCH]
        chosen = [keys[2] if place % _SHARE_HIDDEN == 0 else keys[place % 2] for place in range(len(batch))]
        custom = label_members(chosen) if labelled else b""
        client.post(target, b"{" + custom + b'"objects":[' + b",".join(batch) + b"]}")
    return len(texts)


def _pull(client: Client, collection: str) -> int:
    target, found = f"{collection}objects/?limit={BATCH}", 0
    while target:
        page = msgspec.json.decode(client.get(target), type=_Page)
        found += len(page.objects)
        target = f"{collection}objects/?limit={BATCH}&next={page.next}" if page.next else ""
    return found


def _asked(client: Client, target: str, count: int = 300) -> Callable[[], int]:
    def work() -> int:
        for _ in range(count):
            client.get(target)
        return count

    work()
    return work


def _line(what: str, found: float, limit: float) -> None:
    sys.stdout.write(f"{what:30} {found:12,.1f}   all-seeing {limit:12,.1f}   ratio {found / limit:6.2f}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
