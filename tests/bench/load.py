"""What the benchmarks of the server share: objects of an ordinary size, a small HTTP client, a server's CPU time."""

import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import msgspec

TAXII = "application/taxii+json;version=2.1"
_TICK = os.sysconf("SC_CLK_TCK")


def objects(count: int, *, seed: int = 1) -> list[bytes]:
    """Return indicators of about 880 bytes, as a feed would carry them, and one malware object in a hundred."""
    source = random.Random(seed)  # noqa: S311  # load, not secrets
    return [msgspec.json.encode(_object(source, number)) for number in range(count)]


def _object(source: random.Random, number: int) -> dict[str, object]:
    day = f"2026-{source.randrange(1, 13):02d}-{source.randrange(1, 29):02d}T10:20:{source.randrange(60):02d}"
    uuid = UUID(int=source.getrandbits(128), version=4)
    common: dict[str, object] = {
        "spec_version": "2.1",
        "created_by_ref": "identity--7c6a1a6e-3c57-4c0c-9f0e-0d9e2b5c1a11",
        "created": f"{day}.000Z",
        "modified": f"{day}.000Z",
        "labels": ["loader", "energy"],
        "confidence": source.randrange(40, 100),
        "lang": "en",
        "external_references": [
            {
                "source_name": "national-cert",
                "url": f"https://cert.example/advisories/{source.getrandbits(48):012x}",
                "external_id": f"ADV-2026-{number % 100000:05d}",
            }
        ],
        "object_marking_refs": ["marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"],
    }
    if number % 100 == 99:
        name = f"loader-{source.getrandbits(24):06x}"
        return {"type": "malware", "id": f"malware--{uuid}", "name": name, "is_family": False, **common}
    host = f"{source.getrandbits(40):010x}.{source.getrandbits(24):06x}.example"
    return {
        "type": "indicator",
        "id": f"indicator--{uuid}",
        "name": f"Domain {host}",
        "description": f"Seen in loader activity against the energy sector by sensor {source.getrandbits(32):08x}.",
        "indicator_types": ["malicious-activity"],
        "pattern": f"[domain-name:value = '{host}']",
        "pattern_type": "stix",
        "valid_from": f"{day}.000Z",
        "valid_until": "2027-11-25T00:00:00.000Z",
        **common,
    }


class Client:
    """One kept connection to a server on this machine."""

    def __init__(self, port: int, *, authorization: str = "") -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._common = f"Host: localhost\r\nAccept: {TAXII}\r\n"
        if authorization:
            self._common += f"Authorization: {authorization}\r\n"

    def get(self, target: str) -> bytes:
        """Return the body of a successful answer."""
        return self._exchange(f"GET {target} HTTP/1.1\r\n{self._common}\r\n".encode())

    def post(self, target: str, body: bytes) -> bytes:
        """Return the body of a successful answer."""
        head = f"POST {target} HTTP/1.1\r\n{self._common}Content-Type: {TAXII}\r\nContent-Length: {len(body)}\r\n\r\n"
        return self._exchange(head.encode() + body)

    def _exchange(self, request: bytes) -> bytes:
        self._socket.sendall(request)
        received = bytearray()
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += self._some()
        head = bytes(received[:end])
        if head[9:10] != b"2":
            raise RuntimeError(f"{request[:200]!r} was answered {head[:200]!r}")
        length = next(int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
        while len(received) < end + 4 + length:
            received += self._some()
        return bytes(received[end + 4 :])

    def _some(self) -> bytes:
        some = self._socket.recv(1 << 20)
        if not some:
            raise RuntimeError("the server closed the connection")
        return some


@dataclass(frozen=True, kw_only=True)
class Server:
    """A process that serves."""

    process: "subprocess.Popen[bytes]"
    port: int

    @property
    def cpu(self) -> float:
        """The CPU seconds it has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICK

    @property
    def memory(self) -> int:
        """The bytes that are its own, and its share of what it shares."""
        rollup = Path(f"/proc/{self.process.pid}/smaps_rollup").read_text()
        return 1024 * next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))

    def rate(self, work: Callable[[], int]) -> float:
        """Return how many things a CPU second of the server gets done, *work* telling how many it did."""
        before = self.cpu
        done = work()
        return done / max(self.cpu - before, 1 / _TICK)


@contextmanager
def serving(arguments: Sequence[str], port: int) -> Iterator[Server]:
    """Run ``python *arguments*`` until the block ends; it is ready once its port takes connections."""
    process = subprocess.Popen([sys.executable, *arguments])
    try:
        _wait(process, port)
        yield Server(process=process, port=port)
    finally:
        process.terminate()
        process.wait()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def slowest_percent(requests: Sequence[Callable[[], object]], *, each: int) -> float:
    """Return the time in seconds that 99 % of requests stay under; every one of *requests* is a client of its own."""

    def one(request: Callable[[], object]) -> list[float]:
        times = []
        for _ in range(each):
            start = time.perf_counter()
            request()
            times.append(time.perf_counter() - start)
        return times

    with ThreadPoolExecutor(len(requests)) as pool:
        times = sorted(taken for client in pool.map(one, requests) for taken in client)
    return times[len(times) * 99 // 100]


def _wait(process: "subprocess.Popen[bytes]", port: int) -> None:
    for _ in range(600):
        if process.poll() is not None:
            raise RuntimeError("the server ended before it answered")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the server does not answer")
