"""STIX 2.1 objects made of what a source says; the same source and the same observable make the same identifier."""

import hashlib
import re
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache

import msgspec
from comity.dedup.canonical import Observable
from comity.dedup.patterns import pattern_for
from comity.domain.tlp import TLP, strictest
from comity.stix.markings import TLP_MARKINGS

from comity_feeds.options import FeedOptions
from comity_feeds.times import stix_time

NAMESPACE = uuid.UUID("5d0c1a52-3f5e-4f0a-9c67-1f4b8a6f2e90")
"""The namespace of the identifiers of all that feeds author."""

_LINK = re.compile(r"https?://[!-~]{1,2000}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What is detected by more than one value: a pattern that stays as the source wrote it, or a certificate or path.

    ``pattern_type`` is a term of pattern-type-ov (STIX 2.1, 10.18). Rules of one key are one, as revisions are.
    """

    key: str
    name: str = field(compare=False)
    pattern: str = field(compare=False)
    pattern_type: str = "stix"


Subject = Observable | Rule
"""What a source says something about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a source says of an observable or a rule, beside the thing itself."""

    name: str | None = None
    notes: tuple[str, ...] = ()
    first_seen: datetime | None = None
    changed: datetime | None = None
    expires: datetime | None = None
    """When the source itself stops standing by it."""
    confidence: int | None = None
    tlp: TLP | None = None
    labels: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    """Identifiers under which the source knows it."""
    links: tuple[str, ...] = ()
    """Pages about it; what is no web address is left out."""
    withdrawn: bool = False

    def noting(self, note: str) -> "Context":
        """Return this context with *note* behind its texts, unless it is empty."""
        if not note:
            return self
        return replace(self, notes=_united(self.notes, (note,)))

    def merged(self, other: "Context") -> "Context":
        """Return what both say together: all texts, the earliest sight, the lower confidence, the stricter label."""
        return Context(
            name=self.name or other.name,
            notes=_united(self.notes, other.notes),
            first_seen=min(filter(None, (self.first_seen, other.first_seen)), default=None),
            changed=max(filter(None, (self.changed, other.changed)), default=None),
            expires=max(self.expires, other.expires) if self.expires and other.expires else None,
            confidence=min((each for each in (self.confidence, other.confidence) if each is not None), default=None),
            tlp=strictest_stated(self.tlp, other.tlp),
            labels=_united(self.labels, other.labels),
            references=_united(self.references, other.references),
            links=_united(self.links, other.links),
            withdrawn=self.withdrawn and other.withdrawn,
        )


_BARE = Context()


def said(*notes: str) -> Context:
    """Return the context of something of which a source says *notes* and nothing else; empty ones are left out."""
    found = tuple(dict.fromkeys(note for note in notes if note))
    return Context(notes=found) if found else _BARE


def strictest_stated(*labels: TLP | None) -> TLP | None:
    """Return the most restrictive label among those stated, or ``None`` when none is."""
    stated = [each for each in labels if each is not None]
    return strictest(stated) if stated else None


def author(subject: Subject, context: Context, *, options: FeedOptions) -> bytes:
    """Return the vulnerability, or else the indicator, that *subject* is."""
    match subject:
        case Observable(kind="vulnerability"):
            properties = _vulnerability(subject, options)
        case Observable():
            rule = Rule(key="", name=subject.value, pattern=pattern_for(subject))
            properties = _indicator(rule, context, identifier=id_of(subject, options), options=options)
        case Rule():
            properties = _indicator(subject, context, identifier=id_of(subject, options), options=options)
    if context.withdrawn:
        properties["revoked"] = True
    return stix_object(properties, context, options=options)


def stix_object(properties: Mapping[str, object], context: Context, *, options: FeedOptions) -> bytes:
    """Return *properties*, which hold type and id, with all that every authored object has."""
    modified = context.changed or options.received_at
    body: dict[str, object] = {
        **properties,
        "spec_version": "2.1",
        "created": stix_time(_created(context, options)),
        "modified": stix_time(modified),
    }
    if options.created_by:
        body["created_by_ref"] = options.created_by
    if context.notes:
        body["description"] = "\n".join(context.notes)
    if context.confidence is not None:
        body["confidence"] = context.confidence
    if context.labels:
        body["labels"] = list(context.labels)
    if (context.references or context.links) and (more := list(_references(context, options))):
        body["external_references"] = [*_listed(body), *more]
    if markings := _markings(context.tlp, options.tlp, options.markings):
        body["object_marking_refs"] = markings
    return msgspec.json.encode(body)


def stix_id(stix_type: str, options: FeedOptions, *names: str) -> str:
    """Return the identifier of what the source calls *names*: the same at every reading by the same member.

    Two members that read one source make objects of their own, as every object has one owner.
    """
    return f"{stix_type}--{_uuid5(msgspec.json.encode([options.member, options.source, *names]))}"


def _uuid5(name: bytes) -> str:
    """Return the name-based UUID of *name* (RFC 9562, 5.5), as ``uuid.uuid5`` does in four times the time."""
    digest = hashlib.sha1(NAMESPACE.bytes + name, usedforsecurity=False).digest()
    number = int.from_bytes(digest[:16], "big")
    number = number & ~(0xF000 << 64) & ~(0xC000 << 48) | 5 << 76 | 2 << 62
    text = f"{number:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def id_of(subject: Subject, options: FeedOptions) -> str:
    """Return the identifier of the object that *subject* is authored as."""
    match subject:
        case Observable(kind="vulnerability"):
            return stix_id("vulnerability", options, str(subject))
        case Observable():
            return stix_id("indicator", options, str(subject))
        case Rule():
            return stix_id("indicator", options, subject.pattern_type, subject.key)


def _indicator(rule: Rule, context: Context, *, identifier: str, options: FeedOptions) -> dict[str, object]:
    since = context.first_seen or _created(context, options)
    properties: dict[str, object] = {
        "type": "indicator",
        "id": identifier,
        "name": context.name or rule.name,
        "indicator_types": list(options.indicator_types),
        "pattern": rule.pattern,
        "pattern_type": rule.pattern_type,
        "valid_from": stix_time(since),
    }
    if context.expires is not None and context.expires > since:
        properties["valid_until"] = stix_time(context.expires)
    return properties


def _vulnerability(observable: Observable, options: FeedOptions) -> dict[str, object]:
    return {
        "type": "vulnerability",
        "id": id_of(observable, options),
        "name": observable.value,
        "external_references": [{"source_name": "cve", "external_id": observable.value}],
    }


@lru_cache(maxsize=256)
def _markings(stated: TLP | None, of_source: TLP | None, further: tuple[str, ...]) -> tuple[str, ...]:
    tlp = strictest_stated(stated, of_source)
    return tuple(dict.fromkeys((*((TLP_MARKINGS[tlp],) if tlp is not None else ()), *further)))


def _created(context: Context, options: FeedOptions) -> datetime:
    """Return a time that stays the same at later readings, as the creation of an object must."""
    return min(options.since or options.received_at, context.changed or options.received_at)


def _references(context: Context, options: FeedOptions) -> Iterator[dict[str, str]]:
    for identifier in context.references:
        yield {"source_name": options.source, "external_id": identifier}
    for link in filter(_LINK.fullmatch, context.links):
        yield {"source_name": options.source, "url": link}


def _listed(body: Mapping[str, object]) -> Iterable[object]:
    listed = body.get("external_references", ())
    return listed if isinstance(listed, list) else ()


def _united(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(first + second))
