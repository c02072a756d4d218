"""EPSS scores of FIRST, CSV, usually gzip: a comment names the model and the day, then ``cve,epss,percentile``."""

import re
from collections.abc import Iterator, Mapping

from comity.errors import InvalidObjectError

from comity_feeds.authoring import Context
from comity_feeds.drafts import Draft, authored
from comity_feeds.options import FeedOptions
from comity_feeds.reading import lines, unpack
from comity_feeds.recognition import recognise_cve
from comity_feeds.record import FeedRecord
from comity_feeds.tables import named_rows
from comity_feeds.times import parse_time

_COLUMNS = ("cve", "epss", "percentile")
_DAY = re.compile(r"score_date:([0-9T:+Z-]+)")
_MODEL = re.compile(r"model_version:([\w.-]{1,40})")
_SCORE = re.compile(r"[01](?:\.[0-9]{1,20})?(?:[eE]-[0-9]{1,2})?")


def read(source: bytes, options: FeedOptions | Mapping[str, object]) -> Iterator[FeedRecord]:
    """Yield a vulnerability with its score for every row, and an error for every other."""
    settings = FeedOptions.of(options)
    return authored(_drafts(unpack(source, settings.limits)), settings)


def _drafts(body: bytes) -> Iterator[Draft | FeedRecord]:
    first = next(lines(body), "")
    about = first if first.startswith("#") else ""
    day, model = _DAY.search(about), _MODEL.search(about)
    changed = parse_time(day[1]) if day else None
    said = f" by model {model[1]}" if model else ""
    for row in named_rows(body, _COLUMNS, needed=_COLUMNS, header_in_comment=False):
        if isinstance(row, FeedRecord):
            yield row
            continue
        place, cells = row
        try:
            note = f"EPSS {_score(cells, 'epss')}, percentile {_score(cells, 'percentile')}{said}"
            context = Context(notes=(note,), changed=changed)
            yield Draft(place=place, subject=recognise_cve(cells.get("cve", "")), context=context)
        except InvalidObjectError as error:
            yield FeedRecord.refused(place, error)


def _score(cells: Mapping[str, str], name: str) -> str:
    text = cells.get(name, "")
    if not _SCORE.fullmatch(text) or float(text) > 1:
        raise InvalidObjectError(f"{name} is {text[:40]!r}, expected a number from 0 to 1")
    return text
