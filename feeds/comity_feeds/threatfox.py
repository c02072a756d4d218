"""ThreatFox of abuse.ch: the CSV with its header in a comment, the JSON export by number, and the answer of the API.

What ThreatFox lists expires six months after it was last seen, so that the indicator does too.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import chain

import msgspec
from comity.errors import InvalidObjectError

from comity_feeds.authoring import Context
from comity_feeds.drafts import Draft, authored
from comity_feeds.entries import Text, drafted, text_of
from comity_feeds.json_text import decoded, members
from comity_feeds.options import FeedOptions
from comity_feeds.reading import unpack
from comity_feeds.recognition import recognise
from comity_feeds.record import FeedRecord
from comity_feeds.tables import named_rows
from comity_feeds.times import time_or_none
from comity_feeds.words import listed_words, percent

_COLUMNS = (
    *("first_seen_utc", "ioc_id", "ioc_value", "ioc_type", "threat_type", "fk_malware", "malware_alias"),
    *("malware_printable", "last_seen_utc", "confidence_level", "is_compromised", "reference", "tags", "anonymous"),
    "reporter",
)
_KINDS = {
    "ip:port": "ip",
    "domain": "domain",
    "url": "url",
    "md5_hash": "file:md5",
    "sha1_hash": "file:sha1",
    "sha256_hash": "file:sha256",
}
_STANDS_FOR = timedelta(days=183)


class _Entry(msgspec.Struct):
    """An entry, under the names of the export or else of the API."""

    id: Text = None
    ioc_value: Text = None
    ioc: Text = None
    ioc_type: Text = None
    threat_type: Text = None
    malware_printable: Text = None
    first_seen_utc: Text = None
    first_seen: Text = None
    last_seen_utc: Text = None
    last_seen: Text = None
    confidence_level: Text = None
    is_compromised: bool | None = None
    reference: Text = None
    tags: list[str] | str | None = None

    def cells(self) -> Mapping[str, str]:
        """Return it as a row of the CSV."""
        tags = self.tags if isinstance(self.tags, str) else ",".join(self.tags or ())
        return {
            "ioc_id": text_of(self.id),
            "ioc_value": text_of(self.ioc_value or self.ioc),
            "ioc_type": text_of(self.ioc_type),
            "threat_type": text_of(self.threat_type),
            "malware_printable": text_of(self.malware_printable),
            "first_seen_utc": text_of(self.first_seen_utc or self.first_seen),
            "last_seen_utc": text_of(self.last_seen_utc or self.last_seen),
            "confidence_level": text_of(self.confidence_level),
            "is_compromised": "1" if self.is_compromised else "0",
            "reference": text_of(self.reference),
            "tags": text_of(tags),
        }


def read(source: bytes, options: FeedOptions | Mapping[str, object]) -> Iterator[FeedRecord]:
    """Yield an indicator for every entry of a kind that is read, and an error for every other.

    Raises:
        InvalidObjectError: the source is JSON, but none of ThreatFox.
    """
    settings = FeedOptions.of(options)
    body = unpack(source, settings.limits)
    return authored(_of_json(body) if body.lstrip().startswith(b"{") else _of_table(body), settings)


def _of_json(body: bytes) -> Iterator[Draft | FeedRecord]:
    document = members(body)
    if "query_status" in document:
        if document["query_status"] != b'"ok"':
            raise InvalidObjectError(f"ThreatFox answered {document['query_status'][:60]!r}, expected ok")
        groups = [("", decoded(document.get("data", b"[]"), list[msgspec.Raw]))]
    else:
        groups = [(number, decoded(raw, list[msgspec.Raw])) for number, raw in document.items()]
    places = chain.from_iterable(
        ((f"entry {number or place}", bytes(raw)) for place, raw in enumerate(raws, 1)) for number, raws in groups
    )
    return drafted(places, _Entry, lambda place, entry: [_draft(place, entry.cells())])


def _of_table(body: bytes) -> Iterator[Draft | FeedRecord]:
    for row in named_rows(body, _COLUMNS, needed=("ioc_value", "ioc_type")):
        if isinstance(row, FeedRecord):
            yield row
            continue
        try:
            yield _draft(*row)
        except InvalidObjectError as error:
            yield FeedRecord.refused(row[0], error)


def _draft(place: str, cells: Mapping[str, str]) -> Draft:
    kind = _KINDS.get(cells.get("ioc_type", ""))
    if kind is None:
        raise InvalidObjectError(f"ioc_type is {cells.get('ioc_type', '')[:40]!r}, expected one of {', '.join(_KINDS)}")
    found = recognise(cells.get("ioc_value", ""), kind)
    return Draft(place=place, subject=found.observable, context=_context(cells).noting(found.note))


def _context(cells: Mapping[str, str]) -> Context:
    first = time_or_none(cells.get("first_seen_utc", ""))
    last = time_or_none(cells.get("last_seen_utc", "")) or first
    compromised = cells.get("is_compromised", "").lower() in {"1", "true", "yes"}
    return Context(
        notes=("a compromised host of somebody else",) if compromised else (),
        first_seen=first,
        expires=_expiry(last),
        confidence=percent(cells.get("confidence_level", "")),
        labels=listed_words(cells.get("threat_type", ""), cells.get("malware_printable", ""), cells.get("tags", "")),
        references=tuple(filter(None, (cells.get("ioc_id", ""),))),
        links=(cells.get("reference", ""),),
    )


def _expiry(last: datetime | None) -> datetime | None:
    try:
        return last + _STANDS_FOR if last else None
    except OverflowError:
        return None
