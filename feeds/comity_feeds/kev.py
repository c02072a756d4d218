"""CISA's catalogue of known exploited vulnerabilities, JSON."""

from collections.abc import Iterator, Mapping

import msgspec

from comity_feeds.authoring import Context
from comity_feeds.drafts import Draft, authored
from comity_feeds.entries import drafted, numbered
from comity_feeds.json_text import decoded
from comity_feeds.options import FeedOptions
from comity_feeds.reading import unpack
from comity_feeds.recognition import recognise_cve
from comity_feeds.record import FeedRecord
from comity_feeds.times import time_or_none

EXPLOITED = "known-exploited"
"""The label of a vulnerability that is known to be exploited."""


class _Catalogue(msgspec.Struct):
    vulnerabilities: list[msgspec.Raw]


class _Entry(msgspec.Struct, rename={"cve": "cveID", "name": "vulnerabilityName"}):
    cve: str
    name: str = ""
    shortDescription: str = ""  # noqa: N815  # the catalogue's own names
    requiredAction: str = ""  # noqa: N815
    dateAdded: str = ""  # noqa: N815
    dueDate: str = ""  # noqa: N815
    knownRansomwareCampaignUse: str = ""  # noqa: N815


def read(source: bytes, options: FeedOptions | Mapping[str, object]) -> Iterator[FeedRecord]:
    """Yield a vulnerability for every entry of the catalogue, and an error for every other.

    Raises:
        InvalidObjectError: the source is no such catalogue.
    """
    settings = FeedOptions.of(options)
    catalogue = decoded(unpack(source, settings.limits), _Catalogue)
    return authored(drafted(numbered(catalogue.vulnerabilities), _Entry, _draft), settings)


def _draft(place: str, entry: _Entry) -> Iterator[Draft]:
    due = f"Due {entry.dueDate}: {entry.requiredAction}" if entry.requiredAction else ""
    ransomware = ("ransomware",) if entry.knownRansomwareCampaignUse == "Known" else ()
    context = Context(
        notes=tuple(filter(None, (entry.name, entry.shortDescription, due))),
        first_seen=time_or_none(entry.dateAdded),
        labels=(EXPLOITED, *ransomware),
    )
    yield Draft(place=place, subject=recognise_cve(entry.cve), context=context)
