"""Feodo Tracker JSON of abuse.ch: botnet command servers; host name and times may be missing."""

from collections.abc import Iterator, Mapping

import msgspec

from comity_feeds.authoring import Context
from comity_feeds.drafts import Draft, authored
from comity_feeds.entries import Text, drafted, listed, text_of
from comity_feeds.options import FeedOptions
from comity_feeds.reading import unpack
from comity_feeds.recognition import recognise
from comity_feeds.record import FeedRecord
from comity_feeds.times import time_or_none
from comity_feeds.words import listed_words


class _Server(msgspec.Struct):
    ip_address: str
    port: Text = None
    status: Text = None
    hostname: Text = None
    malware: Text = None
    first_seen: Text = None


def read(source: bytes, options: FeedOptions | Mapping[str, object]) -> Iterator[FeedRecord]:
    """Yield an indicator for every address, and an error for every other entry.

    Raises:
        InvalidObjectError: the source is no JSON list.
    """
    settings = FeedOptions.of(options)
    return authored(drafted(listed(unpack(source, settings.limits)), _Server, _draft), settings)


def _draft(place: str, server: _Server) -> Iterator[Draft]:
    said = {"port": server.port, "status": server.status, "host name": server.hostname}
    context = Context(
        notes=tuple(f"{name} {text_of(value)}" for name, value in said.items() if text_of(value)),
        first_seen=time_or_none(text_of(server.first_seen)),
        labels=listed_words("c2", text_of(server.malware)),
    )
    yield Draft(place=place, subject=recognise(server.ip_address, "ip").observable, context=context)
