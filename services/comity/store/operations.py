"""What a node remembers of its own work: submissions, the outbox, peers, withdrawals and receipts."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from comity.ledger.purges import RECALL, Purge
from comity.store.prepared import insert_rows
from comity.store.tables import (
    objects,
    outbox,
    peers,
    receipts,
    releases,
    retentions,
    spaces,
    submissions,
    tombstones,
    types,
    withdrawals,
)

_Value = TypeVar("_Value")
_encode = msgspec.json.Encoder().encode
_MOST_VALUES = 10_000
WAITING, SENT, FAILED = "waiting", "sent", "failed"
"""The states of what is in the outbox."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """An object of the node's own member, as its operators see it."""

    object_id: str
    received: int
    outline: str
    forms: tuple[str, ...]
    """The ids of the forms it is shared in, its own first."""
    labels: tuple[str, ...]
    """The text of the label of each form, as it was when the object was taken in."""
    lifts_at: int | None
    """When the embargo that it was under then ends."""
    cited: tuple[str, ...]
    """What its author calls it, out of its external references."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """Something in the outbox."""

    id: int
    object_id: str
    label: str
    body: bytes
    tries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """An object that its owner took back or declared invalid."""

    object_id: str
    kind: str
    origin: str
    withdrawn: int
    reason: str
    forms: tuple[str, ...]
    addressed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """When a member received the notice of a recall, and when it had purged the object."""

    object_id: str
    member: str
    owner: str
    """Whose object it is; a notice of somebody else about the same id is another matter."""
    received: int
    due: int
    completed: int | None
    note: str = ""
    """The purge in the signed words of the member's node; nothing while it is not completed."""
    cause: str = RECALL
    """``recall`` or ``retention``."""


def signed_receipt(purge: Purge, note: str) -> Receipt:
    """Return the receipt that *note* is, in which a node signed *purge*."""
    return Receipt(
        object_id=purge.object_id,
        member=purge.member,
        owner=purge.owner,
        received=purge.received,
        due=purge.received,
        completed=purge.completed,
        note=note,
        cause=purge.cause,
    )


def put_submission(connection: Connection, one: Submission) -> None:
    """Keep a submission, or the newer state of one; when it was first received stays."""
    put_submissions(connection, [one])


def put_submissions(connection: Connection, several: Sequence[Submission]) -> None:
    """Keep submissions, or the newer state of those that are known; when each was first received stays."""
    newest = {one.object_id: one for one in several}
    for some in _portions(list(newest)):
        _put_some(connection, [newest[object_id] for object_id in some])


def _listed(texts: Sequence[str]) -> str:
    return _encode(texts).decode()


def _put_some(connection: Connection, several: Sequence[Submission]) -> None:
    is_among = submissions.c.object_id.in_([one.object_id for one in several])
    known = select(submissions.c.object_id, submissions.c.received).where(is_among)
    received: dict[str, int] = {object_id: first for object_id, first in connection.execute(known)}
    connection.execute(delete(submissions).where(is_among))
    insert_rows(
        connection,
        submissions,
        [
            {
                "object_id": one.object_id,
                "received": received.get(one.object_id, one.received),
                "labels": _listed(one.labels),
                "lifts_at": one.lifts_at,
                "outline": one.outline,
                "forms": _listed(one.forms),
                "cited": _listed(one.cited),
            }
            for one in several
        ],
    )


def all_submissions(connection: Connection) -> list[Submission]:
    """Return every submission in the order of arrival."""
    query = select(submissions).order_by(submissions.c.received, submissions.c.object_id)
    return [_submission(row) for row in connection.execute(query)]


def submission(connection: Connection, object_id: str) -> Submission | None:
    """Return one submission."""
    row = connection.execute(select(submissions).where(submissions.c.object_id == object_id)).first()
    return None if row is None else _submission(row)


def of_form(connection: Connection, form_id: str) -> str | None:
    """Return the id of the object of which *form_id* is a form."""
    query = select(submissions.c.object_id).where(submissions.c.forms.contains(json.dumps(form_id), autoescape=True))
    return connection.execute(query.limit(1)).scalar()


def forget_value(connection: Connection, one: Submission) -> None:
    """Drop the value of an object from what its operators see of it: its kind stays, and what does not quote it."""
    kind, _, value = one.outline.partition(" ")
    cited = [text for text in one.cited if not value or value.casefold() not in text.casefold()]
    of_object = submissions.c.object_id == one.object_id
    connection.execute(update(submissions).where(of_object).values(outline=kind, cited=json.dumps(cited)))


