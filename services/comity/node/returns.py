"""Making the member's return: counts of its own work in a period, and nothing that names anything."""

import hashlib
import hmac
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from msgspec import structs

from comity.domain.label import Label
from comity.domain.tier import Tier
from comity.errors import InvalidRequestError, RefusedError
from comity.node import withdrawal
from comity.node.context import FEDERATION, Node
from comity.node.duty_work import DutyWork
from comity.node.incidents import Incident, incidents_of
from comity.oversight.classes import ROOT_CAUSES, RSIT_CLASSES, layer_of
from comity.oversight.duties import tally
from comity.oversight.moments import microseconds
from comity.oversight.returns import (
    NOT_STATED,
    UNLISTED,
    Amount,
    Quality,
    Return,
    VisibleCase,
    check_word,
    encode_return,
    parse_return,
)
from comity.policy import classes
from comity.policy.explain import Outcome, member_outcome
from comity.store import operations, oversight
from comity.store.database import Connection
from comity.store.operations import WAITING, Submission, Withdrawal
from comity.store.oversight import ReturnRow

_MINUTE = 60_000_000
_HOUR = 60 * _MINUTE
_CASE = "case "
"""How an object says to which case it belongs: an external reference of this source."""
_NOT_COUNTED = ("sighting--", "marking-definition--", "identity--", "relationship--")
_POINTS = {"PERMIT": 2, "REDACT": 1, "WITHHOLD": 0}
Outcomes = Mapping[str, Outcome]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Given:
    """What became of the objects of a period."""

    outcomes: Mapping[str, Outcomes]
    """Object id -> other member -> outcome."""
    submissions: tuple[Submission, ...]

    def is_shared(self, object_id: str) -> bool:
        """Return whether anybody else was released any form of it."""
        return any(one.effect != "WITHHOLD" for one in self.outcomes.get(object_id, {}).values())


def make_return(
    node: Node,
    start: int,
    end: int,
    *,
    ordinary: Mapping[str, int | None] | None = None,
    publishes_zeros: bool = False,
) -> Return:
    """Make and keep the member's return for a period; it is sent with the next push.

    Args:
        node: the member's node.
        start: the first moment of the period, in microseconds.
        end: the first moment after it, not later than the present.
        ordinary: how many cases of each class the member handled, ``None`` for a number that it does not share.
        publishes_zeros: whether zeros in tables by member may be published of this member.

    Raises:
        InvalidRequestError: the period is not over, or is none; or the name of a class could be a value.
        RefusedError: a return covers a part of the period already.
    """
    now = node.store.clock()
    if not 0 <= start < end <= now:
        raise InvalidRequestError("the period of a return begins before it ends, and is over")
    with node.store.write() as connection:
        counted = _counted(node, connection, start, end)
        found = structs.replace(
            counted, ordinary=None if ordinary is None else dict(ordinary), publishes_zeros=publishes_zeros
        )
        body = encode_return(found)
        parse_return(body, members=node.bloc.members)
        row = ReturnRow(member=node.member, start=start, end=end, body=body, received=now)
        if not oversight.put_return(connection, row):
            raise RefusedError("this return was made before")
    return found


