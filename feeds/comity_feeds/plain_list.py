"""A plain list: one value a line, with comments behind ``#`` or ``;``, as block lists and trail files are published."""

import re
from collections.abc import Iterator, Mapping

from comity.errors import InvalidObjectError

from comity_feeds.authoring import said
from comity_feeds.drafts import Draft, authored
from comity_feeds.options import FeedOptions
from comity_feeds.reading import is_text, lines, unpack
from comity_feeds.recognition import recognise
from comity_feeds.record import FeedRecord

_COMMENT = re.compile(r"^\s*(?:[#;]|//)|(?<=\s)#|(?<=\s);")
_MARGIN = " \t\r\n\f\v\u00a0"


def read(source: bytes, options: FeedOptions | Mapping[str, object]) -> Iterator[FeedRecord]:
    """Yield an object for every observable of the list, and an error for every other line that is no comment."""
    settings = FeedOptions.of(options)
    return authored(_drafts(unpack(source, settings.limits), settings), settings)


def _drafts(body: bytes, options: FeedOptions) -> Iterator[Draft | FeedRecord]:
    for number, line in enumerate(lines(body), 1):
        value, note = _parts(line)
        if value:
            yield _draft(f"line {number}", value, note=note, options=options)


def _parts(line: str) -> tuple[str, str]:
    """Return the value of a line and the comment behind it; a ``#`` inside a word is part of the word."""
    found = _COMMENT.search(line)
    if not found:
        return line.strip(_MARGIN), ""
    return line[: found.start()].strip(_MARGIN), line[found.end() :].strip(_MARGIN)


def _draft(place: str, value: str, *, note: str, options: FeedOptions) -> Draft | FeedRecord:
    if not is_text(value + note):
        return FeedRecord.refused(place, "not UTF-8")
    try:
        found = recognise(value, options.kind, scheme=options.scheme)
    except InvalidObjectError as error:
        return FeedRecord.refused(place, error)
    return Draft(place=place, subject=found.observable, context=said(found.note, note))