def queue(connection: Connection, letters: Iterable[Mapping[str, Any]], now: int) -> None:
    """Put letters (``object_id``, ``label``, ``body``) into the outbox."""
    always = {"state": WAITING, "queued": now, "tries": 0, "next_try": now, "reason": "", "sent": None}
    if rows := [{**letter, **always} for letter in letters]:
        insert_rows(connection, outbox, rows)


def waiting(connection: Connection, *, now: int, limit: int, most_bytes: int) -> list[Letter]:
    """Return what may be sent now, in the order in which it was queued; at least one letter, however large.

    What was queued behind a postponed letter waits with it: a version follows the one before it, and a sighting what
    was sighted.
    """
    query = select(outbox).where(outbox.c.state == WAITING).order_by(outbox.c.id).limit(limit)
    letters: list[Letter] = []
    size = 0
    with connection.execute(query) as rows:
        for row in rows:
            size += len(row.body)
            if row.next_try > now or (letters and size > most_bytes):
                break
            letters.append(
                Letter(id=row.id, object_id=row.object_id, label=row.label, body=bytes(row.body), tries=row.tries)
            )
    return letters


def settle(connection: Connection, letter_ids: Sequence[int], *, state: str, reason: str, now: int) -> None:
    """Record that letters were sent or refused for good; their bodies are dropped."""
    connection.execute(
        update(outbox).where(outbox.c.id.in_(letter_ids)).values(state=state, reason=reason, sent=now, body=b"")
    )


def postpone(connection: Connection, letter_ids: Sequence[int], *, reason: str, until: int) -> None:
    """Record that letters could not be sent, and when to try again."""
    connection.execute(
        update(outbox)
        .where(outbox.c.id.in_(letter_ids))
        .values(tries=outbox.c.tries + 1, next_try=until, reason=reason)
    )


def hasten(connection: Connection, now: int) -> None:
    """Record that what was postponed may be sent now."""
    connection.execute(update(outbox).where(outbox.c.state == WAITING, outbox.c.next_try > now).values(next_try=now))


def drop_letters(connection: Connection, object_ids: Sequence[str]) -> None:
    """Forget what waits to be sent of objects that are taken back."""
    connection.execute(delete(outbox).where(outbox.c.object_id.in_(object_ids), outbox.c.state == WAITING))


def outbox_states(connection: Connection) -> dict[str, int]:
    """Return how many letters are in each state."""
    query = select(outbox.c.state, func.count()).group_by(outbox.c.state)
    return {state: count for state, count in connection.execute(query)}


def outbox_rows(connection: Connection, *, limit: int) -> list[dict[str, Any]]:
    """Return the newest letters without their bodies; those that are not yet sent come first."""
    columns = [column for column in outbox.columns if column.name not in {"body", "label"}]
    query = select(*columns).order_by(outbox.c.state == SENT, outbox.c.id.desc()).limit(limit)
    return [dict(row._mapping) for row in connection.execute(query)]


def was_sent(connection: Connection, object_ids: Sequence[str]) -> bool:
    """Return whether any of the objects was queued for, or sent to, others."""
    query = select(outbox.c.id).where(outbox.c.object_id.in_(object_ids), outbox.c.state != FAILED)
    return connection.execute(query.limit(1)).first() is not None


def peer(connection: Connection, name: str) -> dict[str, Any]:
    """Return how far the exchange with a peer has come."""
    row = connection.execute(select(peers).where(peers.c.name == name)).first()
    blank = {"name": name, "position": "", "last_push": None, "last_pull": None, "problem": None}
    return blank if row is None else dict(row._mapping)


def set_peer(connection: Connection, name: str, **values: object) -> None:
    """Record how far the exchange with a peer has come."""
    known = peer(connection, name)
    connection.execute(delete(peers).where(peers.c.name == name))
    connection.execute(insert(peers).values({**known, **values}))


def put_withdrawal(connection: Connection, one: Withdrawal, *, notice_id: str) -> bool:
    """Keep a withdrawal; return whether it is new."""
    known = select(withdrawals.c.object_id).where(withdrawals.c.object_id == one.object_id)
    if connection.execute(known).first() is not None:
        return False
    connection.execute(
        insert(withdrawals).values(
            object_id=one.object_id,
            kind=one.kind,
            notice_id=notice_id,
            origin=one.origin,
            withdrawn=one.withdrawn,
            reason=one.reason,
            forms=json.dumps(one.forms),
            addressed=json.dumps(one.addressed),
        )
    )
    return True


