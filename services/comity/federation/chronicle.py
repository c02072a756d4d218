"""What the federation writes into the ledger, each in the transaction of what it tells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from comity.domain.member import Bloc
from comity.gateway.viewers import node_viewer
from comity.ledger import entries
from comity.ledger.entries import Entry
from comity.ledger.purges import RECALL
from comity.store import ledger_grants, member_keys, recalls
from comity.store.database import Connection
from comity.store.ledger import Ledger
from comity.store.operations import Receipt
from comity.store.page_receipts import PageReceipts
from comity.store.pages import split_id
from comity.store.recalls import Holder
from comity.store.store import Store

_DIGEST = "ledger digest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chronicle:
    """The ledger as the federation writes it; every method needs the write lock."""

    bloc: Bloc
    store: Store
    ledger: Ledger
    receipts: PageReceipts

    def activated(self, connection: Connection, digest: str, facts: Mapping[str, Any] | None = None) -> None:
        """Tell that the rules with *digest* are in force, by what *facts* say, and every grant that this changes.

        Without facts, rules that were in force before are not told again. Call it after the grants were decided anew.
        """
        before = self.store.setting(connection, _DIGEST)
        if facts or before != digest:
            self.store.set_setting(connection, _DIGEST, digest)
            now = self.store.clock()
            self.ledger.append(connection, [entries.activation(digest, before=before, at=now, facts=facts)])
        self.granted(connection, every=True)

    def granted(self, connection: Connection, *, every: bool = False) -> None:
        """Tell to whom new classes are granted; with *every*, also which grants of old ones have changed."""
        digest = self.store.setting(connection, _DIGEST) or ""
        now = self.store.clock()
        told: list[Entry] = []
        for class_id, label, past in ledger_grants.classes_to_tell(connection, every=every):
            present = self.store.grants.viewers_of(connection, class_id)
            if past is None or present != past:
                ledger_grants.tell(connection, class_id, present)
                owner = self.store.grants.label_of(connection, class_id).origin
                opened, closed = present - (past or frozenset()), (past or frozenset()) - present
                told.append(entries.grant(label, owner=owner, opened=opened, closed=closed, digest=digest, at=now))
        self.ledger.append(connection, told)

    def recalled(self, connection: Connection, object_id: str, owner: str) -> None:
        """Tell that an owner takes an object back, and who had it; call it before the object is purged."""
        type_name, uuid = split_id(object_id) or ("", b"")
        now = self.store.clock()
        found = self.receipts.holders(connection, owner, uuid, type_name)
        holders = {one.viewer: (one.member, one.since if one.is_certain else None) for one in found}
        holders = {viewer: kept for viewer, kept in holders.items() if kept[0] != owner}
        if recalls.put(connection, object_id, owner=owner, at=now, holders=holders):
            self.ledger.append(connection, [entries.recall(object_id, owner=owner, holders=holders, at=now)])

    def confirmed(self, connection: Connection, receipts: Sequence[Receipt]) -> None:
        """Tell that a member's node has confirmed purges, in its signed words."""
        now = self.store.clock()
        for one in receipts:
            if one.cause == RECALL:
                viewer = node_viewer(one.member)
                recalls.confirm(connection, one.object_id, owner=one.owner, viewer=viewer, now=now)
        self.ledger.append(
            connection,
            [
                entries.receipt(one.object_id, owner=one.owner, member=one.member, note=one.note, at=now)
                for one in receipts
            ],
        )

    def escalate(self, connection: Connection, *, deadline: int) -> list[Holder]:
        """Tell, of each confirmation that is later than *deadline* microseconds, that it is; return those."""
        now = self.store.clock()
        late = [
            one
            for one in recalls.newly_overdue(connection, before=now - deadline)
            if one.viewer == node_viewer(one.member)
        ]
        recalls.mark_overdue(connection, late, now)
        self.ledger.append(
            connection,
            [entries.overdue(one.object_id, owner=one.owner, member=one.member, since=one.at, at=now) for one in late],
        )
        return late

    def registered(self, connection: Connection, member: str, key: str) -> None:
        """Tell with which key a member's node signs."""
        now = self.store.clock()
        member_keys.register(connection, member, key, now)
        self.ledger.append(connection, [entries.member_key(member, key, at=now)])

    def asked(self, connection: Connection, member: str, count: int) -> None:
        """Tell that a member asked private questions."""
        self.ledger.append(connection, [entries.questions(member, count, at=self.store.clock())])
