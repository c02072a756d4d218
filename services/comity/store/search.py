"""Search over what one viewer may read: objects, facets, sightings, neighbours, look-alikes, bulk look-up.

Visibility is decided inside every query, by ``pages.visible_rows``, before anything is matched or counted. An object
that reaches the viewer as a sighting of another contribution is found as that other one, with one more source.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

from comity.dedup.canonical import Observable
from comity.domain.label import Label
from comity.errors import PolicyError
from comity.store import search_conditions as conditions
from comity.store.grants import Grants, Viewer
from comity.store.interning import Names
from comity.store.pages import split_id
from comity.store.search_conditions import Criteria
from comity.store.search_terms import address_as_network, around, host_of, observables_in, skeleton
from comity.store.tables import spaces, terms, types
from comity.store.visibility import is_sighting, visible_rows
from comity.store.visibility import visible_object as _o
from comity.store.visibility import visible_release as _r

REFUTED = "false-positive"
"""The STIX label of a sighting that says the thing seen is a false alarm."""

MOST_LINES = 1_000
"""The lines of one bulk look-up."""

_CHUNK = 2_000
_MOST_LOOKALIKES = 2_000
_MOST_RELATIONS = 60
_REFERRING = ("grouping", "malware-analysis", "note", "observed-data", "opinion", "relationship", "report")
_FOLDED = ("type", "kind", "tlp", "tier", "sector", "revoked")
FACETS = (*_FOLDED, "member")
"""The names of the facets; ``Criteria`` has a field for each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An object as the viewer is served it."""

    tick: int
    object_no: int
    contribution: int
    id: str
    type: str
    space: str
    body: bytes
    label: Label | None
    """Nothing in a plain collection."""
    revoked: bool
    twin: int | None
    """What it has in common with other contributions of its observable, where there are any."""
    observable: Observable | None
    """What it states, where that is kept for search."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One page of hits, newest first, and the counts of all that match."""

    hits: tuple[Hit, ...]
    next: int | None
    """What to pass as *after* for the next page; ``None`` on the last one."""
    total: int
    facets: Mapping[str, Mapping[str, int]]
    """Facet -> value -> how many match it, whatever is chosen in the facet itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A sighting that the viewer may read."""

    member: str
    tick: int
    count: int
    refuted: bool
    first_seen: str | None
    last_seen: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """Another object that refers to one, or that it refers to."""

    hit: Hit
    word: str
    outgoing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookalike:
    """A host name that is easily taken for another, and an object that states it."""

    host: str
    of: str
    object_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A line whose value the viewer may read an object of; inside a network where *observable* is one around it."""

    line: str
    observable: Observable
    hit: Hit


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """A line of which the viewer may read nothing; without an observable where it is no value at all."""

    line: str
    observable: Observable | None


class _Sighting(msgspec.Struct, frozen=True):
    count: int | None = None
    labels: tuple[str, ...] = ()
    first_seen: str | None = None
    last_seen: str | None = None


class _Relationship(msgspec.Struct, frozen=True):
    id: str
    relationship_type: str = ""
    source_ref: str = ""
    target_ref: str = ""


class _Identified(msgspec.Struct, frozen=True):
    id: str = ""


_sighting = msgspec.json.Decoder(_Sighting, strict=False)
_relationship = msgspec.json.Decoder(_Relationship)
_identified = msgspec.json.Decoder(_Identified)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """So many matching objects that are alike in every facet."""

    values: Mapping[str, str]
    member: str
    is_shared: bool
    """Whether they have several sources, of which *member* is only one."""
    count: int


class Search:
    """Finds objects for one viewer at a time."""

    def __init__(self, grants: Grants) -> None:
        self._grants = grants
        self._types = Names(types, types.c.name)
        self._spaces = Names(spaces, spaces.c.name)
        self._labels: dict[int, Label | None] = {}

    def find(
        self, connection: Connection, viewer: Viewer, criteria: Criteria, *, after: int | None, limit: int
    ) -> Found:
        """Return at most *limit* objects that match, older than the tick *after*, newest first, and all facets."""
        statement = self._matching(connection, viewer, criteria)
        if after is not None:
            statement = statement.where(_r.c.seq < after)
        rows = connection.execute(statement.order_by(_r.c.seq.desc()).limit(limit + 1)).all()
        hits = self._hits(connection, rows[:limit])
        groups = self._groups(connection, viewer, criteria)
        facets = _folded(groups)
        for name in _FOLDED:
            if getattr(criteria, name):
                facets[name] = _folded(self._groups(connection, viewer, criteria.without(name)))[name]
        anyone = criteria.without("member")
        by_member = self._groups(connection, viewer, anyone) if criteria.member else groups
        facets["member"] = self._members(connection, viewer, anyone, by_member)
        return Found(
            hits=hits,
            next=hits[-1].tick if len(rows) > limit else None,
            total=sum(group.count for group in groups),
            facets=facets,
        )

    def every(self, connection: Connection, viewer: Viewer, criteria: Criteria, *, most: int) -> Iterator[Hit]:
        """Yield at most *most* objects that match, newest first, without counting any."""
        after: int | None = None
        while most > 0:
            statement = self._matching(connection, viewer, criteria)
            if after is not None:
                statement = statement.where(_r.c.seq < after)
            rows = connection.execute(statement.order_by(_r.c.seq.desc()).limit(min(_CHUNK, most))).all()
            yield from self._hits(connection, rows)
            if len(rows) < min(_CHUNK, most):
                return
            most -= len(rows)
            after = rows[-1].seq

    def by_object(self, connection: Connection, viewer: Viewer, object_id: str) -> Hit | None:
        """Return the object with the STIX id *object_id*, or the one that stands for it; ``None`` where there is none.

        A further contribution of an observable is shown as the contribution that the viewer holds of it.
        """
        return self._by_ids(connection, viewer, [object_id]).get(object_id)

    def sources(self, connection: Connection, viewer: Viewer, hits: Iterable[Hit]) -> dict[int, tuple[str, ...]]:
        """Return, by object number, whose contributions of the observable the viewer is entitled to."""
        hits = list(hits)
        by_twin: dict[int, list[str]] = {}
        twins = {hit.twin for hit in hits if hit.twin is not None}
        if twins:
            shared = conditions.contributions(viewer).where(_r.c.twin.in_(twins)).subquery()
            for twin, space_id in connection.execute(select(shared.c.twin, shared.c.space_id)):
                by_twin.setdefault(twin, []).append(self._spaces.name(connection, space_id))
        return {hit.object_no: _with_own(hit.space, by_twin.get(hit.twin or 0, ())) for hit in hits}

    def contributions_of(self, connection: Connection, viewer: Viewer, hit: Hit) -> list[Hit]:
        """Return every contribution of the hit's observable that the viewer is entitled to, the oldest first."""
        alone = replace(viewer, merges=False)
        statement = self._columns(self._latest(alone))
        if hit.twin is None or hit.revoked:
            statement = statement.where(_r.c.contribution == hit.contribution)
        else:
            statement = statement.where(_o.c.twin == hit.twin)
        return list(self._hits(connection, connection.execute(statement.order_by(_r.c.seq)).all()))

    def sightings_of(self, connection: Connection, viewer: Viewer, hit: Hit) -> list[Seen]:
        """Return the sightings, about any contribution the viewer is entitled to, that the viewer may read itself."""
        numbers = [one.contribution for one in self.contributions_of(connection, viewer, hit)]
        statement = self._columns(self._latest(viewer)).where(~_o.c.revoked, _r.c.about.in_(numbers))
        rows = connection.execute(statement.order_by(_r.c.seq)).all()
        return [self._seen(connection, row) for row in rows]

    def related(self, connection: Connection, viewer: Viewer, hit: Hit) -> list[Relation]:
        """Return the objects that refer to the hit, or that it refers to, so far as the viewer may read them."""
        group = self.contributions_of(connection, viewer, hit)
        ids = {hit.id, *(one.id for one in group)}
        wanted = [(ref, word, True) for one in group or [hit] for word, ref in _references(one.body)]
        incoming: list[Relation] = []
        for one in self._referring(connection, viewer, ids):
            if one.type != "relationship":
                incoming.append(Relation(hit=one, word="mentioned in", outgoing=False))
                continue
            edge = _relationship.decode(one.body)
            outgoing = edge.source_ref in ids
            wanted.append((edge.target_ref if outgoing else edge.source_ref, edge.relationship_type, outgoing))
        others = self._by_ids(connection, viewer, [ref for ref, _, _ in wanted])
        outgoing_or_not = [
            Relation(hit=others[ref], word=word, outgoing=outgoing) for ref, word, outgoing in wanted if ref in others
        ]
        return _distinct([*outgoing_or_not, *incoming], but=ids)[:_MOST_RELATIONS]

    def homographs(self, connection: Connection, viewer: Viewer, hosts: Iterable[str]) -> list[Lookalike]:
        """Return the host names the viewer may read of that look like one of *hosts* and are not it; a hint only."""
        by_skeleton = {skeleton(host): host for host in hosts}
        if not by_skeleton:
            return []
        statement = self._columns(self._served(viewer)).where(
            ~_o.c.revoked,
            terms.c.kind.in_(("domain", "url")),
            or_(terms.c.value.contains("xn--"), conditions.looks_like(by_skeleton)),
        )
        rows = connection.execute(statement.order_by(_r.c.seq.desc()).limit(_MOST_LOOKALIKES)).all()
        found: dict[tuple[str, str], Lookalike] = {}
        for hit in self._hits(connection, rows):
            host = host_of(hit.observable.kind, hit.observable.value) if hit.observable else None
            other = by_skeleton.get(skeleton(host)) if host else None
            if host and other and host != other:
                found.setdefault((host, other), Lookalike(host=host, of=other, object_id=hit.id))
        return sorted(found.values(), key=lambda one: (one.of, one.host))

    def lookup(self, connection: Connection, viewer: Viewer, lines: Sequence[str]) -> list[Known | Unknown]:
        """Return for each of at most ``MOST_LINES`` lines whether the viewer may read an object of its value."""
        read = [(line, observables_in(line)) for line in lines[:MOST_LINES]]
        wider = {one: _and_around(one) for _, readings in read for one in readings}
        by_observable = self._by_values(connection, viewer, {each for every in wider.values() for each in every})
        return [_looked_up(line, readings, wider, by_observable) for line, readings in read]

    # --- queries

    def _latest(self, viewer: Viewer) -> Select[Any]:
        """Return the latest versions that are served in any way, with the observable they state."""
        return visible_rows(viewer).where(_r.c.latest).outerjoin(terms, terms.c.object_no == _r.c.object_no)

    def _served(self, viewer: Viewer) -> Select[Any]:
        """Return the latest versions that are served as they are."""
        return self._latest(viewer).where(~is_sighting(viewer))

    def _columns(self, statement: Select[Any]) -> Select[Any]:
        return statement.add_columns(_r.c.type_id, _o.c.uuid, _o.c.revoked, terms.c.kind, terms.c.value)

    def _matching(self, connection: Connection, viewer: Viewer, criteria: Criteria) -> Select[Any]:
        return self._columns(self._served(viewer).where(*self._conditions(connection, viewer, criteria)))

    def _conditions(self, connection: Connection, viewer: Viewer, criteria: Criteria) -> list[ColumnElement[bool]]:
        found = conditions.of_criteria(connection, criteria)
        if criteria.type:
            found.append(_r.c.type_id.in_(self._numbers(connection, self._types, criteria.type)))
        if criteria.member:
            numbers = self._numbers(connection, self._spaces, criteria.member)
            shared = conditions.contributions(viewer).where(_o.c.space_id.in_(numbers)).subquery()
            also = and_(~_o.c.revoked, _r.c.twin.in_(select(shared.c.twin)))
            found.append(or_(_o.c.space_id.in_(numbers), also))
        return found

    def _numbers(self, connection: Connection, names: Names, wanted: Iterable[str]) -> list[int]:
        return [number for name in wanted if (number := names.find(connection, name)) is not None]

    # --- facets

    def _groups(self, connection: Connection, viewer: Viewer, criteria: Criteria) -> list["_Group"]:
        """Count what matches by everything that facets tell apart; an object of several sources is marked."""
        is_shared = and_(_r.c.twin.is_not(None), ~_o.c.revoked)
        columns = (_r.c.type_id, terms.c.kind, _r.c.class_id, _o.c.space_id, _o.c.revoked, is_shared.label("shared"))
        statement = (
            self._served(viewer)
            .where(*self._conditions(connection, viewer, criteria))
            .with_only_columns(*columns, func.count().label("matching"))
            .group_by(*columns)
        )
        return [self._group(connection, row) for row in connection.execute(statement)]

    def _group(self, connection: Connection, row: Any) -> "_Group":  # noqa: ANN401  # a row
        label = self._label(connection, row.class_id)
        values = {"type": self._types.name(connection, row.type_id), "revoked": "yes" if row.revoked else "no"}
        if row.kind is not None:
            values["kind"] = row.kind
        if label is not None:
            values |= {"tlp": label.tlp.word, "tier": label.tier.name, "sector": label.sector}
        member = self._spaces.name(connection, row.space_id)
        return _Group(values=values, member=member, is_shared=bool(row.shared), count=row.matching)

    def _members(
        self, connection: Connection, viewer: Viewer, criteria: Criteria, groups: Sequence["_Group"]
    ) -> dict[str, int]:
        """Count *groups* by contributing member: an object of several sources counts for each of them."""
        counts: dict[str, int] = {}
        for group in groups:
            if not group.is_shared:
                counts[group.member] = counts.get(group.member, 0) + group.count
        if not any(group.is_shared for group in groups):
            return counts
        shared = conditions.contributions(viewer).subquery()
        statement = (
            self._served(viewer)
            .where(*self._conditions(connection, viewer, criteria), _r.c.twin.is_not(None), ~_o.c.revoked)
            .join(shared, shared.c.twin == _r.c.twin)
            .with_only_columns(shared.c.space_id, func.count())
            .group_by(shared.c.space_id)
        )
        for space_id, count in connection.execute(statement):
            name = self._spaces.name(connection, space_id)
            counts[name] = counts.get(name, 0) + count
        return counts

    # --- objects by id, value and reference

    def _by_ids(self, connection: Connection, viewer: Viewer, ids: Iterable[str]) -> dict[str, Hit]:
        """Return objects by id; one that is held as another contribution is returned as that."""
        pairs: dict[str, tuple[int, bytes]] = {}
        for text in ids:
            found = split_id(text)
            number = self._types.find(connection, found[0]) if found else None
            if found and number is not None:
                pairs[text] = (number, found[1])
        if not pairs:
            return {}
        wanted = [and_(_o.c.uuid == uuid, _o.c.type_id == number) for number, uuid in set(pairs.values())]
        statement = self._columns(self._latest(viewer)).where(or_(*wanted))
        rows = connection.execute(statement.order_by(_r.c.seq)).all()
        holders = self._by_contributions(connection, viewer, {row.holder for row in rows if _is_held_as_other(row)})
        found_hits: dict[tuple[int, bytes], Hit] = {}
        for row in rows:
            key = (row.type_id, bytes(row.uuid))
            if not _is_held_as_other(row):
                found_hits[key] = self._hit(connection, row)
            elif row.holder in holders:
                found_hits.setdefault(key, holders[row.holder])
        return {text: found_hits[pair] for text, pair in pairs.items() if pair in found_hits}

    def _by_contributions(self, connection: Connection, viewer: Viewer, numbers: set[int]) -> dict[int, Hit]:
        if not numbers:
            return {}
        statement = self._columns(self._served(viewer)).where(_r.c.contribution.in_(numbers))
        return {hit.contribution: hit for hit in self._hits(connection, connection.execute(statement).all())}

    def _by_values(self, connection: Connection, viewer: Viewer, wanted: Iterable[Observable]) -> dict[Observable, Hit]:
        found: dict[Observable, Hit] = {}
        every = sorted({one.value for one in wanted})
        for start in range(0, len(every), _CHUNK):
            chunk = select(terms.c.object_no).where(terms.c.value.in_(every[start : start + _CHUNK]))
            statement = self._columns(self._served(viewer)).where(_r.c.object_no.in_(chunk))
            for hit in self._hits(connection, connection.execute(statement.order_by(_r.c.seq)).all()):
                if hit.observable and (not hit.revoked or found.get(hit.observable, hit).revoked):
                    found[hit.observable] = hit
        return found

    def _referring(self, connection: Connection, viewer: Viewer, ids: Iterable[str]) -> tuple[Hit, ...]:
        numbers = self._numbers(connection, self._types, _REFERRING)
        mentions = or_(*(conditions.text_of_body(connection).contains(each, autoescape=True) for each in sorted(ids)))
        statement = self._columns(self._served(viewer)).where(_r.c.type_id.in_(numbers), ~_o.c.revoked, mentions)
        rows = connection.execute(statement.order_by(_r.c.seq.desc()).limit(_MOST_RELATIONS)).all()
        return self._hits(connection, rows)

    # --- rows

    def _hits(self, connection: Connection, rows: Sequence[Any]) -> tuple[Hit, ...]:
        return tuple(self._hit(connection, row) for row in rows)

    def _hit(self, connection: Connection, row: Any) -> Hit:  # noqa: ANN401  # a row
        return Hit(
            tick=row.seq,
            object_no=row.object_no,
            contribution=row.contribution,
            id=_identified.decode(row.body).id,
            type=self._types.name(connection, row.type_id),
            space=self._spaces.name(connection, row.space_id),
            body=bytes(row.body),
            label=self._label(connection, row.class_id),
            revoked=row.revoked,
            twin=row.twin,
            observable=Observable(kind=row.kind, value=row.value) if row.kind and row.value else None,
        )

    def _seen(self, connection: Connection, row: Any) -> Seen:  # noqa: ANN401  # a row
        stated = _sighting.decode(row.body)
        return Seen(
            member=self._spaces.name(connection, row.space_id),
            tick=row.seq,
            count=1 if stated.count is None else stated.count,
            refuted=REFUTED in stated.labels,
            first_seen=stated.first_seen,
            last_seen=stated.last_seen,
        )

    def _label(self, connection: Connection, class_id: int) -> Label | None:
        if class_id not in self._labels:
            try:
                self._labels[class_id] = self._grants.label_of(connection, class_id)
            except PolicyError:
                self._labels[class_id] = None
        return self._labels[class_id]


