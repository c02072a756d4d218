"""HTTP as the hot routes need it: a request read within limits, and an answer of bytes (ASGI 3).

The body is read apart from the rest, so that nothing is taken in from a caller who will be refused anyway.
"""

import zlib
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass, field, replace
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_GZIP_WINDOW = 31
_MOST_DIGITS = 18

LONGEST_TARGET = 1 << 16
"""The longest path with its query that is read: a filter of a thousand ids is shorter."""

LARGEST_HEAD = 1 << 16
"""The most bytes of header fields that are read."""


class UnreadableError(Exception):
    """A request cannot be taken; *status* is the HTTP status that says so."""

    def __init__(self, status: int, title: str) -> None:
        super().__init__(title)
        self.status = status
        self.title = title


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request; its body is ``None`` until it has been read."""

    method: str
    path: str
    query: bytes
    headers: dict[str, str]
    """By lower-case name; a header that was sent twice has its values joined by commas."""
    body: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An answer."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Outgoing:
    """A whole answer on its way out, which may still be changed."""

    status: int
    fields: dict[bytes, bytes]
    """By lower-case name; a field that is there several times has its values joined by commas."""
    body: bytes
    more_cookies: tuple[bytes, ...] = ()
    """The values of ``set-cookie`` after the first: these cannot be joined (RFC 9110, 5.3)."""

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """The header fields as they are sent."""
        headers = list(self.fields.items())
        if self.more_cookies:
            headers += [(b"set-cookie", value) for value in self.more_cookies]
        return headers


def joined_fields(pairs: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Return header fields by name, the values of those that are there several times joined (RFC 9110, 5.3)."""
    fields: dict[bytes, bytes] = {}
    for name, value in pairs:
        separator = b"; " if name == b"cookie" else b", "
        fields[name] = fields[name] + separator + value if name in fields else value
    return fields


def outgoing(start: Message, body: bytes) -> Outgoing:
    """Return the answer that an application began with *start* and ended with *body*."""
    pairs = start["headers"]
    fields = dict(pairs)
    if len(fields) == len(pairs):
        return Outgoing(start["status"], fields, body)
    cookies = [value for name, value in pairs if name == b"set-cookie"]
    fields = joined_fields(pair for pair in pairs if pair[0] != b"set-cookie")
    if cookies:
        fields[b"set-cookie"] = cookies[0]
    return Outgoing(start["status"], fields, body, tuple(cookies[1:]))


def read_head(scope: Scope) -> Request:
    """Return the request without its body.

    Raises:
        UnreadableError: the path or the header fields are longer than any client has a use for.
    """
    if len(scope["path"]) + len(scope["query_string"]) > LONGEST_TARGET:
        raise UnreadableError(414, f"the path and query are longer than {LONGEST_TARGET} bytes")
    if sum(len(name) + len(value) for name, value in scope["headers"]) > LARGEST_HEAD:
        raise UnreadableError(431, f"the header fields are larger than {LARGEST_HEAD} bytes")
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        key = name.decode("latin-1").lower()
        text = value.decode("latin-1")
        headers[key] = f"{headers[key]},{text}" if key in headers else text
    return Request(method=scope["method"], path=scope["path"], query=scope["query_string"], headers=headers)


async def read_body(request: Request, receive: Receive, *, limit: int) -> Request:
    """Return the request with its body, decoded when it is gzip.

    Raises:
        UnreadableError: the body is larger than *limit* bytes, packed or unpacked, is broken, or in another coding.
    """
    coding = request.headers.get("content-encoding", "identity").strip().lower() or "identity"
    if coding not in {"identity", "gzip", "x-gzip"}:
        raise UnreadableError(415, "the content coding is not known, expected gzip or none")
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced[:_MOST_DIGITS]) > limit:
        raise UnreadableError(413, f"the body is larger than {limit} bytes")
    body = await _body(receive, limit)
    if body and coding != "identity":
        body = _unpacked(body, limit)
    return replace(request, body=body)


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
            raise UnreadableError(400, "the request ended before its body did")
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limit:
            raise UnreadableError(413, f"the body is larger than {limit} bytes")
        if not message.get("more_body", False):
            return b"".join(parts)


def _unpacked(body: bytes, limit: int) -> bytes:
    unpacker = zlib.decompressobj(_GZIP_WINDOW)
    try:
        unpacked = unpacker.decompress(body, limit + 1)
    except zlib.error as error:
        raise UnreadableError(400, "the body is not the gzip it is said to be") from error
    if len(unpacked) > limit:
        raise UnreadableError(413, f"the body unpacks to more than {limit} bytes")
    if not unpacker.eof or unpacker.unused_data:
        raise UnreadableError(400, "the body is not one whole gzip member")
    return unpacked
