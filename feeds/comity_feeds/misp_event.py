"""MISP events in the core format: attributes, also those of objects, with the TLP of their tags; one report an event.

An attribute that is not meant for detection (``to_ids``) is context, and is refused by name rather than authored as
an indicator that would block it. The report names the event and refers to all that was authored of it.
"""

from collections.abc import Iterator, Mapping

import msgspec
from comity.errors import InvalidObjectError

from comity_feeds.authoring import Context
from comity_feeds.drafts import Draft
from comity_feeds.json_text import decoded, members
from comity_feeds.misp_fields import Attribute, Event, Object, context_of, observables_of
from comity_feeds.options import FeedOptions
from comity_feeds.reading import unpack
from comity_feeds.record import FeedRecord
from comity_feeds.reports import Report, Reported, reported


def read(source: bytes, options: FeedOptions | Mapping[str, object]) -> Iterator[FeedRecord]:
    """Yield an object for every observable of the events, a report an event, and an error for every other attribute.

    Raises:
        InvalidObjectError: the source is no MISP event, nor a list or a response of events.
    """
    settings = FeedOptions.of(options)
    return reported(_documents(_events(unpack(source, settings.limits))), settings)


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


def _documents(events: list[bytes]) -> Iterator[Reported | FeedRecord]:
    for number, text in enumerate(events, 1):
        place = f"event {number}"
        try:
            event = decoded(text, Event)
            context = context_of(event, Context())
        except InvalidObjectError as error:
            yield FeedRecord.refused(place, error)
            continue
        report = Report(place=place, key=event.uuid or event.info, name=event.info, context=context)
        yield report, _of_event(event, place, context)


def _of_event(event: Event, place: str, around: Context) -> Iterator[Draft | FeedRecord]:
    yield from _of_attributes(event.attributes, place, around)
    for number, raw in enumerate(event.objects, 1):
        at = f"{place}, object {number}"
        try:
            group = decoded(bytes(raw), Object)
            context = context_of(group, around)
        except InvalidObjectError as error:
            yield FeedRecord.refused(at, error)
            continue
        yield from _of_attributes(group.attributes, at, context)


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
        yield Draft(place=place, subject=observable, context=context.noting(note))
