"""The objects that Comity authors itself; the same facts make the same object at every node."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid5

import msgspec
from comity_schemas.extensions import NATIONAL_LABEL, RECALL, RECALL_TYPE

from comity.domain.identity import identity_of, national_marking_of
from comity.domain.tier import Tier

_NAMESPACE = UUID("0b8f5c4e-2a97-4d1b-9e35-7c6a1f0d8e42")
_SINCE = "2026-01-05T00:00:00.000Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorship:
    """Who says it, when, and under which markings; times are STIX timestamps."""

    created_by_ref: str
    created: str
    modified: str | None = None
    """When it was last changed; nothing where it never was."""
    marking_refs: tuple[str, ...] = ()


def sighting(
    key: Sequence[str],
    sighting_of_ref: str,
    *,
    by: Authorship,
    where_sighted_refs: Sequence[str] = (),
    count: int | None = None,
    first_seen: str | None = None,
    last_seen: str | None = None,
    labels: Sequence[str] = (),
) -> bytes:
    """Return a sighting of *sighting_of_ref*; equal keys make equal ids, so that a changed count is a new version."""
    return _encode(
        **_common("sighting", *key, by=by),
        labels=labels,
        first_seen=first_seen,
        last_seen=last_seen,
        count=count,
        sighting_of_ref=sighting_of_ref,
        where_sighted_refs=where_sighted_refs,
    )


def recall(object_ref: str, *, by: Authorship, recalled: str, reason: str | None = None) -> bytes:
    """Return the notice with which an owner takes back *object_ref*; there is one for an object."""
    return _encode(
        **_common(RECALL_TYPE, by.created_by_ref, object_ref, by=by),
        object_ref=object_ref,
        recalled=recalled,
        reason=reason,
        extensions={RECALL: {"extension_type": "new-sdo"}},
    )


def national_label_definition(member: str, label: str, tier: Tier) -> bytes:
    """Return the marking definition that stands for the national *label* of *member*."""
    value = {"extension_type": "property-extension", "member": member, "label": label, "tier": tier.name}
    return _encode(
        type="marking-definition",
        spec_version="2.1",
        id=national_marking_of(member, label),
        created_by_ref=identity_of(member),
        created=_SINCE,
        name=f"{member} {label}",
        extensions={NATIONAL_LABEL: value},
    )


def member_identity(code: str, name: str) -> bytes:
    """Return the identity under which the node of the member *code* authors objects."""
    return _encode(
        type="identity",
        spec_version="2.1",
        id=identity_of(code),
        created_by_ref=identity_of(code),
        created=_SINCE,
        modified=_SINCE,
        name=name,
        identity_class="organization",
    )


def _common(stix_type: str, *key: str, by: Authorship) -> dict[str, object]:
    name = msgspec.json.encode(key).decode("utf-8")
    return {
        "type": stix_type,
        "spec_version": "2.1",
        "id": f"{stix_type}--{uuid5(_NAMESPACE, f'{stix_type}:{name}')}",
        "created_by_ref": by.created_by_ref,
        "created": by.created,
        "modified": by.modified or by.created,
        "object_marking_refs": by.marking_refs,
    }


def _encode(**properties: object) -> bytes:
    """Return the JSON text of the properties that say something."""
    return msgspec.json.encode({name: value for name, value in properties.items() if value not in (None, (), [])})
