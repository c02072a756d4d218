"""The HTTP application of a service, and what stands in front of its routes, out of its settings."""

import time
from collections.abc import Callable, Hashable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.responses import JSONResponse
from starlette.routing import compile_path

from comity.gateway.authentication import Authenticator
from comity.gateway.caching import Tags
from comity.gateway.front import Front
from comity.gateway.http import App, Receive, Scope, Send
from comity.gateway.limiting import Allowance, Limiter
from comity.gateway.taxii_server import TAXIIServer
from comity.portal.access import SESSION_COOKIE
from comity.portal.sessions import Sessions
from comity.settings import Settings

_COOKIE = SESSION_COOKIE.encode() + b"="


@dataclass(frozen=True, slots=True)
class Callers:
    """Tells whose a request is, from what is remembered of its credentials or its session."""

    authenticator: Authenticator
    sessions: Sessions | None = None

    def __call__(self, asked: Mapping[bytes, bytes]) -> Hashable:
        """Return the number of the account, or ``None``."""
        header = asked.get(b"authorization")
        account = self.authenticator.known(header.decode("latin-1")) if header else None
        if account is not None:
            return account.id
        return self._of_session(asked[b"cookie"]) if self.sessions is not None and b"cookie" in asked else None

    def _of_session(self, cookies: bytes) -> int | None:
        for cookie in cookies.split(b";"):
            if self.sessions is not None and cookie.strip().startswith(_COOKIE):
                session = self.sessions.find(cookie.strip()[len(_COOKIE) :].decode("latin-1"))
                return None if session is None else session.account_id
        return None


class ServiceApp(FastAPI):
    """The HTTP application of a service; what is TAXII passes by its routes, which are many."""

    def __init__(self, taxii: TAXIIServer, lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]]) -> None:
        super().__init__(
            title="Comity", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False
        )
        self._taxii = taxii
        self.front: App = self.behind

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or run the life of the application."""
        await self.front(scope, receive, send)

    async def behind(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what has come through the front."""
        if scope["type"] == "http" and self._taxii.owns(scope["path"]):
            await self._taxii(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


class Unrouted:
    """Answers what no route takes: with the methods that its path has, or as absent where paths begin as a route does.

    The rest is answered by TAXII, as an API root that there is not. What is below one never comes here.
    """

    def __init__(self, app: FastAPI, taxii: TAXIIServer) -> None:
        routes = [(one.path, one.methods) for one in iter_route_contexts(app.routes) if one.path and one.methods]
        self._methods = [(compile_path(path)[0], methods) for path, methods in routes]
        self._own = {_first_part(path) for path, _ in routes} - {""}
        self._taxii = taxii

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        answer = self._answer(scope) if scope["type"] == "http" else None
        await (answer or self._taxii)(scope, receive, send)

    def _answer(self, scope: Scope) -> JSONResponse | None:
        path = scope["path"]
        if here := {one for pattern, methods in self._methods if pattern.fullmatch(path) for one in methods}:
            allowed = ", ".join(sorted(here))
            detail = f"method {scope['method']}, expected {allowed}"
            return JSONResponse({"detail": detail}, status_code=405, headers={"allow": allowed})
        if _first_part(path) in self._own:
            return JSONResponse({"detail": "not found"}, status_code=404)
        return None


def _first_part(path: str) -> str:
    return path.removeprefix("/").partition("/")[0]


def in_front(
    app: ServiceApp, settings: Settings, *, tag_key: bytes, desk_of: Callable[[Mapping[bytes, bytes]], Hashable]
) -> FastAPI:
    """Put the limits, the tags and the codings in front of every route of *app*, and return it."""
    limits = settings.limits
    desks = Allowance(
        per_second=limits.desk_requests_per_second, burst=limits.desk_burst, concurrency=limits.desk_concurrency
    )
    addresses = Allowance(
        per_second=limits.address_requests_per_second,
        burst=limits.address_burst,
        concurrency=limits.address_concurrency,
    )
    app.front = Front(
        app.behind,
        tags=Tags(tag_key),
        desks=Limiter(desks, time.monotonic),
        addresses=Limiter(addresses, time.monotonic),
        desk_of=desk_of,
        body_bytes=limits.body_bytes,
        request_seconds=limits.request_seconds,
        compression=settings.compression,
    )
    return app
