"""What the front of every route costs: processor time for each request, beside an application that says ready bytes.

Run without a server, so that nothing else is measured. The last column is the share of what uvicorn itself needs for
the same ready bytes over a socket, which the first line measures in the same run.
"""

import asyncio
import socket
import sys
import time
from threading import Event, Thread
from typing import Any

import msgspec
import uvicorn
from comity.gateway.caching import Tags
from comity.gateway.compression import pack
from comity.gateway.connections import Patience, protocol_of
from comity.gateway.front import Front
from comity.gateway.http import App, Message, Receive, Scope, Send
from comity.gateway.limiting import Allowance, Limiter

ROUNDS = 5
TAXII = b"application/taxii+json;version=2.1"
ASKED = [
    (b"host", b"node.example"),
    (b"accept", TAXII),
    (b"user-agent", b"bench"),
    (b"authorization", b"Basic d3JpdGVyOnBhc3N3b3Jk"),
]
PATIENCE = Patience(head_seconds=5, request_seconds=60, answer_seconds=60, connections=1_000)


def _page(count: int) -> bytes:
    objects = [
        {
            "type": "indicator",
            "spec_version": "2.1",
            "id": f"indicator--{number:08x}-3c1b-4a55-9c1e-{number * 7919 % 2**48:012x}",
            "created": f"2026-01-05T10:20:{number % 60:02d}.{number % 1000:03d}Z",
            "modified": f"2026-01-06T10:20:{number % 60:02d}.{number % 1000:03d}Z",
            "name": f"host-{number * 104729 % 2**32:08x}.example",
            "description": f"Seen in activity against a sector by sensor {number * 15485863 % 2**32:08x}.",
            "indicator_types": ["malicious-activity"],
            "pattern": f"[domain-name:value = 'host-{number * 104729 % 2**32:08x}.example']",
            "pattern_type": "stix",
            "valid_from": "2026-01-05T10:20:30.000Z",
            "external_references": [{"source_name": "cert", "url": f"https://cert.example/{number * 32452843:x}"}],
            "object_marking_refs": ["marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"],
            "confidence": number % 100,
        }
        for number in range(count)
    ]
    return msgspec.json.encode({"more": False, "objects": objects})


def _ready(body: bytes) -> App:
    headers = [(b"content-type", TAXII), (b"content-length", str(len(body)).encode())]

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


def _fronted(app: App) -> Front:
    generous = Allowance(per_second=1e9, burst=1e9, concurrency=100)
    return Front(
        app,
        tags=Tags(b"secret"),
        desks=Limiter(generous, time.monotonic),
        addresses=Limiter(generous, time.monotonic),
        desk_of=lambda asked: asked.get(b"authorization"),
        body_bytes=1_000,
        request_seconds=60.0,
    )


async def _nowhere(message: Message) -> None:
    pass


async def _nothing() -> Message:
    return {"type": "http.disconnect"}


def _microseconds(app: App, times: int, *more: tuple[bytes, bytes]) -> float:
    """Return the least processor time of a request in several rounds: other work on the machine disturbs it least."""

    async def run() -> None:
        for _ in range(times):
            await app(
                {"type": "http", "method": "GET", "headers": headers, "client": ("192.0.2.1", 1)}, _nothing, _nowhere
            )

    headers = [*ASKED, *more]
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        asyncio.run(run())
        best = min(best, time.process_time() - start)
    return best / times * 1e6


def _served(app: App, http: Any, times: int) -> float:
    """Return the processor time of a request that uvicorn serves, in its thread."""
    spent: list[float] = []
    started = Event()

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            started.set()

    with socket.create_server(("127.0.0.1", 0)) as bound:
        server = Server(uvicorn.Config(app, http=http, ws="none", log_config=None, lifespan="off", date_header=False))

        def run() -> None:
            server.run(sockets=[bound])
            spent.append(time.thread_time())

        thread = Thread(target=run)
        thread.start()
        started.wait()
        lines = b"\r\n".join(name + b": " + value for name, value in ASKED)
        request = b"GET / HTTP/1.1\r\n" + lines + b"\r\n\r\n"
        with socket.create_connection(bound.getsockname()) as client:
            for _ in range(times):
                client.sendall(request)
                while not client.recv(1 << 16).endswith(b"}"):
                    pass
        server.should_exit = True
        thread.join()
    return spent[0] / times * 1e6


def _line(what: str, micros: float, reference: float) -> None:
    sys.stdout.write(f"{what:<58} {micros:9.1f} us  {micros / reference:6.2f} of uvicorn\n")


def main() -> None:
    """Print one line for each kind of answer."""
    small = _ready(_page(1))
    reference = min(_served(small, "httptools", 4_000) for _ in range(3))
    watched = min(_served(small, protocol_of(PATIENCE), 4_000) for _ in range(3))
    _line("uvicorn, one object, ready bytes", reference, reference)
    _line("the same with watched connections", watched, reference)
    for count, times in ((1, 20_000), (100, 5_000), (1_000, 500)):
        body = _page(count)
        app, fronted = _ready(body), _fronted(_ready(body))
        plain = _microseconds(app, times)
        for what, more in _WAYS:
            cost = _microseconds(fronted, max(times // _SLOWER.get(what, 1), 50), *more) - plain
            _line(f"front, {count} objects ({len(body):,} bytes), {what}", cost, reference)
        for coding in ("gzip", "zstd"):
            sys.stdout.write(f"    {coding}: {len(pack(body, coding)) / len(body):.3f} of the size\n")


_WAYS: tuple[tuple[str, tuple[tuple[bytes, bytes], ...]], ...] = (
    ("plain", ()),
    ("304", ((b"if-none-match", b"*"),)),
    ("gzip", ((b"accept-encoding", b"gzip, deflate"),)),
    ("zstd", ((b"accept-encoding", b"gzip, zstd"),)),
)
_SLOWER = {"gzip": 10, "zstd": 10}


if __name__ == "__main__":
    main()
