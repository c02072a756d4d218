"""Assets, what touches them, and what was seen, as analytics keeps them."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, delete, func, insert, select

from comity.correlation.exposure import Affected
from comity.correlation.matching import Match
from comity.domain.asset import Asset
from comity.store.asset_tables import affected_software, assets, detections, matches
from comity.store.grants import Viewer
from comity.store.tables import meta, objects, releases, spaces, terms
from comity.store.visibility import visible_object, visible_release, visible_rows

KEEPER = ""
"""The origin of what the keeper of a registry put there."""

_POSITION = "analytics position"
_CHUNK = 10_000
# Made here, once: msgspec breaks when several threads are the first to decode a dataclass.
_asset = msgspec.json.Decoder(Asset)
_affected = msgspec.json.Decoder(Affected)


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """Something that was seen at the member itself, or a refutation of it."""

    reference: str
    kind: str
    value: str
    seen: int
    count: int
    refuted: bool
    warned: int | None
    """Since when the member knew it from others and not from itself; ``None`` where it did not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """An observable that a stored object states."""

    seq: int
    object_no: int
    kind: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """A match as a viewer may read it: with the object that it is about."""

    object_no: int
    body: bytes
    origin_space: int
    kind: str
    value: str
    asset: str
    rule: str
    layer: str
    confidence: int
    evidence: str
    shared_by: str
    since: int


def put_assets(connection: Connection, origin: str, several: Iterable[Asset], *, whole: bool = False) -> int:
    """Keep assets of *origin*, each in place of the one with its key, or of all others where these are the *whole*.

    Everything that is stored is correlated anew. Returns how many there are now.
    """
    newest = {asset.key: asset for asset in several}
    if whole:
        connection.execute(delete(assets).where(assets.c.origin == origin))
    for some in _portions(list(newest)):
        connection.execute(delete(assets).where(assets.c.origin == origin, assets.c.key.in_(some)))
        connection.execute(insert(assets), [_asset_row(origin, newest[key]) for key in some])
    forget_matches(connection)
    return connection.execute(select(func.count()).select_from(assets)).scalar_one()


def drop_assets(connection: Connection, origin: str, keys: Sequence[str]) -> int:
    """Forget assets of *origin*; return how many there were."""
    dropped = 0
    for some in _portions(keys):
        is_one = (assets.c.origin == origin, assets.c.key.in_(some))
        dropped += connection.execute(delete(assets).where(*is_one)).rowcount
    forget_matches(connection)
    return dropped


def all_assets(connection: Connection, origin: str | None = None) -> list[Asset]:
    """Return the assets of every origin, or of one, in order of key."""
    query = select(assets.c.body).order_by(assets.c.key, assets.c.origin)
    if origin is not None:
        query = query.where(assets.c.origin == origin)
    return [_asset.decode(body) for (body,) in connection.execute(query)]


def put_affected(connection: Connection, several: Iterable[Affected]) -> None:
    """Keep the ranges that vulnerabilities affect, in place of what was known of the same vulnerabilities."""
    listed = list(several)
    for some in _portions(sorted({one.vulnerability for one in listed})):
        connection.execute(delete(affected_software).where(affected_software.c.vulnerability.in_(some)))
    if listed:
        rows = [{"vulnerability": one.vulnerability, "body": json.dumps(asdict(one))} for one in listed]
        connection.execute(insert(affected_software), rows)
    forget_matches(connection)


def forget_matches(connection: Connection) -> None:
    """Drop every match, and correlate from the beginning at the next run."""
    connection.execute(delete(matches))
    set_position(connection, 0)


def position(connection: Connection) -> int:
    """Return up to which tick of the release log everything is correlated."""
    value = connection.execute(select(meta.c.value).where(meta.c.key == _POSITION)).scalar()
    return int(value) if value else 0


def set_position(connection: Connection, tick: int) -> None:
    """Record up to which tick everything is correlated."""
    connection.execute(delete(meta).where(meta.c.key == _POSITION))
    connection.execute(insert(meta).values(key=_POSITION, value=str(tick)))


def terms_after(connection: Connection, tick: int, *, limit: int) -> list[Term]:
    """Return the observables of the next *limit* rows of the release log after *tick* that state one."""
    query = (
        select(releases.c.seq, terms.c.object_no, terms.c.kind, terms.c.value)
        .join(terms, terms.c.object_no == releases.c.object_no)
        .where(releases.c.seq > tick)
        .order_by(releases.c.seq)
        .limit(limit)
    )
    return [
        Term(seq=row.seq, object_no=row.object_no, kind=row.kind, value=row.value) for row in connection.execute(query)
    ]


