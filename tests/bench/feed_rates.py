"""How many records a second feeds read, and a node takes in with commit, beside ``msgspec.json.decode`` of the objects.

Process time is counted, which other work on the machine disturbs less than the clock on the wall.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from comity.app import collector
from comity.app.folder import make
from comity.app.node_service import open_node
from comity.node.feed_labels import defaults_of
from comity.node.feeding import Record, feed_in
from comity.node.fetching import taking
from comity_feeds import plain_list, stix_bundle, threatfox

COUNT = 20_000
ROUNDS = 3
OPTIONS: Mapping[str, object] = {
    "source": "bench",
    "member": "XA",
    "received_at": datetime(2026, 1, 5, tzinfo=UTC),
    "tlp": "green",
}
Read = Callable[[bytes, Mapping[str, object]], Iterable[Record]]


def _stix(number: int) -> str:
    return (
        f'{{"type":"indicator","spec_version":"2.1","id":"indicator--{number:08x}-3c1b-4a55-9c1e-6d2f8b7a4c10",'
        f'"created":"2026-01-05T10:20:30.000Z","modified":"2026-01-05T10:20:30.000Z","name":"h{number}.example",'
        f'"pattern":"[domain-name:value = \'h{number}.feed.example\']","pattern_type":"stix",'
        '"valid_from":"2026-01-05T10:20:30.000Z"}\n'
    )


def _threat(number: int) -> str:
    host = f"h{number}.feed.example"
    return f'"2026-01-04 10:00:00", "{number}", "{host}", "domain", "botnet_cc", "x", "None", "X", "", "75"\n'


SOURCES: Mapping[str, tuple[Read, Callable[[int], str]]] = {
    "STIX lines": (stix_bundle.read, _stix),
    "plain list": (plain_list.read, lambda number: f"h{number}.feed.example # note {number % 7}\n"),
    "ThreatFox table": (threatfox.read, _threat),
}


def _rate(work: Callable[[], object], count: int, rounds: int = ROUNDS) -> float:
    """Return the best rate of several rounds."""
    best = float("inf")
    for _ in range(rounds):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return count / best


def _load(read: Read, body: bytes) -> float:
    """Return the rate at which a new node takes the objects in: checked, labelled, fingerprinted, committed."""
    with tempfile.TemporaryDirectory() as folder:
        values: dict[str, str | int] = {"kind": "node", "member": "XA", "profile": "five", "sync_seconds": 0}
        service = open_node(make(Path(folder) / "node", {**values, "database": "sqlite:///node.db"}))
        defaults = defaults_of(service.node, tlp="green", label="common:C1", releasable="ALL")
        take = taking(service.intake, defaults)
        rate = _rate(lambda: list(feed_in(read(body, OPTIONS), take)), COUNT, rounds=1)
        service.close()
    return rate


def main() -> None:
    """Print one line for each source."""
    collector.calm()  # as the command does
    for name, (read, line) in SOURCES.items():
        body = "".join(map(line, range(COUNT))).encode()
        raws = [record.raw for record in read(body, OPTIONS) if record.raw is not None]
        decoded = _rate(lambda raws=raws: [msgspec.json.decode(raw) for raw in raws], COUNT)
        reading = _rate(lambda read=read, body=body: list(read(body, OPTIONS)), COUNT)
        loading = _load(read, body)
        sys.stdout.write(
            f"{name}: read {reading:,.0f}/s, taken in {loading:,.0f}/s, msgspec {decoded:,.0f}/s; "
            f"reading costs {decoded / reading:.1f}, taking in {decoded / loading:.1f} times msgspec\n"
        )


if __name__ == "__main__":
    main()
