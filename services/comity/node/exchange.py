"""Pushing to and pulling from the federation: over TAXII 2.1, resumable, at least once with the effect of exactly once.

What is pushed twice is a duplicate at the other side, which is a success. What is pulled is stored in one transaction
with the position up to which it was pulled.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import structlog
from comity_schemas.extensions import RECALL_TYPE

from comity.domain.label import Label
from comity.errors import InvalidObjectError, InvalidRequestError, PolicyError, SyncError
from comity.gateway.contributing import contribution, meaning_of, owner_named
from comity.node import withdrawal
from comity.node.context import FEDERATION, Node
from comity.node.following import Following
from comity.policy import classes
from comity.stix.objects import StixObject, parse_object
from comity.store import operations
from comity.store.contributions import Refused
from comity.store.database import Connection
from comity.store.operations import FAILED, SENT, WAITING, Letter, Receipt
from comity.taxii.envelope import envelope
from comity.taxii.labels import label_members, parse_envelope
from comity.transport.client import ServiceClient

BATCH = 1_000
_BATCH_BYTES = 16_000_000
_FIRST_DELAY = 5_000_000
_LONGEST_DELAY = 3_600_000_000
logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """What the federation gave this member when it was admitted."""

    collection: str
    """The path of the member's collection at the federation."""
    token: str
    twin_key: str
    """The bloc's key for fingerprints, in hexadecimal."""


class _Detail(msgspec.Struct):
    id: str
    message: str = ""


