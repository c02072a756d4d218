"""HTTP around a service: its JSON API and pages on FastAPI, TAXII beside them, its work in the background."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from threading import Event, Thread
from typing import Any

import structlog
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse

from comity.analytics import api as analytics_api
from comity.analytics import questions
from comity.analytics import registry as analytics_registry
from comity.analytics import worker as analytics_worker
from comity.analytics.hunts import FORMATS
from comity.app.federation_service import FederationService
from comity.app.fronting import Callers, ServiceApp, Unrouted, in_front
from comity.app.node_service import NodeService
from comity.app.opening import bounds_of
from comity.errors import (
    ComityError,
    InvalidObjectError,
    InvalidRequestError,
    LedgerError,
    NotFoundError,
    PolicyError,
    RefusedError,
    SyncError,
)
from comity.federation import api as federation_api
from comity.federation import ledger_api, question_api
from comity.federation import oversight_api as federation_oversight
from comity.federation.intake import KIND as MEMBER
from comity.gateway.authentication import Authenticator
from comity.gateway.taxii_read import Reader
from comity.gateway.taxii_server import TAXIIServer
from comity.gateway.taxii_write import PLAIN, Additions, PlainWriter, Writer
from comity.node import api as node_api
from comity.node import jobs
from comity.node import oversight_api as node_oversight
from comity.node.duty_work import DutyWork
from comity.node.fetching import Health
from comity.node.intake import KIND as INTAKE
from comity.node.returns import make_return
from comity.portal.alerting import Alerting
from comity.portal.answers import moment
from comity.portal.api import PortalServices
from comity.portal.api import create_router as portal_router
from comity.portal.services import FeedRow, Hunting, Oversight
from comity.portal.sessions import Sessions
from comity.settings import Settings
from comity.store.assets import all_detections
from comity.store.page_receipts import PageReceipts
from comity.store.search import Search
from comity.store.store import Store
from comity.transport.destinations import Allowed
from comity.transport.mail import MailServer

FEDERATION_AUTHOR = "federation"
"""In whose name the federation renders further contributions as sightings."""

_STATUS_OF = (
    (NotFoundError, 404),
    (RefusedError, 403),
    (InvalidObjectError, 422),
    (InvalidRequestError, 400),
    (PolicyError, 422),
    (SyncError, 502),
    (LedgerError, 502),
)
logger = structlog.get_logger(__name__)


def node_app(service: NodeService) -> FastAPI:
    """Return the HTTP application of a node: pages, the operators' API, TAXII."""
    node, settings = service.node, service.settings
    authenticator = Authenticator(node.store)
    writers: dict[str, Writer] = {
        INTAKE: service.intake,
        PLAIN: PlainWriter(store=node.store, bounds=bounds_of(settings)),
    }
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
    sessions = Sessions()
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
            oversight=_oversight(service),
            hunting=_hunting(service),
            warnings=service.work.warnings,
            alerts=settings.alerts.enabled,
            feeds=lambda: [_feed_row(one) for one in service.feeds.health()],
            **({} if service.exchange is None else {"holders": service.exchange.holders}),
        ),
        sessions=sessions,
    )
    operators = node_api.create_router(node, service.work, service.exchange, authenticator)
    client = None if service.exchange is None else service.exchange.client
    analysts = analytics_api.create_router(service.analytics, service.hunts, client, authenticator)
    oversight = node_oversight.create_router(node, service.oversight, authenticator)
    works = [_node_work(service), service.feeds.run_due, *_alerts(service)] if settings.sync_seconds else []
    routers = [operators, analysts, oversight, portal]
    app = _app(routers, taxii, works, every=settings.sync_seconds, close=service.close)
    return in_front(app, settings, tag_key=service.cursor_key, desk_of=Callers(authenticator, sessions))


def _hunting(service: NodeService) -> Hunting:
    analytics, hunts = service.analytics, service.hunts

    def alerts() -> list[dict[str, Any]]:
        viewers = analytics.viewers(analytics.store.read())
        return [analytics_api.touch_json(one) for one in questions.own_range_alerts(analytics, viewers)]

    return Hunting(
        formats=FORMATS,
        files=hunts.files,
        load=hunts.load,
        hunt=lambda new: hunts.hunt(new=new),
        standing=hunts.standing,
        alerts=alerts,
        warned=lambda: [asdict(one) for one in all_detections(analytics.store.read())],
    )


