"""STIX 2.1 objects made of what a source says; the same source and the same observable make the same identifier."""

import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec
from comity.dedup.canonical import Observable
from comity.dedup.patterns import pattern_for
from comity.domain.tlp import TLP, strictest
from comity.stix.markings import TLP_MARKINGS

from comity_feeds.options import FeedOptions
from comity_feeds.times import stix_time

NAMESPACE = uuid.UUID("5d0c1a52-3f5e-4f0a-9c67-1f4b8a6f2e90")
"""The namespace of the identifiers of all that feeds author."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a source says of an observable, beside its value."""

    name: str | None = None
    notes: tuple[str, ...] = ()
    first_seen: datetime | None = None
    changed: datetime | None = None
    confidence: int | None = None
    tlp: TLP | None = None
    labels: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    """Identifiers under which the source knows it."""
    withdrawn: bool = False

    def noting(self, note: str) -> "Context":
        """Return this context with *note* behind its texts, unless it is empty."""
        return replace(self, notes=_united(self.notes, (note,))) if note else self

    def merged(self, other: "Context") -> "Context":
        """Return what both say together: all texts, the earliest sight, the lower confidence, the stricter label."""
        return Context(
            name=self.name or other.name,
            notes=_united(self.notes, other.notes),
            first_seen=min(filter(None, (self.first_seen, other.first_seen)), default=None),
            changed=max(filter(None, (self.changed, other.changed)), default=None),
            confidence=min((each for each in (self.confidence, other.confidence) if each is not None), default=None),
            tlp=strictest_stated(self.tlp, other.tlp),
            labels=_united(self.labels, other.labels),
            references=_united(self.references, other.references),
            withdrawn=self.withdrawn and other.withdrawn,
        )


def strictest_stated(*labels: TLP | None) -> TLP | None:
    """Return the most restrictive label among those stated, or ``None`` when none is."""
    stated = [each for each in labels if each is not None]
    return strictest(stated) if stated else None


def author(observable: Observable, context: Context, *, options: FeedOptions) -> bytes:
    """Return the vulnerability, or else the indicator, that *observable* is."""
    shape = _vulnerability if observable.kind == "vulnerability" else _indicator
    properties = shape(observable, context, options)
    if context.withdrawn:
        properties["revoked"] = True
    return stix_object(properties, context, options=options)


def stix_object(properties: Mapping[str, object], context: Context, *, options: FeedOptions) -> bytes:
    """Return *properties*, which hold type and id, with all that every authored object has."""
    body: dict[str, object] = {**properties, "spec_version": "2.1", **_times(context, options)}
    if options.created_by:
        body["created_by_ref"] = options.created_by
    if context.notes:
        body["description"] = "\n".join(context.notes)
    if context.confidence is not None:
        body["confidence"] = context.confidence
    if context.labels:
        body["labels"] = list(context.labels)
    if references := [*_listed(body), *_references(context, options)]:
        body["external_references"] = references
    tlp = strictest_stated(context.tlp, options.tlp)
    markings = (*((TLP_MARKINGS[tlp],) if tlp is not None else ()), *options.markings)
    if markings:
        body["object_marking_refs"] = list(dict.fromkeys(markings))
    return msgspec.json.encode(body)


def stix_id(stix_type: str, options: FeedOptions, *names: str) -> str:
    """Return the identifier of what the source calls *names*: the same at every reading."""
    text = msgspec.json.encode([options.source, *names]).decode()
    return f"{stix_type}--{uuid.uuid5(NAMESPACE, text)}"


def id_of(observable: Observable, options: FeedOptions) -> str:
    """Return the identifier of the object that *observable* is authored as."""
    stix_type = "vulnerability" if observable.kind == "vulnerability" else "indicator"
    return stix_id(stix_type, options, str(observable))


def _indicator(observable: Observable, context: Context, options: FeedOptions) -> dict[str, object]:
    return {
        "type": "indicator",
        "id": id_of(observable, options),
        "name": context.name or observable.value,
        "indicator_types": list(options.indicator_types),
        "pattern": pattern_for(observable),
        "pattern_type": "stix",
        "valid_from": stix_time(context.first_seen or _created(context, options)),
    }


def _vulnerability(observable: Observable, context: Context, options: FeedOptions) -> dict[str, object]:
    del context
    return {
        "type": "vulnerability",
        "id": id_of(observable, options),
        "name": observable.value,
        "external_references": [{"source_name": "cve", "external_id": observable.value}],
    }


def _times(context: Context, options: FeedOptions) -> dict[str, str]:
    modified = context.changed or options.received_at
    return {"created": stix_time(_created(context, options)), "modified": stix_time(modified)}


def _created(context: Context, options: FeedOptions) -> datetime:
    """Return a time that stays the same at later readings, as the creation of an object must."""
    return min(options.since or options.received_at, context.changed or options.received_at)


def _references(context: Context, options: FeedOptions) -> Iterator[dict[str, str]]:
    for identifier in context.references:
        yield {"source_name": options.source, "external_id": identifier}


def _listed(body: Mapping[str, object]) -> Iterable[object]:
    listed = body.get("external_references", ())
    return listed if isinstance(listed, list) else ()


def _united(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(first + second))
