"""NVD API 2.0: one page of vulnerabilities, JSON; a rejected one is a vulnerability that is withdrawn."""

from collections.abc import Iterator, Mapping

import msgspec

from comity_feeds.authoring import Context
from comity_feeds.drafts import Draft, authored
from comity_feeds.entries import Text, drafted, numbered, text_of
from comity_feeds.json_text import decoded
from comity_feeds.options import FeedOptions
from comity_feeds.reading import unpack
from comity_feeds.recognition import recognise_cve
from comity_feeds.record import FeedRecord
from comity_feeds.times import time_or_none

_MOST_LINKS = 20
_METRICS = ("cvssMetricV40", "cvssMetricV31", "cvssMetricV30", "cvssMetricV2")
"""The versions of CVSS, the newest first."""


class _Page(msgspec.Struct):
    vulnerabilities: list[msgspec.Raw]


class _Said(msgspec.Struct):
    lang: str
    value: str


class _Link(msgspec.Struct):
    url: str = ""


class _Score(msgspec.Struct, rename="camel"):
    base_score: Text = None
    vector_string: str = ""


class _Metric(msgspec.Struct, rename="camel"):
    cvss_data: _Score


class _CVE(msgspec.Struct, rename={"status": "vulnStatus", "modified": "lastModified"}):
    id: str
    status: str = ""
    published: str = ""
    modified: str = ""
    descriptions: list[_Said] = []
    references: list[_Link] = []
    metrics: dict[str, msgspec.Raw] = {}


class _Entry(msgspec.Struct):
    cve: _CVE


def read(source: bytes, options: FeedOptions | Mapping[str, object]) -> Iterator[FeedRecord]:
    """Yield a vulnerability for every entry of the page, and an error for every other.

    Raises:
        InvalidObjectError: the source is no page of the API.
    """
    settings = FeedOptions.of(options)
    page = decoded(unpack(source, settings.limits), _Page)
    return authored(drafted(numbered(page.vulnerabilities), _Entry, _draft), settings)


def _draft(place: str, entry: _Entry) -> Iterator[Draft]:
    cve = entry.cve
    description = next((said.value for said in cve.descriptions if said.lang == "en"), "")
    context = Context(
        notes=tuple(filter(None, (description, _scored(cve)))),
        first_seen=time_or_none(cve.published),
        changed=time_or_none(cve.modified),
        links=tuple(link.url for link in cve.references[:_MOST_LINKS]),
        withdrawn=cve.status == "Rejected",
    )
    yield Draft(place=place, subject=recognise_cve(cve.id), context=context)


def _scored(cve: _CVE) -> str:
    for name in _METRICS:
        for metric in decoded(bytes(cve.metrics[name]), list[_Metric]) if name in cve.metrics else ():
            return f"CVSS {text_of(metric.cvss_data.base_score)} {metric.cvss_data.vector_string}".strip()
    return ""
