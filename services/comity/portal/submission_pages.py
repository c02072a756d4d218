"""The pages about the member's own objects: who receives them, who has them, who would receive one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from comity.dedup.canonical import Observable
from comity.errors import ComityError, NotFoundError, PolicyError
from comity.policy import classes
from comity.policy.explain import Outcome
from comity.portal.answers import Page, Table, moment
from comity.portal.services import Holder
from comity.portal.site import Site
from comity.portal.withdrawal_pages import WithdrawalRow, withdrawals_of
from comity.store import operations, overview, warned
from comity.store.operations import FAILED, SENT, WAITING, Submission

_AT_A_TIME = 100
_SUBMISSION_COLUMNS = ("object_id", "outline", "tlp", "tier", "forms", "received", "state", "cited")
_RECEIVES = {"PERMIT": "the whole object", "REDACT": "a redacted form", "WITHHOLD": "nothing"}
_HOLDER_COLUMNS = ("form", "viewer", "since", "entries", "state")
_OUTCOME_COLUMNS = ("member", "receives", "reason", "why", "rules")


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
    withdrawn = next((one for one in withdrawals_of(site) if one.object_id == submission.object_id), None)
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
