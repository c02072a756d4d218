"""Who is logged in: sessions in memory, tokens that bind a form to its session, and a limit on wrong passwords."""

import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from comity.domain.purpose import Purpose

IDLE_SECONDS = 30 * 60.0
LONGEST_SECONDS = 12 * 3600.0
_MOST_SESSIONS = 10_000
_TOKEN_BYTES = 32

Seconds = Callable[[], float]
"""A clock that only ever rises; sessions run out in real time, also while an exercise moves its own."""


@dataclass(slots=True, kw_only=True)
class Session:
    """One login: whose, since when, and what it chose."""

    id: str
    account_id: int
    started: float
    used: float
    purpose: Purpose | None = None
    notices: list[tuple[str, str]] = field(default_factory=list)
    """What the next page is to say, each with ``done`` or ``refused`` before it."""

    def take_notices(self) -> list[tuple[str, str]]:
        """Return what is to be said, once."""
        notices, self.notices = self.notices, []
        return notices


class Sessions:
    """The sessions of one process; a restart ends them all."""

    def __init__(self, seconds: Seconds = time.monotonic) -> None:
        self._seconds = seconds
        self._key = secrets.token_bytes(_TOKEN_BYTES)
        self._sessions: dict[str, Session] = {}
        self._lock = Lock()

    def start(self, account_id: int) -> Session:
        """Return a new session; when there are too many, the one longest unused ends."""
        now = self._seconds()
        session = Session(id=secrets.token_urlsafe(_TOKEN_BYTES), account_id=account_id, started=now, used=now)
        with self._lock:
            self._drop_expired(now)
            if len(self._sessions) >= _MOST_SESSIONS:
                del self._sessions[min(self._sessions, key=lambda each: self._sessions[each].used)]
            self._sessions[session.id] = session
        return session

    def find(self, session_id: str | None) -> Session | None:
        """Return the session, if it has not run out, and count this as use of it."""
        now = self._seconds()
        with self._lock:
            session = self._sessions.get(session_id or "")
            if session is None or _is_expired(session, now):
                return None
            session.used = now
            return session

    def end(self, session_id: str) -> None:
        """End a session."""
        with self._lock:
            self._sessions.pop(session_id, None)

    def form_token(self, bound_to: str) -> str:
        """Return what a form must carry that belongs to a session, or to the cookie of one who has none yet."""
        return hmac.new(self._key, bound_to.encode(), "sha256").hexdigest()

    def is_form_token(self, token: str, *, bound_to: str) -> bool:
        """Return whether *token* is that of a form which belongs to *bound_to*."""
        return bool(bound_to) and hmac.compare_digest(token.encode(), self.form_token(bound_to).encode())

    def _drop_expired(self, now: float) -> None:
        for session_id in [each.id for each in self._sessions.values() if _is_expired(each, now)]:
            del self._sessions[session_id]


def _is_expired(session: Session, now: float) -> bool:
    return now - session.used > IDLE_SECONDS or now - session.started > LONGEST_SECONDS


class LoginLimit:
    """Lets a few wrong passwords pass in a while: for one name from one address, and for one address in all."""

    def __init__(
        self, *, per_name: int = 5, per_address: int = 50, within: float = 300.0, seconds: Seconds = time.monotonic
    ) -> None:
        self._limits = {"name": per_name, "address": per_address}
        self._within = within
        self._seconds = seconds
        self._failures: dict[tuple[str, str], list[float]] = {}
        self._lock = Lock()

    def is_exhausted(self, address: str, name: str) -> bool:
        """Return whether no further try is let pass for now."""
        with self._lock:
            return any(len(self._recent(key)) >= self._limits[key[0]] for key in _keys(address, name))

    def count_failure(self, address: str, name: str) -> None:
        """Remember a wrong password."""
        with self._lock:
            if len(self._failures) > _MOST_SESSIONS:
                self._failures = {key: recent for key in self._failures if (recent := self._recent(key))}
            for key in _keys(address, name):
                self._failures[key] = [*self._recent(key), self._seconds()][-self._limits[key[0]] :]

    def forgive(self, address: str, name: str) -> None:
        """Forget the wrong passwords for a name, because the right one came."""
        with self._lock:
            self._failures.pop(_keys(address, name)[0], None)

    def _recent(self, key: tuple[str, str]) -> list[float]:
        since = self._seconds() - self._within
        return [each for each in self._failures.get(key, ()) if each > since]


def _keys(address: str, name: str) -> tuple[tuple[str, str], tuple[str, str]]:
    return ("name", f"{address} {name[:200]}"), ("address", address)
