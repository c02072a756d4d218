"""A MISP feed: a manifest and one event a day, which any MISP subscribes to without a plug-in."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

import msgspec

from comity.domain.tlp import TLP, strictest
from comity.export.entries import Entry

_NAMESPACE = UUID("0d2a1b6d-6f5c-5c1e-9a65-3f1f8f0c2b13")
_TYPES = {
    "ipv4": ("ip-dst", "Network activity"),
    "ipv6": ("ip-dst", "Network activity"),
    "domain": ("domain", "Network activity"),
    "url": ("url", "Network activity"),
    "email": ("email-src", "Payload delivery"),
    "file:md5": ("md5", "Payload delivery"),
    "file:sha1": ("sha1", "Payload delivery"),
    "file:sha256": ("sha256", "Payload delivery"),
    "file:sha512": ("sha512", "Payload delivery"),
    "vulnerability": ("vulnerability", "External analysis"),
}
"""Kind -> the type and the category of an attribute."""

_UNDEFINED, _COMPLETED, _INHERIT = "4", "2", "5"
_DISTRIBUTIONS = {TLP.CLEAR: "3", TLP.GREEN: "3", TLP.AMBER: "1"}
"""TLP label -> how far MISP spreads the event; what is stricter stays in the organisation that subscribes."""

_ORGANISATION = "0"
Events = Mapping[str, bytes]
"""UUID -> the JSON of the event."""


def events(entries: Iterable[Entry], *, key: str, title: str, organisation: Mapping[str, str]) -> Events:
    """Return an event for every day on which something came that is still there; *key* keeps two feeds apart."""
    by_day: dict[str, list[Entry]] = {}
    for one in entries:
        if one.kind in _TYPES:
            by_day.setdefault(datetime.fromtimestamp(one.added, UTC).strftime("%Y-%m-%d"), []).append(one)
    found = {}
    for day, some in sorted(by_day.items()):
        uuid = str(uuid5(_NAMESPACE, f"{key} {day}"))
        found[uuid] = msgspec.json.encode({"Event": _event(uuid, day, some, title=title, organisation=organisation)})
    return found


def manifest(found: Events) -> bytes:
    """Return the manifest of *found*, with the digest of each event."""
    return msgspec.json.encode({uuid: _listed(body) for uuid, body in found.items()})


def _event(uuid: str, day: str, entries: list[Entry], *, title: str, organisation: Mapping[str, str]) -> dict[str, Any]:
    tlp = strictest(one.tlp for one in entries)
    return {
        "uuid": uuid,
        "info": f"{title}, {day}",
        "date": day,
        "timestamp": str(max(max(one.modified, one.added) for one in entries)),
        "published": True,
        "analysis": _COMPLETED,
        "threat_level_id": _UNDEFINED,
        "distribution": _DISTRIBUTIONS.get(tlp, _ORGANISATION),
        "Orgc": dict(organisation),
        "Tag": [_tag(tlp)],
        "Attribute": [_attribute(one) for one in entries],
    }


def _attribute(one: Entry) -> dict[str, Any]:
    name, category = _TYPES[one.kind]
    return {
        "uuid": one.uuid,
        "type": name,
        "category": category,
        "value": one.value,
        "to_ids": one.kind != "vulnerability",
        "timestamp": str(one.modified),
        "comment": one.title,
        "distribution": _INHERIT,
        "Tag": [_tag(one.tlp)],
    }


def _tag(tlp: TLP) -> dict[str, str]:
    return {"name": f"tlp:{tlp.word}"}


def _listed(body: bytes) -> dict[str, Any]:
    event = msgspec.json.decode(body)["Event"]
    kept = {name: event[name] for name in ("info", "Orgc", "analysis", "date", "threat_level_id", "Tag")}
    digest = hashlib.sha256(body).hexdigest()
    return {**kept, "timestamp": int(event["timestamp"]), "integrity:sha256": digest}
