"""What a regulator sees: editions, and its own member's counts. No route of this role returns an id or a value."""

from fastapi import APIRouter, Request, Response

from comity.errors import NotFoundError
from comity.oversight.pdf import as_pdf
from comity.portal.access import NOTHING_HERE, OVERSIGHT
from comity.portal.answers import PRIVATE
from comity.portal.regulator_pages import edition_page, own_page, signed_of
from comity.portal.site import Site, whole_number
from comity.store import oversight
from comity.store.oversight import EditionRow


def add_regulator_routes(router: APIRouter, site: Site) -> None:
    """Add the routes."""

    @router.get("/regulator")
    def summary(request: Request) -> Response:
        """Show the newest edition of the cross-border summary, or the one asked for."""
        caller = site.gate.caller(request, OVERSIGHT)
        row = _edition(site, request)
        wanted = request.query_params.get("format", "")
        if row is None or wanted not in {"json", "pdf"}:
            return site.renderer.page(request, edition_page(site, row), caller)
        if wanted == "json":
            return _file(row, row.body, media_type="application/json", ending="json")
        return _file(row, as_pdf(signed_of(row)), media_type="application/pdf", ending="pdf")

    @router.get("/regulator/own")
    def own(request: Request) -> Response:
        """Show the exact figures of the regulator's own member."""
        caller = site.gate.caller(request, OVERSIGHT)
        return site.renderer.page(request, own_page(site), caller)


def _edition(site: Site, request: Request) -> EditionRow | None:
    connection = site.services.store.read()
    if "edition" not in request.query_params:
        return oversight.last_edition(connection)
    row = oversight.edition(connection, whole_number(request, "edition") or 0)
    if row is None:
        raise NotFoundError(NOTHING_HERE)
    return row


def _file(row: EditionRow, body: bytes, *, media_type: str, ending: str) -> Response:
    """Return an edition as a file; the signature is that of the JSON, byte for byte."""
    headers = {
        "Content-Disposition": f'attachment; filename="comity-summary-{row.number}.{ending}"',
        "Cache-Control": PRIVATE,
        "Comity-Edition-Signature": row.signature.hex(),
    }
    return Response(body, media_type=media_type, headers=headers)
