"""Taking back and declaring invalid: recall purges an object everywhere, revocation marks its last version."""

from collections.abc import Sequence
from dataclasses import replace

import msgspec

from comity.domain.identity import identity_of
from comity.domain.label import Label
from comity.ledger.purges import RETENTION, Purge
from comity.node.context import Node
from comity.policy import classes
from comity.policy.explain import member_outcome
from comity.stix.authoring import Authorship
from comity.stix.authoring import recall as recall_notice
from comity.stix.objects import StixObject, parse_object
from comity.store import operations, quarantine
from comity.store.contributions import Contribution
from comity.store.database import Connection
from comity.store.operations import Receipt, Submission, Withdrawal
from comity.store.pages import split_id
from comity.taxii.timestamps import format_timestamp

RECALL, REVOCATION = "recall", "revocation"


class _Reason(msgspec.Struct):
    reason: str = ""
    description: str = ""


def recall(node: Node, connection: Connection, object_id: str, reason: str) -> bool:
    """Take back one of the member's own objects, in every form; return whether it had not been taken back before.

    Whoever is served it at this moment is told; what waits to be sent is dropped. The value is purged here too.
    """
    submission = operations.submission(connection, object_id)
    if submission is None:
        return False
    now = node.store.clock()
    stated = Withdrawal(
        object_id=object_id,
        kind=RECALL,
        origin=node.member,
        withdrawn=now,
        reason=reason,
        forms=submission.forms,
        addressed=addressed(node, present_labels(submission, now)),
    )
    notice_ids = [_notice(node, form, reason, now) for form in submission.forms]
    if not operations.put_withdrawal(connection, stated, notice_id=notice_ids[0].id):
        return False
    operations.forget_value(connection, submission)
    left = [form for form in submission.forms if operations.was_sent(connection, [form])]
    operations.drop_letters(connection, submission.forms)
    for form, notice in zip(submission.forms, notice_ids, strict=True):
        found = split_id(form)
        stored = operations.newest(connection, found[1]) if found else None
        if found is None or stored is None:
            continue
        class_id = stored[0]
        if form in left:
            key = node.store.grants.classes.name(connection, class_id)
            operations.queue(connection, [{"object_id": notice.id, "label": key, "body": notice.raw}], now)
        node.store.log.recall(
            connection, found[1], node.member, notice_contribution(notice, node.member, class_id), now
        )
    return True


def record_revocation(
    node: Node, connection: Connection, labels: Sequence[Label], obj: StixObject, forms: tuple[str, ...]
) -> None:
    """Remember that an object was declared invalid, and who is told."""
    stated = Withdrawal(
        object_id=obj.id,
        kind=REVOCATION,
        origin=node.member,
        withdrawn=node.store.clock(),
        reason=reason_of(obj),
        forms=forms,
        addressed=addressed(node, labels),
    )
    operations.put_withdrawal(connection, stated, notice_id=obj.id)


def addressed(node: Node, labels: Sequence[Label]) -> tuple[str, ...]:
    """Return the members to which an object with *labels*, richest form first, is released at this moment."""
    others = [code for code in node.bloc.members if code != node.member]
    return tuple(code for code in others if member_outcome(node.engine, labels, code).effect != "WITHHOLD")


def received(node: Node, connection: Connection, notice: StixObject, *, origin: str, class_id: int) -> None:
    """Apply a recall by another member: purge the object at once, and verify it after the delay set for it."""
    now = node.store.clock()
    object_id = notice.header.object_ref or ""
    found = split_id(object_id)
    if found is None:
        return
    quarantine.purge(connection, object_id)
    if node.store.log.recall(connection, found[1], origin, notice_contribution(notice, origin, class_id), now):
        due = now + node.confirmation_delay
        receipt = Receipt(object_id=object_id, member=node.member, owner=origin, received=now, due=due, completed=None)
        operations.put_receipt(connection, receipt)


def verify_purges(node: Node, connection: Connection) -> int:
    """Complete the receipts that are due, of objects of which nothing is left here; return how many those are."""
    now = node.store.clock()
    completed = 0
    for receipt in operations.due_receipts(connection, now):
        if not _is_left(connection, receipt):
            done = replace(receipt, completed=now, note=_signed(node, receipt, now))
            completed += operations.put_receipt(connection, done)
    return completed


def expire(node: Node, connection: Connection) -> int:
    """Purge what may be kept no longer, and sign for it; return how many objects those are."""
    now = node.store.clock()
    due = operations.expired(connection, now)
    for row in due:
        uuid = bytes(row.uuid)
        operations.keep_until(connection, uuid, row.object_id, row.owner, now=now, due=None)
        if node.store.log.expire(connection, uuid, row.owner, now):
            receipt = Receipt(
                object_id=row.object_id,
                member=node.member,
                owner=row.owner,
                received=row.received,
                due=row.due,
                completed=None,
                cause=RETENTION,
            )
            done = replace(receipt, completed=now, note=_signed(node, receipt, now))
            operations.put_receipt(connection, done)
    return len(due)


def _is_left(connection: Connection, receipt: Receipt) -> bool:
    found = split_id(receipt.object_id)
    is_stored = found is not None and operations.is_stored(connection, found[1], owner=receipt.owner)
    return is_stored or quarantine.is_held(connection, receipt.object_id)


def _signed(node: Node, receipt: Receipt, now: int) -> str:
    purge = Purge(
        member=node.member,
        owner=receipt.owner,
        object_id=receipt.object_id,
        cause=receipt.cause,
        received=receipt.received,
        completed=now,
    )
    return purge.signed(node.signer)


def notice_contribution(notice: StixObject, origin: str, class_id: int) -> Contribution:
    """Return the notice of a recall as the release log takes it."""
    return Contribution(
        uuid=notice.uuid,
        type=notice.type,
        version=notice.version,
        space=origin,
        class_id=class_id,
        body=notice.raw,
    )


def reason_of(obj: StixObject) -> str:
    """Return why an object was withdrawn, in its owner's words."""
    stated = msgspec.json.decode(obj.raw, type=_Reason)
    return stated.reason or stated.description


def present_labels(submission: Submission, now: int) -> list[Label]:
    """Return the labels of the forms of an object as they are at *now*, also when it was recalled since."""
    labels = [classes.parse(text) for text in submission.labels]
    is_over = submission.lifts_at is not None and submission.lifts_at <= now
    return [label.lifted() for label in labels] if is_over else labels


def _notice(node: Node, object_id: str, reason: str, now: int) -> StixObject:
    time = f"{format_timestamp(now)[:23]}Z"
    by = Authorship(created_by_ref=identity_of(node.member), created=time, modified=time)
    return parse_object(recall_notice(object_id, by=by, recalled=time, reason=reason or None))
