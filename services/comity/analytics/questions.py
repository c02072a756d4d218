"""What analysts ask: what touches us, who warned us, what is exposed, what falls with what, what belongs together."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

import msgspec
from comity_schemas.extensions import DUTY_CLOCK

from comity.analytics.context import Analytics
from comity.correlation import campaigns as correlated
from comity.correlation.campaigns import Campaign, Case
from comity.correlation.cascade import Graph
from comity.correlation.concentration import concentration
from comity.correlation.exposure import Affected, exposed
from comity.correlation.matching import Rule
from comity.correlation.warning import Known, lead
from comity.dedup.canonical import observable_of
from comity.dedup.fingerprint import fingerprint_of, keyed
from comity.domain.asset import Asset, AssetKind
from comity.errors import InvalidObjectError, NotFoundError
from comity.gateway.contributing import twin_number
from comity.store import assets as stored
from comity.store.assets import Detection, Touch
from comity.store.grants import Viewer

CASE = "case"
"""The source name under which an object says which case it belongs to."""

TECHNIQUE = "mitre-attack"
"""The source name of a technique's number."""

_MOST_COUNT = 10**12


class _Reference(msgspec.Struct):
    source_name: str
    external_id: str = ""


class _Duty(msgspec.Struct):
    case: str = ""
    sector: str = ""
    aware_at: str = ""


class _Object(msgspec.Struct):
    type: str
    external_references: list[_Reference] = []
    extensions: dict[str, msgspec.Raw] = {}


_object = msgspec.json.Decoder(_Object)
_duty = msgspec.json.Decoder(_Duty)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cascade:
    """What the loss of assets takes from others."""

    lost: tuple[str, ...]
    assets: dict[str, Asset]
    """The lost assets, as far as they are registered and not only depended on."""
    losses: dict[str, float]
    """Every asset that loses something, and the share it loses."""
    through: dict[str, dict[str, float]]
    """For each asset of the member itself: what each of its direct dependencies contributes."""
    paths: dict[str, list[tuple[tuple[str, ...], float]]]
    """For each asset of the member itself: the chains along which it loses, and the share that each carries."""
    concentration: dict[str, float]
    """For each asset of the member itself that loses: how much it hangs on one thing, up to 1."""


def touches(analytics: Analytics, viewers: Sequence[Viewer], *, limit: int | None = None) -> list[Touch]:
    """Return what of what *viewers* may read touches an asset: each value and asset once, the surest first."""
    connection = analytics.store.read()
    every = (one for viewer in viewers for one in stored.touches(connection, viewer, limit=limit))
    return stored.distinct(every)[:limit]


def own_range_alerts(analytics: Analytics, viewers: Sequence[Viewer]) -> list[Touch]:
    """Return the addresses and networks that lie wholly inside a network of the member's own."""
    own = {asset.key for asset in stored.all_assets(analytics.store.read(), analytics.member)}
    inside = {Rule.SAME.value, Rule.INSIDE.value}
    every = touches(analytics, viewers)
    return [one for one in every if one.kind in {"ipv4", "ipv6"} and one.rule in inside and one.asset in own]


def exposure(analytics: Analytics, ranges: Iterable[Affected]) -> dict[str, tuple[str, ...]]:
    """Return which of the member's assets run affected software, and which names are affected."""
    return exposed(stored.all_assets(analytics.store.read(), analytics.member), ranges)


def detect(analytics: Analytics, *, kind: str, value: str, count: int, refuted: bool, reference: str) -> Detection:
    """Keep that something was seen at the member, known or not, and since when the member had been warned of it.

    Raises:
        InvalidObjectError: the value is none of its kind, or the count is no number of events.
    """
    if not 0 <= count <= _MOST_COUNT:
        raise InvalidObjectError(f"count is {count}, expected 0 to {_MOST_COUNT}")
    observable = observable_of(kind, value)
    now = analytics.store.clock()
    detection = Detection(
        reference=reference,
        kind=observable.kind,
        value=observable.value,
        seen=now,
        count=count,
        refuted=refuted,
        warned=None,
    )
    with analytics.store.write() as connection:
        twin = twin_number(keyed(fingerprint_of(observable), analytics.twin_key))
        names = stored.space_names(connection)
        known = stored.arrivals(connection, analytics.viewers(connection), twin).values()
        before = lead(analytics.member, now, (Known(by=names[space], at=tick) for space, tick in known))
        if before is not None and not refuted:
            detection = replace(detection, warned=now - before)
        stored.put_detection(connection, detection)
    return detection


