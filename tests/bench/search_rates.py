"""How long searches take through HTTP as one desk, beside the least there could be, in the same run.

``python tests/bench/search_rates.py [N] [FOLDER]`` makes a node with N objects of the twelve members of a bloc (200,000
unless said otherwise) in FOLDER, or takes the node that is there, and prints a line for each kind of question: the
median and the slowest percent in milliseconds, the CPU time of the server, and how often that is the reference:

- *ready bytes*: an answer of the same server without any query;
- *raw look-up*: values in an index of the same file, in this process, without rights or HTTP.

Each question is another one each time, so that nothing but the database's own pages is remembered.
"""

import random
import re
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import httpx
from comity.app import node_service
from comity.domain.purpose import Purpose
from comity.settings import load
from load import Client, Server, free_port, serving
from search_load import COMMON, FAMILIES, PLACES, RARE, TOKEN, UNCOMMON, Load, build

EACH = 200
LINES = 1_000
PASSWORD = "a password for the benchmark"
_FORM = re.compile(r'name="token" value="([0-9a-f]+)"')


@dataclass(frozen=True)
class Taken:
    """How long requests took, in milliseconds."""

    times: Sequence[float]
    cpu: float
    """Of the server, for one request."""

    def percentile(self, share: float) -> float:
        """Return the time that a share of the requests stayed under."""
        return sorted(self.times)[min(int(len(self.times) * share), len(self.times) - 1)]


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(temporary) / "node"
        port = free_port()
        found = build(folder, count, port)
        settings = load(folder)
        service = node_service.open_node(settings)
        node_service.add_desk(service, "bench", role="cert", purposes=tuple(Purpose), password=PASSWORD, token=TOKEN)
        service.close()
        with serving(["-m", "comity.cli.main", "node", "serve", str(folder)], settings.port) as server:
            _measure(server, found, folder)


def _measure(server: Server, found: Load, folder: Path) -> None:
    source = random.Random(1)  # noqa: S311  # load, not secrets
    client = Client(server.port, authorization=f"Bearer {TOKEN}")
    ready = _taken(server, EACH, lambda _: client.get("/healthz"))
    values = [source.choice(found.values[source.choice(sorted(found.values))]) for _ in range(EACH)]
    raw = _raw_lists(folder / "node.db", values)
    sys.stdout.write(f"{found.count:,} objects; ready bytes {ready.percentile(0.5):.2f} ms, ")
    sys.stdout.write(f"raw look-up {raw.percentile(0.5):.3f} ms, at most {raw.percentile(0.99):.3f} ms\n")
    for name, questions in _questions(found, values, source).items():
        turns = list(questions)

        def ask(place: int, turns: Sequence[str] = turns) -> None:
            client.get(f"/search?{urlencode({'q': turns[place], 'format': 'json'})}")

        _line(name, _taken(server, len(turns), ask), ready, "ready bytes")
    with httpx.Client(base_url=f"http://127.0.0.1:{server.port}") as browser:
        form = _FORM.findall(browser.get("/").text)[0]
        browser.post("/login", data={"token": form, "name": "bench", "password": PASSWORD})
        form = _FORM.findall(browser.get("/lookup").text)[0]
        lists = ["\n".join(_pasted(found, source)) for _ in range(20)]

        def look_up(place: int) -> None:
            answer = browser.post("/lookup?format=json", data={"token": form, "values": lists[place]})
            if len(answer.json()["lines"]) != LINES:
                raise RuntimeError(f"status {answer.status_code}, expected an answer to each line")

        thousand = _raw_lists(folder / "node.db", lists)
        _line("1,000 lines", _taken(server, len(lists), look_up), thousand, "raw look-up")


