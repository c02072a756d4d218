"""Saved searches as live addresses for devices and programs: what they find now, as far as it may be passed on.

Whoever asks shows the token of the search, as the password of HTTP Basic (RFC 7617) or as a bearer token (RFC 6750). It
is never part of an address, which servers and proxies log. A search that is not there and a wrong token look the same.
"""

import binascii
import hashlib
from base64 import b64decode
from collections.abc import Sequence

from fastapi import APIRouter, HTTPException, Request, Response

from comity.domain.identity import identity_of
from comity.export import misp_feed
from comity.export.audience import Audience, may_pass_on
from comity.export.entries import Entry, entry_of
from comity.export.formats import FORMATS, MANIFEST, MISP
from comity.portal.query import parse_query
from comity.portal.site import Site
from comity.store import accounts, saved_searches
from comity.store.saved_searches import SavedSearch

PATH = "/live"
MOST = 500_000
"""The entries of one feed at most; the newest are kept."""

_CHALLENGE = {"WWW-Authenticate": 'Basic realm="Comity feeds", charset="UTF-8"'}
_SECOND = 1_000_000
_JSON = "application/json"


def create_live_router(site: Site) -> APIRouter:
    """Return the routes of the live addresses."""
    router = APIRouter(prefix=PATH, include_in_schema=False)

    @router.get("/{search_id}/{name:path}")
    def live(request: Request, search_id: str, name: str) -> Response:
        """Give out what a saved search finds, in one format."""
        search = _search(site, request, search_id)
        if search is None:
            raise HTTPException(401, "the address or the token is not right", headers=_CHALLENGE)
        found = _rendered(site, search, name)
        if found is None:
            raise HTTPException(404, "no such format")
        return _answer(request, *found)

    return router


def entries_of(site: Site, search: SavedSearch) -> list[Entry]:
    """Return what a search finds now and may be given to its audience: nothing revoked, nothing that has run out."""
    connection = site.services.store.read()
    viewer = site.services.store.grants.viewer(connection, search.viewer_id)
    audience = Audience(search.audience)
    now = site.services.clock() // _SECOND
    found = []
    for hit in site.search.every(connection, viewer, parse_query(search.query).criteria(), most=MOST):
        if hit.revoked or hit.label is None or not may_pass_on(hit.label, audience):
            continue
        entry = entry_of(
            hit.body, stix_type=hit.type, observable=hit.observable, tlp=hit.label.tlp, added=hit.tick // _SECOND
        )
        if entry.expires is None or entry.expires > now:
            found.append(entry)
    return found


def _search(site: Site, request: Request, search_id: str) -> SavedSearch | None:
    """Return the search, if the caller shows its token and its account still reads as it did."""
    connection = site.services.store.read()
    search = saved_searches.by_token(connection, search_id, _token(request.headers.get("authorization", "")))
    account = None if search is None else accounts.by_id(connection, search.account_id)
    if search is None or account is None:
        return None
    return search if search.viewer_id in accounts.readable_viewers(connection, account) else None


def _token(header: str) -> str:
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        return b64decode(value.strip(), validate=True).decode("utf-8").partition(":")[2]
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""


def _rendered(site: Site, search: SavedSearch, name: str) -> tuple[bytes, str] | None:
    if name in FORMATS:
        known = FORMATS[name]
        return known.render(entries_of(site, search)), known.media_type
    folder, _, file = name.partition("/")
    if folder != MISP or not file.endswith(".json"):
        return None
    events = _events(site, search, entries_of(site, search))
    if name == MANIFEST:
        return misp_feed.manifest(events), _JSON
    body = events.get(file.removesuffix(".json"))
    return None if body is None else (body, _JSON)


def _events(site: Site, search: SavedSearch, entries: Sequence[Entry]) -> misp_feed.Events:
    member = site.services.member
    organisation = {"name": site.services.title, "uuid": identity_of(member).partition("--")[2]}
    return misp_feed.events(entries, key=search.id, title=search.name, organisation=organisation)


def _answer(request: Request, body: bytes, media_type: str) -> Response:
    """Return *body*, or that it is as the caller has it (RFC 9110, 13.1.2)."""
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache", "X-Content-Type-Options": "nosniff"}
    known = request.headers.get("if-none-match", "")
    if known == "*" or etag in [each.strip().removeprefix("W/") for each in known.split(",")]:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)
