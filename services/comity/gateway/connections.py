"""Connections that do not come to anything are closed: heads and bodies that do not arrive, answers that nobody reads.

``Front`` sees a request once its head is there. What happens before that, and after the answer, is seen here, by the
protocol of the HTTP server. Nothing is done for each request but to note a time; once a second the times are looked
at. When there are too many connections, the one whose head has been awaited longest makes room for the new one, so
that who holds connections open without asking anything keeps nobody out. What is no HTTP is refused
here as well, as a TAXII error like everything else that is refused.
"""

import re
import sys
from asyncio import AbstractEventLoop, Protocol, TimerHandle, Transport
from dataclasses import dataclass
from math import inf
from typing import Any, ClassVar, cast

from httptools import HttpParserInvalidMethodError
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from comity.gateway.http import LARGEST_HEAD, LONGEST_TARGET
from comity.taxii.errors import error_body
from comity.taxii.media_type import TAXII

_LARGEST = LARGEST_HEAD + LONGEST_TARGET
_METHOD = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,40} ")
"""What could be the method of a request (RFC 9110, 9.1)."""
_EVERY = 1.0
_GRACE = 2.0
"""``Front`` is given so many seconds to answer 408 itself when a body is late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long is waited for what, in seconds, and for how many at once."""

    head_seconds: float
    request_seconds: float
    answer_seconds: float
    connections: int


def protocol_of(patience: Patience) -> type[Protocol]:
    """Return the class of connections that are watched with *patience*, for one server."""
    return type("WatchedConnection", (_WatchedConnection,), {"patience": patience, "sweep": None})


class _WatchedConnection(HttpToolsProtocol):
    """A connection that knows until when it waits for what."""

    patience: ClassVar[Patience]
    sweep: ClassVar[TimerHandle | None]

    def __init__(self, *how: Any, **named: Any) -> None:  # noqa: ANN401  # passed on
        super().__init__(*how, **named)
        self.latest = b""
        self.awaits_head = True
        self.head_bytes = 0
        self.arrives_until = inf
        self.is_read_until = inf

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as in the class above
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self.arrives_until = self.loop.time() + self.patience.head_seconds
        if len(self.connections) > self.patience.connections:
            self._make_room()
        if type(self).sweep is None:
            type(self).sweep = self.loop.call_later(_EVERY, _sweep, type(self), self.loop, self._all)

    def data_received(self, data: bytes) -> None:
        """Take bytes in; refuse a head that does not end."""
        if self.awaits_head:
            self.head_bytes += len(data)
            self.latest = data
        super().data_received(data)
        if self.awaits_head and self.head_bytes > _LARGEST:
            self._refuse(431, "the head of the request is too large")

    def on_message_begin(self) -> None:
        """Note that a request has begun to arrive."""
        super().on_message_begin()
        self.arrives_until = self.loop.time() + self.patience.head_seconds

    def on_headers_complete(self) -> None:
        """Note that its head is there."""
        super().on_headers_complete()
        self.awaits_head = False
        self.arrives_until += self.patience.request_seconds - self.patience.head_seconds + _GRACE

    def on_message_complete(self) -> None:
        """Note that it is there."""
        self.awaits_head, self.head_bytes = True, 0
        self.arrives_until = inf
        super().on_message_complete()

    def pause_writing(self) -> None:
        """Note that the client is behind with reading."""
        super().pause_writing()
        self.is_read_until = self.loop.time() + self.patience.answer_seconds

    def resume_writing(self) -> None:
        """Note that the client has read."""
        super().resume_writing()
        self.is_read_until = inf

    def send_400_response(self, msg: str) -> None:
        """Refuse what the parser could not read; its error is being handled when this is called."""
        del msg
        if isinstance(sys.exception(), HttpParserInvalidMethodError) and _METHOD.match(self.latest):
            self._refuse(501, "the method is not known")
        else:
            self._refuse(400, "the request cannot be read")

    def check(self, now: float) -> None:
        """Close the connection when the client has kept it waiting for too long."""
        if now > self.is_read_until:
            self.transport.abort()
        elif now > self.arrives_until:
            self._refuse(408, "the request did not arrive in time")

    def _make_room(self) -> None:
        idle = [one for one in self._all if one.awaits_head and one.is_idle]
        min(idle, key=lambda one: one.arrives_until, default=self).transport.abort()

    @property
    def _may_answer(self) -> bool:
        """Whether the next answer is that to what is arriving, and has not begun."""
        return self.is_idle if self.awaits_head else not (self.pipeline or self.cycle.response_started)

    @property
    def is_idle(self) -> bool:
        """Whether no request is being answered."""
        cycle = cast("RequestResponseCycle | None", self.cycle)
        return cycle is None or cycle.response_complete

    @property
    def _all(self) -> "set[_WatchedConnection]":
        return cast("set[_WatchedConnection]", self.connections)

    def _refuse(self, status: int, title: str) -> None:
        """Close; say why where an answer is still to come."""
        self.arrives_until = inf
        if self._may_answer and not self.transport.is_closing():
            body = error_body(status, title)
            lines = (
                f"HTTP/1.1 {status} ",
                f"content-type: {TAXII}",
                f"content-length: {len(body)}",
                "cache-control: no-store",
                "x-content-type-options: nosniff",
                "connection: close",
            )
            self.transport.write("\r\n".join((*lines, "", "")).encode() + body)
            self.transport.close()
        else:
            self.transport.abort()


def _sweep(kind: type[_WatchedConnection], loop: AbstractEventLoop, connections: set[_WatchedConnection]) -> None:
    now = loop.time()
    for connection in list(connections):
        connection.check(now)
    kind.sweep = loop.call_later(_EVERY, _sweep, kind, loop, connections) if connections else None
