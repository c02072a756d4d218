"""From what a page says to what is sent: HTML, and the same as JSON and as CSV, all under one strict policy."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec
from fastapi import Request, Response
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from comity.errors import InvalidRequestError
from comity.export.spreadsheet import as_csv
from comity.portal.access import Caller
from comity.portal.assets import Asset
from comity.portal.navigation import place_of
from comity.portal.services import PortalServices

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
PRIVATE = "no-store"
FORMATS = ("html", "json", "csv")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The rows of a page, for its CSV."""

    header: Sequence[str]
    rows: Sequence[Sequence[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page in all its formats."""

    template: str
    title: str
    data: object
    """What the page says: the template reads it as ``data``, and its JSON is this."""
    table: Table
    more: Mapping[str, Any] = field(default_factory=dict)
    """What only the template needs."""
    status: int = 200


class Renderer:
    """Draws the pages of one node."""

    def __init__(self, services: PortalServices, assets: Mapping[str, Asset]) -> None:
        self._services = services
        self._environment = Environment(
            loader=PackageLoader("comity.portal"),
            autoescape=select_autoescape(default=True, default_for_string=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(when=when, moment=moment, plain=plain)
        members = services.engine.bloc.members
        names = {code: member.name for code, member in members.items()}
        self._environment.globals.update(
            assets={name: asset.url for name, asset in assets.items()},
            site=services.title,
            member=services.member,
            member_name=names.get(services.member, services.member),
            names=names,
        )

    def page(self, request: Request, page: Page, caller: Caller) -> Response:
        """Return the page in the format that was asked for."""
        match format_of(request):
            case "json":
                return _answer(msgspec.json.encode(page.data), "application/json", page.status)
            case "csv":
                response = _answer(as_csv(page.table.header, page.table.rows), "text/csv; charset=utf-8", page.status)
                name = page.template.partition(".")[0]
                response.headers["Content-Disposition"] = f'attachment; filename="comity-{name}.csv"'
                return response
            case _:
                return self.html(request, page, caller)

    def html(self, request: Request, page: Page, caller: Caller) -> Response:
        """Return the page as HTML."""
        notices = caller.session.take_notices() if caller.session else []
        text = self._environment.get_template(page.template).render(
            title=page.title,
            data=page.data,
            caller=caller,
            notices=notices,
            here=_here(request),
            place=place_of(caller.desk.role, request.url.path),
            twins={name: _here(request, name) for name in FORMATS[1:]} if request.method == "GET" else {},
            **page.more,
        )
        return _answer(text.encode("utf-8", "replace"), "text/html; charset=utf-8", page.status)

    def login(self, *, token: str, onward: str, problem: str = "", status: int = 200) -> Response:
        """Return the page on which people log in."""
        text = self._environment.get_template("login.html").render(
            title="Log in", caller=None, notices=[], token=token, onward=onward, problem=problem, twins={}
        )
        return _answer(text.encode(), "text/html; charset=utf-8", status)

    def problem(self, request: Request, status: int, title: str, detail: str) -> Response:
        """Return a refusal; it shows nothing of who asks or what for, so that equal refusals are equal bytes."""
        if request.query_params.get("format") in FORMATS[1:]:
            return _answer(msgspec.json.encode({"title": title, "detail": detail}), "application/json", status)
        text = self._environment.get_template("problem.html").render(
            title=title, caller=None, notices=[], detail=detail, twins={}
        )
        return _answer(text.encode("utf-8", "replace"), "text/html; charset=utf-8", status)


def format_of(request: Request) -> str:
    """Return the format asked for.

    Raises:
        InvalidRequestError: it is none of those there are.
    """
    wanted = request.query_params.get("format") or "html"
    if wanted not in FORMATS:
        raise InvalidRequestError(f"format is {wanted[:20]!r}, expected one of {', '.join(FORMATS)}")
    return wanted


def when(microseconds: int | None) -> str:
    """Return a time as people read it, to the minute."""
    return "" if microseconds is None else f"{_moment(microseconds):%Y-%m-%d %H:%M} UTC"


def moment(microseconds: int | None) -> str:
    """Return a time as programs read it, to the second."""
    return "" if microseconds is None else f"{_moment(microseconds):%Y-%m-%dT%H:%M:%SZ}"


def plain(text: object) -> str:
    """Return *text* with its invisible characters written out, so that none of them changes how a page reads."""
    return "".join(f"\\u{ord(each):04x}" if _is_invisible(each) else each for each in str(text))


def _is_invisible(character: str) -> bool:
    return character not in "\n\t" and unicodedata.category(character) in {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}


def _moment(microseconds: int) -> datetime:
    return datetime.fromtimestamp(microseconds / 1_000_000, UTC)


def _here(request: Request, wanted: str | None = None) -> str:
    url = request.url.remove_query_params("format")
    if wanted:
        url = url.include_query_params(format=wanted)
    return f"{url.path}?{url.query}" if url.query else url.path


def _answer(body: bytes, media_type: str, status: int) -> Response:
    return Response(body, status_code=status, media_type=media_type, headers={"Cache-Control": PRIVATE})
