"""SSLBL CSV of abuse.ch: certificates of command servers by SHA-1, or the addresses that presented them."""

import re
from collections.abc import Iterator, Mapping

from comity.errors import InvalidObjectError

from comity_feeds.authoring import Context, Rule
from comity_feeds.drafts import Draft, authored
from comity_feeds.options import FeedOptions
from comity_feeds.reading import unpack
from comity_feeds.recognition import recognise
from comity_feeds.record import FeedRecord
from comity_feeds.tables import TableLines, rows
from comity_feeds.times import parse_time

_SHA1 = re.compile(r"[0-9a-fA-F]{40}")
_COLUMNS = 3


def read(source: bytes, options: FeedOptions | Mapping[str, object]) -> Iterator[FeedRecord]:
    """Yield an indicator for every certificate or address, and an error for every other row."""
    settings = FeedOptions.of(options)
    return authored(_drafts(unpack(source, settings.limits)), settings)


def _drafts(body: bytes) -> Iterator[Draft | FeedRecord]:
    for row in rows(TableLines(body, "#"), ","):
        if isinstance(row, FeedRecord):
            yield row
            continue
        place, cells = row
        try:
            yield _draft(place, cells)
        except InvalidObjectError as error:
            yield FeedRecord.refused(place, error)


def _draft(place: str, cells: tuple[str, ...]) -> Draft:
    """Return the draft of ``Listingdate,SHA1,Listingreason`` or of ``Firstseen,DstIP,DstPort``."""
    if len(cells) != _COLUMNS:
        raise InvalidObjectError(f"row has {len(cells)} cells, expected a time, a SHA-1 or address, a reason or port")
    seen, value, said = cells
    context = Context(first_seen=parse_time(seen))
    if _SHA1.fullmatch(value):
        pattern = f"[x509-certificate:hashes.'SHA-1' = '{value.lower()}']"
        rule = Rule(key=pattern, name=f"certificate {value.lower()}", pattern=pattern)
        return Draft(place=place, subject=rule, context=context.noting(said))
    return Draft(place=place, subject=recognise(value, "ip").observable, context=context.noting(f"port {said}"))
