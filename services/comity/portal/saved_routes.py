"""Searches that a desk keeps, and the addresses at which programs read them."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from comity.errors import ComityError, InvalidRequestError, NotFoundError
from comity.export.audience import Audience
from comity.export.formats import FORMATS, MANIFEST
from comity.portal.access import ANALYSTS, NOTHING_HERE, Caller
from comity.portal.answers import Page, Table, moment
from comity.portal.live_routes import PATH
from comity.portal.query import parse_query
from comity.portal.site import Site, onward, refused, say
from comity.store import alerts, saved_searches
from comity.store.alerts import Alert
from comity.store.saved_searches import SavedSearch

HERE = "/saved"
_COLUMNS = ("id", "name", "query", "audience", "live", "created")
_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRow:
    """Who is told of what a search finds, and how that went."""

    kind: str
    target: str
    """Without the query of an address, which may hold what is nobody's business."""
    enabled: bool
    last_success: str
    last_count: int
    last_try: str
    next_try: str
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedRow:
    """A search that is kept."""

    id: str
    name: str
    query: str
    audience: str
    live: bool
    created: str
    alert: AlertRow | None


def add_saved_routes(router: APIRouter, site: Site) -> None:
    """Add the routes."""

    @router.get(HERE)
    def saved(request: Request) -> Response:
        """List the searches of the account."""
        caller = site.gate.caller(request, ANALYSTS)
        return site.renderer.page(request, saved_page(site, caller), caller)

    @router.post(HERE)
    def save(
        request: Request,
        name: Annotated[str, Form()] = "",
        query: Annotated[str, Form()] = "",
        audience: Annotated[str, Form()] = Audience.ORGANISATION,
        token: Annotated[str, Form()] = "",
    ) -> Response:
        """Keep a search."""
        site.gate.check_form(request, token)
        caller = site.gate.caller(request, ANALYSTS)
        try:
            _save(site, caller, name=name, query=query, audience=audience)
            say(caller, "done", "Saved.")
        except ComityError as error:
            refused(caller, error)
        return onward(HERE)

    @router.post(f"{HERE}/{{search_id}}/open")
    def open_to_programs(request: Request, search_id: str, token: Annotated[str, Form()] = "") -> Response:
        """Make a token by which programs read the search, and show it once."""
        site.gate.check_form(request, token)
        caller = site.gate.caller(request, ANALYSTS)
        with site.services.store.write() as connection:
            secret = saved_searches.open_to_programs(connection, caller.account.id, search_id)
        if secret is None:
            raise NotFoundError(NOTHING_HERE)
        page = saved_page(site, caller, opened=search_id, secret=secret)
        return site.renderer.html(request, page, caller)

    @router.post(f"{HERE}/{{search_id}}/remove")
    def remove(request: Request, search_id: str, token: Annotated[str, Form()] = "") -> Response:
        """Forget a search; its address is void at once."""
        site.gate.check_form(request, token)
        caller = site.gate.caller(request, ANALYSTS)
        with site.services.store.write() as connection:
            if not saved_searches.remove(connection, caller.account.id, search_id):
                raise NotFoundError(NOTHING_HERE)
        say(caller, "done", "Removed.")
        return onward(HERE)


def _save(site: Site, caller: Caller, *, name: str, query: str, audience: str) -> None:
    title = " ".join(name.split())
    if not title or len(title) > _LONGEST_NAME or not title.isprintable():
        raise InvalidRequestError(
            f"a name of {len(title)} characters, expected 1 to {_LONGEST_NAME} that can be printed"
        )
    if audience not in set(Audience):
        raise InvalidRequestError(f"audience is {audience[:40]!r}, expected one of {', '.join(Audience)}")
    text = str(parse_query(query))
    with site.services.store.write() as connection:
        saved_searches.save(
            connection,
            {
                "account_id": caller.account.id,
                "viewer_id": caller.viewer.id,
                "name": title,
                "query": text,
                "audience": audience,
                "created": site.services.clock(),
            },
        )


def saved_page(site: Site, caller: Caller, *, opened: str = "", secret: str = "", signing: str = "") -> Page:
    """Return the page of the searches of an account; the secrets are those that show once."""
    connection = site.services.store.read()
    kept = saved_searches.of_account(connection, caller.account.id)
    told = alerts.of_searches(connection, [one.id for one in kept])
    rows = [_row(one, told.get(one.id)) for one in kept]
    formats = [(path, known.title) for path, known in FORMATS.items()]
    return Page(
        template="saved.html",
        title="Saved searches",
        data={"searches": rows},
        table=Table(header=_COLUMNS, rows=[[getattr(row, name) for name in _COLUMNS] for row in rows]),
        more={
            "opened": opened,
            "secret": secret,
            "signing": signing,
            "tells": site.services.alerts,
            "audiences": list(Audience),
            "live": PATH,
            "formats": [(MANIFEST, "MISP feed"), *formats],
        },
    )


def _row(one: SavedSearch, alert: Alert | None) -> SavedRow:
    return SavedRow(
        id=one.id,
        name=one.name,
        query=one.query,
        audience=one.audience,
        live=one.is_live,
        created=moment(one.created),
        alert=None if alert is None else _alert_row(alert),
    )


def _alert_row(alert: Alert) -> AlertRow:
    return AlertRow(
        kind=alert.kind,
        target=alert.target.partition("?")[0],
        enabled=alert.enabled,
        last_success=moment(alert.last_success),
        last_count=alert.last_count,
        last_try=moment(alert.last_try),
        next_try=moment(alert.next_try) if alert.failures and alert.enabled else "",
        problem=alert.problem,
    )
