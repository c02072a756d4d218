"""A service's HTTP application, listening: where, over TLS or not, and with how much patience."""

import asyncio
import resource
import socket
import ssl
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import structlog
import uvicorn
from fastapi import FastAPI

from comity.errors import SettingsError
from comity.gateway.connections import Patience, protocol_of
from comity.gateway.taxii_server import DISCOVERY
from comity.settings import Settings
from comity.transport.tls import server_context

logger = structlog.get_logger(__name__)
_MOST_FILES = 65_536
_GRACE = 30
"""At the end, requests that are being answered get so many seconds more."""


def listen(app: FastAPI, settings: Settings, *, tell: Callable[[str], None]) -> None:
    """Serve *app* until the process is told to end; *tell* where its discovery is once it answers.

    Raises:
        SettingsError: the address cannot be listened at, or a file for TLS cannot be used.
    """
    tls = tls_of(settings)
    with _bound(settings) as bound:
        address = address_of(settings, bound.getsockname()[1]) + DISCOVERY
        what = f"{settings.kind} {settings.member}".rstrip()
        _allow_many_files()
        Server(
            config_of(app, settings, tls),
            handshake_seconds=settings.limits.head_seconds,
            started=lambda: tell(f"{what} answers at {address}"),
        ).run(sockets=[bound])


def tls_of(settings: Settings) -> ssl.SSLContext | None:
    """Return what the service serves https with, or ``None`` where it serves plain HTTP.

    Raises:
        SettingsError: a file cannot be used, or one is missing beside another.
    """
    if not (settings.tls_certificate or settings.tls_key or settings.tls_client_ca):
        return None
    return server_context(settings.tls_certificate, settings.tls_key, client_ca=settings.tls_client_ca)


def address_of(settings: Settings, port: int) -> str:
    """Return the address that the service answers at, as others on this machine or in its network call it."""
    scheme = "https" if settings.tls_certificate else "http"
    host = socket.gethostname() if settings.host in {"", "0.0.0.0", "::"} else settings.host  # noqa: S104  # compared
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def config_of(app: FastAPI, settings: Settings, tls: ssl.SSLContext | None) -> uvicorn.Config:
    """Return how the server of a service is set up."""
    limits = settings.limits
    patience = Patience(
        head_seconds=limits.head_seconds,
        request_seconds=limits.request_seconds,
        answer_seconds=limits.answer_seconds,
        connections=limits.connections,
    )
    return uvicorn.Config(
        app,
        http=protocol_of(patience),
        ws="none",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.proxies),
        forwarded_allow_ips=list(settings.proxies),
        timeout_graceful_shutdown=_GRACE,
        ssl_context_factory=None if tls is None else lambda _config, _default: tls,
    )


def _bound(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=2_048)
    except OSError as error:
        place = f"host {settings.host!r} and port {settings.port}"
        raise SettingsError(f"{place} cannot be listened at: {error.strerror or error}") from error


class Server(uvicorn.Server):
    """A server that gives a TLS handshake no more time than the head of a request, and says when it has started."""

    def __init__(self, config: uvicorn.Config, *, handshake_seconds: float, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._handshake_seconds = handshake_seconds
        self._tell = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen at *sockets*, and say so."""
        await self.lifespan.startup()
        if self.lifespan.should_exit:
            sys.exit(1)
        loop, config = asyncio.get_running_loop(), self.config
        made_with: dict[str, Any] = {
            "config": config,
            "server_state": self.server_state,
            "app_state": self.lifespan.state,
        }
        make = partial(config.http_protocol_class, **made_with)
        seconds = self._handshake_seconds if config.ssl else None
        self.servers = [
            await loop.create_server(
                make, sock=each, ssl=config.ssl, backlog=config.backlog, ssl_handshake_timeout=seconds
            )
            for each in sockets or ()
        ]
        self.started = True
        self._tell()


def _allow_many_files() -> None:
    """Let the process have as many connections open as the system lets it."""
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_FILES if most == resource.RLIM_INFINITY else min(most, _MOST_FILES)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(now, wanted), most))
    except OSError as error:
        # A hardened service manager forbids it; then what it set is what there is.
        logger.warning("open files stay limited", limit=now, reason=error.strerror)
