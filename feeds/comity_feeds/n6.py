"""n6 events of NASK: JSON objects, one a line or in a list; an event has several addresses and a restriction.

The restriction is read as TLP: ``public`` as CLEAR, ``need-to-know`` as AMBER, ``internal`` as RED; anything else
refuses the event. The name of the source may be hidden, and is kept as it is.
"""

from collections.abc import Iterator, Mapping

import msgspec
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
from comity_feeds.words import listed_words

_RESTRICTIONS = {"public": TLP.CLEAR, "need-to-know": TLP.AMBER, "internal": TLP.RED}
_CONFIDENCE = {"low": 15, "medium": 50, "high": 85}
"""The words as STIX numbers (STIX 2.1, Appendix A)."""


class _Address(msgspec.Struct):
    ip: str
    dir: str = "src"


class _Event(msgspec.Struct):
    id: str
    restriction: str
    source: str = ""
    confidence: str = ""
    category: str = ""
    time: str = ""
    name: str | None = None
    status: str | None = None
    dport: Text = None
    address: list[_Address] = []
    fqdn: str | None = None
    url: str | None = None
    md5: str | None = None
    sha1: str | None = None
    sha256: str | None = None
    expires: str | None = None


def read(source: bytes, options: FeedOptions | Mapping[str, object]) -> Iterator[FeedRecord]:
    """Yield an object for every observable of every event, and an error for all else.

    Raises:
        InvalidObjectError: the source is neither a JSON list nor JSON Lines.
    """
    settings = FeedOptions.of(options)
    return authored(drafted(listed_or_lines(unpack(source, settings.limits)), _Event, _of_event), settings)


def _of_event(place: str, event: _Event) -> Iterator[Draft | FeedRecord]:
    context = _context(event)
    values = [*(("ip", each.ip) for each in event.address if each.dir == "src"), *_single(event)]
    if not values:
        raise InvalidObjectError("event has no address, name, URL or hash")
    for number, (kind, value) in enumerate(values, 1):
        at = f"{place}, value {number}"
        try:
            yield Draft(place=at, subject=recognise(value, kind).observable, context=context)
        except InvalidObjectError as error:
            yield FeedRecord.refused(at, error)


def _single(event: _Event) -> Iterator[tuple[str, str]]:
    named = {"domain": event.fqdn, "url": event.url, "file:md5": event.md5, "file:sha1": event.sha1}
    named["file:sha256"] = event.sha256
    return ((kind, value) for kind, value in named.items() if value)


def _context(event: _Event) -> Context:
    if event.restriction not in _RESTRICTIONS:
        raise InvalidObjectError(f"restriction is {event.restriction[:40]!r}, expected {', '.join(_RESTRICTIONS)}")
    said = {"source": event.source, "port": text_of(event.dport), "status": event.status}
    return Context(
        notes=tuple(f"{name} {value}" for name, value in said.items() if value),
        first_seen=time_or_none(event.time),
        expires=time_or_none(event.expires or ""),
        confidence=_CONFIDENCE.get(event.confidence),
        tlp=_RESTRICTIONS[event.restriction],
        labels=listed_words(event.category, event.name or ""),
        references=(event.id,),
    )
