"""Search over what one viewer may read: objects, facets, sightings, neighbours, look-alikes, bulk look-up.

Visibility is decided inside every query, by ``visibility.visible_rows``, before anything is matched or counted. An
object that reaches the viewer as a sighting of another contribution is found as that other one, with one more source.
Nothing is counted to its end: see ADR 0028.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, and_, or_

from comity.dedup.canonical import Observable
from comity.domain.label import Label
from comity.errors import PolicyError
from comity.store import search_conditions as conditions
from comity.store.grants import Grants, Viewer
from comity.store.interning import Names
from comity.store.pages import split_id
from comity.store.search_conditions import SETS, Criteria, matching
from comity.store.search_results import Found, Hit, Known, Lookalike, Relation, Seen, Unknown
from comity.store.search_terms import address_as_network, around, host_of, observables_in, skeleton
from comity.store.search_walk import Walks
from comity.store.tables import terms
from comity.store.visibility import visible_object as _o
from comity.store.visibility import visible_release as _r
from comity.store.visibility import visible_rows
from comity.store.visible_rows import Row, served
from comity.store.words import Asked, looks_like

REFUTED = "false-positive"
"""The STIX label of a sighting that says the thing seen is a false alarm."""

MOST_LINES = 1_000
"""The lines of one bulk look-up."""

COUNTED = 1_000
"""Of the objects that match, so many are counted at most, the newest."""

LOOKED_AT = 4_000
"""Of the objects that may match, so many are looked at for one page or one count, the newest."""

_CHUNK = 2_000
_MOST_LOOKALIKES = 2_000
_MOST_RELATIONS = 60
_SCHEMES = ("http://", "https://")
_REFERRING = ("grouping", "malware-analysis", "note", "observed-data", "opinion", "relationship", "report")


@dataclass(frozen=True, slots=True)
class _Tally:
    """The newest rows that match."""

    rows: Sequence[Row]
    stopped_at: int | None
    """The number of the last object looked at, where older ones were not."""


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


class Search:
    """Finds objects for one viewer at a time."""

    def __init__(self, grants: Grants) -> None:
        self._grants = grants
        self._labels: dict[int, Label | None] = {}
        self._walks = Walks(self._label)
        self._types, self._spaces = self._walks.types, self._walks.spaces

    def find(
        self, connection: Connection, viewer: Viewer, criteria: Criteria, *, after: int | None, limit: int
    ) -> Found:
        """Return at most *limit* objects that match, older than the one numbered *after*, newest first, and facets."""
        newest = self._tally(connection, viewer, criteria)
        page = newest if after is None else self._tally(connection, viewer, criteria, below=after, most=limit + 1)
        facets = {name: self._counts(connection, viewer, name, newest) for name in SETS}
        for name in SETS:
            anything = criteria.without(name)
            if anything != criteria:
                facets[name] = self._counts(connection, viewer, name, self._tally(connection, viewer, anything))
        shown = page.rows[:limit]
        goes_on = page.stopped_at if len(page.rows) <= limit else shown[-1].number
        return Found(
            hits=self._read(connection, viewer, shown),
            next=goes_on,
            total=len(newest.rows),
            more=newest.stopped_at is not None,
            facets=facets,
        )

    def every(self, connection: Connection, viewer: Viewer, criteria: Criteria, *, most: int) -> Iterator[Hit]:
        """Yield at most *most* objects that match, newest first, without counting any."""
        plan = self._walks.plan(connection, viewer, criteria)
        rows = self._walks.rows(connection, viewer, plan, wanted=most)
        fitting = islice((row for row, fits in rows if fits), most)
        while some := list(islice(fitting, _CHUNK)):
            yield from self._read(connection, viewer, some)

    def count(self, connection: Connection, viewer: Viewer, criteria: Criteria, *, most: int) -> int:
        """Return how many objects match, at most *most*."""
        plan = self._walks.plan(connection, viewer, criteria)
        rows = self._walks.rows(connection, viewer, plan, wanted=most)
        return sum(1 for _ in islice((row for row, fits in rows if fits), most))

    def _tally(
        self,
        connection: Connection,
        viewer: Viewer,
        criteria: Criteria,
        *,
        below: int | None = None,
        most: int = COUNTED + 1,
    ) -> "_Tally":
        """Return the newest rows that match, as far as anything is looked at for them."""
        plan = self._walks.plan(connection, viewer, criteria)
        rows: list[Row] = []
        walk = self._walks.rows(connection, viewer, plan, wanted=most, below=below)
        for looked_at, (row, fits) in enumerate(walk, start=1):
            if fits:
                rows.append(row)
            if len(rows) == most:
                return _Tally(rows[:-1], rows[-2].number)
            if looked_at == LOOKED_AT:
                return _Tally(rows, row.number)
        return _Tally(rows, None)

    def by_object(self, connection: Connection, viewer: Viewer, object_id: str) -> Hit | None:
        """Return the object with the STIX id *object_id*, or the one that stands for it; ``None`` where there is none.

        A further contribution of an observable is shown as the contribution that the viewer holds of it.
        """
        return self._by_ids(connection, viewer, [object_id]).get(object_id)

    def sources(self, connection: Connection, viewer: Viewer, hits: Iterable[Hit]) -> dict[int, tuple[str, ...]]:
        """Return, by object number, whose contributions of the observable the viewer is entitled to."""
        hits = list(hits)
        twins = (hit.twin for hit in hits if hit.twin is not None)
        spaces = self._walks.visible.sources(connection, viewer, twins)
        return {
            hit.object_no: tuple(
                sorted({hit.space, *(self._spaces.name(connection, each) for each in spaces.get(hit.twin or 0, ()))})
            )
            for hit in hits
        }

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
        asked = Asked(groups=(tuple(map(looks_like, by_skeleton)),))
        numbers = set(matching(connection, asked, high=1 << 62, limit=_MOST_LOOKALIKES))
        numbers.update(conditions.stating(connection, sorted(by_skeleton))[:_MOST_LOOKALIKES])
        for start in (f"{scheme}{shape}" for shape in by_skeleton for scheme in _SCHEMES):
            numbers.update(self._walks.beginning_with(connection, f"{start}/", f"{start};", limit=_MOST_LOOKALIKES))
        found: dict[tuple[str, str], Lookalike] = {}
        alike: dict[int, tuple[str, str]] = {}
        for row in self._walks.visible.numbered(connection, viewer, sorted(numbers)) if numbers else ():
            host = host_of(row.kind or "", row.value or "") if row.kind in {"domain", "url"} else None
            other = by_skeleton.get(skeleton(host)) if host else None
            if host and other and host != other and not row.revoked:
                alike.setdefault(row.number, (host, other))
        for hit in self._by_numbers(connection, viewer, sorted(alike)):
            host, other = alike[hit.object_no]
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

    def _columns(self, statement: Select[Any]) -> Select[Any]:
        return statement.add_columns(_r.c.type_id, _o.c.uuid, _o.c.revoked, terms.c.kind, terms.c.value)

    def _served(self, viewer: Viewer) -> Select[Any]:
        return served(viewer)

    def _numbers(self, connection: Connection, names: Names, wanted: Iterable[str]) -> list[int]:
        return [number for name in wanted if (number := names.find(connection, name)) is not None]

    # --- facets

    def _counts(self, connection: Connection, viewer: Viewer, name: str, tally: "_Tally") -> dict[str, int]:
        """Count rows by a field; an object of several sources counts for each of them."""
        counts: dict[str, int] = {}
        shared = self._walks.sources(connection, viewer, tally.rows) if name == "member" else {}
        for row in tally.rows:
            spaces = shared.get(row.twin or 0) if row.is_shared else None
            values = self._values_of(connection, name, row)
            for value in [self._spaces.name(connection, each) for each in spaces] if spaces else values:
                counts[value] = counts.get(value, 0) + 1
        return counts

    def _values_of(self, connection: Connection, name: str, row: Row) -> Sequence[str]:
        match name:
            case "type":
                return (self._types.name(connection, row.type_id),)
            case "kind":
                return (row.kind,) if row.kind else ()
            case "member":
                return (self._spaces.name(connection, row.space_id),)
            case "revoked":
                return ("yes" if row.revoked else "no",)
        label = self._label(connection, row.class_id)
        if label is None:
            return ()
        return ({"tlp": label.tlp.word, "tier": label.tier.name, "sector": label.sector}[name],)

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
        numbers = conditions.stating(connection, sorted({one.value for one in wanted}))
        newest: dict[Observable, Row] = {}
        for start in range(0, len(numbers), _CHUNK):
            for row in self._walks.visible.numbered(connection, viewer, numbers[start : start + _CHUNK]):
                one = Observable(kind=row.kind, value=row.value) if row.kind and row.value else None
                if one is not None and (one not in newest or (newest[one].revoked and not row.revoked)):
                    newest[one] = row
        hits = {hit.object_no: hit for hit in self._read(connection, viewer, list(newest.values()))}
        return {one: hits[row.number] for one, row in newest.items() if row.number in hits}

    def _by_numbers(self, connection: Connection, viewer: Viewer, numbers: Sequence[int]) -> tuple[Hit, ...]:
        """Return the objects with some numbers, newest first."""
        rows = self._walks.visible.numbered(connection, viewer, numbers) if numbers else []
        return self._read(connection, viewer, rows)

    def _read(self, connection: Connection, viewer: Viewer, rows: Sequence[Row]) -> tuple[Hit, ...]:
        """Return the objects of some rows; what was taken back since they were read is not there any more."""
        bodies = self._walks.visible.bodies(connection, viewer, [row.number for row in rows]) if rows else {}
        return tuple(
            Hit(
                tick=row.seq,
                object_no=row.number,
                contribution=bodies[row.number][0],
                id=_identified.decode(bodies[row.number][1]).id,
                type=self._types.name(connection, row.type_id),
                space=self._spaces.name(connection, row.space_id),
                body=bodies[row.number][1],
                label=self._label(connection, row.class_id),
                revoked=bool(row.revoked),
                twin=row.twin,
                observable=Observable(kind=row.kind, value=row.value) if row.kind and row.value else None,
            )
            for row in rows
            if row.number in bodies
        )

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
