"""HTTP as the hot routes need it: a request read whole within limits, and an answer of bytes (ASGI 3)."""

import zlib
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_GZIP_WINDOW = 31


class BodyError(Exception):
    """The body of a request cannot be taken; *status* is the HTTP status that says so."""

    def __init__(self, status: int, title: str) -> None:
        super().__init__(title)
        self.status = status
        self.title = title


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request with its body."""

    method: str
    path: str
    query: bytes
    headers: dict[str, str]
    """By lower-case name; a header that was sent twice has its values joined by commas."""
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An answer."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


async def read_request(scope: Scope, receive: Receive, *, limit: int) -> Request:
    """Return the request with its body, decoded when it is gzip.

    Raises:
        BodyError: the body is larger than *limit* bytes, packed or unpacked, is broken, or in another coding.
    """
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        key = name.decode("latin-1").lower()
        text = value.decode("latin-1")
        headers[key] = f"{headers[key]},{text}" if key in headers else text
    body = b"" if scope["method"] in {"GET", "HEAD"} else await _body(receive, limit)
    coding = headers.get("content-encoding", "identity").strip().lower()
    if body and coding not in {"identity", ""}:
        body = _decoded(body, coding, limit)
    return Request(method=scope["method"], path=scope["path"], query=scope["query_string"], headers=headers, body=body)


async def send_response(response: Response, send: Send, *, head: bool) -> None:
    """Send an answer; to a HEAD request without its body (RFC 7231, 4.3.2)."""
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers.items()]
    headers.append((b"content-length", str(len(response.body)).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head else response.body})


async def _body(receive: Receive, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BodyError(400, "the request ended before its body did")
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limit:
            raise BodyError(413, f"the body is larger than {limit} bytes")
        if not message.get("more_body", False):
            return b"".join(parts)


def _decoded(body: bytes, coding: str, limit: int) -> bytes:
    if coding not in {"gzip", "x-gzip"}:
        raise BodyError(415, "the content coding is not known, expected gzip or none")
    unpacker = zlib.decompressobj(_GZIP_WINDOW)
    try:
        unpacked = unpacker.decompress(body, limit + 1)
    except zlib.error as error:
        raise BodyError(400, "the body is not the gzip it is said to be") from error
    if len(unpacked) > limit:
        raise BodyError(413, f"the body unpacks to more than {limit} bytes")
    if not unpacker.eof or unpacker.unused_data:
        raise BodyError(400, "the body is not one whole gzip member")
    return unpacked
