"""Search, one object, and bulk look-up."""

import re
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from comity.errors import ComityError, InvalidRequestError, NotFoundError
from comity.portal.access import ANALYSTS, NOTHING_HERE
from comity.portal.described import observable_of
from comity.portal.lookup_page import lookup_page
from comity.portal.object_page import object_page
from comity.portal.query import parse_query
from comity.portal.search_page import search_page
from comity.portal.site import Site, onward, refused, say, whole_number
from comity.store.search_results import Found

_COUNT = re.compile(r"[1-9][0-9]{0,8}")
_NOTHING = Found(hits=(), next=None, total=0, more=False, facets={})


def add_analyst_routes(router: APIRouter, site: Site) -> None:
    """Add the routes."""

    @router.get("/search")
    def search(request: Request) -> Response:
        """Find objects."""
        caller = site.gate.caller(request, ANALYSTS)
        text = request.query_params.get("q", "")
        try:
            query = parse_query(text)
        except InvalidRequestError as error:
            page = search_page(site, caller, parse_query(""), found=_NOTHING, text=text, problem=str(error))
            return site.renderer.page(request, page, caller)
        found = site.search.find(
            site.services.store.read(),
            caller.viewer,
            query.criteria(),
            after=whole_number(request, "after"),
            limit=50,
        )
        return site.renderer.page(request, search_page(site, caller, query, found=found, text=text), caller)

    @router.get("/objects/{object_id}")
    def show_object(request: Request, object_id: str) -> Response:
        """Show one object and what the desk may know about it."""
        caller = site.gate.caller(request, ANALYSTS)
        hit = site.search.by_object(site.services.store.read(), caller.viewer, object_id)
        if hit is None:
            raise NotFoundError(NOTHING_HERE)
        return site.renderer.page(request, object_page(site, caller, hit), caller)

    @router.post("/objects/{object_id}/sight")
    def sight(
        request: Request,
        object_id: str,
        verdict: Annotated[str, Form()] = "",
        count: Annotated[str, Form()] = "1",
        token: Annotated[str, Form()] = "",
    ) -> Response:
        """Record that the desk saw it, or that it is a false alarm."""
        site.gate.check_form(request, token)
        caller = site.gate.caller(request, ANALYSTS)
        hit = site.search.by_object(site.services.store.read(), caller.viewer, object_id)
        observable = None if hit is None else observable_of(hit)
        if hit is None or observable is None:
            raise NotFoundError(NOTHING_HERE)
        try:
            is_refuted = _verdict(verdict)
            site.services.sight(observable.kind, observable.value, count=_count(count), refuted=is_refuted)
            say(caller, "done", "Recorded as a false positive." if is_refuted else "Recorded as sighted.")
        except ComityError as error:
            refused(caller, error)
        return onward(f"/objects/{hit.id}")

    @router.get("/lookup")
    def lookup(request: Request) -> Response:
        """Show where to paste many values; short lists may stand in the address."""
        caller = site.gate.caller(request, ANALYSTS)
        lines = request.query_params.get("values", "")
        return site.renderer.page(request, lookup_page(site, caller, lines), caller)

    @router.post("/lookup")
    def look_up(request: Request, values: Annotated[str, Form()] = "", token: Annotated[str, Form()] = "") -> Response:
        """Tell of each pasted line whether the desk may read an object of its value."""
        site.gate.check_form(request, token)
        caller = site.gate.caller(request, ANALYSTS)
        return site.renderer.page(request, lookup_page(site, caller, values), caller)


def _verdict(text: str) -> bool:
    if text not in {"sighted", "false-positive"}:
        raise InvalidRequestError(f"verdict is {text[:20]!r}, expected sighted or false-positive")
    return text == "false-positive"


def _count(text: str) -> int:
    if not _COUNT.fullmatch(text):
        raise InvalidRequestError(f"count is {text[:20]!r}, expected a number from 1 to 999999999")
    return int(text)
