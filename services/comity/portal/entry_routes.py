"""Logging in and out, choosing a purpose, and the files that every page loads."""

import secrets
from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request, Response

from comity.domain.desk import Role
from comity.domain.purpose import Purpose
from comity.errors import InvalidRequestError
from comity.portal.access import FORM_COOKIE, HOMES, SESSION_COOKIE, path_within, set_cookie
from comity.portal.assets import Asset
from comity.portal.sessions import LoginLimit, Sessions
from comity.portal.site import Site, onward
from comity.store import accounts

EVERYONE = frozenset(Role)
WRONG = "The name or the password is wrong."
TOO_OFTEN = "There were too many wrong passwords. Wait five minutes and try again."
_FOR_EVER = "public, max-age=31536000, immutable"


def add_entry_routes(
    router: APIRouter, site: Site, sessions: Sessions, *, limit: LoginLimit, assets: Mapping[str, Asset]
) -> None:
    """Add the routes."""
    _add_login(router, site, sessions, limit)
    _add_session_forms(router, site, sessions)
    _add_assets(router, assets)


def _add_login(router: APIRouter, site: Site, sessions: Sessions, limit: LoginLimit) -> None:
    @router.get("/")
    def entry(request: Request) -> Response:
        """Show where to log in, or go to where the desk begins."""
        session = site.gate.session(request)
        account = accounts.by_id(site.services.store.read(), session.account_id) if session else None
        desk = site.gate.desk_of(account) if account else None
        if desk is not None:
            return onward(HOMES[desk.role])
        return _login_page(request, site, sessions, onward_to=request.query_params.get("next", ""))

    @router.post("/login")
    def login(
        request: Request,
        name: Annotated[str, Form()] = "",
        password: Annotated[str, Form()] = "",
        onward_to: Annotated[str, Form(alias="next")] = "",
        token: Annotated[str, Form()] = "",
    ) -> Response:
        """Start a session for whoever knows the password of a desk."""
        site.gate.check_form(request, token, cookie=FORM_COOKIE)
        address = request.client.host if request.client else ""
        if limit.is_exhausted(address, name):
            return _login_page(request, site, sessions, onward_to=onward_to, problem=TOO_OFTEN, status=429)
        account = None if "\0" in name else site.services.authenticator.login(name, password)
        desk = site.gate.desk_of(account) if account else None
        if account is None or desk is None:
            limit.count_failure(address, name)
            return _login_page(request, site, sessions, onward_to=onward_to, problem=WRONG, status=401)
        limit.forgive(address, name)
        response = onward(path_within(onward_to) or HOMES[desk.role])
        set_cookie(request, response, SESSION_COOKIE, sessions.start(account.id).id)
        response.delete_cookie(FORM_COOKIE, path="/", httponly=True, samesite="strict")
        return response


def _add_session_forms(router: APIRouter, site: Site, sessions: Sessions) -> None:
    @router.post("/logout")
    def logout(request: Request, token: Annotated[str, Form()] = "") -> Response:
        """End the session."""
        site.gate.check_form(request, token)
        sessions.end(request.cookies.get(SESSION_COOKIE, ""))
        response = onward("/")
        response.delete_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="strict")
        return response

    @router.post("/purpose")
    def choose_purpose(
        request: Request,
        purpose: Annotated[str, Form()] = "",
        onward_to: Annotated[str, Form(alias="next")] = "",
        token: Annotated[str, Form()] = "",
    ) -> Response:
        """Read for another purpose from now on."""
        site.gate.check_form(request, token)
        caller = site.gate.caller(request, EVERYONE)
        if purpose not in set(caller.purposes) or caller.session is None:
            raise InvalidRequestError(f"unknown purpose {purpose[:40]!r}, expected one of {', '.join(caller.purposes)}")
        caller.session.purpose = Purpose(purpose)
        return onward(path_within(onward_to) or caller.home)


def _add_assets(router: APIRouter, assets: Mapping[str, Asset]) -> None:
    by_url = {asset.url: asset for asset in assets.values()}

    @router.get("/assets/{name}")
    def asset(name: str) -> Response:
        """Send a file that never changes under its name."""
        found = by_url.get(f"/assets/{name}")
        if found is None:
            raise HTTPException(404, "no such file")
        return Response(found.body, media_type=found.media_type, headers={"Cache-Control": _FOR_EVER})


def _login_page(
    request: Request, site: Site, sessions: Sessions, *, onward_to: str, problem: str = "", status: int = 200
) -> Response:
    bound_to = request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(32)
    response = site.renderer.login(
        token=sessions.form_token(bound_to), onward=path_within(onward_to) or "", problem=problem, status=status
    )
    set_cookie(request, response, FORM_COOKIE, bound_to)
    return response
