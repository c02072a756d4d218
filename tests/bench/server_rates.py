"""What the TAXII server does in a second of CPU, beside the least that could be done, measured in the same run.

``python tests/bench/server_rates.py [N]`` fills a plain collection of a node with N objects (100,000 unless said
otherwise) over HTTP and prints a table. Every rate is per second of the server's CPU time, so that other work on the
machine matters little, and every line names its reference:

- *composed*: header, JSON, schema check and one durable insert into a lean table, in this process;
- *ignored inserts*: ``INSERT OR IGNORE`` of the same rows, in this process;
- *joined in SQLite*: a page put together by the database, in this process;
- *bare query*: one query of one table behind plain ASGI; *ready bytes*: no query at all.

The database is a SQLite file, unless ``COMITY_BENCH_DATABASE`` names another (its bytes are not counted then).
"""

import base64
import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from itertools import cycle
from pathlib import Path

import msgspec
from comity.app import node_service
from comity.app.folder import make
from comity.settings import FILE, load
from comity.stix.headers import read_header
from comity.stix.schema_check import check
from load import Client, Server, free_port, objects, serving, slowest_percent
from reference_server import JOINED, PAGE, POLL

BATCH = 1000
PASSWORD = "a password for the benchmark"
_ENVELOPE = msgspec.json.Decoder(dict[str, list[msgspec.Raw]])
_DEEP = 0.9
_LEAN = "CREATE TABLE objects (seq INTEGER PRIMARY KEY, id TEXT UNIQUE, body BLOB)"
_PLAIN = '\n[[plain]]\ntitle = "Benchmark"\nalias = "bench"\n'


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    texts = objects(count)
    with tempfile.TemporaryDirectory() as folder:
        limits = Limits(Path(folder) / "lean.db", texts)
        port = free_port()
        make_node(Path(folder) / "node", port)
        script = Path(__file__).parent / "reference_server.py"
        other = free_port()
        with (
            serving(["-m", "comity.cli.main", "node", "serve", str(Path(folder) / "node")], port) as ours,
            serving([str(script), str(other), str(limits.path)], other) as bare,
        ):
            measure(Measured(ours, bare, texts), limits, Path(folder) / "node")


