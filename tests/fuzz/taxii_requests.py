"""Throw mutated requests at a node and a federation that run as processes of their own, for so many minutes.

Prints what the answers were, and every request that was answered 5xx, was not answered in time, or ended a process;
exits 1 if there was one. Methods that nobody knows are answered 501, as they may be (RFC 9110, 9.1). Equal seeds make
equal requests up to the random ids in them::

    python tests/fuzz/taxii_requests.py --minutes 10 --seed 1
"""

import argparse
import shlex
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.conformance.world import TAXII, basic, envelope, indicator, status_of  # noqa: E402
from tests.fuzz.mutations import Attempt, Mutator, Target  # noqa: E402

SETTINGS = """
sync_seconds = 0

[limits]
body_bytes = 300_000
page_objects = 50

[intake.own]

[intake.public]
tlp = "clear"
label = "common:C0"
releasable = "ALL"

[[plain]]
title = "Both"
alias = "both"

[[plain]]
root = "elsewhere"
title = "Write"
alias = "write"
access = "write-only"
"""
PASSWORD = "a long secret"
PLAIN = "/plain/collections/both/"
PATIENCE = 15.0
MOMENT = 0.3
SHOWN = 20
_UNKNOWN_METHOD = 501


@dataclass
class Tally:
    """What came back."""

    answers: Counter[str] = field(default_factory=Counter)
    broken: list[tuple[str, bytes]] = field(default_factory=list)
    """What went wrong, and the request that did it."""

    def note(self, answer: bytes | None, request: bytes) -> None:
        """Count one exchange."""
        status = None if answer is None else status_of(answer)
        word = "no answer in time" if answer is None else "closed" if status is None else str(status)
        self.answers[word] += 1
        if answer is None or (status is not None and status >= 500 and status != _UNKNOWN_METHOD):
            self.broken.append((word, request))


def exchange(port: int, attempt: Attempt) -> bytes | None:
    """Send a request; return what comes back until the server closes, or ``None`` when it is silent for too long.

    A request of which the server cannot know the end is ended for it after a moment.
    """
    received = b""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        try:
            connection.sendall(attempt.raw)
            if not attempt.is_whole:
                received = _early(connection)
                connection.shutdown(socket.SHUT_WR)
            connection.settimeout(PATIENCE)
            while chunk := connection.recv(65536):
                received += chunk
        except TimeoutError:
            return received or None
        except OSError:
            pass
    return received


def _early(connection: socket.socket) -> bytes:
    connection.settimeout(MOMENT)
    try:
        return connection.recv(65536)
    except TimeoutError:
        return b""


def works(port: int, collection: str, authorization: str) -> bool:
    """Return whether the server still takes an object and gives it back."""
    headers = {"Accept": TAXII, "Content-Type": TAXII, "Authorization": authorization}
    one, url = indicator(), f"http://127.0.0.1:{port}{collection}objects/"
    posted = httpx.post(url, content=envelope(one), headers=headers, timeout=PATIENCE)
    found = httpx.get(f"{url}{one['id']}/", headers=headers, timeout=PATIENCE)
    return posted.status_code == 202 and found.json().get("objects") == [one]


def storm(port: int, target: Target, *, seed: int, until: float, tally: Tally) -> None:
    """Send requests until the time is over."""
    mutator = Mutator(target, seed)
    while time.monotonic() < until:
        request = mutator.request()
        try:
            tally.note(exchange(port, request), request.raw)
        except OSError as error:
            tally.broken.append((f"no connection: {error}", request.raw))
            time.sleep(0.5)


# --- services


