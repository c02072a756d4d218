"""Taking in what members' nodes release: their own objects only, under the labels their nodes gave them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec
from comity_schemas.extensions import RECALL_TYPE

from comity.domain.label import Label
from comity.domain.tier import Tier
from comity.errors import InvalidObjectError, PolicyError, RefusedError
from comity.federation.context import Federation
from comity.gateway.contributing import contribution, meaning_of, owner_named
from comity.gateway.taxii_write import failure, fate_of, parse_or_refuse
from comity.gateway.viewers import node_viewer
from comity.policy import classes
from comity.stix.labels import embargo_end
from comity.stix.objects import USUAL_BOUNDS, Bounds, StixObject
from comity.store.accounts import Account, CollectionRow
from comity.store.contributions import Contribution, Refused
from comity.store.contributions import Outcome as LogOutcome
from comity.store.database import Connection
from comity.store.pages import split_id
from comity.taxii.filters import Query
from comity.taxii.labels import Envelope
from comity.taxii.status import Fate, Outcome

KIND = "member"
"""The kind of a collection through which a member's node exchanges objects."""

Labelled = tuple[StixObject, Label]


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberIntake:
    """The writer of members' collections."""

    federation: Federation
    bounds: Bounds = USUAL_BOUNDS

    def add(self, account: Account, collection: CollectionRow, envelope: Envelope) -> Sequence[Outcome]:
        """Store the objects of the envelope, each under its label."""
        del collection
        texts = envelope.labels()
        checked = [
            self._checked(account.member, bytes(raw), text) for raw, text in zip(envelope.objects, texts, strict=True)
        ]
        recalls = any(not isinstance(one, Outcome) and one[0].type == RECALL_TYPE for one in checked)
        hub = self.federation
        with hub.page_receipts.writing() if recalls else hub.store.write() as connection:
            fates = self._store(connection, account.member, [one for one in checked if not isinstance(one, Outcome)])
            outcomes = [one if isinstance(one, Outcome) else next(fates) for one in checked]
            hub.chronicle.granted(connection)
            hub.warnings.look(connection, [one[0].uuid for one in checked if not isinstance(one, Outcome)])
        if recalls:
            hub.store.database.scrub()
        return outcomes

    def delete(self, account: Account, collection: CollectionRow, object_id: str, query: Query) -> bool:
        """Refuse: what a member takes back it recalls, so that everybody who was served it is told.

        Raises:
            RefusedError: always.
        """
        del account, collection, object_id, query
        raise RefusedError("a released object is recalled by its owner's node, not deleted")

    def _checked(self, member: str, raw: bytes, text: str) -> Labelled | Outcome:
        one = parse_or_refuse(raw, self.bounds)
        if isinstance(one, Outcome):
            return one
        try:
            return one, self._label(member, one, text)
        except (InvalidObjectError, PolicyError) as error:
            return failure(one, str(error))

    def _label(self, member: str, one: StixObject, text: str) -> Label:
        label = classes.parse(text)
        if label.origin != member:
            raise InvalidObjectError(f"is labelled as of {label.origin!r}, expected {member!r}, whose node sent it")
        owner = owner_named(self.federation.bloc, one)
        if owner not in (None, member):
            raise InvalidObjectError(f"was created by {owner}, expected an object of {member}")
        if max(each.tier for each in classes.chain(label)) is Tier.C4:
            raise InvalidObjectError("is sovereign, or made from what is, and never leaves its owner's node")
        ends = embargo_end(one.header, 0)
        if label.embargo_exempt is not None and ends is not None and ends <= self.federation.store.clock():
            label = label.lifted()
        if not self.federation.recipients(label):
            raise InvalidObjectError("is released to nobody, and stays at its owner's node")
        return label

    def _store(self, connection: Connection, member: str, labelled: Sequence[Labelled]) -> Iterator[Outcome]:
        """Yield the fates in order; objects between two recalls are stored together."""
        run: list[Labelled] = []
        for one, label in labelled:
            if one.type == RECALL_TYPE:
                yield from self._store_run(connection, run)
                run = []
                yield self._recall(connection, member, one, label)
            else:
                run.append((one, label))
        yield from self._store_run(connection, run)

    def _store_run(self, connection: Connection, run: Sequence[Labelled]) -> list[Outcome]:
        now = self.federation.store.clock()
        contributions = [self._contribution(connection, one, label) for one, label in run]
        placed = self.federation.store.log.add(connection, contributions, now)
        unseen = [self._unseen(connection, made.space, one) for made, one in zip(contributions, placed, strict=True)]
        hidden = [
            msgspec.structs.replace(made, unless=other)
            for made, other in zip(contributions, unseen, strict=True)
            if other is not None
        ]
        again = iter(self.federation.store.log.add(connection, hidden, now))
        settled = [one if other is None else next(again) for one, other in zip(placed, unseen, strict=True)]
        return [fate_of(one, outcome) for (one, _), outcome in zip(run, settled, strict=True)]

    def _unseen(self, connection: Connection, member: str, outcome: LogOutcome) -> int | None:
        """Return the class of the object for whose id another was refused, where its member may not know of it.

        Then it is taken, so that its member does not learn of the other; nobody who is served the other is served it.
        """
        if not isinstance(outcome, Refused) or outcome.of_class is None:
            return None
        viewers = self.federation.store.grants.viewers_of(connection, outcome.of_class)
        return None if node_viewer(member) in viewers else outcome.of_class

    def _recall(self, connection: Connection, member: str, notice: StixObject, label: Label) -> Outcome:
        found = split_id(notice.header.object_ref or "")
        if found is None:
            return failure(notice, "recalls something that has no STIX id")
        self.federation.chronicle.recalled(connection, notice.header.object_ref or "", member)
        told = self._contribution(connection, notice, label)
        self.federation.store.log.recall(connection, found[1], member, told, self.federation.store.clock())
        return Outcome(fate=Fate.SUCCESS, object_id=notice.id, version=notice.version_text)

    def _contribution(self, connection: Connection, one: StixObject, label: Label) -> Contribution:
        hub = self.federation
        return contribution(
            hub.store,
            hub.bloc,
            connection,
            one,
            label,
            meaning=meaning_of(one, hub.twin_key),
            lifts_at=embargo_end(one.header, hub.store.clock()) if label.embargo_exempt is not None else None,
        )
