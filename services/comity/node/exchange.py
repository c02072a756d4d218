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

from comity.domain.label import Form, Label
from comity.errors import InvalidObjectError, InvalidRequestError, NotFoundError, PolicyError, SyncError
from comity.gateway.contributing import contribution, meaning_of, owner_named
from comity.node import audit, withdrawal
from comity.node.audit import Holder
from comity.node.context import FEDERATION, Node
from comity.node.following import Following
from comity.policy import classes
from comity.stix.labels import retention_of
from comity.stix.objects import USUAL_BOUNDS, Bounds, StixObject, parse_object
from comity.store import operations, quarantine, recall_states
from comity.store.accounts import digest_of
from comity.store.contributions import Added, Contribution, Refused
from comity.store.database import Connection
from comity.store.operations import FAILED, SENT, WAITING, Letter
from comity.store.pages import split_id
from comity.store.quarantine import Held
from comity.taxii.envelope import envelope
from comity.taxii.labels import label_members, parse_envelope
from comity.transport.client import ServiceClient

BATCH = 1_000
_BATCH_BYTES = 16_000_000
_FIRST_DELAY = 5_000_000
_LONGEST_DELAY = 3_600_000_000
_REGISTERED = "registered key"
logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """What the federation gave this member when it was admitted."""

    collection: str
    """The path of the member's collection at the federation."""
    token: str
    twin_key: str
    """The bloc's key for fingerprints, in hexadecimal."""
    edition_key: str
    """The federation's public key for editions of the summary, in hexadecimal."""
    ledger_key: str
    """The public key with which the federation signs its ledger."""


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
    bounds: Bounds = USUAL_BOUNDS

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
        problem = self._audited()
        self._note(last_pull=self.node.store.clock(), problem=problem)
        self._hasten()
        return {"taken": taken, "refused": refused}

    @property
    def following(self) -> Following:
        """How the node follows what the federation puts in force."""
        return Following(node=self.node, client=self.client)

    def holders(self, object_id: str) -> list[Holder]:
        """Return who was served an object of this member, in any of its forms, as the federation tells it.

        Raises:
            NotFoundError: the member has no such object.
            SyncError: the federation could not be reached.
        """
        submission = operations.submission(self.node.store.read(), object_id)
        if submission is None:
            raise NotFoundError(f"no object {object_id[:80]!r} of {self.node.member}")
        connection = self.node.store.read()
        found = [one for form in submission.forms for one in audit.holders(self.client, form)]
        recalled = recall_states.of_objects(connection, submission.forms)
        return found + [
            Holder(object_id=one.object_id, viewer=one.viewer, member=one.member, state=one.state, since=one.served)
            for one in recalled
            if one.viewer
        ]

    def follow_recalls(self) -> None:
        """Fetch where the member's own recalls stand, and keep it.

        Raises:
            SyncError: the federation could not be reached.
        """
        audit.recalls(self.node, self.client)

    def register_exposures(self, values: Sequence[str]) -> int:
        """Register the member's own networks and names with the federation; return how many those are.

        Raises:
            SyncError: the federation could not be reached, or refused one of them.
        """
        return int(self.client.put_json("/api/exposures", {"values": list(values)})["registered"])

    def retry(self) -> dict[str, int]:
        """Try again to take what is in quarantine, after rules or software have changed; return the counts."""
        with self.node.store.write() as connection:
            held = quarantine.held(connection)
            problems = list(self._take(connection, [one.body for one in held], [one.label for one in held]))
            taken = [one.id for one, problem in zip(held, problems, strict=True) if problem is None]
            quarantine.free(connection, taken)
        return {"taken": len(taken), "refused": len(held) - len(taken)}

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
        self._register_key()
        for start in range(0, len(mine), BATCH):
            some = mine[start : start + BATCH]
            self.client.post_json("/api/receipts", [{"note": receipt.note} for receipt in some])
            with self.node.store.write() as connection:
                operations.mark_receipts_sent(connection, some, self.node.store.clock())
        return len(mine)

    def _register_key(self) -> None:
        """Tell the federation the key that this node signs with, once for each admission."""
        key = str(self.node.signer.key)
        done = f"{key} {digest_of(self.admission.token)}"
        if self.node.store.setting(self.node.store.read(), _REGISTERED) == done:
            return
        self.client.post_json("/api/key", {"key": key})
        with self.node.store.write() as connection:
            self.node.store.set_setting(connection, _REGISTERED, done)

    def _audited(self) -> str | None:
        """Check what the federation says of its ledger and of recalls; return what is wrong."""
        try:
            self._register_key()
            wrong = audit.follow(self.node, self.client, self.admission.ledger_key)
            owing = audit.recalls(self.node, self.client)
        except SyncError as error:
            self._note(problem=str(error))
            raise
        return wrong or owing

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
            labels = page.labels() if page.objects else []
        except InvalidRequestError as error:
            raise SyncError(f"the federation answered outside the protocol: {error}") from error
        raws = [bytes(raw) for raw in page.objects]
        with self.node.store.write() as connection:
            problems = list(self._take(connection, raws, labels))
            refused = self._hold(connection, raws, labels, problems)
            operations.set_peer(connection, FEDERATION, position=position)
        return len(raws) - refused, refused, page.more

    def _hold(
        self, connection: Connection, raws: Sequence[bytes], labels: Sequence[str], problems: Sequence[str | None]
    ) -> int:
        """Put what could not be taken into quarantine; return how much that is."""
        now = self.node.store.clock()
        held = [
            Held(object_id=_name_of(raw), label=label, body=raw, reason=problem, at=now)
            for raw, label, problem in zip(raws, labels, problems, strict=True)
            if problem is not None
        ]
        quarantine.hold(connection, held)
        for one in held:
            logger.warning("object refused", reason=one.reason)
        return len(held)

    def _take(self, connection: Connection, raws: Sequence[bytes], texts: Sequence[str]) -> Iterator[str | None]:
        run: list[tuple[StixObject, Label]] = []
        for raw, text in zip(raws, texts, strict=True):
            try:
                one = parse_object(raw, self.bounds)
                label = classes.parse(text)
                self._check_origin(one, label)
            except (InvalidObjectError, PolicyError) as error:
                yield from self._store_run(connection, run)
                run = []
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
        contributions = [self._contribution(connection, one, label) for one, label in run]
        now = self.node.store.clock()
        for (one, label), outcome in zip(run, self.node.store.log.add(connection, contributions, now), strict=True):
            if isinstance(outcome, Added):
                kept = retention_of(one.header)
                due = None if kept is None else now + kept
                operations.keep_until(connection, one.uuid, one.id, label.origin, now=now, due=due)
            yield outcome.reason if isinstance(outcome, Refused) else None

    def _contribution(self, connection: Connection, one: StixObject, label: Label) -> Contribution:
        made = contribution(
            self.node.store, self.node.bloc, connection, one, label, meaning=meaning_of(one, self.node.twin_key)
        )
        return (
            made
            if made.about is None
            else msgspec.structs.replace(made, about=self._whole(connection, one, made.about))
        )

    def _whole(self, connection: Connection, one: StixObject, about: bytes) -> bytes:
        """Return what a sighting is about here: where others saw a lesser form of an own object, that object."""
        found = operations.newest(connection, about)
        try:
            label = None if found is None else self.node.store.grants.label_of(connection, found[0])
        except PolicyError:
            return about
        if label is None or label.origin != self.node.member or label.form is Form.FULL:
            return about
        whole = split_id(operations.of_form(connection, one.header.sighting_of_ref or "") or "")
        return about if whole is None else whole[1]

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

    def _hasten(self) -> None:
        if WAITING in operations.outbox_states(self.node.store.read()):
            with self.node.store.write() as connection:
                operations.hasten(connection, self.node.store.clock())

    def _note(self, **values: object) -> None:
        with self.node.store.write() as connection:
            operations.set_peer(connection, FEDERATION, **values)


class _Named(msgspec.Struct):
    id: object = None


def _name_of(raw: bytes) -> str:
    """Return the id that an object states, as far as it states one."""
    try:
        found = msgspec.json.decode(raw, type=_Named).id
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ""
    return found[:200] if isinstance(found, str) else ""


def _parse_status(body: bytes) -> _Status:
    try:
        return msgspec.json.decode(body, type=_Status)
    except msgspec.MsgspecError as error:
        raise SyncError(f"the federation answered outside the protocol: {error}") from error