def all_withdrawals(connection: Connection) -> list[Withdrawal]:
    """Return every withdrawal in the order of time."""
    query = select(withdrawals).order_by(withdrawals.c.withdrawn, withdrawals.c.object_id)
    return [
        Withdrawal(
            object_id=row.object_id,
            kind=row.kind,
            origin=row.origin,
            withdrawn=row.withdrawn,
            reason=row.reason,
            forms=tuple(json.loads(row.forms)),
            addressed=tuple(json.loads(row.addressed)),
        )
        for row in connection.execute(query)
    ]


def put_receipt(connection: Connection, one: Receipt) -> bool:
    """Keep a receipt; a completed one takes the place of one that is not. Return whether anything changed."""
    key = _same(one)
    known = connection.execute(select(receipts).where(*key)).first()
    if known is not None and (known.completed is not None or one.completed is None):
        return False
    connection.execute(delete(receipts).where(*key))
    connection.execute(
        insert(receipts).values(
            object_id=one.object_id,
            member=one.member,
            owner=one.owner,
            received=one.received,
            due=one.due,
            completed=one.completed,
            note=one.note,
            cause=one.cause,
            sent=None,
        )
    )
    return True


def receipts_of(
    connection: Connection, owner: str, object_ids: Sequence[str] | None = None, *, cause: str | None = RECALL
) -> list[Receipt]:
    """Return the receipts for objects of *owner*, or for some of them, by cause."""
    query = select(receipts).where(receipts.c.owner == owner).order_by(receipts.c.object_id, receipts.c.member)
    if cause is not None:
        query = query.where(receipts.c.cause == cause)
    if object_ids is not None:
        query = query.where(receipts.c.object_id.in_(object_ids))
    return [_receipt(row) for row in connection.execute(query)]


def receipts_since(connection: Connection, owner: str, since: int) -> list[Receipt]:
    """Return the receipts for objects of *owner*, for any cause, that came to the federation at or after a time."""
    query = select(receipts).where(receipts.c.owner == owner, receipts.c.sent >= since)
    return [_receipt(row) for row in connection.execute(query.order_by(receipts.c.sent))]


def receipts_by(connection: Connection, member: str, object_id: str) -> list[Receipt]:
    """Return the receipts of a member for the recall of an object, whoever took it back."""
    query = select(receipts).where(
        receipts.c.member == member, receipts.c.object_id == object_id, receipts.c.cause == RECALL
    )
    return [_receipt(row) for row in connection.execute(query)]


def due_receipts(connection: Connection, now: int) -> list[Receipt]:
    """Return the receipts whose purge is to be verified now."""
    query = select(receipts).where(receipts.c.completed.is_(None), receipts.c.due <= now)
    return [_receipt(row) for row in connection.execute(query)]


def next_receipt(connection: Connection) -> int | None:
    """Return when the next purge is to be verified."""
    return connection.execute(select(func.min(receipts.c.due)).where(receipts.c.completed.is_(None))).scalar()


def unsent_receipts(connection: Connection) -> list[Receipt]:
    """Return the completed receipts that the other side does not have yet."""
    query = select(receipts).where(receipts.c.completed.is_not(None), receipts.c.sent.is_(None))
    return [_receipt(row) for row in connection.execute(query)]


def mark_receipts_sent(connection: Connection, sent: Iterable[Receipt], now: int) -> None:
    """Record when these receipts went to the federation, or came to it."""
    for one in sent:
        connection.execute(update(receipts).where(*_same(one)).values(sent=now))


def send_again(connection: Connection, object_id: str, *, owner: str, member: str) -> None:
    """Let a completed receipt be sent once more, because the other side does not have it."""
    owed = (receipts.c.object_id == object_id, receipts.c.owner == owner, receipts.c.member == member)
    connection.execute(update(receipts).where(*owed, receipts.c.completed.is_not(None)).values(sent=None))


