"""Adding and deleting objects: what every kind of collection has in common (TAXII 2.1, 4.3, 5.5, 5.7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol
from uuid import uuid4

import msgspec

from comity.errors import InvalidObjectError, RefusedError
from comity.gateway.http import Request, Response
from comity.gateway.resent import resent
from comity.stix.headers import read_header
from comity.stix.objects import USUAL_BOUNDS, Bounds, StixObject, parse_object
from comity.store import statuses
from comity.store.accounts import Account, CollectionRow
from comity.store.contributions import PLAIN_SPACE, Added, Contribution, Known
from comity.store.contributions import Outcome as LogOutcome
from comity.store.pages import STIX_21, split_id
from comity.store.store import Store
from comity.taxii.errors import error_body
from comity.taxii.filters import OBJECT_FIELDS, AllVersions, Query, parse_query
from comity.taxii.labels import Envelope, parse_envelope
from comity.taxii.media_type import TAXII
from comity.taxii.status import Fate, Outcome, status_body, status_of
from comity.taxii.timestamps import format_timestamp, instant

PLAIN = "plain"
"""The kind of a collection without sharing rules, for clients of every sort."""


class Writer(Protocol):
    """Takes objects into one kind of collection: own objects of a node, released ones of a member, plain ones."""

    def add(self, account: Account, collection: CollectionRow, envelope: Envelope) -> Sequence[Outcome]:
        """Store the objects that can be stored, durably, and tell the fate of each.

        Raises:
            InvalidRequestError: the envelope as a whole cannot be understood; nothing was stored.
        """

    def delete(self, account: Account, collection: CollectionRow, object_id: str, query: Query) -> bool:
        """Remove the versions of an object that *query* names; return whether there were any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Additions:
    """Answers writes with the writer for the kind of the collection."""

    store: Store
    writers: Mapping[str, Writer]
    objects_per_envelope: int

    def add(self, account: Account, collection: CollectionRow, request: Request) -> Response:
        """Add the objects of an envelope; every one that is a success is durable."""
        requested = self.store.clock()
        envelope = parse_envelope(request.body or b"")
        if len(envelope.objects) > self.objects_per_envelope:
            return too_many(len(envelope.objects), self.objects_per_envelope)
        outcomes = self._versioned(collection, self.writers[collection.kind].add(account, collection, envelope))
        status_id = str(uuid4())
        body = status_body(status_of(status_id, outcomes, requested=requested))
        with self.store.write() as connection:
            statuses.put(
                connection, status_id, root=collection.root, collection_id=collection.id, body=body, now=requested
            )
        return Response(status=202, headers={"content-type": TAXII}, body=body)

    def delete(self, account: Account, collection: CollectionRow, object_id: str, request: Request) -> bool:
        """Delete an object, every version of it unless some are named."""
        query = parse_query(request.query, page_limit=1, fields=OBJECT_FIELDS, unfiltered=AllVersions())
        if collection.kind != PLAIN and not isinstance(query.versions, AllVersions):
            raise RefusedError("an object under sharing rules is taken back whole, expected no match[version]")
        if query.spec_versions is not None and STIX_21 not in query.spec_versions:
            return False
        return self.writers[collection.kind].delete(account, collection, object_id, query)

    def _versioned(self, collection: CollectionRow, outcomes: Sequence[Outcome]) -> Sequence[Outcome]:
        """Give objects that state no version the one they are served under: when they first came (5.3.1)."""
        unversioned = {one.object_id for one in outcomes if one.fate is Fate.SUCCESS and not one.version}
        if not unversioned:
            return outcomes
        connection = self.store.read()
        viewer = self.store.grants.viewer(connection, collection.viewer_id)
        ticks = self.store.pages.arrivals(connection, viewer, unversioned)
        return [
            msgspec.structs.replace(one, version=format_timestamp(ticks[one.object_id]))
            if not one.version and one.object_id in ticks
            else one
            for one in outcomes
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainWriter:
    """Plain collections: any STIX object, in any order of versions, seen by whoever may read the collection."""

    store: Store
    bounds: Bounds = USUAL_BOUNDS

    def add(self, account: Account, collection: CollectionRow, envelope: Envelope) -> Sequence[Outcome]:
        """Store the objects of the envelope."""
        del account
        raws = [bytes(raw) for raw in envelope.objects]
        if again := resent(self.store, PLAIN_SPACE + collection.id, raws):
            return again
        parsed = [parse_or_refuse(raw, self.bounds) for raw in raws]
        with self.store.write() as connection:
            viewer = self.store.grants.viewer(connection, collection.viewer_id)
            class_id = self.store.grants.plain_class(connection, viewer.name)
            found = [one for one in parsed if isinstance(one, StixObject)]
            placed = self.store.log.add(
                connection,
                [_contribution(one, space=PLAIN_SPACE + collection.id, class_id=class_id) for one in found],
                self.store.clock(),
            )
        fates = iter(placed)
        return [fate_of(one, next(fates)) if isinstance(one, StixObject) else one for one in parsed]

    def delete(self, account: Account, collection: CollectionRow, object_id: str, query: Query) -> bool:
        """Delete the versions that *query* names (5.7)."""
        del account
        type_name, uuid = split_id(object_id) or ("", b"")
        chosen = replace(query, added_after=None)
        with self.store.write() as connection:
            viewer = self.store.grants.viewer(connection, collection.viewer_id)
            page = self.store.pages.object(connection, viewer, uuid, type_name, chosen, after=None, limit=10_000)
            numbers = [row.object_no for row in page.rows if read_header(row.body).id == object_id]
            self.store.log.delete(connection, numbers)
        return bool(numbers)


def parse_or_refuse(raw: bytes, bounds: Bounds) -> StixObject | Outcome:
    """Return the object in *raw*, or the failure that names it as far as it has a name."""
    try:
        return parse_object(raw, bounds)
    except InvalidObjectError as error:
        return Outcome(fate=Fate.FAILURE, **_names(raw), message=str(error))


def fate_of(one: StixObject, outcome: LogOutcome) -> Outcome:
    """Return the fate of an object that came as far as the log; a duplicate is a success (5.5)."""
    match outcome:
        case Added(tick=tick):
            return success(one, since="" if one.version else format_timestamp(tick))
        case Known():
            return success(one)
        case _:
            return failure(one, outcome.reason)


def success(one: StixObject, *, since: str = "") -> Outcome:
    """Return the success of an object; one that states no version has the time *since* which it is here for one."""
    return Outcome(fate=Fate.SUCCESS, object_id=one.id, version=one.version_text if one.version else since)


def failure(one: StixObject, reason: str) -> Outcome:
    """Return the failure of an object, saying why."""
    return Outcome(fate=Fate.FAILURE, object_id=one.id, version=one.version_text, message=f"{one.id} {reason}")


def too_many(found: int, most: int) -> Response:
    """Return the answer to an envelope with more objects than are taken at once."""
    body = error_body(413, "too many objects", description=f"{found} objects, expected at most {most}")
    return Response(status=413, headers={"content-type": TAXII}, body=body)


def _contribution(one: StixObject, *, space: str, class_id: int) -> Contribution:
    return Contribution(
        uuid=one.uuid,
        type=one.type,
        version=one.version,
        space=space,
        class_id=class_id,
        body=one.raw,
        revoked=one.header.revoked,
        may_be_older=True,
    )


class _Names(msgspec.Struct):
    id: object = None
    modified: object = None
    created: object = None


def _names(raw: bytes) -> dict[str, str]:
    """Return the id and version that a refused object gives itself, short, for the status that names it."""
    try:
        names = msgspec.json.decode(raw, type=_Names)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return {}
    object_id = names.id if isinstance(names.id, str) else ""
    named = {"object_id": object_id[:_LONGEST_NAME].encode("utf-8", "replace").decode()}
    version = names.modified or names.created
    return named | {"version": version} if isinstance(version, str) and _is_timestamp(version) else named


def _is_timestamp(text: str) -> bool:
    try:
        instant(text)
    except InvalidObjectError:
        return False
    return True


_LONGEST_NAME = 200
