"""The routes of the pages, put together."""

import time

from fastapi import APIRouter

from comity.portal.access import Gate
from comity.portal.alert_routes import add_alert_routes
from comity.portal.analyst_routes import add_analyst_routes
from comity.portal.answers import Renderer
from comity.portal.assets import load_assets
from comity.portal.duty_routes import add_duty_routes
from comity.portal.entry_routes import add_entry_routes
from comity.portal.hunt_routes import add_hunt_routes
from comity.portal.infrastructure_routes import add_infrastructure_routes
from comity.portal.live_routes import create_live_router
from comity.portal.operator_routes import add_operator_routes
from comity.portal.regulator_routes import add_regulator_routes
from comity.portal.route import route_class
from comity.portal.saved_routes import add_saved_routes
from comity.portal.services import PortalServices
from comity.portal.sessions import LoginLimit, Seconds, Sessions
from comity.portal.site import Site
from comity.store.search import Search

__all__ = ["PortalServices", "create_router"]


def create_router(
    services: PortalServices, *, seconds: Seconds = time.monotonic, sessions: Sessions | None = None
) -> APIRouter:
    """Return all pages of a node; *seconds* is the rising clock by which sessions run out."""
    sessions = Sessions(seconds) if sessions is None else sessions
    assets = load_assets()
    renderer = Renderer(services, assets)
    site = Site(
        services=services,
        gate=Gate(services, sessions),
        renderer=renderer,
        search=Search(services.store.grants),
    )
    router = APIRouter(route_class=route_class(renderer), include_in_schema=False)
    add_entry_routes(router, site, sessions, limit=LoginLimit(seconds=seconds), assets=assets)
    add_analyst_routes(router, site)
    add_infrastructure_routes(router, site)
    add_hunt_routes(router, site)
    add_operator_routes(router, site)
    add_duty_routes(router, site)
    add_regulator_routes(router, site)
    add_saved_routes(router, site)
    add_alert_routes(router, site)
    router.include_router(create_live_router(site))
    return router
