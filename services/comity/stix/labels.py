"""What an object says about sharing it, as the label that policy decides on. Whatever is not understood is refused."""

from collections.abc import Container, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypedDict

import msgspec
from comity_schemas.extensions import ASSET, EXERCISE_MARKING, RECALL_TYPE, RELEASE

from comity.domain.desk import Desk
from comity.domain.identity import national_marking_of
from comity.domain.label import RELEASE_ALL, Kind, Label, Personal
from comity.domain.member import Bloc
from comity.domain.purpose import EXERCISE, REAL, Purpose
from comity.domain.tier import UNLABELLED, Tier
from comity.domain.tlp import TLP
from comity.errors import InvalidObjectError
from comity.stix.headers import Header
from comity.stix.markings import TLP_OF_MARKING
from comity.stix.objects import StixObject
from comity.taxii.timestamps import instant, instant_of

_marking_of = lru_cache(maxsize=4096)(national_marking_of)
_STEPS_IN_A_MICROSECOND = 10
_KINDS = {
    "indicator": Kind.INDICATOR,
    "vulnerability": Kind.VULNERABILITY,
    "sighting": Kind.SIGHTING,
    "incident": Kind.INCIDENT,
    RECALL_TYPE: Kind.RECALL,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What a collection assumes of objects that state nothing themselves."""

    tlp: TLP | None = None
    label: str | None = None
    releasable: frozenset[str] | None = None
    purposes: frozenset[Purpose] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """The label of an object now, and what will change it."""

    label: Label
    lifts_at: int | None = None
    """When the embargo ends, in microseconds since the Unix epoch, while there is one."""
    offers_tier: Tier | None = None
    """The tier at which the owner offers a redacted copy."""


class _Release(msgspec.Struct, frozen=True, kw_only=True):
    """The release extension, whose schema has been checked."""

    label: str | tuple[str, ...] = ()
    releasable_to: str | tuple[str, ...] | None = None
    withheld_from: tuple[str, ...] = ()
    named_desks: tuple[str, ...] = ()
    purposes: tuple[Purpose, ...] = ()
    embargo_until: str | None = None
    embargo_exempt: tuple[str, ...] = ()
    offers_tier: str | None = None
    retention_days: int | None = None
    personal: str = "none"
    victims: tuple[str, ...] = ()
    sector: str = "none"
    urgent: bool = False
    approved: bool = False


class _Stated(TypedDict):
    """The part of a label that the release statement gives and nothing else does."""

    sector: str
    personal: Personal
    withheld: frozenset[str]
    named: frozenset[Desk]
    victims: frozenset[str]
    urgent: bool
    approved: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Marked:
    """What the marking references of an object say."""

    tlps: tuple[TLP, ...]
    tiers: tuple[Tier, ...]
    exercise: bool


Memo = dict[tuple[object, ...], Labelled]
"""The labels found for objects that say the same, under one bloc, origin and set of defaults."""

_decode = msgspec.json.Decoder(_Release).decode
_NOTHING = _Release()
_DAY = 86_400_000_000


def label_of_next(
    obj: StixObject,
    memo: Memo,
    *,
    bloc: Bloc,
    origin: str,
    defaults: Defaults,
    known_markings: Container[str],
    now: int,
) -> Labelled:
    """Return the label of *obj* as ``label_of`` does; *memo* is that of its batch, with one bloc, origin and defaults.

    The objects of a feed say the same of sharing, all or nearly all of them.
    """
    header = obj.header
    release = bytes(header.extensions.get(RELEASE, b""))
    key = (header.type, ASSET in header.extensions, header.object_marking_refs, header.granular_markings, release)
    found = memo.get(key)
    if found is None:
        found = label_of(obj, bloc=bloc, origin=origin, defaults=defaults, known_markings=known_markings, now=now)
        found = replace(found, label=_one_of_equals(found.label))
        if found.lifts_at is None:
            memo[key] = found
    return found


@lru_cache(maxsize=10_000)
def _one_of_equals(label: Label) -> Label:
    """Return the first label that was equal to *label*: what is remembered by it is then found without comparing."""
    return label


def label_of(
    obj: StixObject, *, bloc: Bloc, origin: str, defaults: Defaults, known_markings: Container[str], now: int
) -> Labelled:
    """Return the label of *obj*, an object of the member *origin*.

    *known_markings* are the ids of further marking definitions that say nothing about who may receive an object;
    *now*, in microseconds since the Unix epoch, decides whether an embargo is in force.

    Raises:
        InvalidObjectError: a label, marking, member, desk or sector is not known, so that the object cannot be
            released under what was meant.
    """
    release = _release(obj.header)
    marked = _marked(obj.header, bloc=bloc, origin=origin, known=known_markings)
    tier = _tier(release, marked, bloc=bloc, origin=origin, default=defaults.label)
    lifts_at = _lifts_at(release, now)
    exempt = None if lifts_at is None else _members(release.embargo_exempt, bloc, "embargo_exempt")
    label = Label(
        origin=origin,
        tier=tier,
        kind=_kind(obj.header),
        embargo_exempt=exempt,
        exercise=marked.exercise,
        tlp=max(marked.tlps, default=TLP.AMBER if defaults.tlp is None else defaults.tlp),
        purposes=_purposes(release, defaults, exercise=marked.exercise),
        releasable=_releasable(release.releasable_to, bloc=bloc, origin=origin, default=defaults.releasable),
        **_stated(release, bloc),
    )
    return Labelled(label=label, lifts_at=lifts_at, offers_tier=_offer(release.offers_tier, below=tier))


def embargo_end(header: Header, now: int) -> int | None:
    """Return when the embargo that the object states ends, in microseconds, or ``None`` when none is in force."""
    return _lifts_at(_release(header), now)


def retention_of(header: Header) -> int | None:
    """Return for how many microseconds others may keep the object, or ``None`` when its owner states nothing."""
    days = _release(header).retention_days
    return None if days is None else days * _DAY


def _stated(release: _Release, bloc: Bloc) -> _Stated:
    return {
        "sector": _sector(release.sector, bloc),
        "personal": Personal[release.personal.upper()],
        "withheld": _members(release.withheld_from, bloc, "withheld_from"),
        "named": _desks(release.named_desks, bloc),
        "victims": _members(release.victims, bloc, "victims"),
        "urgent": release.urgent,
        "approved": release.approved,
    }


def _release(header: Header) -> _Release:
    raw = header.extensions.get(RELEASE)
    return _NOTHING if raw is None else _decode(raw)


def _marked(header: Header, *, bloc: Bloc, origin: str, known: Container[str]) -> _Marked:
    tlps: list[TLP] = []
    tiers: list[Tier] = []
    exercise = False
    granular = (each.marking_ref for each in header.granular_markings if each.marking_ref is not None)
    for marking in (*header.object_marking_refs, *granular):
        if (tlp := TLP_OF_MARKING.get(marking)) is not None:
            tlps.append(tlp)
        elif marking == EXERCISE_MARKING:
            exercise = True
        elif (tier := _tiers_by_marking(bloc, origin).get(marking)) is not None:
            tiers.append(tier)
        elif marking not in known:
            raise InvalidObjectError(f"marking {marking} is not known, expected TLP, a label of {origin}, or exercise")
    return _Marked(tlps=tuple(tlps), tiers=tuple(tiers), exercise=exercise)


def _tiers_by_marking(bloc: Bloc, origin: str) -> dict[str, Tier]:
    # The platform's labels come last: a label of both is the platform's, as in ``Bloc.tier_of``.
    labels = {**bloc.members[origin].labels, **bloc.platform_labels}
    return {_marking_of(origin, label): tier for label, tier in labels.items()}


def _tier(release: _Release, marked: _Marked, *, bloc: Bloc, origin: str, default: str | None) -> Tier:
    texts = (release.label,) if isinstance(release.label, str) else release.label
    if not texts and not marked.tiers:
        return UNLABELLED if default is None else _tier_of(default, bloc, origin)
    return max((*marked.tiers, *(_tier_of(text, bloc, origin) for text in texts)))


def _tier_of(text: str, bloc: Bloc, origin: str) -> Tier:
    tier = bloc.tier_of(origin, text)
    if tier is None:
        raise InvalidObjectError(f"label {text[:40]!r} is not known, expected a label of {origin} or of the platform")
    return tier


def _kind(header: Header) -> Kind:
    if header.type == "infrastructure" and ASSET in header.extensions:
        return Kind.ASSET
    return _KINDS.get(header.type, Kind.CONTEXT)


def _sector(name: str, bloc: Bloc) -> str:
    if name != "none" and name not in bloc.sectors:
        raise InvalidObjectError(f"sector {name[:40]!r} is not known, expected a sector of the bloc")
    return name


def _purposes(release: _Release, defaults: Defaults, *, exercise: bool) -> frozenset[Purpose]:
    if exercise:
        return EXERCISE
    return frozenset(release.purposes) or (REAL if defaults.purposes is None else defaults.purposes)


def _releasable(
    stated: str | tuple[str, ...] | None, *, bloc: Bloc, origin: str, default: frozenset[str] | None
) -> frozenset[str] | None:
    if stated is None:
        return default
    return RELEASE_ALL if isinstance(stated, str) else _members(stated, bloc, "releasable_to") - {origin}


def _members(codes: Iterable[str], bloc: Bloc, name: str) -> frozenset[str]:
    members = frozenset(codes)
    if unknown := sorted(members - bloc.members.keys()):
        raise InvalidObjectError(f"{name} {unknown[0][:40]!r} is not known, expected the code of a member")
    return members


def _desks(texts: Iterable[str], bloc: Bloc) -> frozenset[Desk]:
    try:
        desks = frozenset(map(Desk.parse, texts))
    except ValueError as error:
        raise InvalidObjectError(f"named_desks: {error}") from error
    _members((desk.member for desk in desks), bloc, "named_desks")
    return desks


def _lifts_at(release: _Release, now: int) -> int | None:
    """Return the first microsecond at which the embargo is over, or ``None`` when it is or none was stated."""
    if release.embargo_until is None:
        return None
    steps = instant(release.embargo_until) - instant_of(0)
    lifts_at = -(-steps // _STEPS_IN_A_MICROSECOND)
    return lifts_at if now < lifts_at else None


def _offer(text: str | None, *, below: Tier) -> Tier | None:
    if text is None:
        return None
    tier = Tier.parse(text)
    if tier >= below:
        raise InvalidObjectError(f"offers_tier is {tier}, expected a tier below {below}, the tier of the object")
    return tier
