"""OpenPhish: one URL a line and nothing else, so that a ``#`` is part of the URL and never a comment."""

from collections.abc import Iterator, Mapping

from comity.errors import InvalidObjectError

from comity_feeds.authoring import Context
from comity_feeds.drafts import Draft, authored
from comity_feeds.options import FeedOptions
from comity_feeds.reading import is_text, lines, unpack
from comity_feeds.recognition import recognise
from comity_feeds.record import FeedRecord

_CONTEXT = Context(labels=("phishing",))


def read(source: bytes, options: FeedOptions | Mapping[str, object]) -> Iterator[FeedRecord]:
    """Yield an indicator for every line, and an error for every one that is no URL."""
    settings = FeedOptions.of(options)
    return authored(_drafts(unpack(source, settings.limits)), settings)


def _drafts(body: bytes) -> Iterator[Draft | FeedRecord]:
    for number, line in enumerate(lines(body), 1):
        text, place = line.strip(), f"line {number}"
        if not text:
            continue
        if not is_text(text):
            yield FeedRecord.refused(place, "not UTF-8")
            continue
        try:
            yield Draft(place=place, subject=recognise(text, "url").observable, context=_CONTEXT)
        except InvalidObjectError as error:
            yield FeedRecord.refused(place, error)
