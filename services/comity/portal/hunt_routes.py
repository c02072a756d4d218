"""Hunting in the member's own telemetry, and what else its sensors and networks say: for the operators of the CERT."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response

from comity.errors import ComityError
from comity.portal.access import OPERATORS
from comity.portal.answers import Page, Table, moment
from comity.portal.site import Site, onward, refused, say

MOST = 500
"""The rows of each list that the page shows; its JSON and CSV have the same."""

_PATH = "/operator/hunt"
_COLUMNS = ("value", "kind", "rule", "field", "confidence", "layer", "asset", "file", "record", "at")
_ALERT = ("value", "kind", "asset", "layer", "rule", "confidence", "evidence", "since")
_WARNED = ("value", "kind", "count", "seen", "warned")
_WORDS = {"same": "is the value shared", "inside": "lies inside or below it"}


def add_hunt_routes(router: APIRouter, site: Site) -> None:
    """Add the routes."""

    @router.get(_PATH)
    def show(request: Request) -> Response:
        """Show how a hunt stands, what it found, and what is known of the member's own networks and sensors."""
        caller = site.gate.caller(request, OPERATORS)
        return site.renderer.page(request, hunt_page(site), caller)

    @router.post(_PATH)
    def hunt(request: Request, what: Annotated[str, Form()] = "", token: Annotated[str, Form()] = "") -> Response:
        """Begin a hunt."""
        site.gate.check_form(request, token)
        caller = site.gate.caller(request, OPERATORS)
        try:
            site.services.hunting.hunt(what == "new")
            say(caller, "done", "The hunt has begun.")
        except ComityError as error:
            refused(caller, error)
        return onward(_PATH)

    @router.post(f"{_PATH}/telemetry")
    def load(
        request: Request,
        name: Annotated[str, Form()] = "",
        form: Annotated[str, Form(alias="format")] = "",
        token: Annotated[str, Form()] = "",
    ) -> Response:
        """Begin to load a file of telemetry."""
        site.gate.check_form(request, token)
        caller = site.gate.caller(request, OPERATORS)
        try:
            site.services.hunting.load(name, form)
            say(caller, "done", "Loading has begun.")
        except ComityError as error:
            refused(caller, error)
        return onward(_PATH)


def hunt_page(site: Site) -> Page:
    """Return the page."""
    hunting = site.services.hunting
    standing = hunting.standing()
    hits = [{**_some(one, _COLUMNS), "at": moment(one["at"])} for one in standing["hits"][:MOST]]
    alerts, warned = hunting.alerts(), hunting.warned()
    data = {
        **{name: value for name, value in standing.items() if name != "hits"},
        "hits": hits,
        "left_out": standing["left_out"] + len(standing["hits"]) - len(hits),
        "files": list(hunting.files())[:MOST],
        "alerts": [{**_some(one, _ALERT), "since": moment(one["since"])} for one in alerts[:MOST]],
        "alerts_left_out": max(0, len(alerts) - MOST),
        "early_warnings": [
            {
                **_some(one, _WARNED),
                "seen": moment(one["seen"]),
                "warned": moment(one["warned"]),
                "lead_hours": _lead(one),
            }
            for one in [one for one in warned if one["warned"] is not None and not one["refuted"]][:MOST]
        ],
        "unwarned": sum(one["warned"] is None and not one["refuted"] for one in warned),
    }
    return Page(
        template="hunt.html",
        title="Hunt",
        data=data,
        table=Table(header=_COLUMNS, rows=[list(one.values()) for one in hits]),
        more={"formats": hunting.formats, "words": _WORDS},
    )


def _some(one: Any, names: tuple[str, ...]) -> dict[str, Any]:  # noqa: ANN401  # of JSON
    return {name: one[name] for name in names}


def _lead(one: Any) -> float:  # noqa: ANN401  # of JSON
    lead: float = round((one["seen"] - one["warned"]) / 3_600_000_000, 1)
    return lead