class _Status(msgspec.Struct):
    status: str
    failures: list[_Detail] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A node's side of the exchange with the federation."""

    node: Node
    client: ServiceClient
    admission: Admission

    def push(self) -> dict[str, int]:
        """Send everything that waits, in order; return how much was sent and refused.

        Raises:
            SyncError: the federation could not be reached; what was not sent waits, with the reason.
        """
        sent = refused = 0
        while letters := self._next_letters():
            failures = self._send(letters)
            sent += len(letters) - len(failures)
            refused += len(failures)
        receipts = self._send_receipts()
        if sent or refused or receipts:
            self._note(last_push=self.node.store.clock(), problem=None)
        return {"sent": sent, "refused": refused, "receipts": receipts}

    def pull(self) -> dict[str, int]:
        """Fetch and store everything new; return how much was taken and refused.

        A federation that answers can be written to as well, so that what was postponed is due again.

        Raises:
            SyncError: the federation could not be reached, or answered outside the protocol; what was stored stays.
        """
        self._follow()
        taken = refused = 0
        more = True
        while more:
            position = operations.peer(self.node.store.read(), FEDERATION)["position"]
            body, headers = self._get_page(position)
            stored, dropped, more = self._store_page(body, headers.get("x-taxii-date-added-last", position))
            taken += stored
            refused += dropped
        self._fetch_receipts()
        self._note(last_pull=self.node.store.clock(), problem=None)
        self._hasten()
        return {"taken": taken, "refused": refused}

    @property
    def following(self) -> Following:
        """How the node follows what the federation puts in force."""
        return Following(node=self.node, client=self.client)

    # --- push

    def _next_letters(self) -> list[Letter]:
        return operations.waiting(
            self.node.store.read(), now=self.node.store.clock(), limit=BATCH, most_bytes=_BATCH_BYTES
        )

    def _send(self, letters: Sequence[Letter]) -> dict[str, str]:
        body = envelope(
            b",".join(letter.body for letter in letters), custom=label_members([letter.label for letter in letters])
        )
        try:
            status = _parse_status(self.client.post_taxii(f"{self.admission.collection}objects/", body))
        except SyncError as error:
            self._postpone(letters, str(error))
            raise
        failures = {detail.id: detail.message for detail in status.failures}
        now = self.node.store.clock()
        with self.node.store.write() as connection:
            good = [letter.id for letter in letters if letter.object_id not in failures]
            operations.settle(connection, good, state=SENT, reason="", now=now)
            for letter in letters:
                if letter.object_id in failures:
                    reason = failures[letter.object_id]
                    operations.settle(connection, [letter.id], state=FAILED, reason=reason, now=now)
        return failures

    def _postpone(self, letters: Sequence[Letter], reason: str) -> None:
        tries = max(letter.tries for letter in letters)
        delay = min(_FIRST_DELAY * 2 ** min(tries, 20), _LONGEST_DELAY)
        with self.node.store.write() as connection:
            until = self.node.store.clock() + delay
            operations.postpone(connection, [letter.id for letter in letters], reason=reason, until=until)
        self._note(problem=reason)

    def _send_receipts(self) -> int:
        receipts = operations.unsent_receipts(self.node.store.read())
        mine = [receipt for receipt in receipts if receipt.member == self.node.member]
        if not mine:
            return 0
        self.client.post_json("/api/receipts", [_told(receipt) for receipt in mine])
        with self.node.store.write() as connection:
            ids = [receipt.object_id for receipt in mine]
            operations.mark_receipts_sent(connection, ids, member=self.node.member, now=self.node.store.clock())
        return len(mine)

    # --- pull

    def _get_page(self, position: str) -> tuple[bytes, Any]:
        params: dict[str, str | int] = {"limit": BATCH, "match[version]": "all"}
        if position:
            params["added_after"] = position
        try:
            return self.client.get(f"{self.admission.collection}objects/", params)
        except SyncError as error:
            self._note(problem=str(error))
            raise

    def _store_page(self, body: bytes, position: str) -> tuple[int, int, bool]:
        try:
            page = parse_envelope(body)
            labels = [classes.parse(text) for text in page.labels()] if page.objects else []
        except (InvalidRequestError, PolicyError) as error:
            raise SyncError(f"the federation answered outside the protocol: {error}") from error
        taken = refused = 0
        with self.node.store.write() as connection:
            for problem in self._take(connection, [bytes(raw) for raw in page.objects], labels):
                taken += problem is None
                refused += problem is not None
                if problem is not None:
                    logger.warning("object refused", reason=problem)
            operations.set_peer(connection, FEDERATION, position=position)
        return taken, refused, page.more

    def _take(self, connection: Connection, raws: Sequence[bytes], labels: Sequence[Label]) -> Iterator[str | None]:
        run: list[tuple[StixObject, Label]] = []
        for raw, label in zip(raws, labels, strict=True):
            try:
                one = parse_object(raw)
                self._check_origin(one, label)
            except InvalidObjectError as error:
                yield str(error)
                continue
            if one.type == RECALL_TYPE:
                yield from self._store_run(connection, run)
                run = []
                class_id = self.node.store.grants.class_of(connection, label)
                withdrawal.received(self.node, connection, one, origin=label.origin, class_id=class_id)
                yield None
            else:
                run.append((one, label))
        yield from self._store_run(connection, run)

    def _store_run(self, connection: Connection, run: Sequence[tuple[StixObject, Label]]) -> Iterator[str | None]:
        contributions = [
            contribution(
                self.node.store,
                self.node.bloc,
                connection,
                one,
                label,
                meaning=meaning_of(one, self.node.twin_key),
            )
            for one, label in run
        ]
        for outcome in self.node.store.log.add(connection, contributions, self.node.store.clock()):
            yield outcome.reason if isinstance(outcome, Refused) else None

    def _check_origin(self, one: StixObject, label: Label) -> None:
        if label.origin not in self.node.bloc.members or label.origin == self.node.member:
            raise InvalidObjectError(
                f"{one.id} is labelled as of {label.origin!r}, expected another member of the bloc"
            )
        owner = owner_named(self.node.bloc, one)
        if owner not in (None, label.origin):
            raise InvalidObjectError(f"{one.id} was created by {owner}, but came as an object of {label.origin}")

    def _follow(self) -> None:
        try:
            self.following.follow()
        except SyncError as error:
            self._note(problem=str(error))
            raise

    def _fetch_receipts(self) -> None:
        told = self.client.get_json("/api/receipts")
        with self.node.store.write() as connection:
            for one in told:
                operations.put_receipt(connection, _receipt(one))

    def _hasten(self) -> None:
        if WAITING in operations.outbox_states(self.node.store.read()):
            with self.node.store.write() as connection:
                operations.hasten(connection, self.node.store.clock())

    def _note(self, **values: object) -> None:
        with self.node.store.write() as connection:
            operations.set_peer(connection, FEDERATION, **values)


def _parse_status(body: bytes) -> _Status:
    try:
        return msgspec.json.decode(body, type=_Status)
    except msgspec.MsgspecError as error:
        raise SyncError(f"the federation answered outside the protocol: {error}") from error


def _told(receipt: Receipt) -> dict[str, Any]:
    return {
        "object_id": receipt.object_id,
        "member": receipt.member,
        "received": receipt.received,
        "completed": receipt.completed,
    }


class _ToldReceipt(msgspec.Struct, forbid_unknown_fields=True):
    object_id: str
    member: str
    received: int
    completed: int


def _receipt(told: object) -> Receipt:
    try:
        one = msgspec.convert(told, _ToldReceipt)
    except msgspec.ValidationError as error:
        raise SyncError(f"the federation answered outside the protocol: {error}") from error
    return Receipt(
        object_id=one.object_id,
        member=one.member,
        received=one.received,
        due=one.received,
        completed=one.completed,
    )
