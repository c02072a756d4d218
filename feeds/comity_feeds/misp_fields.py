"""The fields of MISP attributes, objects and events (MISP core format), and what they mean here."""

from datetime import datetime

import msgspec
from comity.dedup.canonical import Observable
from comity.domain.tlp import TLP
from comity.errors import InvalidObjectError

from comity_feeds.authoring import Context, strictest_stated
from comity_feeds.recognition import recognise
from comity_feeds.times import parse_time

Number = str | int | None
"""A number, which some servers write as text."""


class Tag(msgspec.Struct):
    """A machine tag, or any other."""

    name: str


class _Shared(msgspec.Struct):
    """What attributes, objects and events have in common."""

    uuid: str = ""
    comment: str | None = None
    timestamp: Number = None
    first_seen: Number = None
    distribution: Number = None
    deleted: bool | None = None
    tags: list[Tag] = msgspec.field(name="Tag", default_factory=list)


class Attribute(_Shared, kw_only=True):
    """One value and its type; a composite type has values with a bar between them."""

    type: str
    value: str
    to_ids: bool = False


class Object(_Shared, kw_only=True):
    """Attributes that belong together, still as they were written."""

    name: str = ""
    attributes: list[msgspec.Raw] = msgspec.field(name="Attribute", default_factory=list)


class Event(_Shared, kw_only=True):
    """Attributes and objects of one occasion, still as they were written."""

    info: str
    attributes: list[msgspec.Raw] = msgspec.field(name="Attribute", default_factory=list)
    objects: list[msgspec.Raw] = msgspec.field(name="Object", default_factory=list)


PORT, FILE_NAME = "port", "file name"
"""Parts of a composite value that say something of the other part."""

_HASHED = {f"filename|{name}": (FILE_NAME, f"file:{name}") for name in ("md5", "sha1", "sha256", "sha512")}
PARTS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("domain", "hostname"), ("domain",)),
    **dict.fromkeys(("ip-src", "ip-dst"), ("ip",)),
    **dict.fromkeys(("ip-src|port", "ip-dst|port"), ("ip", PORT)),
    **dict.fromkeys(("url", "uri"), ("url",)),
    **dict.fromkeys(("email", "email-src", "email-dst", "email-reply-to"), ("email",)),
    **{name: (f"file:{name}",) for name in ("md5", "sha1", "sha256", "sha512")},
    **_HASHED,
    "domain|ip": ("domain", "ip"),
    "hostname|port": ("domain", PORT),
    "malware-sample": (FILE_NAME, "file:md5"),
    "vulnerability": ("vulnerability",),
}
"""Attribute type -> the parts of its value: kinds of observables, or what is said of them."""

_FLOORS = {"0": TLP.AMBER_STRICT, "4": TLP.RED}
"""What a distribution demands at least: 0 is the own organisation only, 4 a list of organisations."""

_DETECTION_NOT_ASKED = frozenset({"vulnerability"})


def observables_of(attribute: Attribute) -> tuple[tuple[Observable, str], ...]:
    """Return the observables of an attribute, each with what the rest of its value says of it.

    Raises:
        InvalidObjectError: the type is not read, the value is none of its type, or it is not meant for detection.
    """
    parts = PARTS.get(attribute.type)
    if parts is None:
        raise InvalidObjectError(f"type {attribute.type[:40]!r} is no observable that is read")
    if not attribute.to_ids and attribute.type not in _DETECTION_NOT_ASKED:
        raise InvalidObjectError(f"{attribute.type!r} is context and not for detection: to_ids is not set")
    values = attribute.value.split("|") if len(parts) > 1 else [attribute.value]
    if len(values) != len(parts):
        raise InvalidObjectError(f"value has {len(values)} parts, {attribute.type!r} expects {len(parts)}")
    pairs = list(zip(parts, values, strict=True))
    said = ", ".join(f"{part} {value}" for part, value in pairs if part in {PORT, FILE_NAME})
    found = (recognise(value, part) for part, value in pairs if part not in {PORT, FILE_NAME})
    return tuple((each.observable, said or each.note) for each in found)


def context_of(item: Attribute | Object | Event, around: Context) -> Context:
    """Return what *item* and all *around* it say: its own time and texts, tags of both, the stricter label.

    Raises:
        InvalidObjectError: a time is none, or a TLP tag is not known.
    """
    names = [tag.name.strip() for tag in item.tags]
    tags = [name for name in names if name.lower().startswith("tlp:")]
    return Context(
        notes=around.noting(_note(item)).notes,
        first_seen=_time(item.first_seen),
        changed=_time(item.timestamp) or around.changed,
        tlp=strictest_stated(around.tlp, _FLOORS.get(str(item.distribution)), *(_tlp(tag) for tag in tags)),
        labels=tuple(dict.fromkeys((*around.labels, *(name for name in names if name and name not in tags)))),
        references=tuple(filter(None, (item.uuid,))),
        withdrawn=around.withdrawn or bool(item.deleted),
    )


def _note(item: Attribute | Object | Event) -> str:
    comment = (item.comment or "").strip()
    name = item.name.strip() if isinstance(item, Object) else ""
    return f"{name}: {comment}" if name and comment else name or comment


def _tlp(tag: str) -> TLP:
    try:
        return TLP.parse(tag)
    except ValueError as error:
        raise InvalidObjectError(f"{error}, so nothing under this tag is read") from error


def _time(value: Number) -> datetime | None:
    """Return the time of *value*, or ``None`` where it is absent, empty or the zero that stands for both."""
    text = str(value or "").strip()
    return parse_time(text) if text.strip("0") else None
