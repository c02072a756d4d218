"""Shadowserver reports, CSV: hosts of one's own constituency that are compromised, vulnerable or exposed.

The columns differ from report to report; those that most have in common are read, and what the others say of the row is
kept as a text. A row is about a victim, so that its indicator says ``compromised``, whatever the source is set to say.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from comity.errors import InvalidObjectError

from comity_feeds.authoring import Context
from comity_feeds.drafts import Draft, authored
from comity_feeds.options import FeedOptions
from comity_feeds.reading import unpack
from comity_feeds.recognition import recognise
from comity_feeds.record import FeedRecord
from comity_feeds.tables import TableLines, rows
from comity_feeds.times import time_or_none
from comity_feeds.words import listed_words

_ADDRESS = ("ip", "src_ip", "device_ip")
_NOTED = ("port", "src_port", "protocol", "hostname", "asn", "infection", "family", "application", "dst_ip", "severity")


def read(source: bytes, options: FeedOptions | Mapping[str, object]) -> Iterator[FeedRecord]:
    """Yield an indicator for every host, and an error for every other row.

    Raises:
        InvalidObjectError: the table has no column of hosts.
    """
    settings = replace(FeedOptions.of(options), indicator_types=("compromised",))
    return authored(_drafts(unpack(source, settings.limits)), settings)


def _drafts(body: bytes) -> Iterator[Draft | FeedRecord]:
    header: tuple[str, ...] | None = None
    for row in rows(TableLines(body, "#"), ","):
        if isinstance(row, FeedRecord):
            yield row
            continue
        place, cells = row
        if header is None:
            header = tuple(cell.lower() for cell in cells)
            if not set(header) & set(_ADDRESS):
                raise InvalidObjectError(f"table has no column {' or '.join(_ADDRESS)}")
            continue
        try:
            yield _draft(place, dict(zip(header, cells, strict=False)))
        except InvalidObjectError as error:
            yield FeedRecord.refused(place, error)


def _draft(place: str, cells: Mapping[str, str]) -> Draft:
    address = next((cells[name] for name in _ADDRESS if cells.get(name)), "")
    context = Context(
        notes=tuple(f"{name} {cells[name]}" for name in _NOTED if cells.get(name)),
        first_seen=time_or_none(cells.get("timestamp", "")),
        labels=listed_words(cells.get("tag", "").replace(";", ",")),
    )
    return Draft(place=place, subject=recognise(address, "ip").observable, context=context)
