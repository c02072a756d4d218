"""What of what is shared touches what the member must protect."""

from fastapi import APIRouter, Request, Response

from comity.portal.access import PROTECTORS
from comity.portal.infrastructure_page import infrastructure_page
from comity.portal.site import Site


def add_infrastructure_routes(router: APIRouter, site: Site) -> None:
    """Add the routes."""

    @router.get("/infrastructure")
    def infrastructure(request: Request) -> Response:
        """Show what touches the member's assets, of what the desk may read."""
        caller = site.gate.caller(request, PROTECTORS)
        layer = request.query_params.get("layer", "")
        return site.renderer.page(request, infrastructure_page(site, caller, layer=layer), caller)
