"""What stands in front of every route: who may ask how much, what must arrive in time, what is kept and compressed.

One ASGI application around another. An answer that is sent in one piece is given its ``Cache-Control``, its tag and
its coding on the way out; one that is streamed passes as it is. ``HEAD`` is answered as ``GET`` is, without the body
(RFC 9110, 9.3.2). What is refused here is answered as a TAXII error, whatever was asked for.
"""

import math
from collections.abc import Callable, Hashable, Mapping
from dataclasses import KW_ONLY, dataclass

import anyio.to_thread

from comity.gateway import caching, compression
from comity.gateway.arrival import Arrival
from comity.gateway.caching import Tags
from comity.gateway.http import (
    App,
    Message,
    Outgoing,
    Receive,
    Response,
    Scope,
    Send,
    UnreadableError,
    joined_fields,
    outgoing,
    send_response,
)
from comity.gateway.limiting import Limiter, neighbourhood
from comity.taxii.errors import error_body
from comity.taxii.media_type import TAXII

WRONG_PASSWORD = 10
"""A password that turns out to be wrong counts as so many requests more: it is costly to check."""

_ONCE = frozenset({b"authorization", b"content-type", b"host"})
"""Fields that mean nothing when they are sent twice (RFC 9110, 5.3)."""
_CLOSING = frozenset({408, 413})
"""After these the rest of the request is not waited for."""


@dataclass(frozen=True, slots=True)
class Front:
    """Stands in front of *app*."""

    app: App
    _: KW_ONLY
    tags: Tags
    desks: Limiter
    addresses: Limiter
    desk_of: Callable[[Mapping[bytes, bytes]], Hashable]
    """Tells by its header fields whose a request is, or ``None`` where that is not known without looking it up."""
    body_bytes: int
    request_seconds: float
    compression: bool = True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        asked = dict(scope["headers"])
        if len(asked) != len(scope["headers"]):
            asked = joined_fields(scope["headers"])
        answer = _Answer(self, asked, send, is_head=scope["method"] == "HEAD", is_get=scope["method"] in _READS)
        if wrong := _wrong_fields(scope, asked):
            await answer.refuse(400, wrong)
            return
        desk = self.desk_of(asked)
        limiter, caller = (self.desks, desk) if desk is not None else (self.addresses, _address(scope))
        wait = limiter.enter(caller)
        if wait:
            await answer.refuse(429, "too many requests", {"retry-after": str(math.ceil(wait))})
            return
        try:
            await self._answered(scope, receive, answer)
            if answer.status == 401 and desk is None and asked.get(b"authorization", b"")[:6].lower() == b"basic ":
                limiter.charge(caller, WRONG_PASSWORD)
        finally:
            limiter.leave(caller)

    async def _answered(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        """Let the application answer; whatever it makes of a body that did not arrive, the answer says that."""
        if answer.is_head:
            scope = {**scope, "method": "GET"}
        asked = answer.asked
        if b"transfer-encoding" not in asked and asked.get(b"content-length", b"0") == b"0":
            await self.app(scope, receive, answer.send)
            return
        try:
            answer.arrival = Arrival(receive, limit=self.body_bytes, seconds=self.request_seconds)
            answer.arrival.expect(asked.get(b"content-length", b""))
            await self.app(scope, answer.arrival.receive, answer.send)
        except UnreadableError as error:
            if answer.started:
                raise
            await answer.refuse(error.status, error.title)


class _Answer:
    """The answer to one request, on its way out."""

    __slots__ = ("_front", "_send", "_start", "arrival", "asked", "is_get", "is_head", "refused", "started", "status")

    def __init__(self, front: Front, asked: Mapping[bytes, bytes], send: Send, *, is_head: bool, is_get: bool) -> None:
        self._front = front
        self._send = send
        self._start: Message = {}
        self.asked = asked
        self.is_head, self.is_get = is_head, is_get
        self.arrival: Arrival | None = None
        self.started = self.refused = False
        self.status = 0

    async def send(self, message: Message) -> None:
        """Take a message of the application."""
        problem = None if self.arrival is None else self.arrival.problem
        if self.refused:
            return
        if self.started:
            await self._stream(message)
        elif problem is not None:
            await self.refuse(problem.status, problem.title)
        elif message["type"] == "http.response.start":
            self._start, self.status = message, message["status"]
        elif message.get("more_body", False):
            await self._stream(self._start)
            await self._stream(message)
        else:
            await self._finish(outgoing(self._start, message.get("body", b"")))

    async def refuse(self, status: int, title: str, more: Mapping[str, str] | None = None) -> None:
        """Answer with a refusal instead of what the application says."""
        if self.started:
            return
        self.started, self.refused, self.status = True, True, status
        headers = {"content-type": TAXII, "cache-control": "no-store", "x-content-type-options": "nosniff"}
        headers.update(more or {})
        if status in _CLOSING:
            headers["connection"] = "close"
        response = Response(status=status, headers=headers, body=error_body(status, title))
        await send_response(response, self._send, head=self.is_head)

    async def _stream(self, message: Message) -> None:
        self.started = True
        if self.is_head and message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await self._send(message)

    async def _finish(self, answer: Outgoing) -> None:
        """Send a whole answer."""
        answer.fields.setdefault(b"x-content-type-options", b"nosniff")
        if self.is_get:
            caching.validate(self.asked, answer, self._front.tags)
        else:
            answer.fields.setdefault(b"cache-control", caching.NOTHING)
        if self.arrival is not None and self.arrival.is_oversized:
            answer.fields[b"connection"] = b"close"
        if self._front.compression and answer.body:
            try:
                coding = compression.coding_of(self.asked, answer, is_get=self.is_get)
            except UnreadableError as error:
                await self.refuse(error.status, error.title)
                return
            if coding is not None:
                await _pack(answer, coding)
        self.started = True
        await self._send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        await self._send({"type": "http.response.body", "body": b"" if self.is_head else answer.body})


async def _pack(answer: Outgoing, coding: str) -> None:
    """Put the body in its coding; a large one beside the event loop."""
    if len(answer.body) < compression.LARGE:
        answer.body = compression.pack(answer.body, coding)
    else:
        answer.body = await anyio.to_thread.run_sync(compression.pack, answer.body, coding)
    answer.fields[b"content-encoding"] = coding.encode()
    answer.fields[b"content-length"] = str(len(answer.body)).encode()


def _wrong_fields(scope: Scope, asked: Mapping[bytes, bytes]) -> str | None:
    """Return what is wrong with the header fields of a request before it is known what it asks for."""
    if b"host" not in asked and scope["http_version"] == "1.1":
        return "the header field Host is missing"
    if len(asked) == len(scope["headers"]):
        return None
    names = [name for name, _ in scope["headers"] if name in _ONCE]
    return "a header field was sent twice that can be sent only once" if len(set(names)) != len(names) else None


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return neighbourhood(client[0]) if client else ""


_READS = frozenset({"GET", "HEAD"})
