"""MISP events in the core format: attributes, also those of objects, with the TLP of their tags; one report an event.

An attribute that is not meant for detection (``to_ids``) is context, and is refused by name rather than authored as
an indicator that would block it. The report names the event and refers to all that was authored of it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec
from comity.errors import InvalidObjectError

from comity_feeds.authoring import Context, id_of, stix_id, stix_object
from comity_feeds.drafts import Draft, authored, sized
from comity_feeds.json_text import decoded, members
from comity_feeds.misp_fields import Attribute, Event, Object, context_of, observables_of
from comity_feeds.options import FeedOptions
from comity_feeds.reading import unpack
from comity_feeds.record import FeedRecord
from comity_feeds.times import stix_time


@dataclass(frozen=True, slots=True, kw_only=True)
class _Report:
    """An event, and the ids of what was authored of it."""

    place: str
    event: Event
    context: Context
    refs: dict[str, None]


def read(source: bytes, options: FeedOptions | Mapping[str, object]) -> Iterator[FeedRecord]:
    """Yield an object for every observable of the events, a report an event, and an error for every other attribute.

    Raises:
        InvalidObjectError: the source is no MISP event, nor a list or a response of events.
    """
    settings = FeedOptions.of(options)
    return _records(_events(unpack(source, settings.limits)), settings)


def _records(events: list[bytes], options: FeedOptions) -> Iterator[FeedRecord]:
    reports: list[_Report] = []
    yield from authored(_drafts(events, reports, options), options)
    for report in reports:
        yield _report(report, options)


def _events(body: bytes) -> list[bytes]:
    """Return the events in the shapes in which servers, feeds and exports give them."""
    if body.lstrip().startswith(b"["):
        return [_event(bytes(each)) for each in decoded(body, list[msgspec.Raw])]
    document = members(body)
    if "response" in document:
        return _events(document["response"])
    return [_event(body)]


def _event(text: bytes) -> bytes:
    document = members(text)
    event = document.get("Event", text if "info" in document else None)
    if event is None:
        raise InvalidObjectError(f"JSON has {', '.join(document)[:80]!r}, expected a MISP event")
    members(event)
    return event


def _drafts(events: list[bytes], reports: list[_Report], options: FeedOptions) -> Iterator[Draft | FeedRecord]:
    for number, text in enumerate(events, 1):
        place = f"event {number}"
        try:
            event = decoded(text, Event)
            report = _Report(place=place, event=event, context=context_of(event, Context()), refs={})
        except InvalidObjectError as error:
            yield FeedRecord.refused(place, error)
            continue
        reports.append(report)
        for draft in _of_event(report):
            yield draft
            if isinstance(draft, Draft):
                report.refs[id_of(draft.observable, options)] = None


def _of_event(report: _Report) -> Iterator[Draft | FeedRecord]:
    yield from _of_attributes(report.event.attributes, report.place, report.context)
    for number, raw in enumerate(report.event.objects, 1):
        place = f"{report.place}, object {number}"
        try:
            group = decoded(bytes(raw), Object)
            context = context_of(group, report.context)
        except InvalidObjectError as error:
            yield FeedRecord.refused(place, error)
            continue
        yield from _of_attributes(group.attributes, place, context)


def _of_attributes(raws: list[msgspec.Raw], place: str, around: Context) -> Iterator[Draft | FeedRecord]:
    for number, raw in enumerate(raws, 1):
        yield from _of_attribute(bytes(raw), f"{place}, attribute {number}", around)


def _of_attribute(raw: bytes, place: str, around: Context) -> Iterator[Draft | FeedRecord]:
    try:
        members(raw)
        attribute = decoded(raw, Attribute)
        context = context_of(attribute, around)
        found = observables_of(attribute)
    except InvalidObjectError as error:
        yield FeedRecord.refused(place, error)
        return
    for observable, note in found:
        yield Draft(place=place, observable=observable, context=context.noting(note))


def _report(report: _Report, options: FeedOptions) -> FeedRecord:
    event = report.event
    if not report.refs:
        return FeedRecord.refused(report.place, "no observable to report on")
    properties = {
        "type": "report",
        "id": stix_id("report", options, "misp event", event.uuid or event.info),
        "name": event.info,
        "published": stix_time(_published(report, options)),
        "object_refs": list(report.refs),
    }
    return sized((report.place,), stix_object(properties, report.context, options=options), options.limits)


def _published(report: _Report, options: FeedOptions) -> datetime:
    return report.context.changed or options.received_at
