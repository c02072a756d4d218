"""From rows to bytes: an object as it was received, or a further contribution as a sighting of the one held."""

import msgspec

from comity.domain.identity import identity_of
from comity.stix.authoring import Authorship, sighting
from comity.stix.headers import Header, read_header
from comity.store.pages import Served
from comity.taxii.timestamps import format_timestamp


def rendered(row: Served, *, author: str) -> bytes:
    """Return what a viewer is sent of *row*; *author* is the identity under which this service authors sightings."""
    if row.sighting_of is None:
        return row.body
    return _as_sighting(read_header(row.body), read_header(row.sighting_of.body), space=row.space, author=author)


def version_of(header: Header, tick: int) -> str:
    """Return the version of an object: ``modified``, else ``created``, else when it was added (TAXII 2.1, 5.3.1).

    An object that was never created has no versions (STIX 2.1, 3.6), whatever else it calls ``modified``.
    """
    return (header.created and (header.modified or header.created)) or format_timestamp(tick)


def _as_sighting(seen: Header, held: Header, *, space: str, author: str) -> bytes:
    created = seen.created or seen.modified or ""
    body = sighting(
        (space, seen.id, held.id),
        held.id,
        by=Authorship(
            created_by_ref=author,
            created=created,
            modified=seen.modified or created,
            marking_refs=tuple(dict.fromkeys((*seen.object_marking_refs, *held.object_marking_refs))),
        ),
        where_sighted_refs=(identity_of(space),),
    )
    return msgspec.json.encode({**msgspec.json.decode(body), "revoked": True}) if seen.revoked else body
