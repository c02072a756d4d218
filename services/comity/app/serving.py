"""HTTP around a service: its JSON API and pages on FastAPI, TAXII beside them, its work in the background."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from threading import Event, Thread

import structlog
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse

from comity.analytics import api as analytics_api
from comity.analytics import registry as analytics_registry
from comity.analytics import worker as analytics_worker
from comity.app.federation_service import FederationService
from comity.app.node_service import NodeService
from comity.errors import (
    ComityError,
    InvalidObjectError,
    InvalidRequestError,
    NotFoundError,
    RefusedError,
    SyncError,
)
from comity.federation import api as federation_api
from comity.federation.intake import KIND as MEMBER
from comity.gateway.authentication import Authenticator
from comity.gateway.taxii_read import Reader
from comity.gateway.taxii_server import TAXIIServer
from comity.gateway.taxii_write import PLAIN, Additions, PlainWriter, Writer
from comity.node import api as node_api
from comity.node import jobs
from comity.node.intake import KIND as INTAKE
from comity.portal.api import PortalServices
from comity.portal.api import create_router as portal_router
from comity.settings import Settings
from comity.store.store import Store

FEDERATION_AUTHOR = "federation"
"""In whose name the federation renders further contributions as sightings."""

_STATUS_OF = (
    (NotFoundError, 404),
    (RefusedError, 403),
    (InvalidObjectError, 422),
    (InvalidRequestError, 400),
    (SyncError, 502),
)
logger = structlog.get_logger(__name__)


def node_app(service: NodeService) -> FastAPI:
    """Return the HTTP application of a node: pages, the operators' API, TAXII."""
    node, settings = service.node, service.settings
    authenticator = Authenticator(node.store)
    writers: dict[str, Writer] = {INTAKE: service.intake, PLAIN: PlainWriter(store=node.store)}
    name = node.bloc.members[node.member].name
    taxii = _taxii(
        node.store,
        settings,
        authenticator,
        writers=writers,
        author=node.member,
        title=f"Comity node of {name}",
        cursor_key=service.cursor_key,
    )
    portal = portal_router(
        PortalServices(
            store=node.store,
            engine=node.engine,
            authenticator=authenticator,
            member=node.member,
            title=f"Comity {name}",
            clock=node.store.clock,
            outcomes=service.work.outcomes,
            preview=service.work.preview,
            recall=service.work.recall,
            sight=service.work.sight,
        )
    )
    operators = node_api.create_router(node, service.work, service.exchange, authenticator)
    client = None if service.exchange is None else service.exchange.client
    analysts = analytics_api.create_router(service.analytics, client, authenticator)
    work = _node_work(service) if settings.sync_seconds else None
    return _app([operators, analysts, portal], taxii, work, every=settings.sync_seconds, close=service.close)


def federation_app(service: FederationService) -> FastAPI:
    """Return the HTTP application of the federation: the nodes' API, TAXII."""
    federation, settings = service.federation, service.settings
    authenticator = Authenticator(federation.store)
    taxii = _taxii(
        federation.store,
        settings,
        authenticator,
        writers={MEMBER: service.intake},
        author=FEDERATION_AUTHOR,
        title="Comity federation",
        cursor_key=service.cursor_key,
    )
    nodes = federation_api.create_router(federation, authenticator)
    shared = analytics_api.create_registry_router(federation.store, authenticator, role=federation_api.NODE)
    return _app([nodes, shared], taxii, None, every=0, close=service.close)


def _taxii(
    store: Store,
    settings: Settings,
    authenticator: Authenticator,
    *,
    writers: dict[str, Writer],
    author: str,
    title: str,
    cursor_key: bytes,
) -> TAXIIServer:
    return TAXIIServer(
        store=store,
        authenticator=authenticator,
        reader=Reader(store=store, author=author, page_limit=settings.limits.page_objects, cursor_key=cursor_key),
        additions=Additions(store=store, writers=writers, objects_per_envelope=settings.limits.envelope_objects),
        title=title,
        contact=settings.contact,
        max_content_length=settings.limits.body_bytes,
    )


def _app(
    routers: list[APIRouter],
    taxii: TAXIIServer,
    work: Callable[[], None] | None,
    *,
    every: int,
    close: Callable[[], None],
) -> FastAPI:
    stop = Event()

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        worker = Thread(target=_repeat, args=(work, every, stop), daemon=True) if work else None
        if worker:
            worker.start()
        yield
        stop.set()
        if worker:
            worker.join(timeout=every + 60)
        close()

    app = FastAPI(title="Comity", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.add_exception_handler(ComityError, _refuse)

    @app.get("/healthz", include_in_schema=False)
    def healthz() -> dict[str, str]:
        """Say that the process answers."""
        return {"status": "ok"}

    for router in routers:
        app.include_router(router)
    app.mount("/", taxii)
    return app


def _node_work(service: NodeService) -> Callable[[], None]:
    def once() -> None:
        jobs.run_due(service.node)
        try:
            if service.exchange is not None:
                service.exchange.push()
                service.exchange.pull()
                analytics_registry.exchange(service.analytics, service.exchange.client)
        finally:
            # What is here is correlated also while nobody can be reached.
            analytics_worker.run(service.analytics)

    return once


def _repeat(work: Callable[[], None], every: int, stop: Event) -> None:
    while True:
        try:
            work()
        except ComityError as error:
            logger.warning("exchange failed", reason=str(error))
        except Exception:
            # The outermost loop of the worker: it tries again at the next turn.
            logger.exception("work failed")
        if stop.wait(every):
            return


def _refuse(_request: Request, error: Exception) -> JSONResponse:
    status = next((status for kind, status in _STATUS_OF if isinstance(error, kind)), 500)
    return JSONResponse({"detail": str(error)}, status_code=status)
