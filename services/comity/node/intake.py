"""Taking in the objects of the node's own member: through TAXII, from feeds, and from its operators."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from comity_schemas.extensions import RECALL_TYPE

from comity.errors import InvalidObjectError, RefusedError
from comity.gateway.taxii_write import failure, fate_of, parse_or_refuse
from comity.node import withdrawal
from comity.node.context import Node
from comity.node.drafting import Draft, Drafts, contribution, draft, label_text, sighted
from comity.node.markings import KnownMarkings
from comity.stix.labels import Defaults
from comity.stix.objects import StixObject
from comity.stix.twins import outline_of
from comity.store import operations
from comity.store.accounts import Account, CollectionRow
from comity.store.database import Connection
from comity.store.operations import Submission
from comity.store.release_log import Added, Contribution
from comity.store.release_log import Outcome as LogOutcome
from comity.taxii.filters import Query
from comity.taxii.labels import Envelope
from comity.taxii.status import Fate, Outcome

KIND = "own"
"""The kind of a collection for the objects of a node's own member."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """The writer of collections of the kind ``own``."""

    node: Node

    def add(self, account: Account, collection: CollectionRow, envelope: Envelope) -> Sequence[Outcome]:
        """Store the objects of the envelope with their forms, and queue whatever may leave."""
        del account
        defaults = self.node.defaults.get(collection.alias or "", Defaults())
        return self.take([bytes(raw) for raw in envelope.objects], defaults)

    def take(self, raws: Sequence[bytes], defaults: Defaults) -> list[Outcome]:
        """Store objects and tell the fate of each; those that cannot be stored leave no trace."""
        parsed = [parse_or_refuse(raw) for raw in raws]
        known = KnownMarkings(self.node.store, [one for one in parsed if isinstance(one, StixObject)])
        with self.node.store.write() as connection:
            drafted = [self._drafted(connection, one, defaults, known) for one in parsed]
            whole = [one for one in drafted if isinstance(one, Drafts)]
            fates = iter(self._store(connection, whole))
            return [next(fates) if isinstance(one, Drafts) else one for one in drafted]

    def delete(self, account: Account, collection: CollectionRow, object_id: str, query: Query) -> bool:
        """Take an object back from everybody: to delete what others were given is to recall it (5.7)."""
        del collection, query
        with self.node.store.write() as connection:
            if operations.submission(connection, object_id) is None:
                return False
            return withdrawal.recall(self.node, connection, object_id, f"deleted by {account.name}")

    def _drafted(
        self, connection: Connection, one: StixObject | Outcome, defaults: Defaults, known: KnownMarkings
    ) -> Drafts | Outcome:
        if isinstance(one, Outcome):
            return one
        try:
            if one.type == RECALL_TYPE:
                return self._recall(connection, one)
            now = self.node.store.clock()
            return draft(self.node, connection, one, defaults=defaults, known_markings=known, now=now)
        except InvalidObjectError as error:
            return failure(one, str(error))

    def _recall(self, connection: Connection, notice: StixObject) -> Outcome:
        object_id = notice.header.object_ref or ""
        if operations.submission(connection, object_id) is None:
            return failure(notice, f"recalls {object_id}, which is no object of {self.node.member}")
        withdrawal.recall(self.node, connection, object_id, withdrawal.reason_of(notice))
        return Outcome(fate=Fate.SUCCESS, object_id=notice.id, version=notice.version_text)

    def _store(self, connection: Connection, whole: Sequence[Drafts]) -> Iterator[Outcome]:
        now = self.node.store.clock()
        flat = [each for drafts in whole for each in drafts.all]
        placed = iter(self.node.store.log.add(connection, [self._contribution(connection, one) for one in flat], now))
        for drafts in whole:
            outcomes = [next(placed) for _ in drafts.all]
            if isinstance(outcomes[0], Added):
                self._remember(connection, drafts, outcomes, now)
            yield fate_of(drafts.full.obj, outcomes[0])

    def _contribution(self, connection: Connection, one: Draft) -> Contribution:
        return contribution(self.node, connection, one.obj, one.label, lifts_at=one.lifts_at)

    def _remember(self, connection: Connection, drafts: Drafts, outcomes: Sequence[LogOutcome], now: int) -> None:
        obj = drafts.full.obj
        forms = tuple(each.obj.id for each in drafts.all)
        operations.put_submission(
            connection,
            Submission(
                object_id=obj.id,
                received=now,
                outline=outline_of(obj),
                forms=forms,
                labels=tuple(map(label_text, drafts.labels)),
                lifts_at=drafts.full.lifts_at,
                cited=tuple(
                    f"{each.source_name} {each.external_id}"
                    for each in obj.header.external_references
                    if each.external_id
                ),
            ),
        )
        leaving = [
            {"object_id": one.obj.id, "label": label_text(one.label), "body": one.obj.raw}
            for one, outcome in zip(drafts.all, outcomes, strict=True)
            if one.leaves and isinstance(outcome, Added) and self._target_left(connection, one.obj)
        ]
        operations.queue(connection, leaving, now)
        if obj.header.revoked:
            withdrawal.record_revocation(self.node, connection, drafts.labels, obj, forms)

    def _target_left(self, connection: Connection, one: StixObject) -> bool:
        """Return whether others have what *one* is a sighting of; true for everything that is no sighting."""
        target = sighted(one)
        if target is None:
            return True
        found = operations.newest(connection, target)
        if found is None:
            return False
        origin = self.node.store.grants.label_of(connection, found[0]).origin
        return origin != self.node.member or operations.was_sent(connection, [str(one.header.sighting_of_ref)])


def accepted(outcomes: Sequence[Outcome]) -> None:
    """Return when every object was taken in.

    Raises:
        RefusedError: one was not; the message says why.
    """
    refused = [outcome for outcome in outcomes if outcome.fate is not Fate.SUCCESS]
    if refused:
        raise RefusedError(refused[0].message or "the object was refused")
