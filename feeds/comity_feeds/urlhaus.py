"""URLhaus CSV of abuse.ch: one malware URL a row, the header in a comment, tags with commas between them."""

from collections.abc import Iterator, Mapping

from comity.errors import InvalidObjectError

from comity_feeds.authoring import Context
from comity_feeds.drafts import Draft, authored
from comity_feeds.options import FeedOptions
from comity_feeds.reading import unpack
from comity_feeds.recognition import recognise
from comity_feeds.record import FeedRecord
from comity_feeds.tables import named_rows
from comity_feeds.times import time_or_none
from comity_feeds.words import listed_words

_COLUMNS = ("id", "dateadded", "url", "url_status", "last_online", "threat", "tags", "urlhaus_link", "reporter")


def read(source: bytes, options: FeedOptions | Mapping[str, object]) -> Iterator[FeedRecord]:
    """Yield an indicator for every URL, and an error for every other row."""
    settings = FeedOptions.of(options)
    return authored(_drafts(unpack(source, settings.limits)), settings)


def _drafts(body: bytes) -> Iterator[Draft | FeedRecord]:
    for row in named_rows(body, _COLUMNS, needed=("id", "url")):
        if isinstance(row, FeedRecord):
            yield row
            continue
        place, cells = row
        try:
            yield Draft(place=place, subject=recognise(cells.get("url", ""), "url").observable, context=_context(cells))
        except InvalidObjectError as error:
            yield FeedRecord.refused(place, error)


def _context(cells: Mapping[str, str]) -> Context:
    status = cells.get("url_status", "")
    return Context(
        notes=(f"URLhaus status: {status}",) if status else (),
        first_seen=time_or_none(cells.get("dateadded", "")),
        labels=listed_words(cells.get("threat", ""), cells.get("tags", "")),
        references=tuple(filter(None, (cells.get("id", ""),))),
        links=(cells.get("urlhaus_link", ""),),
    )
