"""What the operators of a CERT see and do: the exchange, submissions and who would receive them, recalls."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from comity.errors import ComityError, InvalidRequestError, NotFoundError
from comity.portal.access import NOTHING_HERE, OPERATORS
from comity.portal.exchange_pages import feeds_page, overview_page
from comity.portal.route import status_of
from comity.portal.site import Site, onward, refused, say, whole_number
from comity.portal.submission_pages import holders_page, preview_page, submission_page, submissions_page
from comity.portal.withdrawal_pages import withdrawals_page
from comity.stix.objects import parse_object
from comity.stix.twins import observable_of_object
from comity.store import operations

_LONGEST_REASON = 1_000


def add_operator_routes(router: APIRouter, site: Site) -> None:
    """Add the routes."""
    _add_views(router, site)
    _add_preview(router, site)
    _add_recall(router, site)


def _add_views(router: APIRouter, site: Site) -> None:
    @router.get("/operator")
    def overview(request: Request) -> Response:
        """Show how the exchange stands."""
        caller = site.gate.caller(request, OPERATORS)
        return site.renderer.page(request, overview_page(site), caller)

    @router.get("/operator/feeds")
    def feeds(request: Request) -> Response:
        """Show how the feeds stand that the node reads."""
        caller = site.gate.caller(request, OPERATORS)
        return site.renderer.page(request, feeds_page(site), caller)

    @router.get("/operator/submissions")
    def submissions(request: Request) -> Response:
        """List the member's own objects."""
        caller = site.gate.caller(request, OPERATORS)
        wanted = request.query_params.get("q", "")[:200]
        number = whole_number(request, "page") or 1
        return site.renderer.page(request, submissions_page(site, wanted=wanted, number=number), caller)

    @router.get("/operator/submissions/{object_id}")
    def submission(request: Request, object_id: str) -> Response:
        """Tell who receives one of them, in which form, and why not the others."""
        caller = site.gate.caller(request, OPERATORS)
        found = operations.submission(site.services.store.read(), object_id)
        if found is None:
            raise NotFoundError(NOTHING_HERE)
        return site.renderer.page(request, submission_page(site, found), caller)

    @router.get("/operator/submissions/{object_id}/holders")
    def holders(request: Request, object_id: str) -> Response:
        """Tell who was served one of them."""
        caller = site.gate.caller(request, OPERATORS)
        found = operations.submission(site.services.store.read(), object_id)
        if found is None:
            raise NotFoundError(NOTHING_HERE)
        return site.renderer.page(request, holders_page(site, found), caller)

    @router.get("/operator/withdrawals")
    def withdrawals(request: Request) -> Response:
        """List what was taken back or declared invalid, and who has confirmed."""
        caller = site.gate.caller(request, OPERATORS)
        return site.renderer.page(request, withdrawals_page(site), caller)


def _add_preview(router: APIRouter, site: Site) -> None:
    @router.get("/operator/preview")
    def preview_form(request: Request) -> Response:
        """Show where to paste an object."""
        caller = site.gate.caller(request, OPERATORS)
        return site.renderer.page(request, preview_page(site, text="", outcomes=[]), caller)

    @router.post("/operator/preview")
    def preview(request: Request, stix: Annotated[str, Form()] = "", token: Annotated[str, Form()] = "") -> Response:
        """Tell who would receive an object before anything of it leaves, or is even stored."""
        site.gate.check_form(request, token)
        caller = site.gate.caller(request, OPERATORS)
        try:
            raw = stix.encode("utf-8", "surrogatepass")
            outcomes = site.services.preview(raw)
            observable = observable_of_object(parse_object(raw))
        except ComityError as error:
            page = preview_page(site, text=stix, outcomes=[], problem=str(error), status=status_of(error))
            return site.renderer.page(request, page, caller)
        return site.renderer.page(
            request, preview_page(site, text=stix, outcomes=outcomes, observable=observable), caller
        )


def _add_recall(router: APIRouter, site: Site) -> None:
    @router.post("/operator/submissions/{object_id}/recall")
    def recall(
        request: Request,
        object_id: str,
        reason: Annotated[str, Form()] = "",
        token: Annotated[str, Form()] = "",
    ) -> Response:
        """Take one of them back from everybody."""
        site.gate.check_form(request, token)
        caller = site.gate.caller(request, OPERATORS)
        if operations.submission(site.services.store.read(), object_id) is None:
            raise NotFoundError(NOTHING_HERE)
        try:
            site.services.recall(object_id, _reason(reason))
            say(caller, "done", "Recalled. Every member that was served it is asked to purge it and to confirm.")
        except ComityError as error:
            refused(caller, error)
        return onward(f"/operator/submissions/{object_id}")


def _reason(text: str) -> str:
    reason = text.strip()
    if not reason or len(reason) > _LONGEST_REASON:
        raise InvalidRequestError(f"a reason of {len(reason)} characters, expected 1 to {_LONGEST_REASON}")
    return reason
