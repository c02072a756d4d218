"""The pages of the operators: what they say, read from what the node remembers of its own work."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from comity.dedup.canonical import Observable
from comity.errors import ComityError, NotFoundError, PolicyError
from comity.policy import classes
from comity.policy.explain import Outcome
from comity.portal.answers import Page, Table, moment
from comity.portal.services import Holder
from comity.portal.site import Site
from comity.store import operations, overview, warned
from comity.store.operations import FAILED, SENT, WAITING, Submission, Withdrawal
from comity.store.recall_states import standings
from comity.store.recalls import CONFIRMED, NEVER

_RECALL = "recall"
_AT_A_TIME = 100
_LETTERS = 100
_FEED_COLUMNS = (
    *("name", "format", "alarm", "last_success", "last_content", "next_try"),
    *("taken", "refused", "errors", "failures", "problem"),
)
_QUEUE_COLUMNS = ("object_id", "state", "reason", "tries", "queued", "next_try", "sent")
_SUBMISSION_COLUMNS = ("object_id", "outline", "tlp", "tier", "forms", "received", "state", "cited")
_WITHDRAWAL_COLUMNS = ("object_id", "kind", "withdrawn", "reason", "member", "state", "at")
_RECEIVES = {"PERMIT": "the whole object", "REDACT": "a redacted form", "WITHHOLD": "nothing"}
_HOLDER_COLUMNS = ("form", "viewer", "since", "entries", "state")
_OUTCOME_COLUMNS = ("member", "receives", "reason", "why", "rules")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionRow:
    """One of the member's own objects."""

    object_id: str
    outline: str
    tlp: str
    tier: str
    forms: int
    received: str
    state: str
    cited: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """Where the withdrawal of an object stands at one member."""

    member: str
    state: str
    """``confirmed``, ``pending``, ``overdue`` or ``never had it`` of a recall; ``told`` of a revocation."""
    at: str
    """When it was confirmed; since when it is pending or overdue."""
    last_seen: str = ""
    """When the member's node last called the federation, while it has not confirmed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawalRow:
    """An object taken back or declared invalid."""

    object_id: str
    kind: str
    origin: str
    withdrawn: str
    reason: str
    confirmations: tuple[Confirmation, ...]

    @property
    def confirmed(self) -> int:
        """How many members have confirmed."""
        return sum(one.state == CONFIRMED for one in self.confirmations)

    @property
    def asked(self) -> int:
        """How many members have to confirm: all but those that never had it."""
        return sum(one.state != NEVER for one in self.confirmations)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeRow:
    """What one member receives."""

    member: str
    effect: str
    receives: str
    reason: str
    why: tuple[str, ...]
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionData:
    """What the page of one submission says."""

    submission: SubmissionRow
    form_ids: tuple[str, ...]
    warnings: tuple[str, ...]
    """The warning lists that it was on when it was taken in."""
    outcomes: tuple[OutcomeRow, ...]
    withdrawal: WithdrawalRow | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderRow:
    """Somebody who was served an object, or may have been."""

    form: str
    viewer: str
    since: str
    is_certain: bool
    entries: tuple[int, ...]
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldersData:
    """What the page about the holders of one submission says."""

    object_id: str
    outline: str
    problem: str
    holders: tuple[HolderRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewData:
    """What the preview says."""

    problem: str
    outcomes: tuple[OutcomeRow, ...]
    warnings: tuple[str, ...]
    """The warning lists that the value is on."""


def overview_page(site: Site) -> Page:
    """Return how the exchange stands."""
    connection = site.services.store.read()
    letters = tuple(_letter(row) for row in operations.outbox_rows(connection, limit=_LETTERS))
    withdrawals = _withdrawals(site)
    states = operations.outbox_states(connection)
    data = OverviewData(
        present=moment(site.services.clock()),
        peers=tuple(_peer(one, site.services.clock()) for one in overview.all_peers(connection)),
        queue={state: states.get(state, 0) for state in (WAITING, FAILED, SENT)},
        backlog=tuple(_backlog(one) for one in overview.backlog(connection)),
        letters=letters,
        submissions=len(operations.all_submissions(connection)),
        withdrawals=len(withdrawals),
        unconfirmed=sum(one.kind == _RECALL and one.confirmed < one.asked for one in withdrawals),
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


def submissions_page(site: Site, *, wanted: str, number: int) -> Page:
    """Return the member's own objects whose id, outline or citation holds *wanted*, newest first."""
    rows = [row for row in _submission_rows(site) if wanted.casefold() in _haystack(row)]
    start = (number - 1) * _AT_A_TIME
    shown = tuple(rows[start : start + _AT_A_TIME])
    return Page(
        template="submissions.html",
        title="Submissions",
        data={"total": len(rows), "page": number, "submissions": shown},
        table=Table(
            header=_SUBMISSION_COLUMNS, rows=[[getattr(row, name) for name in _SUBMISSION_COLUMNS] for row in rows]
        ),
        more={"wanted": wanted, "number": number, "has_more": start + _AT_A_TIME < len(rows)},
    )


def submission_page(site: Site, submission: Submission) -> Page:
    """Return who receives one submission, in which form, and why not the others."""
    withdrawn = next((one for one in _withdrawals(site) if one.object_id == submission.object_id), None)
    row = next(row for row in _submission_rows(site) if row.object_id == submission.object_id)
    noted = warned.noted(site.services.store.read(), [submission.object_id])
    warnings = noted.get(submission.object_id, ())
    try:
        outcomes = _outcomes(site.services.outcomes(submission.object_id))
    except NotFoundError:
        outcomes = ()
    data = SubmissionData(
        submission=row, form_ids=submission.forms, warnings=warnings, outcomes=outcomes, withdrawal=withdrawn
    )
    return Page(
        template="submission.html", title=f"Submission {row.outline}", data=data, table=_outcome_table(outcomes)
    )


