"""Who is told of what a saved search finds: by a webhook or by e-mail."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from comity.errors import ComityError, InvalidRequestError, NotFoundError, SettingsError
from comity.portal.access import ANALYSTS, NOTHING_HERE, Caller
from comity.portal.saved_routes import HERE, saved_page
from comity.portal.site import Site, onward, refused, say
from comity.store import alerts, saved_searches
from comity.store.accounts import new_token
from comity.store.alerts import Alert
from comity.store.ticks import last_tick
from comity.transport.destinations import split
from comity.transport.mail import ADDRESS

_LONGEST_TARGET = 1_000


def add_alert_routes(router: APIRouter, site: Site) -> None:
    """Add the routes."""

    @router.post(f"{HERE}/{{search_id}}/alert")
    def tell(
        request: Request,
        search_id: str,
        kind: Annotated[str, Form()] = "",
        target: Annotated[str, Form()] = "",
        token: Annotated[str, Form()] = "",
    ) -> Response:
        """Tell somebody of what the search finds from now on; the key that deliveries are signed with shows once."""
        site.gate.check_form(request, token)
        caller = site.gate.caller(request, ANALYSTS)
        _own(site, caller, search_id)
        try:
            secret = _tell(site, search_id, kind=kind, target=target.strip())
        except ComityError as error:
            refused(caller, error)
            return onward(HERE)
        return site.renderer.html(request, saved_page(site, caller, signing=secret), caller)

    @router.post(f"{HERE}/{{search_id}}/quiet")
    def quiet(request: Request, search_id: str, token: Annotated[str, Form()] = "") -> Response:
        """Tell nobody of the search any more."""
        site.gate.check_form(request, token)
        caller = site.gate.caller(request, ANALYSTS)
        _own(site, caller, search_id)
        with site.services.store.write() as connection:
            alerts.remove(connection, search_id)
        say(caller, "done", "Nobody is told any more.")
        return onward(HERE)


def _own(site: Site, caller: Caller, search_id: str) -> None:
    found = saved_searches.by_id(site.services.store.read(), search_id)
    if found is None or found.account_id != caller.account.id:
        raise NotFoundError(NOTHING_HERE)


def _tell(site: Site, search_id: str, *, kind: str, target: str) -> str:
    """Keep an alert and return the key that its deliveries are signed with."""
    if not site.services.alerts:
        raise InvalidRequestError("alerts are switched off at this node")
    if kind not in alerts.KINDS:
        raise InvalidRequestError(f"kind is {kind[:20]!r}, expected one of {', '.join(alerts.KINDS)}")
    if kind == alerts.EMAIL and not ADDRESS.fullmatch(target):
        raise InvalidRequestError(f"target is {target[:80]!r}, expected an e-mail address")
    if kind == alerts.WEBHOOK:
        _check_url(target)
    secret = new_token()
    with site.services.store.write() as connection:
        position = last_tick(connection)
        alerts.put(
            connection,
            Alert(search_id=search_id, kind=kind, target=target, secret=secret, enabled=True, position=position),
        )
    return secret if kind == alerts.WEBHOOK else ""


def _check_url(target: str) -> None:
    if len(target) > _LONGEST_TARGET or not target.isprintable():
        raise InvalidRequestError(f"target of {len(target)} characters, expected at most {_LONGEST_TARGET} in one line")
    try:
        split(target)
    except SettingsError as error:
        raise InvalidRequestError(str(error)) from error
