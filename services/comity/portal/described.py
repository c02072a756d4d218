"""Objects as pages tell them: values to read, labels in words, and nothing that the desk was not served."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from comity.dedup.canonical import Observable
from comity.errors import InvalidObjectError
from comity.portal.answers import moment
from comity.stix.headers import read_header
from comity.stix.objects import parse_object
from comity.stix.twins import observable_of_object
from comity.store.search_results import Hit, Relation, Seen
from comity.store.search_terms import host_of, shown_host

COLUMNS = ("id", "type", "kind", "value", "name", "tlp", "tier", "sector", "sources", "added", "revoked", "reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """One object in a list."""

    id: str
    type: str
    kind: str
    value: str
    reads_as: str
    """The host name in letters, where the value holds it encoded."""
    name: str
    tlp: str
    tier: str
    sector: str
    origin: str
    sources: tuple[str, ...]
    added: str
    revoked: bool
    reason: str
    """Why it was revoked, in its owner's words."""

    @property
    def text(self) -> str:
        """The value, else the name, else the id."""
        return self.value or self.name or self.id

    def cells(self) -> tuple[object, ...]:
        """Return the row of a table with ``COLUMNS``."""
        told = {name: getattr(self, name) for name in COLUMNS}
        told |= {"sources": " ".join(self.sources), "revoked": "yes" if self.revoked else "no"}
        return tuple(told.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenBy:
    """What one member's sightings say in sum."""

    member: str
    seen: int
    refuted: int
    last: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """A related object."""

    object: Described
    word: str
    outgoing: bool


def described(hit: Hit, sources: Sequence[str] = ()) -> Described:
    """Return *hit* as a page tells it."""
    header = read_header(hit.body)
    observable = hit.observable or observable_of(hit)
    kind, value = (observable.kind, observable.value) if observable else ("", "")
    label = hit.label
    return Described(
        id=hit.id,
        type=hit.type,
        kind=kind,
        value=value,
        reads_as=_reads_as(kind, value),
        name=header.name or header.abstract or _edge(hit),
        tlp=str(label.tlp) if label else "",
        tier=str(label.tier) if label else "",
        sector=label.sector if label and label.sector != "none" else "",
        origin=hit.space,
        sources=tuple(sources) or (hit.space,),
        added=moment(hit.tick),
        revoked=hit.revoked,
        reason=_reason(hit.body) if hit.revoked else "",
    )


def observable_of(hit: Hit) -> Observable | None:
    """Return what the object states, read from the object itself."""
    if hit.observable is not None:
        return hit.observable
    try:
        return observable_of_object(parse_object(hit.body))
    except InvalidObjectError:
        return None


def seen_by(sightings: Sequence[Seen]) -> list[SeenBy]:
    """Return the sightings in sum, a row a member, in the order in which members first saw it."""
    members = dict.fromkeys(one.member for one in sightings)
    return [_of_member(member, [one for one in sightings if one.member == member]) for member in members]


def neighbours(relations: Sequence[Relation], sources: Mapping[int, Sequence[str]]) -> list[Neighbour]:
    """Return related objects as pages tell them."""
    return [
        Neighbour(object=described(one.hit, sources.get(one.hit.object_no, ())), word=one.word, outgoing=one.outgoing)
        for one in relations
    ]


def _of_member(member: str, sightings: Sequence[Seen]) -> SeenBy:
    return SeenBy(
        member=member,
        seen=sum(one.count for one in sightings if not one.refuted),
        refuted=sum(1 for one in sightings if one.refuted),
        last=max(one.last_seen or moment(one.tick) for one in sightings),
    )


def _reads_as(kind: str, value: str) -> str:
    host = host_of(kind, value) if kind else None
    return shown_host(host) if host and shown_host(host) != host else ""


def _reason(body: bytes) -> str:
    return msgspec.json.decode(body, type=_Reason).description


def _edge(hit: Hit) -> str:
    """Return a relationship in words; nothing for any other object."""
    if hit.type != "relationship":
        return ""
    edge = msgspec.json.decode(hit.body, type=_Edge)
    ends = (ref.partition("--")[0] for ref in (edge.source_ref, edge.target_ref))
    return f" {edge.relationship_type} ".join(ends)


class _Edge(msgspec.Struct, frozen=True):
    relationship_type: str = ""
    source_ref: str = ""
    target_ref: str = ""


class _Reason(msgspec.Struct, frozen=True):
    description: str = ""