def _folded(groups: Iterable[_Group]) -> dict[str, dict[str, int]]:
    facets: dict[str, dict[str, int]] = {name: {} for name in _FOLDED}
    for group in groups:
        for name, value in group.values.items():
            facets[name][value] = facets[name].get(value, 0) + group.count
    return facets


def _with_own(own: str, others: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({own, *others}))


def _is_held_as_other(row: Any) -> bool:  # noqa: ANN401  # a row
    return row.holder is not None and row.holder != row.contribution


def _and_around(one: Observable) -> tuple[Observable, ...]:
    network = address_as_network(one.value) if one.kind in {"ipv4", "ipv6"} else None
    return (one, *(Observable(kind=one.kind, value=value) for value in (around(network) if network else ())))


def _looked_up(
    line: str,
    readings: Sequence[Observable],
    wider: Mapping[Observable, Sequence[Observable]],
    known: Mapping[Observable, Hit],
) -> Known | Unknown:
    for one in readings:
        for each in wider[one]:
            if each in known:
                return Known(line=line, observable=each, hit=known[each])
    return Unknown(line=line, observable=readings[0] if readings else None)


def _references(body: bytes) -> list[tuple[str, str]]:
    """Return what an object refers to, by the name of the property; markings and authors say nothing of the matter."""
    found: list[tuple[str, str]] = []
    for name, value in msgspec.json.decode(body).items():
        if name in {"object_marking_refs", "created_by_ref"} or not name.endswith(("_ref", "_refs")):
            continue
        word = name.removesuffix("s").removesuffix("_ref").replace("_", " ")
        found.extend((word, ref) for ref in (value if isinstance(value, list) else [value]) if isinstance(ref, str))
    return found


def _distinct(relations: Sequence[Relation], *, but: set[str]) -> list[Relation]:
    seen: dict[tuple[str, str, bool], Relation] = {}
    for one in relations:
        if one.hit.id not in but:
            seen.setdefault((one.hit.id, one.word, one.outgoing), one)
    return list(seen.values())