def cascade(analytics: Analytics, lost: Sequence[str]) -> Cascade:
    """Return what the loss of assets takes from all that are known: the member's own, and those shared by others.

    Raises:
        NotFoundError: one of them is not known.
    """
    connection = analytics.store.read()
    every = stored.all_assets(connection)
    graph = Graph.of(every)
    unknown = next((key for key in lost if key not in graph.numbers), None)
    if unknown is not None:
        raise NotFoundError(f"no asset {unknown[:80]!r} is known")
    losses = graph.impact(lost)
    own = [one for one in stored.all_assets(connection, analytics.member) if one.key in losses and one.key not in lost]
    hung = {one.key: concentration(one) for one in own}
    return Cascade(
        lost=tuple(lost),
        assets={one.key: one for one in every if one.key in lost},
        losses=losses,
        through={one.key: graph.shares_of(one.key, losses) for one in own},
        paths={one.key: [(path.keys, path.share) for path in graph.paths(one.key, lost)] for one in own},
        concentration={key: value for key, value in hung.items() if value is not None},
    )


def cases(analytics: Analytics, viewers: Sequence[Viewer]) -> list[Case]:
    """Return the cases that what *viewers* may read belongs to, as the objects themselves say."""
    connection = analytics.store.read()
    names = stored.space_names(connection)
    found: dict[str, _Gathered] = {}
    for viewer in viewers:
        for space, kind, value, body in stored.visible_bodies(connection, viewer):
            read = _object.decode(body)
            duty = _duty.decode(read.extensions[DUTY_CLOCK]) if DUTY_CLOCK in read.extensions else _Duty()
            named = {one.external_id for one in read.external_references if one.source_name == CASE and one.external_id}
            for name in named | ({duty.case} if duty.case else set()):
                gathered = found.setdefault(name, _Gathered())
                gathered.add(names[space], f"{kind} {value}" if kind and value else None, read, duty)
    return [gathered.case(name) for name, gathered in sorted(found.items())]


def campaigns(analytics: Analytics, viewers: Sequence[Viewer]) -> list[Campaign]:
    """Return the campaigns that the cases which *viewers* may read make up."""
    every = cases(analytics, viewers)
    common = frozenset(
        f"{kind} {value}"
        for asset in stored.all_assets(analytics.store.read())
        if asset.kind is AssetKind.SHARED_SERVICE
        for kind, value in _named(asset.prefixes, asset.domains)
    )
    return correlated.campaigns(every, correlated.links_between(every, common=common))


def campaign_json(one: Campaign) -> dict[str, Any]:
    """Return a campaign as JSON states it, each score with how it reads."""
    return {
        "cases": one.cases,
        "members": one.members,
        "crosses_borders": one.crosses_borders,
        "links": [{**asdict(link), "score": link.score, "reads": link.read()} for link in one.links],
    }


class _Gathered:
    """What the objects of one case say of it."""

    def __init__(self) -> None:
        self.members: set[str] = set()
        self.observables: set[str] = set()
        self.techniques: set[str] = set()
        self.sectors: set[str] = set()
        self.times: list[int] = []

    def add(self, member: str, observable: str | None, read: _Object, duty: _Duty) -> None:
        self.members.add(member)
        self.observables |= {observable} if observable else set()
        self.techniques |= {one.external_id for one in read.external_references if one.source_name == TECHNIQUE}
        self.sectors |= {duty.sector} if duty.sector else set()
        if duty.aware_at:
            self.times.append(int(datetime.fromisoformat(duty.aware_at).timestamp() * 1_000_000))

    def case(self, name: str) -> Case:
        return Case(
            name=name,
            members=frozenset(self.members),
            observables=frozenset(self.observables),
            techniques=frozenset(self.techniques),
            sectors=frozenset(self.sectors),
            began=min(self.times, default=None),
        )


def _named(prefixes: Iterable[str], domains: Iterable[str]) -> Iterable[tuple[str, str]]:
    for text in prefixes:
        address, _, bits = text.partition("/")
        is_host = bits in {"", "128" if ":" in text else "32"}
        yield ("ipv6" if ":" in text else "ipv4"), (address if is_host else text)
    for name in domains:
        yield "domain", name