def history(connection: Connection, uuid: bytes, type_name: str) -> tuple[int | None, int | None]:
    """Return when an object first came here and when it was withdrawn, each ``None`` where it was not."""
    buried = connection.execute(
        select(tombstones.c.received, tombstones.c.withdrawn).where(tombstones.c.uuid == uuid)
    ).first()
    if buried is not None:
        return buried.received, buried.withdrawn
    of_object = (objects.c.uuid == uuid, types.c.name == type_name)
    rows = connection.execute(
        select(func.min(releases.c.seq), objects.c.revoked)
        .join(objects, objects.c.object_no == releases.c.object_no)
        .join(types, types.c.id == objects.c.type_id)
        .where(*of_object)
        .group_by(objects.c.revoked)
    ).all()
    times = {revoked: tick for tick, revoked in rows}
    return times.get(False), times.get(True)


def previous_bodies(connection: Connection, uuids: Sequence[bytes]) -> dict[bytes, bytes]:
    """Return the newest stored body of each object, by UUID."""
    found: dict[bytes, bytes] = {}
    for some in _portions(uuids):
        query = select(objects.c.uuid, objects.c.body).where(objects.c.uuid.in_(some)).order_by(objects.c.version)
        found |= {uuid: bytes(body) for uuid, body in connection.execute(query)}
    return found


def newest(connection: Connection, uuid: bytes) -> tuple[int, bytes] | None:
    """Return the class and the body of the newest version of an object."""
    query = select(objects.c.class_id, objects.c.body).where(objects.c.uuid == uuid)
    row = connection.execute(query.order_by(objects.c.version.desc()).limit(1)).first()
    return None if row is None else (row.class_id, bytes(row.body))


def latest_bodies(connection: Connection, class_id: int) -> list[bytes]:
    """Return the newest version of every object of a class, in the order of the log."""
    query = (
        select(objects.c.body)
        .join(releases, releases.c.object_no == objects.c.object_no)
        .where(releases.c.class_id == class_id, releases.c.latest, releases.c.heir_of.is_(None))
        .order_by(releases.c.class_no)
    )
    return [bytes(body) for body in connection.execute(query).scalars()]


def keep_until(connection: Connection, uuid: bytes, object_id: str, owner: str, *, now: int, due: int | None) -> None:
    """Keep until when an object of *owner* may be kept; nothing means for as long as it is useful."""
    connection.execute(delete(retentions).where(retentions.c.uuid == uuid, retentions.c.owner == owner))
    if due is not None:
        values = {"uuid": uuid, "owner": owner, "object_id": object_id, "received": now, "due": due}
        connection.execute(insert(retentions).values(values))


def expired(connection: Connection, now: int) -> list[Any]:
    """Return the rows of objects that may be kept no longer."""
    return list(connection.execute(select(retentions).where(retentions.c.due <= now)))


def next_expiry(connection: Connection) -> int | None:
    """Return when the next object may be kept no longer."""
    return connection.execute(select(func.min(retentions.c.due))).scalar()


def is_stored(connection: Connection, uuid: bytes, *, owner: str) -> bool:
    """Return whether any version of an object of *owner* is stored."""
    query = select(objects.c.object_no).join(spaces, spaces.c.id == objects.c.space_id)
    return connection.execute(query.where(objects.c.uuid == uuid, spaces.c.name == owner).limit(1)).first() is not None


def _same(one: Receipt) -> tuple[ColumnElement[bool], ...]:
    return (
        receipts.c.object_id == one.object_id,
        receipts.c.member == one.member,
        receipts.c.owner == one.owner,
        receipts.c.cause == one.cause,
    )


def _portions(values: Sequence[_Value]) -> Iterator[Sequence[_Value]]:
    """Yield *values* in portions that fit into one statement of any database."""
    for start in range(0, len(values), _MOST_VALUES):
        yield values[start : start + _MOST_VALUES]


def _submission(row: Any) -> Submission:  # noqa: ANN401  # a row
    return Submission(
        object_id=row.object_id,
        received=row.received,
        labels=tuple(json.loads(row.labels)),
        lifts_at=row.lifts_at,
        outline=row.outline,
        forms=tuple(json.loads(row.forms)),
        cited=tuple(json.loads(row.cited)),
    )


def _receipt(row: Any) -> Receipt:  # noqa: ANN401  # a row
    return Receipt(
        object_id=row.object_id,
        member=row.member,
        owner=row.owner,
        received=row.received,
        due=row.due,
        completed=row.completed,
        note=row.note,
        cause=row.cause,
    )