def _questions(found: Load, values: Sequence[str], source: random.Random) -> dict[str, list[str]]:
    """Return the questions of each kind: some find something and some nothing, some words are rare and some common."""
    absent = [_absent(source) for _ in range(EACH)]
    words = [source.choice(FAMILIES) for _ in range(EACH)]
    facets = [
        lambda: f"tlp:{source.choice(('green', 'amber'))}",
        lambda: f"member:{source.choice(found.members)}",
        lambda: f"sector:{source.choice(('energy', 'health'))}",
        lambda: f"kind:{source.choice(('domain', 'ipv6'))}",
        lambda: "type:malware",
    ]
    texts = [
        COMMON,
        UNCOMMON,
        f'"{RARE}"',
        *(f'"{word} {source.choice(PLACES)}"' for word in words[:20]),
        *words[20:40],
    ]
    return {
        "exact values that are there": [f"value:{value}" for value in values],
        "exact values that are not": [f"value:{value}" for value in absent],
        "text alone": [source.choice(texts) for _ in range(EACH)],
        "text and a facet": [f"{source.choice(texts)} {source.choice(facets)()}" for _ in range(EACH)],
        "text and two facets": [
            f"{source.choice(texts)} {facets[0]()} {source.choice(facets[1:])()}" for _ in range(EACH)
        ],
        "facets alone": [source.choice(facets)() for _ in range(EACH)],
        "everything": [""] * 40,
        "inside a /24": [f"10.{source.randrange(256)}.{source.randrange(256)}.0/24" for _ in range(EACH)],
        "inside a /20": [f"10.{source.randrange(256)}.{source.randrange(16) * 16}.0/20" for _ in range(EACH)],
        "inside a /16": [f"10.{source.randrange(256)}.0.0/16" for _ in range(40)],
        "around an address": [
            f"10.{source.randrange(256)}.{source.randrange(256)}.{source.randrange(256)}" for _ in range(EACH)
        ],
        "under a domain": [f"{source.getrandbits(14):04x}.example" for _ in range(EACH)],
        "beginning of a value": [f"value:{source.choice(PLACES)}-{source.getrandbits(12):03x}*" for _ in range(EACH)],
    }


def _absent(source: random.Random) -> str:
    return source.choice(
        (f"{source.getrandbits(48):012x}.absent.example", f"{source.getrandbits(256):064x}", "192.0.2.7")
    )


def _pasted(found: Load, source: random.Random) -> list[str]:
    """Return lines as people paste them, a quarter of them known."""
    known = [source.choice(found.values[source.choice(sorted(found.values))]) for _ in range(LINES // 4)]
    addresses = [
        f"10.{source.randrange(256)}[.]{source.randrange(256)}.{source.randrange(256)}" for _ in range(LINES // 4)
    ]
    others = [f"hxxp://{source.getrandbits(40):010x}[.]example/{number}" for number in range(LINES // 4)]
    lines = [*known, *addresses, *others, *(_absent(source) for _ in range(LINES // 4))]
    source.shuffle(lines)
    return lines


def _taken(server: Server, count: int, work: Callable[[int], object]) -> Taken:
    times = []
    work(count - 1)  # what a server makes once, it makes now
    cpu = server.cpu
    for place in range(count):
        start = time.perf_counter()
        work(place)
        times.append(1_000 * (time.perf_counter() - start))
    return Taken(times, 1_000 * (server.cpu - cpu) / count)


def _raw_lists(path: Path, lists: Sequence[str]) -> Taken:
    """Look the values of each text up, one a line."""
    connection = sqlite3.connect(path)
    times = []
    for one in lists:
        start = time.perf_counter()
        for value in one.split("\n"):
            connection.execute("SELECT object_no FROM terms WHERE value = ?", (value,)).fetchall()
        times.append(1_000 * (time.perf_counter() - start))
    connection.close()
    return Taken(times, 0.0)


def _line(name: str, taken: Taken, reference: Taken, of: str) -> None:
    median, slowest = taken.percentile(0.5), taken.percentile(0.99)
    ratio = median / reference.percentile(0.5)
    sys.stdout.write(
        f"{name:28} {median:8.1f} ms   99 % {slowest:8.1f} ms   CPU {taken.cpu:7.1f} ms   {ratio:7.1f} x {of}\n"
    )
    sys.stdout.flush()


if __name__ == "__main__":
    main()