def holders_page(site: Site, submission: Submission) -> Page:
    """Return who was served one submission, in any of its forms, as the federation tells it now."""
    problem = ""
    found: Sequence[Holder] = ()
    try:
        found = site.services.holders(submission.object_id)
    except ComityError as error:
        problem = str(error)
    rows = tuple(
        HolderRow(
            form=one.object_id,
            viewer=one.viewer,
            since=moment(one.since),
            is_certain=one.since is not None,
            entries=tuple(one.entries),
            state=one.state,
        )
        for one in found
        if one.viewer
    )
    cells = [[row.form, row.viewer, row.since, " ".join(map(str, row.entries)), row.state] for row in rows]
    return Page(
        template="holders.html",
        title=f"Who has {submission.outline}",
        data=HoldersData(object_id=submission.object_id, outline=submission.outline, problem=problem, holders=rows),
        table=Table(header=_HOLDER_COLUMNS, rows=cells),
    )


def withdrawals_page(site: Site) -> Page:
    """Return what was withdrawn, and where each withdrawal stands at each member addressed."""
    found = _withdrawals(site)
    rows = [
        [one.object_id, one.kind, one.withdrawn, one.reason, each.member, each.state, each.at]
        for one in found
        for each in one.confirmations
    ]
    return Page(
        template="withdrawals.html",
        title="Withdrawals",
        data={"withdrawals": found},
        table=Table(header=_WITHDRAWAL_COLUMNS, rows=rows),
    )


def preview_page(
    site: Site,
    *,
    text: str,
    outcomes: Iterable[tuple[str, Outcome]],
    observable: Observable | None = None,
    problem: str = "",
    status: int = 200,
) -> Page:
    """Return who would receive an object that was pasted, and on which warning lists its observable is."""
    warnings = () if observable is None else tuple(site.services.warnings(observable.kind, observable.value))
    rows = _outcomes(outcomes)
    return Page(
        template="preview.html",
        title="Preview",
        data=PreviewData(problem=problem, outcomes=rows, warnings=warnings),
        table=_outcome_table(rows),
        more={"text": text},
        status=status,
    )


def _outcomes(outcomes: Iterable[tuple[str, Outcome]]) -> tuple[OutcomeRow, ...]:
    return tuple(
        OutcomeRow(
            member=member,
            effect=outcome.effect,
            receives=_RECEIVES[outcome.effect],
            reason=outcome.reason or "",
            why=outcome.why,
            rules=outcome.rules,
        )
        for member, outcome in outcomes
    )


def _outcome_table(rows: Sequence[OutcomeRow]) -> Table:
    cells = [[row.member, row.receives, row.reason, " ".join(row.why), " ".join(row.rules)] for row in rows]
    return Table(header=_OUTCOME_COLUMNS, rows=cells)


def _submission_rows(site: Site) -> list[SubmissionRow]:
    connection = site.services.store.read()
    letters = overview.letter_states(connection)
    withdrawn = {one.object_id: one.kind for one in operations.all_withdrawals(connection)}
    return [
        _submission(one, letters, withdrawn.get(one.object_id))
        for one in reversed(operations.all_submissions(connection))
    ]


def _submission(one: Submission, letters: Mapping[str, Mapping[str, int]], withdrawn: str | None) -> SubmissionRow:
    tlp, tier = _label(one.labels[0] if one.labels else "")
    states: dict[str, int] = {}
    for form in dict.fromkeys((*one.forms, one.object_id)):
        for state, count in letters.get(form, {}).items():
            states[state] = states.get(state, 0) + count
    return SubmissionRow(
        object_id=one.object_id,
        outline=one.outline,
        tlp=tlp,
        tier=tier,
        forms=len(one.forms),
        received=moment(one.received),
        state=_state(states, withdrawn),
        cited=" ".join(one.cited),
    )


def _state(letters: Mapping[str, int], withdrawn: str | None) -> str:
    if withdrawn:
        return {"recall": "recalled", "revocation": "revoked"}.get(withdrawn, withdrawn)
    told = [f"{letters[state]} {state}" for state in (FAILED, WAITING, SENT) if letters.get(state)]
    return ", ".join(told) or "kept here"


def _label(text: str) -> tuple[str, str]:
    try:
        label = classes.parse(text)
    except PolicyError:
        return "", ""
    return str(label.tlp), str(label.tier)


def _haystack(row: SubmissionRow) -> str:
    return f"{row.object_id} {row.outline} {row.cited} {row.state}".casefold()


def _withdrawals(site: Site) -> tuple[WithdrawalRow, ...]:
    connection = site.services.store.read()
    own = [one for one in operations.all_withdrawals(connection) if one.origin == site.services.member]
    return tuple(_withdrawal(site, one) for one in reversed(own))


def _withdrawal(site: Site, one: Withdrawal) -> WithdrawalRow:
    return WithdrawalRow(
        object_id=one.object_id,
        kind=one.kind,
        origin=one.origin,
        withdrawn=moment(one.withdrawn),
        reason=one.reason,
        confirmations=tuple(_confirmations(site, one)),
    )


def _confirmations(site: Site, one: Withdrawal) -> list[Confirmation]:
    if one.kind != _RECALL:
        return [Confirmation(member=member, state="told", at=moment(one.withdrawn)) for member in one.addressed]
    return [
        Confirmation(
            member=each.member,
            state=each.state,
            at=moment(each.since),
            last_seen="" if each.state == CONFIRMED or each.last_seen is None else moment(each.last_seen),
        )
        for each in standings(site.services.store.read(), one)
    ]


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