def put_matches(connection: Connection, found: Mapping[int, Sequence[Match]], since: int) -> int:
    """Keep what objects, by number, touch; return how many matches that is."""
    rows = {
        (object_no, one.asset, one.evidence): {
            "object_no": object_no,
            "asset": one.asset,
            "evidence": one.evidence,
            "rule": one.rule.value,
            "layer": one.layer.value,
            "confidence": one.confidence,
            "shared_by": one.shared_by,
            "since": since,
        }
        for object_no, several in found.items()
        for one in reversed(several)
    }
    for some in _portions(sorted({key[0] for key in rows})):
        connection.execute(delete(matches).where(matches.c.object_no.in_(some)))
    if rows:
        connection.execute(insert(matches), list(rows.values()))
    return len(rows)


def touches(connection: Connection, viewer: Viewer, *, limit: int | None = None) -> list[Touch]:
    """Return the matches of objects that the viewer may read now and that are not revoked, the surest first."""
    query = (
        visible_rows(viewer)
        .where(visible_release.c.latest)
        .join(matches, matches.c.object_no == visible_release.c.object_no)
        .join(terms, terms.c.object_no == visible_release.c.object_no)
        .where(~visible_object.c.revoked)
        .add_columns(
            terms.c.kind,
            terms.c.value,
            matches.c.asset,
            matches.c.rule,
            matches.c.layer,
            matches.c.confidence,
            matches.c.evidence,
            matches.c.shared_by,
            matches.c.since,
        )
        .order_by(matches.c.confidence.desc(), visible_release.c.seq.desc(), matches.c.asset)
    )
    return [_touch(row) for row in connection.execute(query if limit is None else query.limit(limit))]


def distinct(several: Iterable[Touch]) -> list[Touch]:
    """Return each value and asset once, the surest first: contributions of one observable touch alike."""
    found: dict[tuple[str, str, str, str], Touch] = {}
    for one in several:
        key = (one.kind, one.value, one.asset, one.evidence)
        if key not in found or one.since < found[key].since:
            found[key] = one
    return sorted(found.values(), key=lambda one: (-one.confidence, one.value, one.asset))


def put_detection(connection: Connection, one: Detection) -> None:
    """Keep a detection."""
    connection.execute(insert(detections).values(asdict(one)))


def all_detections(connection: Connection) -> list[Detection]:
    """Return every detection in the order of time."""
    query = select(detections).order_by(detections.c.seen, detections.c.id)
    return [_detection(row) for row in connection.execute(query)]


def _detection(row: Any) -> Detection:  # noqa: ANN401  # a row
    return Detection(
        reference=row.reference,
        kind=row.kind,
        value=row.value,
        seen=row.seen,
        count=row._mapping["count"],
        refuted=row.refuted,
        warned=row.warned,
    )


def _asset_row(origin: str, asset: Asset) -> dict[str, str]:
    return {
        "origin": origin,
        "key": asset.key,
        "kind": asset.kind.value,
        "body": msgspec.json.encode(asset).decode(),
    }


def _touch(row: Any) -> Touch:  # noqa: ANN401  # a row
    return Touch(
        object_no=row.object_no,
        body=bytes(row.body),
        origin_space=row.space_id,
        kind=row.kind,
        value=row.value,
        asset=row.asset,
        rule=row.rule,
        layer=row.layer,
        confidence=row.confidence,
        evidence=row.evidence,
        shared_by=row.shared_by,
        since=row.since,
    )


def _portions(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]


def arrivals(connection: Connection, viewers: Iterable[Viewer], twin: int) -> dict[int, tuple[int, int]]:
    """Return who contributed an observable that any of *viewers* may read, and since when it is here.

    By contribution: the space of its author, and the tick of its first version.
    """
    found: dict[int, int] = {}
    for viewer in viewers:
        rows = visible_rows(replace(viewer, merges=False)).where(
            visible_release.c.latest, visible_object.c.twin == twin
        )
        found |= {row.contribution: row.space_id for row in connection.execute(rows)}
    query = select(releases.c.contribution, func.min(releases.c.seq)).where(releases.c.contribution.in_(found))
    ticks = connection.execute(query.group_by(releases.c.contribution)).all() if found else []
    return {contribution: (found[contribution], tick) for contribution, tick in ticks}


def space_names(connection: Connection) -> dict[int, str]:
    """Return the member, or plain collection, behind each space."""
    return {number: name for number, name in connection.execute(select(spaces.c.id, spaces.c.name))}


