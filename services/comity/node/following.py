"""Following the federation: what it puts in force is checked and put in force here, and what it opens is sent."""

import json
from dataclasses import dataclass
from typing import Any

import msgspec
import structlog

from comity.domain.label import Label
from comity.errors import InvalidObjectError, PolicyError, SyncError
from comity.gateway.contributing import sighted
from comity.gateway.signing import Word, check_signature
from comity.node.context import Node
from comity.policy import classes
from comity.policy.policies import Policy
from comity.stix.objects import parse_object
from comity.store import operations, policies
from comity.store.database import Connection
from comity.store.policies import CHANGE, Activation
from comity.transport.client import ServiceClient

_POSITION = "policy position"
logger = structlog.get_logger(__name__)


class _Told(msgspec.Struct):
    """One activation, as the federation tells it."""

    number: int
    kind: str
    digest: str
    suspended: list[str]
    activated: int
    reason: str
    evidence: str
    policy: str
    proposal: int | None = None
    terms: dict[str, Any] | None = None
    """The proposal that was ratified."""
    keys: dict[str, str] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """A node's side of what the federation puts in force."""

    node: Node
    client: ServiceClient

    def follow(self) -> int:
        """Put in force what the federation has since the last time, in order; return how many changes that were.

        Raises:
            SyncError: the federation could not be reached, or put something in force that is not ratified. Then
                everything stays as it was.
        """
        after = self._position(self.node.store.read())
        told = self.client.get_json("/api/policy/activations", {"after": after})
        try:
            several = msgspec.convert(told, list[_Told])
        except msgspec.ValidationError as error:
            raise SyncError(f"the federation answered outside the protocol: {error}") from error
        for one in several:
            self._apply(one)
        return len(several)

    def _apply(self, told: _Told) -> None:
        try:
            policy = Policy.parse(told.policy)
            with self.node.store.write() as connection:
                self._check(connection, told)
                before = self._leaving(connection)
                record = Activation(
                    number=0,
                    kind=told.kind,
                    digest=told.digest,
                    suspended=frozenset(told.suspended),
                    activated=told.activated,
                    proposal=None,
                    reason=told.reason,
                    evidence=told.evidence,
                )
                self.node.ruling.activate(connection, record, policy)
                sent = self._send_what_opened(connection, before)
                self.node.store.set_setting(connection, _POSITION, str(told.number))
        except (PolicyError, InvalidObjectError, ValueError, KeyError, TypeError) as error:
            raise SyncError(f"activation {told.number} of the federation is not taken over: {error}") from error
        logger.info("rules in force", number=told.number, kind=told.kind, digest=told.digest, queued=sent)

    def _position(self, connection: Connection) -> int:
        return int(self.node.store.setting(connection, _POSITION) or 0)

    # --- ratified

    def _check(self, connection: Connection, told: _Told) -> None:
        """Return when a change of rules is signed by enough members, under keys that this node knows them by.

        The key that a member is first seen with is the one it is known by here.
        """
        if told.kind != CHANGE:
            return
        base = self.node.ruling.policy(connection)
        terms = told.terms or {}
        if terms.get("digest") != told.digest or terms.get("base") != base.digest:
            raise PolicyError("the proposal that was ratified is about other rules")
        for_it = {
            one["member"]
            for one in json.loads(told.evidence)["signatures"]
            if one["approves"] and self._is_signed(connection, told, one)
        }
        owner = base.national(Policy.parse(told.policy))
        missing = {owner} - for_it if owner is not None else len(for_it & base.bloc.members.keys()) < base.bloc.quorum
        if missing:
            raise PolicyError("the signatures that ratify it are missing")

    def _is_signed(self, connection: Connection, told: _Told, one: dict[str, Any]) -> bool:
        member, terms = one["member"], told.terms or {}
        public = policies.key_of(connection, member) or told.keys.get(member, "")
        word = Word(
            member=member,
            approves=True,
            digest=told.digest,
            base=terms["base"],
            effective=terms["effective"],
            remark=one["remark"],
        )
        try:
            check_signature(word, one["signature"], public)
        except InvalidObjectError:
            return False
        if policies.key_of(connection, member) is None:
            policies.trust_key(connection, member, public)
        return True

    # --- sending

    def _leaving(self, connection: Connection) -> dict[int, bool]:
        """Return, for every class of the member's own objects, whether anybody else is served it."""
        labels = self.node.store.grants.labels(connection)
        return {number: self._leaves(label) for number, label in labels.items() if label.origin == self.node.member}

    def _leaves(self, label: Label) -> bool:
        return bool(self.node.recipients(label))

    def _send_what_opened(self, connection: Connection, before: dict[int, bool]) -> int:
        """Queue the member's own objects that nobody else could have so far; return how many those are."""
        leaving = self._leaving(connection)
        opened = [number for number, left in before.items() if not left and leaving[number]]
        letters: list[dict[str, Any]] = []
        for number in opened:
            label = self.node.store.grants.label_of(connection, number)
            for body in operations.latest_bodies(connection, number):
                one = parse_object(body)
                if not operations.was_sent(connection, [one.id]):
                    letters.append({"object_id": one.id, "label": classes.key(label), "body": one.raw})
        letters.sort(key=lambda letter: sighted(parse_object(letter["body"])) is not None)
        operations.queue(connection, letters, self.node.store.clock())
        return len(letters)
