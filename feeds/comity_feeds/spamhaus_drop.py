"""Spamhaus DROP for IPv4, IPv6 and autonomous systems: JSON Lines, of which the last is about the list itself.

Spamhaus asks to fetch it at most once an hour, and bans who does so more often.
"""

from collections.abc import Iterator, Mapping

import msgspec
from comity.errors import InvalidObjectError

from comity_feeds.authoring import Context, Rule, Subject
from comity_feeds.drafts import Draft, authored
from comity_feeds.entries import drafted, listed_or_lines
from comity_feeds.options import FeedOptions
from comity_feeds.reading import unpack
from comity_feeds.recognition import recognise
from comity_feeds.record import FeedRecord

_HIGHEST_AS = 0xFFFF_FFFF


class _Line(msgspec.Struct):
    type: str = ""
    cidr: str | None = None
    asn: int | None = None
    sblid: str = ""
    asname: str = ""


def read(source: bytes, options: FeedOptions | Mapping[str, object]) -> Iterator[FeedRecord]:
    """Yield an indicator for every network or system, and an error for every other line but the one of the list.

    Raises:
        InvalidObjectError: the source does not begin with a JSON object.
    """
    settings = FeedOptions.of(options)
    return authored(drafted(listed_or_lines(unpack(source, settings.limits)), _Line, _draft), settings)


def _draft(place: str, line: _Line) -> Iterator[Draft]:
    if line.type == "metadata":
        return
    note = line.asname or line.sblid
    context = Context(notes=(note,) if note else (), references=(line.sblid,) if line.sblid else ())
    yield Draft(place=place, subject=_subject(line), context=context)


def _subject(line: _Line) -> Subject:
    if line.cidr is not None:
        return recognise(line.cidr, "ip").observable
    if line.asn is not None and 0 < line.asn <= _HIGHEST_AS:
        return Rule(key=f"AS{line.asn}", name=f"AS{line.asn}", pattern=f"[autonomous-system:number = {line.asn}]")
    raise InvalidObjectError("line has neither a network in cidr nor a number in asn")
