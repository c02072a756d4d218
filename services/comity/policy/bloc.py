"""The bloc out of its profile: members, tiers, recognition and sectors (scenario format, 3)."""

from collections.abc import Iterable, Mapping
from itertools import permutations
from types import MappingProxyType

from comity_schemas.cedar import CHAPTERS

from comity.domain.identity import identity_of
from comity.domain.member import Bloc, Member
from comity.domain.tier import Tier
from comity.errors import PolicyError
from comity.policy.duties import duties_of

CLASSIFICATION = "classification.yaml"
MEMBERS = "members.yaml"
SECTORS = "sectors.yaml"

_BILATERAL = Tier.C3


def parse_bloc(documents: Mapping[str, object], chapters: Mapping[str, str]) -> Bloc:
    """Return the bloc that a profile describes.

    Args:
        documents: the parsed YAML of the profile's files, by file name.
        chapters: the profile's own Cedar chapters by file name. The standard chapters are in force besides them.

    Raises:
        PolicyError: a file is missing or a value in it is unusable; the message names both.
    """
    profiles = _members(documents)
    classification = _mapping(documents.get(CLASSIFICATION), CLASSIFICATION)
    schemes = _section(classification, "schemes", CLASSIFICATION)
    return Bloc(
        members=MappingProxyType({code: _member(code, profiles[code], scheme=schemes.get(code)) for code in profiles}),
        platform_labels=_tiers(classification.get("platform_labels"), f"{CLASSIFICATION}: platform_labels"),
        limits=_limits(_mapping(classification.get("recognition"), f"{CLASSIFICATION}: recognition"), tuple(profiles)),
        chapters=_chapters(chapters),
        sectors=tuple(_section(_mapping(documents.get(SECTORS, {}), SECTORS), "sectors", SECTORS)),
        signatures=_signatures(documents, len(profiles)),
    )


def _signatures(documents: Mapping[str, object], members: int) -> int | None:
    committee = _section(_mapping(documents.get(MEMBERS), MEMBERS), "committee", MEMBERS)
    count = committee.get("signatures")
    if count is None:
        return None
    if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= members:
        raise PolicyError(f"{MEMBERS}: committee: signatures {count!r}, expected a number from 1 to {members}")
    return count


def _members(documents: Mapping[str, object]) -> Mapping[str, object]:
    document = _mapping(documents.get(MEMBERS), MEMBERS)
    profiles = _mapping(document.get("members"), f"{MEMBERS}: members")
    if "*" in profiles:
        raise PolicyError(f"{MEMBERS}: members: '*', expected a member code")
    return profiles


def _member(code: str, profile: object, *, scheme: object) -> Member:
    stated = _optional_mapping(profile, f"{MEMBERS}: {code}")
    name = stated.get("name", code)
    if not isinstance(name, str):
        raise PolicyError(f"{MEMBERS}: {code}: name {name!r}, expected text")
    return Member(
        code=code,
        name=name,
        identity=identity_of(code),
        labels=_labels(code, scheme),
        duties=duties_of(code, stated.get("duties"), place=f"{MEMBERS}: {code}", zone=stated.get("tz")),
    )


def _labels(code: str, scheme: object) -> Mapping[str, Tier]:
    place = f"{CLASSIFICATION}: schemes: {code}"
    entries = _optional_mapping(scheme, place).get("labels") or []
    if not isinstance(entries, list):
        raise PolicyError(f"{place}: labels {entries!r}, expected a list")
    tiers: dict[str, Tier] = {}
    for entry in entries:
        record = _mapping(entry, place)
        label = record.get("label")
        if not isinstance(label, str):
            raise PolicyError(f"{place}: label {label!r}, expected text in quotes")
        tier = _tier(record.get("tier"), f"{place}: {label!r}")
        if tiers.setdefault(label, tier) != tier:
            raise PolicyError(f"{place}: label {label!r} stands for {tiers[label]} and for {tier}")
    return MappingProxyType(tiers)


def _limits(recognition: Mapping[str, object], codes: tuple[str, ...]) -> Mapping[tuple[str, str], Tier]:
    place = f"{CLASSIFICATION}: recognition"
    ceilings = _tiers_of(recognition, "owner_ceiling", codes)
    handling = _tiers_of(recognition, "handling_max", codes)
    default_ceiling = _tier(recognition.get("default_ceiling"), f"{place}: default_ceiling")
    default_handling = _tier(recognition.get("handling_max_default"), f"{place}: handling_max_default")
    bilateral = _pairs(recognition.get("bilateral_c3"), codes)
    return MappingProxyType(
        {
            (owner, recipient): min(
                _BILATERAL if frozenset((owner, recipient)) in bilateral else ceilings.get(owner, default_ceiling),
                handling.get(recipient, default_handling),
            )
            for owner, recipient in permutations(codes, 2)
        }
    )


def _pairs(value: object, codes: tuple[str, ...]) -> frozenset[frozenset[str]]:
    place = f"{CLASSIFICATION}: recognition: bilateral_c3"
    entries = [] if value is None else value
    if not isinstance(entries, list):
        raise PolicyError(f"{place} {value!r}, expected a list of pairs")
    return frozenset(_pair(entry, codes, place=place) for entry in entries)


def _pair(entry: object, codes: tuple[str, ...], *, place: str) -> frozenset[str]:
    if not isinstance(entry, list) or len(entry) != 2 or not all(isinstance(code, str) for code in entry):
        raise PolicyError(f"{place}: {entry!r}, expected a pair of member codes, in quotes where needed")
    _known(entry, codes, place=place)
    return frozenset(entry)


def _tiers_of(recognition: Mapping[str, object], name: str, codes: tuple[str, ...]) -> Mapping[str, Tier]:
    place = f"{CLASSIFICATION}: recognition: {name}"
    tiers = _tiers(recognition.get(name), place)
    _known(tiers, codes, place=place)
    return tiers


def _known(named: Iterable[str], codes: tuple[str, ...], *, place: str) -> None:
    # A misspelt code would leave the member it means with the default, which may open more than was meant.
    if unknown := [code for code in named if code not in codes]:
        raise PolicyError(f"{place}: {unknown[0]!r}, expected a code of {MEMBERS}")


def _chapters(own: Mapping[str, str]) -> Mapping[str, str]:
    for name in own.keys() & CHAPTERS.keys():
        if own[name] != CHAPTERS[name]:
            raise PolicyError(f"{name}: a profile's chapter, expected another name than a standard chapter has")
    return MappingProxyType(dict(sorted({**CHAPTERS, **own}.items())))


def _tiers(value: object, place: str) -> Mapping[str, Tier]:
    return MappingProxyType(
        {name: _tier(text, f"{place}: {name!r}") for name, text in _optional_mapping(value, place).items()}
    )


def _tier(value: object, place: str) -> Tier:
    try:
        return Tier.parse(value) if isinstance(value, str) else Tier.parse(repr(value))
    except ValueError as error:
        raise PolicyError(f"{place}: {error}") from error


def _section(document: Mapping[str, object], name: str, place: str) -> Mapping[str, object]:
    return _optional_mapping(document.get(name), f"{place}: {name}")


def _optional_mapping(value: object, place: str) -> Mapping[str, object]:
    return {} if value is None else _mapping(value, place)


def _mapping(value: object, place: str) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise PolicyError(f"{place}: {value!r}, expected a mapping")
    if wrong := [name for name in value if not isinstance(name, str)]:
        raise PolicyError(f"{place}: {wrong[0]!r}, expected text in quotes")
    return value