def _counted(node: Node, connection: Connection, start: int, end: int) -> Return:
    given = _given(node, connection, start, end)
    ids = {one.object_id for one in given.submissions}
    incidents = [one for one in incidents_of(node, connection) if one.submission.object_id in ids]
    countable = [one for one in incidents if one.label.tier is not Tier.C4]
    shared = [one for one in countable if given.is_shared(one.submission.object_id)]
    now = node.store.clock()
    pulled = operations.peer(connection, FEDERATION)["last_pull"]
    return Return(
        member=node.member,
        start=start,
        end=end,
        made=now,
        rules=node.engine.ruleset.digest,
        reports=_reports(node, shared),
        amounts={
            "organisations": _amount([one.stated.organisations for one in shared]),
            "user hours": _amount([one.stated.user_hours for one in shared]),
        },
        lags=tuple(sorted(_lag(one) for one in shared)),
        never_shared=len(countable) - len(shared),
        duties=_duties(node, connection, countable, end),
        quality=_quality(node, connection, given, start, end),
        withheld=_reasons(given, "WITHHOLD"),
        redacted=_reasons(given, "REDACT"),
        embargoed=sum(_is_embargoed(one, end) for one in given.submissions),
        given=_received(node, given),
        points=sum(_POINTS[one.effect] for outcomes in given.outcomes.values() for one in outcomes.values()),
        pairs=sum(map(len, given.outcomes.values())),
        cases=_cases(node, given, shared),
        waiting=operations.outbox_states(connection).get(WAITING, 0),
        since_pull=None if pulled is None else max(0, (now - pulled) // _MINUTE),
    )


def _given(node: Node, connection: Connection, start: int, end: int) -> _Given:
    submissions = tuple(
        one
        for one in operations.all_submissions(connection)
        if start <= one.received < end and not one.object_id.startswith(_NOT_COUNTED)
    )
    others = [code for code in node.bloc.members if code != node.member]
    known: dict[tuple[Label, ...], Outcomes] = {}
    outcomes = {}
    for one in submissions:
        labels = tuple(withdrawal.present_labels(one, end))
        if labels not in known:
            known[labels] = {code: member_outcome(node.engine, labels, code) for code in others}
        outcomes[one.object_id] = known[labels]
    return _Given(outcomes=outcomes, submissions=submissions)


def _reports(node: Node, shared: Sequence[Incident]) -> dict[str, dict[str, int]]:
    sectors = set(node.bloc.sectors)
    words: dict[str, Callable[[Incident], str]] = {
        "sector": lambda one: _listed(one.stated.sector, sectors),
        "class": lambda one: _listed((one.stated.rsit or "").partition("/")[0] or None, set(RSIT_CLASSES)),
        "root cause": lambda one: _listed(one.stated.root_cause, set(ROOT_CAUSES)),
        "layer": lambda one: layer_of(one.stated.rsit) if one.stated.rsit else NOT_STATED,
    }
    counted = {name: dict(Counter(map(word, shared))) for name, word in words.items()}
    kinds = Counter(_word(one.stated.asset_kind) for one in shared if one.stated.asset_kind is not None)
    return {**counted, "infrastructure": dict(kinds)}


def _listed(text: str | None, known: set[str]) -> str:
    if text is None:
        return NOT_STATED
    return text if text in known else UNLISTED


def _word(text: str) -> str:
    try:
        check_word(text)
    except InvalidRequestError:
        return UNLISTED
    return text


def _amount(values: Sequence[float | None]) -> Amount:
    numbers = [value for value in values if value is not None]
    positive = [value for value in numbers if value > 0]
    return Amount(
        total=sum(positive),
        numbers=len(positive),
        zeros=len(numbers) - len(positive),
        not_shared=len(values) - len(numbers),
    )


def _lag(one: Incident) -> int:
    shared = one.submission.received if one.stated.shared_at is None else microseconds(one.stated.shared_at)
    return max(0, shared - one.facts.aware) // _MINUTE


def _duties(node: Node, connection: Connection, countable: Sequence[Incident], end: int) -> dict[str, dict[str, int]]:
    work = DutyWork(node=node)
    filings = oversight.all_filings(connection)
    listed = [
        clock for one in countable for clock in work.own_clocks(one, filings.get(one.submission.object_id, ()), end)
    ]
    return {regime: {str(state): number for state, number in row.items()} for regime, row in tally(listed).items()}


def _quality(node: Node, connection: Connection, given: _Given, start: int, end: int) -> Quality:
    own = [
        one
        for one in operations.all_withdrawals(connection)
        if one.origin == node.member and start <= one.withdrawn < end
    ]
    recalls = [one for one in own if one.kind == withdrawal.RECALL]
    lags = [lag for one in recalls for lag in _confirmation_lags(connection, one)]
    return Quality(
        released=sum(given.is_shared(one.object_id) for one in given.submissions),
        revoked=sum(one.kind == withdrawal.REVOCATION for one in own),
        recalled=len(recalls),
        asked=sum(len(one.addressed) for one in recalls),
        confirmed_in_hour=sum(lag <= _HOUR for lag in lags),
        confirmed_in_day=sum(lag <= 24 * _HOUR for lag in lags),
    )


def _confirmation_lags(connection: Connection, one: Withdrawal) -> list[int]:
    """Return how long each member that was asked took to confirm, of those that have."""
    times: dict[str, int] = {}
    for receipt in operations.receipts_of(connection, one.origin, one.forms):
        if receipt.completed is not None and receipt.member in one.addressed:
            times[receipt.member] = max(times.get(receipt.member, 0), receipt.completed)
    return [time - one.withdrawn for time in times.values()]


def _reasons(given: _Given, effect: str) -> dict[str, int]:
    """Return, by reason, how many objects have *effect* for at least one other member."""
    objects: Counter[str] = Counter()
    for outcomes in given.outcomes.values():
        objects.update({_word(one.reason or "") for one in outcomes.values() if one.effect == effect})
    return dict(objects)


def _received(node: Node, given: _Given) -> dict[str, int]:
    received: Counter[str] = Counter()
    for outcomes in given.outcomes.values():
        received.update(member for member, one in outcomes.items() if one.effect != "WITHHOLD")
    return {code: received[code] for code in node.bloc.members if code != node.member}


def _is_embargoed(one: Submission, end: int) -> bool:
    is_over = one.lifts_at is not None and one.lifts_at <= end
    return classes.parse(one.labels[0]).embargo_exempt is not None and not is_over


def _cases(node: Node, given: _Given, shared: Sequence[Incident]) -> tuple[VisibleCase, ...]:
    reports: dict[str, list[Incident]] = defaultdict(list)
    for one in shared:
        reports[one.stated.case or one.submission.object_id].append(one)
    observables: dict[str, set[str]] = defaultdict(set)
    for submission in given.submissions:
        for text in submission.cited:
            if text.startswith(_CASE) and submission.outline and given.is_shared(submission.object_id):
                observables[text.removeprefix(_CASE)].add(_token(node, "observable", submission.outline))
    sectors = set(node.bloc.sectors)
    return tuple(
        VisibleCase(
            token=_token(node, "case", case),
            sector=_listed(several[0].stated.sector, sectors),
            reaches_several=len({code for one in several for code in one.victims}) > 1,
            observables=tuple(sorted(observables[case])),
        )
        for case, several in reports.items()
    )


def _token(node: Node, kind: str, text: str) -> str:
    """Return what stands for *text* in returns: equal texts of all members have equal tokens, by the bloc's key."""
    keyed = hmac.new(node.twin_key, f"oversight {kind}\n{text}".encode(), hashlib.sha256)
    return keyed.hexdigest()[:32]
