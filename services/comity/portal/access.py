"""Who is asking for a page, at which desk and for which purpose; whoever may not see a page finds nothing there."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import HTTPException, Request, Response

from comity.domain.desk import Desk, Role
from comity.domain.purpose import Purpose
from comity.errors import NotFoundError, RefusedError
from comity.gateway.viewers import desk_viewer
from comity.portal.services import PortalServices
from comity.portal.sessions import Session, Sessions
from comity.store import accounts
from comity.store.accounts import Account
from comity.store.grants import Viewer

SESSION_COOKIE = "comity_session"
FORM_COOKIE = "comity_form"
ANALYSTS = frozenset({Role.CERT, Role.CII, Role.SOC})
PROTECTORS = frozenset({Role.CERT, Role.CII})
"""Those who may know what the member must protect."""

OPERATORS = frozenset({Role.CERT})
OVERSIGHT = frozenset({Role.REGULATOR})
NOTHING_HERE = "nothing here that this desk may see"
_REMEMBERED = 60_000_000
"""How long it is remembered how much desks read, in microseconds."""

_USUAL = {Role.REGULATOR: Purpose.REGULATORY_OVERSIGHT}
"""The purpose that is chosen where several let a desk read equally much."""
HOMES = {Role.CERT: "/search", Role.CII: "/search", Role.SOC: "/search", Role.REGULATOR: "/regulator"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A desk that reads for a purpose, and the session it does so in; there is none where a program calls."""

    account: Account
    desk: Desk
    purpose: Purpose
    purposes: tuple[Purpose, ...]
    viewer: Viewer
    session: Session | None
    form_token: str

    @property
    def home(self) -> str:
        """The page the desk begins with."""
        return HOMES[self.desk.role]


class Gate:
    """Lets callers in, and checks the forms they send."""

    def __init__(self, services: PortalServices, sessions: Sessions) -> None:
        self._services = services
        self._sessions = sessions
        self._known: dict[tuple[Viewer, ...], tuple[int, Mapping[int, int]]] = {}

    def caller(self, request: Request, allowed: frozenset[Role]) -> Caller:
        """Return who is asking.

        Raises:
            HTTPException: nobody is logged in.
            NotFoundError: the page is not for this desk; it looks like one that does not exist.
        """
        session = self.session(request)
        account = self._account(request, session)
        desk = None if account is None else self.desk_of(account)
        if account is None or desk is None:
            raise HTTPException(401, "who are you?")
        if desk.role not in allowed:
            raise NotFoundError(NOTHING_HERE)
        return self._seated(account, desk, session)

    def session(self, request: Request) -> Session | None:
        """Return the session that the request belongs to."""
        return self._sessions.find(request.cookies.get(SESSION_COOKIE))

    def desk_of(self, account: Account) -> Desk | None:
        """Return the desk that an account is, or ``None`` where it is none of this member's."""
        is_ours = account.member == self._services.member and account.role in set(Role)
        return Desk(account.member, Role(account.role)) if is_ours else None

    def check_form(self, request: Request, token: str, cookie: str = SESSION_COOKIE) -> None:
        """Return when the form comes from a page that this browser was given.

        Raises:
            RefusedError: it does not, or the page is too old.
        """
        is_foreign = request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}
        bound_to = request.cookies.get(cookie, "")
        if is_foreign or not self._sessions.is_form_token(token, bound_to=bound_to):
            raise RefusedError("the form has run out or comes from elsewhere; open the page again and repeat")

    def _account(self, request: Request, session: Session | None) -> Account | None:
        if session is not None:
            return accounts.by_id(self._services.store.read(), session.account_id)
        header = request.headers.get("authorization", "")
        # A program brings a token; a password is for the login page, which limits how often one may be tried.
        is_token = header[:7].lower() == "bearer "
        return self._services.authenticator.account(header) if request.method == "GET" and is_token else None

    def _seated(self, account: Account, desk: Desk, session: Session | None) -> Caller:
        viewers = self._viewers(account, desk)
        if not viewers:
            raise NotFoundError(NOTHING_HERE)
        chosen = session.purpose if session else None
        if chosen not in viewers:
            usual = _USUAL.get(desk.role)
            released = self._released(tuple(viewers.values()))
            chosen = max(viewers, key=lambda each: (released[viewers[each].id], each == usual))
            if session:
                session.purpose = chosen
        return Caller(
            account=account,
            desk=desk,
            purpose=chosen,
            purposes=tuple(viewers),
            viewer=viewers[chosen],
            session=session,
            form_token=self._sessions.form_token(session.id) if session else "",
        )

    def _released(self, several: tuple[Viewer, ...]) -> Mapping[int, int]:
        """Return how much was released to viewers, as of a while ago."""
        now = self._services.clock()
        at, known = self._known.get(several, (0, {}))
        if not known or not at <= now < at + _REMEMBERED:
            known = self._services.store.grants.released(self._services.store.read(), several)
            self._known[several] = (now, known)
        return known

    def _viewers(self, account: Account, desk: Desk) -> dict[Purpose, Viewer]:
        """Return what the desk reads as, for the purposes that this account was given and no others."""
        grants, connection = self._services.store.grants, self._services.store.read()
        own = accounts.readable_viewers(connection, account)
        numbers = {purpose: grants.viewers.find(connection, desk_viewer(desk, purpose)) for purpose in Purpose}
        return {
            purpose: grants.viewer(connection, number)
            for purpose, number in numbers.items()
            if number is not None and number in own
        }


def set_cookie(request: Request, response: Response, name: str, value: str) -> None:
    """Keep *value* in the browser for this site only, out of reach of scripts."""
    is_secure = request.url.scheme == "https"
    response.set_cookie(name, value, path="/", secure=is_secure, httponly=True, samesite="strict")


def path_within(text: str) -> str | None:
    """Return *text* if it is a path of this site, so that nobody is sent elsewhere."""
    is_path = text.startswith("/") and not text.startswith(("//", "/\\")) and len(text) <= 6_000
    return text if is_path and text.isprintable() else None