def visible_bodies(connection: Connection, viewer: Viewer) -> Iterator[tuple[int, str | None, str | None, bytes]]:
    """Yield space, kind and value of what is stated, and body of everything the viewer may read and is not revoked.

    Each contribution of an observable comes as its own object, whoever is served which.
    """
    query = (
        visible_rows(replace(viewer, merges=False))
        .where(visible_release.c.latest, ~visible_object.c.revoked)
        .outerjoin(terms, terms.c.object_no == visible_release.c.object_no)
        .add_columns(terms.c.kind, terms.c.value)
        .order_by(visible_release.c.seq)
    )
    with connection.execute(query) as rows:
        for row in rows:
            yield row.space_id, row.kind, row.value, bytes(row.body)


def drop_orphans(connection: Connection) -> int:
    """Drop the matches of objects that are gone; return how many there were."""
    is_stored = select(objects.c.object_no).where(objects.c.object_no == matches.c.object_no).exists()
    return connection.execute(delete(matches).where(~is_stored)).rowcount


def keys_of_others(connection: Connection, origin: str, keys: Sequence[str]) -> list[str]:
    """Return which of *keys* are those of assets of another origin."""
    found: list[str] = []
    for some in _portions(keys):
        query = select(assets.c.key).where(assets.c.key.in_(some), assets.c.origin != origin)
        found.extend(connection.execute(query.order_by(assets.c.key)).scalars())
    return found


def assets_by_origin(connection: Connection) -> dict[str, list[Asset]]:
    """Return every asset by who registered it."""
    found: dict[str, list[Asset]] = {}
    for origin, body in connection.execute(select(assets.c.origin, assets.c.body).order_by(assets.c.key)):
        found.setdefault(origin, []).append(_asset.decode(body))
    return found


def replace_others(connection: Connection, own: str, others: Mapping[str, Sequence[Asset]]) -> None:
    """Keep *others* in place of all that is known of other origins than *own*; what has not changed costs nothing."""
    known = assets_by_origin(connection)
    known.pop(own, None)
    if known == {origin: sorted(several, key=lambda one: one.key) for origin, several in others.items() if several}:
        return
    rows = [_asset_row(origin, asset) for origin, several in others.items() for asset in several if origin != own]
    connection.execute(delete(assets).where(assets.c.origin != own))
    if rows:
        connection.execute(insert(assets), rows)
    forget_matches(connection)


def affected_by(connection: Connection, vulnerabilities: Iterable[str]) -> dict[str, list[Affected]]:
    """Return the ranges of *vulnerabilities* that are known."""
    found: dict[str, list[Affected]] = {}
    for some in _portions(sorted(vulnerabilities)):
        query = select(affected_software.c.body).where(affected_software.c.vulnerability.in_(some))
        for (body,) in connection.execute(query.order_by(affected_software.c.id)):
            one = _affected.decode(body)
            found.setdefault(one.vulnerability, []).append(one)
    return found


def all_affected(connection: Connection) -> list[Affected]:
    """Return every range of versions that is known to be affected by a vulnerability."""
    query = select(affected_software.c.body).order_by(affected_software.c.id)
    return [_affected.decode(body) for (body,) in connection.execute(query)]


def has_orphans(connection: Connection) -> bool:
    """Return whether there are matches of objects that are gone."""
    is_stored = select(objects.c.object_no).where(objects.c.object_no == matches.c.object_no).exists()
    return connection.execute(select(matches.c.object_no).where(~is_stored).limit(1)).first() is not None


def readable_terms(connection: Connection, viewers: Iterable[Viewer], *, after: int) -> list[Term]:
    """Return each observable that any of *viewers* may read, is not revoked, and came after the tick *after*, once."""
    found: dict[tuple[str, str], Term] = {}
    for viewer in viewers:
        for row in connection.execute(_terms_of(viewer).where(visible_release.c.seq > after)):
            term = Term(seq=row.seq, object_no=row.object_no, kind=row.kind, value=row.value)
            found.setdefault((term.kind, term.value), term)
    return list(found.values())


def still_readable(connection: Connection, viewers: Iterable[Viewer], values: Iterable[str]) -> set[tuple[str, str]]:
    """Return, as kind and value, which observables of these *values* any of *viewers* may read now."""
    asked = sorted(set(values))
    return {
        (row.kind, row.value)
        for viewer in viewers
        for some in _portions(asked)
        for row in connection.execute(_terms_of(viewer).where(terms.c.value.in_(some)))
    }


def _terms_of(viewer: Viewer) -> Select[Any]:
    return (
        visible_rows(replace(viewer, merges=False))
        .where(visible_release.c.latest, ~visible_object.c.revoked)
        .join(terms, terms.c.object_no == visible_release.c.object_no)
        .add_columns(terms.c.kind, terms.c.value)
        .order_by(visible_release.c.seq)
    )
