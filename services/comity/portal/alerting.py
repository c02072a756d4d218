"""Tells desks that a saved search finds something new: how many objects, and where to look; nothing of what they are.

An alert is told of each tick at least once. A delivery names the ticks it covers, so that one that comes twice is known
by its number. The search reads as the desk that saved it, and no longer than its account does.
"""

import hashlib
import hmac
from dataclasses import dataclass, field, replace

import msgspec
import structlog

from comity.errors import ComityError, SyncError
from comity.portal.query import parse_query
from comity.store import accounts, alerts, saved_searches
from comity.store.alerts import WEBHOOK, Alert
from comity.store.saved_searches import SavedSearch
from comity.store.search import Search
from comity.store.store import Store
from comity.store.ticks import last_tick
from comity.transport.destinations import Allowed, Resolve, resolve
from comity.transport.fetch import Bounds, Fetcher
from comity.transport.mail import MailServer

MOST = 1_000
"""So many new objects are counted at most."""

_BOUNDS = Bounds(body_bytes=64 << 10, seconds=20.0)
_SECOND = 1_000_000
logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What is told; it is the body of a delivery to a webhook."""

    delivery: str
    search: str
    new: int
    """How many objects, at most ``MOST``."""
    more: bool
    link: str
    """Where a desk that logs in sees its searches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerting:
    """Sends the alerts of one node."""

    store: Store
    search: Search
    link: str
    mail: MailServer | None = None
    allowed: Allowed = field(default_factory=Allowed)
    lookup: Resolve = resolve

    def run_due(self) -> None:
        """Tell whoever is to be told by now; one that fails keeps no other from being told."""
        for alert in alerts.due(self.store.read(), self.store.clock()):
            self._keep(alert, self._told(alert))

    def _told(self, alert: Alert) -> Alert:
        now = self.store.clock()
        try:
            return self._tell(alert, now)
        except ComityError as error:
            logger.warning("alert failed", search=alert.search_id, reason=str(error))
            return alert.failed(str(error), now=now)

    def _tell(self, alert: Alert, now: int) -> Alert:
        head = last_tick(self.store.read())
        if head <= alert.position:
            return alert
        found = self._readable(alert)
        if found is None:
            return replace(alert, enabled=False, problem="its account does not read this any more")
        count = self._count(found, alert.position, head)
        if count:
            number = hashlib.sha256(f"{alert.search_id} {alert.position} {head}".encode()).hexdigest()[:32]
            told = News(
                delivery=number, search=found.id, new=min(count, MOST), more=count > MOST, link=f"{self.link}/saved"
            )
            (self._post if alert.kind == WEBHOOK else self._write)(alert, told, now)
        return alert.told(min(count, MOST), now=now, position=head)

    def _readable(self, alert: Alert) -> SavedSearch | None:
        """Return the search, if its account still reads as it did."""
        connection = self.store.read()
        found = saved_searches.by_id(connection, alert.search_id)
        account = None if found is None else accounts.by_id(connection, found.account_id)
        if found is None or account is None:
            return None
        return found if found.viewer_id in accounts.readable_viewers(connection, account) else None

    def _count(self, found: SavedSearch, position: int, head: int) -> int:
        connection = self.store.read()
        viewer = self.store.grants.viewer(connection, found.viewer_id)
        asked = parse_query(found.query).criteria()
        since, until = max(asked.since or 0, position + 1), min(asked.until or head + 1, head + 1)
        return self.search.count(
            connection, viewer, replace(asked, since=since, until=until, opened=True), most=MOST + 1
        )

    def _post(self, alert: Alert, told: News, now: int) -> None:
        body = msgspec.json.encode(told)
        at = now // _SECOND
        headers = {
            "content-type": "application/json",
            "x-comity-delivery": told.delivery,
            "x-comity-signature": f"t={at},v1={signature(alert.secret, at, body)}",
        }
        with Fetcher(allowed=self.allowed, bounds=_BOUNDS, lookup=self.lookup) as fetcher:
            fetcher.post(alert.target, body, headers=headers)

    def _write(self, alert: Alert, told: News, _now: int) -> None:
        if self.mail is None:
            raise SyncError("this node has no mail server")
        amount = f"More than {told.new}" if told.more else str(told.new)
        text = f"{amount} new for a saved search. Log in to look: {told.link}\n\nDelivery {told.delivery}\n"
        self.mail.send(alert.target, "Something new for a saved search", text)

    def _keep(self, before: Alert, after: Alert) -> None:
        if after != before:
            with self.store.write() as connection:
                alerts.keep(connection, before, after)


def signature(secret: str, at: int, body: bytes) -> str:
    """Return the signature of a delivery: HMAC-SHA-256 of the time in seconds, a dot, and the body."""
    return hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
