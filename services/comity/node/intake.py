"""Taking in the objects of the node's own member: through TAXII, from feeds, and from its operators."""

from collections.abc import Sequence
from dataclasses import dataclass

from comity_schemas.extensions import RECALL_TYPE

from comity.errors import InvalidObjectError, RefusedError
from comity.gateway.contributing import contribution, sighted
from comity.gateway.taxii_write import failure, fate_of, parse_or_refuse
from comity.node import withdrawal
from comity.node.context import Node
from comity.node.drafting import Draft, Drafts, continued, draft, label_text
from comity.node.markings import KnownMarkings
from comity.stix.labels import Defaults, Memo
from comity.stix.objects import USUAL_BOUNDS, Bounds, StixObject
from comity.stix.twins import outline
from comity.store import filings, operations, warned
from comity.store.accounts import Account, CollectionRow
from comity.store.contributions import Added
from comity.store.contributions import Outcome as LogOutcome
from comity.store.database import Connection
from comity.store.operations import Submission
from comity.taxii.filters import Query
from comity.taxii.labels import Envelope
from comity.taxii.status import Fate, Outcome

KIND = "own"
"""The kind of a collection for the objects of a node's own member."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """The writer of collections of the kind ``own``."""

    node: Node
    bounds: Bounds = USUAL_BOUNDS

    def add(self, account: Account, collection: CollectionRow, envelope: Envelope) -> Sequence[Outcome]:
        """Store the objects of the envelope with their forms, and queue whatever may leave."""
        del account
        defaults = self.node.defaults.get(collection.alias or "", Defaults())
        return self.take([bytes(raw) for raw in envelope.objects], defaults)

    def take(self, raws: Sequence[bytes], defaults: Defaults) -> list[Outcome]:
        """Store objects and tell the fate of each; those that cannot be stored leave no trace."""
        parsed = [parse_or_refuse(raw, self.bounds) for raw in raws]
        known = KnownMarkings(self.node.store, [one for one in parsed if isinstance(one, StixObject)])
        with self.node.store.write() as connection:
            memo: Memo = {}
            drafted = [self._drafted(connection, one, defaults, known, memo) for one in parsed]
            whole = continued(self.node, connection, [one for one in drafted if isinstance(one, Drafts)])
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
        self,
        connection: Connection,
        one: StixObject | Outcome,
        defaults: Defaults,
        known: KnownMarkings,
        memo: Memo,
    ) -> Drafts | Outcome:
        if isinstance(one, Outcome):
            return one
        try:
            if one.type == RECALL_TYPE:
                return self._recall(connection, one)
            now = self.node.store.clock()
            return draft(self.node, connection, one, defaults=defaults, known_markings=known, now=now, memo=memo)
        except InvalidObjectError as error:
            return failure(one, str(error))

    def _recall(self, connection: Connection, notice: StixObject) -> Outcome:
        object_id = notice.header.object_ref or ""
        if operations.submission(connection, object_id) is None:
            return failure(notice, f"recalls {object_id}, which is no object of {self.node.member}")
        withdrawal.recall(self.node, connection, object_id, withdrawal.reason_of(notice))
        return Outcome(fate=Fate.SUCCESS, object_id=notice.id, version=notice.version_text)

    def _store(self, connection: Connection, whole: Sequence[Drafts]) -> list[Outcome]:
        """Store objects, and the lesser forms of those that were new; what is refused leaves no form behind."""
        placed = self._add(connection, [drafts.full for drafts in whole])
        new = [drafts for drafts, outcome in zip(whole, placed, strict=True) if isinstance(outcome, Added)]
        lesser = [draft for drafts in new for draft in drafts.lesser]
        stored = [
            draft for draft, outcome in zip(lesser, self._add(connection, lesser), strict=True) if _is_new(outcome)
        ]
        self._remember(connection, new, [*(drafts.full for drafts in new), *stored])
        return [fate_of(drafts.full.obj, outcome) for drafts, outcome in zip(whole, placed, strict=True)]

    def _add(self, connection: Connection, drafts: Sequence[Draft]) -> list[LogOutcome]:
        contributions = [
            contribution(
                self.node.store,
                self.node.bloc,
                connection,
                one.obj,
                one.label,
                meaning=one.meaning,
                lifts_at=one.lifts_at,
            )
            for one in drafts
        ]
        return self.node.store.log.add(connection, contributions, self.node.store.clock())

    def _remember(self, connection: Connection, new: Sequence[Drafts], stored: Sequence[Draft]) -> None:
        """Keep what operators see of their objects, and queue every stored form that anybody else is served."""
        now = self.node.store.clock()
        in_order = sorted(new, key=lambda drafts: drafts.full.obj.version)
        operations.put_submissions(connection, [_submission(drafts, now) for drafts in in_order])
        warned.note(connection, self._warnings(in_order))
        leaving = [
            {"object_id": one.obj.id, "label": label_text(one.label), "body": one.obj.raw}
            for one in stored
            if one.leaves and self._target_left(connection, one.obj)
        ]
        operations.queue(connection, leaving, now)
        left = {letter["object_id"] for letter in leaving}
        urgent = [
            drafts.full.obj.id
            for drafts in in_order
            if drafts.full.label.urgent and not drafts.full.label.approved and left & set(drafts.form_ids)
        ]
        filings.start(connection, urgent, now=now, due=now + self.node.filing_delay)
        for drafts in in_order:
            if drafts.full.obj.header.revoked:
                withdrawal.record_revocation(self.node, connection, drafts.labels, drafts.full.obj, drafts.form_ids)

    def _warnings(self, new: Sequence[Drafts]) -> dict[str, tuple[str, ...]]:
        """Return the warning lists that the observables of *new* are on, by the id of the object."""
        stated = {drafts.full.obj.id: drafts.full.meaning.observable for drafts in new}
        found = {key: self.node.warnings.matches(one) for key, one in stated.items() if one is not None}
        return {key: lists for key, lists in found.items() if lists}

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


def _is_new(outcome: LogOutcome) -> bool:
    return isinstance(outcome, Added)


def _submission(drafts: Drafts, now: int) -> Submission:
    obj = drafts.full.obj
    return Submission(
        object_id=obj.id,
        received=now,
        outline=outline(obj, drafts.full.meaning.observable),
        forms=drafts.form_ids,
        labels=tuple(map(label_text, drafts.labels)),
        lifts_at=drafts.full.lifts_at,
        cited=tuple(
            f"{each.source_name} {each.external_id}" for each in obj.header.external_references if each.external_id
        ),
    )


def accepted(outcomes: Sequence[Outcome]) -> None:
    """Return when every object was taken in.

    Raises:
        RefusedError: one was not; the message says why.
    """
    refused = [outcome for outcome in outcomes if outcome.fate is not Fate.SUCCESS]
    if refused:
        raise RefusedError(refused[0].message or "the object was refused")
