"""The bloc and its labels as Cedar entities, spelled as the Cedar schema has them."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import cedarpy

from comity.domain.desk import CLEARANCE, TLP_CEILING, Desk
from comity.domain.label import RELEASE_ALL, Label
from comity.domain.member import Bloc
from comity.errors import PolicyError
from comity.policy.classes import chain


def federation(bloc: Bloc, *, suspended: frozenset[str], schema: cedarpy.Schema) -> cedarpy.Entities:
    """Return what every request shares: the members with their rows of the recognition table, and their desks."""
    desks = (desk for member in bloc.members.values() for desk in member.desks)
    records = [*(member_record(code, bloc, suspended) for code in bloc.members), *map(desk_record, desks)]
    return cedarpy.Entities.from_json_str(json.dumps(records), schema)


def with_labels(shared: cedarpy.Entities, labels: Sequence[Label], schema: cedarpy.Schema) -> cedarpy.Entities:
    """Return *shared* and, by their place in the sequence, *labels*.

    Raises:
        PolicyError: a label holds text that is no Unicode.
    """
    records = [_label(place, label) for place, label in enumerate(labels)]
    try:
        return shared.with_added_json_str(json.dumps(records), schema)
    except ValueError as error:
        raise PolicyError(f"unusable label of {labels[0].origin!r}: {error}") from error


def uid(kind: str, name: str) -> dict[str, str]:
    """Return the reference of an entity in its structured form, in which any text is a valid id."""
    return {"type": kind, "id": name}


def member_record(code: str, bloc: Bloc, suspended: frozenset[str]) -> dict[str, Any]:
    """Return a member as an entity: its tags are its row of the recognition table."""
    return {
        "uid": uid("Member", code),
        "attrs": {"code": code, "suspended": code in suspended},
        "parents": [],
        "tags": {other: int(bloc.limit(code, other)) for other in bloc.members if other != code},
    }


def desk_record(desk: Desk) -> dict[str, Any]:
    """Return a desk as an entity."""
    return {
        "uid": uid("Desk", str(desk)),
        "attrs": {
            "home": _one("Member", desk.member),
            "role": desk.role.value,
            "clearance": int(CLEARANCE[desk.role]),
            "tlp_ceiling": int(TLP_CEILING[desk.role]),
        },
        "parents": [uid("Member", desk.member)],
    }


def label_attributes(label: Label) -> dict[str, object]:
    """Return what rules may ask of a label."""
    sources = chain(label)
    releasable = label.releasable or frozenset()
    return {
        "origin": _one("Member", label.origin),
        "tlp": int(label.tlp),
        "tier": int(label.tier),
        "source_tlp": max(int(source.tlp) for source in sources),
        "source_tier": max(int(source.tier) for source in sources),
        "kind": label.kind.value,
        "form": label.form.word,
        "sector": label.sector,
        "personal": int(label.personal),
        "purposes": sorted(label.purposes),
        "release_stated": label.releasable is not None,
        "release_all": releasable >= RELEASE_ALL,
        "releasable": _many("Member", releasable - RELEASE_ALL),
        "withheld": _many("Member", label.withheld),
        "named": _many("Desk", map(str, label.named)),
        "victims": _many("Member", label.victims),
        "embargoed": label.embargo_exempt is not None,
        "exempt": _many("Member", label.embargo_exempt or ()),
        "exercise": label.exercise,
        "urgent": label.urgent,
        "approved": label.approved,
        "blocked": any(source.blocked for source in sources),
    }


def _label(place: int, label: Label) -> dict[str, object]:
    return {
        "uid": uid("Label", str(place)),
        "attrs": label_attributes(label),
        "parents": [uid("Member", label.origin)],
    }


def _one(kind: str, name: str) -> dict[str, object]:
    return {"__entity": uid(kind, name)}


def _many(kind: str, names: Iterable[str]) -> list[dict[str, object]]:
    return [_one(kind, name) for name in names]