def _alerts(service: NodeService) -> list[Callable[[], None]]:
    """Return the work of telling desks of what is new, unless that is switched off."""
    settings, store = service.settings, service.node.store
    told = settings.alerts
    if not told.enabled:
        return []
    mail = MailServer(
        host=told.mail_host,
        port=told.mail_port,
        tls=told.mail_tls,
        sender=told.mail_sender,
        user=told.mail_user,
        password="" if told.mail_password is None else told.mail_password.get_secret_value(),
    )
    alerting = Alerting(
        store=store,
        search=Search(store.grants),
        link=told.link or f"http://{settings.host}:{settings.port}",
        mail=mail if told.mail_host else None,
        allowed=Allowed.parse(told.allowed),
    )
    return [alerting.run_due]


def _oversight(service: NodeService) -> Oversight:
    duties = DutyWork(node=service.node)

    def report(start: int, end: int) -> None:
        make_return(service.node, start, end)
        if service.oversight is not None:
            service.oversight.send_returns()

    return Oversight(countdowns=duties.countdowns, tally=duties.tally, file=duties.file, report=report)


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
        receipts=federation.page_receipts,
    )
    node = federation_api.node_of(federation, authenticator)
    routers = [make(federation, node) for make in (federation_api.create_router, ledger_api.create_router)]
    routers.append(question_api.create_router(service.questions, node))
    routers.append(analytics_api.create_registry_router(federation.store, authenticator, role=federation_api.NODE))
    routers.append(federation_oversight.create_router(service.editions, authenticator))
    every = settings.ledger_seconds
    app = _app(routers, taxii, [service.work] if every else [], every=every, close=service.close)
    return in_front(app, settings, tag_key=service.cursor_key, desk_of=Callers(authenticator))


def _feed_row(one: Health) -> FeedRow:
    state = one.state
    return FeedRow(
        name=one.name,
        format=one.source.format,
        alarm=one.alarm,
        last_success=moment(state.last_success),
        last_content=moment(state.last_content),
        next_try=moment(state.next_try or None),
        taken=state.taken,
        refused=state.refused,
        errors=state.errors,
        failures=state.failures,
        problem=state.problem,
    )


def _taxii(
    store: Store,
    settings: Settings,
    authenticator: Authenticator,
    *,
    writers: dict[str, Writer],
    author: str,
    title: str,
    cursor_key: bytes,
    receipts: PageReceipts | None = None,
) -> TAXIIServer:
    return TAXIIServer(
        store=store,
        authenticator=authenticator,
        reader=Reader(
            store=store,
            author=author,
            page_limit=settings.limits.page_objects,
            cursor_key=cursor_key,
            receipts=receipts,
        ),
        additions=Additions(store=store, writers=writers, objects_per_envelope=settings.limits.envelope_objects),
        title=title,
        contact=settings.contact,
        max_content_length=settings.limits.body_bytes,
    )


def _app(
    routers: list[APIRouter],
    taxii: TAXIIServer,
    works: Sequence[Callable[[], None]],
    *,
    every: int,
    close: Callable[[], None],
) -> ServiceApp:
    stop = Event()

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        workers = [Thread(target=_repeat, args=(work, every, stop), daemon=True) for work in works]
        for worker in workers:
            worker.start()
        yield
        stop.set()
        for worker in workers:
            worker.join(timeout=every + 60)
        close()

    app = ServiceApp(taxii, lifespan)
    app.add_exception_handler(ComityError, _refuse)

    @app.get("/healthz", include_in_schema=False)
    def healthz() -> dict[str, str]:
        """Say that the process answers."""
        return {"status": "ok"}

    for router in routers:
        app.include_router(router)
    unrouted = Unrouted(app, taxii)
    app.mount("/", unrouted)
    # No route matches a path with a line feed, not even the mounted one.
    app.router.default = unrouted
    return app


def _node_work(service: NodeService) -> Callable[[], None]:
    def once() -> None:
        jobs.run_due(service.node)
        try:
            if service.exchange is not None:
                service.exchange.push()
                service.exchange.pull()
                analytics_registry.exchange(service.analytics, service.exchange.client)
            if service.oversight is not None:
                service.oversight.send_returns()
                service.oversight.fetch_editions()
        finally:
            # What is here is correlated also while nobody can be reached.
            analytics_worker.run(service.analytics)

    return once


def _repeat(work: Callable[[], None], every: int, stop: Event) -> None:
    while True:
        try:
            work()
        except ComityError as error:
            logger.warning("work failed", reason=str(error))
        except Exception:
            # The outermost loop of the worker: it tries again at the next turn.
            logger.exception("work failed")
        if stop.wait(every):
            return


def _refuse(_request: Request, error: Exception) -> JSONResponse:
    status = next((status for kind, status in _STATUS_OF if isinstance(error, kind)), 500)
    return JSONResponse({"detail": str(error)}, status_code=status)
