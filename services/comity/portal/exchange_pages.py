"""The pages about the exchange and the feeds, read from what the node remembers of its own work."""

from collections.abc import Mapping
from dataclasses import dataclass

from comity.portal.answers import Page, Table, moment
from comity.portal.site import Site
from comity.portal.withdrawal_pages import RECALL, withdrawals_of
from comity.store import operations, overview
from comity.store.operations import FAILED, SENT, WAITING

_LETTERS = 100
_FEED_COLUMNS = (
    *("name", "format", "alarm", "last_success", "last_content", "next_try"),
    *("taken", "refused", "errors", "failures", "problem"),
)
_QUEUE_COLUMNS = ("object_id", "state", "reason", "tries", "queued", "next_try", "sent")


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerRow:
    """How the exchange with a peer stands."""

    name: str
    last_push: str
    last_pull: str
    minutes_since_pull: int | None
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BacklogRow:
    """Letters in one state for one reason."""

    state: str
    reason: str
    count: int
    oldest: str
    next_try: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterRow:
    """One thing in the outbox."""

    object_id: str
    state: str
    reason: str
    tries: int
    queued: str
    next_try: str
    sent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OverviewData:
    """What the overview says."""

    present: str
    peers: tuple[PeerRow, ...]
    queue: Mapping[str, int]
    backlog: tuple[BacklogRow, ...]
    letters: tuple[LetterRow, ...]
    submissions: int
    withdrawals: int
    unconfirmed: int


def overview_page(site: Site) -> Page:
    """Return how the exchange stands."""
    connection = site.services.store.read()
    letters = tuple(_letter(row) for row in operations.outbox_rows(connection, limit=_LETTERS))
    withdrawals = withdrawals_of(site)
    states = operations.outbox_states(connection)
    data = OverviewData(
        present=moment(site.services.clock()),
        peers=tuple(_peer(one, site.services.clock()) for one in overview.all_peers(connection)),
        queue={state: states.get(state, 0) for state in (WAITING, FAILED, SENT)},
        backlog=tuple(_backlog(one) for one in overview.backlog(connection)),
        letters=letters,
        submissions=len(operations.all_submissions(connection)),
        withdrawals=len(withdrawals),
        unconfirmed=sum(one.kind == RECALL and one.confirmed < one.asked for one in withdrawals),
    )
    rows = [[getattr(one, name) for name in _QUEUE_COLUMNS] for one in letters]
    return Page(template="operator.html", title="Operations", data=data, table=Table(header=_QUEUE_COLUMNS, rows=rows))


def feeds_page(site: Site) -> Page:
    """Return how the feeds stand that the node reads."""
    rows = tuple(site.services.feeds())
    return Page(
        template="feeds.html",
        title="Feeds",
        data={"present": moment(site.services.clock()), "feeds": rows},
        table=Table(header=_FEED_COLUMNS, rows=[[getattr(row, name) for name in _FEED_COLUMNS] for row in rows]),
    )


def _peer(one: overview.Peer, now: int) -> PeerRow:
    return PeerRow(
        name=one.name,
        last_push=moment(one.last_push),
        last_pull=moment(one.last_pull),
        minutes_since_pull=None if one.last_pull is None else max(0, (now - one.last_pull) // 60_000_000),
        problem=one.problem or "",
    )


def _backlog(one: overview.Backlog) -> BacklogRow:
    return BacklogRow(
        state=one.state,
        reason=one.reason,
        count=one.count,
        oldest=moment(one.oldest),
        next_try=moment(one.next_try),
    )


def _letter(row: Mapping[str, object]) -> LetterRow:
    times = {name: row[name] for name in ("queued", "next_try", "sent")}
    told = {name: moment(value) if isinstance(value, int) else "" for name, value in times.items()}
    return LetterRow(
        object_id=str(row["object_id"]),
        state=str(row["state"]),
        reason=str(row["reason"]),
        tries=int(str(row["tries"])),
        queued=told["queued"],
        next_try=told["next_try"] if row["state"] == WAITING else "",
        sent=told["sent"],
    )
