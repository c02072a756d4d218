"""IntelMQ events: JSON objects with dotted keys, one a line or in a list; the source of an event is what acts."""

from collections.abc import Iterator, Mapping

from comity.domain.tlp import TLP
from comity.errors import InvalidObjectError

from comity_feeds.authoring import Context
from comity_feeds.drafts import Draft, authored
from comity_feeds.entries import Text, drafted, listed_or_lines, text_of
from comity_feeds.options import FeedOptions
from comity_feeds.reading import unpack
from comity_feeds.recognition import recognise
from comity_feeds.record import FeedRecord
from comity_feeds.times import time_or_none
from comity_feeds.words import listed_words, percent

_KINDS = {
    "source.ip": "ip",
    "source.network": "ip",
    "source.fqdn": "domain",
    "source.url": "url",
    "malware.hash.md5": "file:md5",
    "malware.hash.sha1": "file:sha1",
    "malware.hash.sha256": "file:sha256",
}
_NOTED = ("event_description.text", "source.port", "destination.ip", "destination.fqdn", "destination.port", "status")
_LABELS = ("classification.type", "classification.taxonomy", "malware.name")
_Event = dict[str, Text | bool | list[object] | dict[str, object]]


def read(source: bytes, options: FeedOptions | Mapping[str, object]) -> Iterator[FeedRecord]:
    """Yield an object for every observable on the acting side of every event, and an error for all else.

    Raises:
        InvalidObjectError: the source is neither a JSON list nor JSON Lines.
    """
    settings = FeedOptions.of(options)
    return authored(drafted(listed_or_lines(unpack(source, settings.limits)), _Event, _of_event), settings)


def _of_event(place: str, event: _Event) -> Iterator[Draft | FeedRecord]:
    context = _context(event)
    found = {key: kind for key, kind in _KINDS.items() if _cell(event, key)}
    if not found:
        raise InvalidObjectError(f"event has none of {', '.join(_KINDS)}")
    for key, kind in found.items():
        at = f"{place}, {key}"
        try:
            yield Draft(place=at, subject=recognise(_cell(event, key), kind).observable, context=context)
        except InvalidObjectError as error:
            yield FeedRecord.refused(at, error)


def _context(event: _Event) -> Context:
    notes = (f"{key} {_cell(event, key)}" for key in _NOTED if _cell(event, key))
    return Context(
        notes=tuple(note.removeprefix("event_description.text ") for note in notes),
        first_seen=time_or_none(_cell(event, "time.source")),
        confidence=percent(_cell(event, "feed.accuracy")),
        tlp=_tlp(_cell(event, "tlp")),
        labels=listed_words(*(_cell(event, key) for key in _LABELS)),
        references=tuple(filter(None, (_cell(event, "event_hash"),))),
    )


def _cell(event: _Event, key: str) -> str:
    value = event.get(key)
    return text_of(value) if isinstance(value, str | int | float) else ""


def _tlp(text: str) -> TLP | None:
    try:
        return TLP.parse(text) if text else None
    except ValueError as error:
        raise InvalidObjectError(str(error)) from error