def comity(*words: str) -> str:
    command = [sys.executable, "-m", "comity.cli.main", *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@contextmanager
def serving(kind: str, folder: Path, port: int) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a service; what it logs is left in its folder."""
    with (folder / "log").open("wb") as log:
        command = [sys.executable, "-m", "comity.cli.main", kind, "serve", str(folder)]
        process = subprocess.Popen(command, stderr=log, stdout=log)
        try:
            httpx.Client(transport=httpx.HTTPTransport(retries=9)).get(f"http://127.0.0.1:{port}/healthz", timeout=60)
            yield process
        finally:
            process.terminate()
            process.wait(60)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def made_node(folder: Path, port: int, database: str) -> Target:
    comity(
        "node", "init", str(folder), "--profile", "five", "--member", "XA", "--port", str(port), "--database", database
    )
    with (folder / "comity.toml").open("a") as file:
        file.write(SETTINGS)
    secret = folder / "secret"
    secret.write_text(PASSWORD)
    for name, role in (("client", "client"), ("cert", "cert"), ("soc", "soc")):
        comity("desk", "add", str(folder), name, "--role", role, "--password-file", str(secret))
    places = (
        "plain/collections/both",
        "elsewhere/collections/write",
        "comity/collections/public",
        "comity/collections/own",
    )
    desks = ("comity/collections/cert-incident-response", "comity/collections/soc-incident-response")
    users = [basic(name, PASSWORD) for name in ("client", "cert", "cert", "cert", "soc")]
    return Target([f"/{place}/" for place in (*places, *desks)], [*users, *users, "Basic !", "Bearer \xff"])


def made_hub(folder: Path, port: int) -> Target:
    comity("federation", "init", str(folder), "--profile", "five", "--port", str(port))
    with (folder / "comity.toml").open("a") as file:
        file.write("\n[limits]\nbody_bytes = 300_000\npage_objects = 50\n")
    admission = folder / "xa.json"
    comity("federation", "admit", str(folder), "XA", "--out", str(admission))
    token = httpx.Response(200, content=admission.read_bytes()).json()["token"]
    (folder / "secret").write_text(PASSWORD)
    comity("desk", "add", str(folder), "desk", "--role", "XB/cert", "--password-file", str(folder / "secret"))
    places = ("/comity/collections/node-xa/", "/comity/collections/xb-cert-incident-response/")
    users = [f"Bearer {token}", f"Bearer {token}", basic("desk", PASSWORD)]
    return Target(places, [*users, *users, "Bearer x"])


# --- the run


def main() -> int:
    """Run the storm, and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--clients", type=int, default=4, help="at once, half of them at the federation")
    parser.add_argument("--database", default="sqlite:///node.db", help="of the node")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        node, hub = Path(place) / "node", Path(place) / "hub"
        ports = free_port(), free_port()
        targets = made_node(node, ports[0], given.database), made_hub(hub, ports[1])
        with serving("node", node, ports[0]) as first, serving("federation", hub, ports[1]) as second:
            tallies = [Tally() for _ in range(given.clients)]
            until = time.monotonic() + 60 * given.minutes
            with ThreadPoolExecutor(given.clients) as pool:
                for number, tally in enumerate(tallies):
                    which, seed = number % 2, given.seed * 1000 + number
                    pool.submit(storm, ports[which], targets[which], seed=seed, until=until, tally=tally)
            alive = (
                first.poll() is None
                and second.poll() is None
                and works(ports[0], "/plain/collections/both/", basic("client", PASSWORD))
            )
        return report(tallies, alive=alive)


def report(tallies: list[Tally], *, alive: bool) -> int:
    answers: Counter[str] = sum((tally.answers for tally in tallies), Counter())
    broken = [each for tally in tallies for each in tally.broken]
    print(
        f"{sum(answers.values())} requests: " + ", ".join(f"{word} {count}" for word, count in sorted(answers.items()))
    )
    print(f"5xx, hangs and lost connections: {len(broken)}; the services {'live and work' if alive else 'DO NOT WORK'}")
    for word, request in broken[:SHOWN]:
        print(f"--- {word}\n{shlex.quote(repr(request[:4000]))}")
    return int(bool(broken) or not alive)


if __name__ == "__main__":
    sys.exit(main())