class Limits:
    """What one process can do at most, without HTTP, rights or rules."""

    def __init__(self, path: Path, texts: list[bytes]) -> None:
        self.path = path
        self._texts = texts
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.execute(_LEAN)
        self.composed = self._rate(self._take_in)
        self.ignored = self._rate(self._take_in_again)
        self.joined = self._rate(self._read)

    def _rate(self, work: Callable[[], int]) -> float:
        start = time.process_time()
        done = work()
        return done / (time.process_time() - start)

    def _take_in(self) -> int:
        for body in envelopes(self._texts):
            rows = []
            for raw in _ENVELOPE.decode(body)["objects"]:
                text = bytes(raw)
                header = read_header(text)
                check(msgspec.json.decode(text), header.type)
                rows.append((header.id, text))
            self._insert(rows)
        return len(self._texts)

    def _take_in_again(self) -> int:
        for start in range(0, len(self._texts), BATCH):
            self._insert([(read_header(text).id, text) for text in self._texts[start : start + BATCH]])
        return len(self._texts)

    def _insert(self, rows: list[tuple[str, bytes]]) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany("INSERT OR IGNORE INTO objects (id, body) VALUES (?, ?)", rows)
        self._connection.execute("COMMIT")

    def _read(self) -> int:
        rounds = max(1, 300_000 // len(self._texts))
        for _ in range(rounds):
            for after in range(0, len(self._texts), PAGE):
                self._connection.execute(JOINED, (after, PAGE)).fetchone()
        return rounds * len(self._texts)


class Measured:
    """A node and the least server, both on this machine, and the objects they serve."""

    def __init__(self, ours: Server, bare: Server, texts: list[bytes]) -> None:
        self.ours, self.bare, self.texts = ours, bare, texts
        self.root = "/plain/collections/bench/"
        self.ids = [read_header(text).id for text in texts]

    def client(self) -> Client:
        """Return a new client of the node."""
        return plain_client(port=self.ours.port)

    def post(self, texts: list[bytes]) -> int:
        """Add objects."""
        client = self.client()
        for body in envelopes(texts):
            client.post(f"{self.root}objects/", body)
        return len(texts)

    def pull(self) -> int:
        """Read everything, page after page."""
        client, target, found = self.client(), f"{self.root}objects/?limit={PAGE}", 0
        while target:
            page = msgspec.json.decode(client.get(target), type=_Page)
            found += len(page.objects)
            target = f"{self.root}objects/?limit={PAGE}&next={page.next}" if page.next else ""
        if found != len(self.texts):
            raise RuntimeError(f"{found} objects were read, expected {len(self.texts)}")
        return found

    def asked(self, targets: Iterable[str], count: int) -> Callable[[], int]:
        """Return the work of asking the node *count* times for *targets* in turn."""
        return _asked(self.client(), (self.root + target for target in targets), count)

    def bare_asked(self, targets: Iterable[str], count: int) -> Callable[[], int]:
        """Return the same of the least server."""
        return _asked(Client(self.bare.port), targets, count)


def plain_client(*, port: int) -> Client:
    """Return a client of the plain collection."""
    secret = base64.b64encode(f"bench:{PASSWORD}".encode()).decode()
    return Client(port, authorization=f"Basic {secret}")


class _Page(msgspec.Struct):
    objects: list[msgspec.Raw] = []
    next: str | None = None


def _asked(client: Client, targets: Iterable[str], count: int) -> Callable[[], int]:
    turns = cycle(targets)

    def work() -> int:
        for _ in range(count):
            client.get(next(turns))
        return count

    work()
    return work


def envelopes(texts: list[bytes]) -> Iterable[bytes]:
    """Yield envelopes of a batch each."""
    for start in range(0, len(texts), BATCH):
        yield b'{"objects":[' + b",".join(texts[start : start + BATCH]) + b"]}"


def measure(on: Measured, limits: Limits, folder: Path) -> None:
    """Measure and print line after line."""
    count, tenth = len(on.texts), len(on.texts) // 10
    before = on.ours.cpu
    first = on.ours.rate(lambda: on.post(on.texts[:tenth]))
    on.post(on.texts[tenth:-tenth])
    last = on.ours.rate(lambda: on.post(on.texts[-tenth:]))
    _line("taken in", count / (on.ours.cpu - before), "composed", limits.composed)
    _line("  the last tenth", last, "the first tenth", first)
    raw = sum(map(len, on.texts))
    size = sum(each.stat().st_size for each in folder.iterdir())
    _line("  bytes kept per object", size / count, "bytes received", raw / count)
    _line("duplicates", on.ours.rate(lambda: on.post(on.texts[:tenth])), "ignored inserts", limits.ignored)
    _line("full pull", on.ours.rate(on.pull), "joined in SQLite", limits.joined)
    _reads(on, limits)
    sys.stdout.write(f"memory of the server process: {on.ours.memory / 2**20:.0f} MiB\n")


def _reads(on: Measured, limits: Limits) -> None:
    del limits
    marks = _marks(on)
    some_ids = on.ids[:: max(1, len(on.ids) // 997)]
    poll = f"objects/?limit={POLL}&added_after={marks[0.5]}"
    half = len(on.texts) // 2
    bare_poll = on.bare.rate(on.bare_asked([f"/after/{half}"], 3000))
    _line("polls of 100", on.ours.rate(on.asked([poll], 3000)), "bare query", bare_poll)
    by_id = on.ours.rate(on.asked([f"objects/{each}/" for each in some_ids], 8000))
    _line(
        "objects by id", by_id, "bare query", on.bare.rate(on.bare_asked([f"/objects/{one}" for one in some_ids], 8000))
    )
    _line("objects by id", by_id, "ready bytes", on.bare.rate(on.bare_asked(["/ready/small"], 8000)))
    start = on.ours.rate(on.asked([f"objects/?limit={PAGE}"], 400))
    _line("first page of 1,000", start, "ready bytes", on.bare.rate(on.bare_asked(["/ready/page"], 400)))
    deep = on.ours.rate(on.asked([f"objects/?limit={PAGE}&added_after={marks[_DEEP]}"], 400))
    _line("page at 90 % depth", deep, "first page", start)
    for name, target in _filters(on):
        _line(name, on.ours.rate(on.asked([target], 3000)), "objects by id", by_id)
    ready = slowest_percent(_clients(on, "/ready/small", 16), each=200)
    one = [on.asked([f"objects/{each}/"], 1) for each in some_ids[:16]]
    _line("ms at most, 16 readers, 99 %", 1000 * slowest_percent(one, each=200), "ready bytes", 1000 * ready)
    ready = slowest_percent(_clients(on, "/ready/small", 8), each=200)
    polls = [on.asked([poll], 1) for _ in range(8)]
    _line("ms at most, 8 pollers, 99 %", 1000 * slowest_percent(polls, each=200), "ready bytes", 1000 * ready)


def _clients(on: Measured, target: str, count: int) -> list[Callable[[], int]]:
    return [on.bare_asked([target], 1) for _ in range(count)]


def _filters(on: Measured) -> list[tuple[str, str]]:
    version = read_header(on.texts[7]).modified
    return [
        ("filter by id", f"objects/?match[id]={on.ids[7]}"),
        ("filter by rare type", "objects/?match[type]=malware&limit=1"),
        ("filter by id and version", f"objects/?match[id]={on.ids[7]}&match[version]={version}"),
        ("filter by spec_version", "objects/?match[spec_version]=2.1&limit=1"),
        ("filter by absent spec_version", "objects/?match[spec_version]=2.0"),
    ]


def _marks(on: Measured) -> dict[float, str]:
    """Return the times at which some shares of the objects had been added."""
    client, marks = on.client(), {}
    for share in (0.5, _DEEP):
        object_id = on.ids[int(len(on.ids) * share)]
        record = msgspec.json.decode(client.get(f"{on.root}manifest/?match[id]={object_id}"))["objects"][0]
        marks[share] = record["date_added"]
    return marks


def _line(what: str, found: float, reference: str, limit: float) -> None:
    sys.stdout.write(f"{what:30} {found:12,.1f}   {reference:16} {limit:12,.1f}   ratio {found / limit:6.2f}\n")
    sys.stdout.flush()


def make_node(folder: Path, port: int) -> None:
    """Make a node with a plain collection and one account for it."""
    values: dict[str, str | int] = {"kind": "node", "member": "XA", "profile": "five", "port": port, "sync_seconds": 0}
    make(folder, {**values, "database": os.environ.get("COMITY_BENCH_DATABASE", "sqlite:///node.db")})
    with (folder / FILE).open("a") as settings:
        settings.write(_PLAIN)
    service = node_service.open_node(load(folder))
    node_service.add_desk(service, "bench", role=node_service.CLIENT, purposes=(), password=PASSWORD, token=None)
    service.close()


if __name__ == "__main__":
    main()
