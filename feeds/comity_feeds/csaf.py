"""Security advisories in CSAF 2.0 and 2.1 (OASIS): a vulnerability for each that is numbered, a report an advisory."""

from collections.abc import Iterator, Mapping

import msgspec
from comity.domain.tlp import TLP
from comity.errors import InvalidObjectError

from comity_feeds.authoring import Context
from comity_feeds.drafts import Draft
from comity_feeds.entries import drafted, numbered
from comity_feeds.json_text import decoded, members
from comity_feeds.options import FeedOptions
from comity_feeds.reading import unpack
from comity_feeds.recognition import recognise_cve
from comity_feeds.record import FeedRecord
from comity_feeds.reports import Report, Reported, reported
from comity_feeds.times import time_or_none


class _Label(msgspec.Struct):
    label: str | None = None


class _Distribution(msgspec.Struct):
    tlp: _Label = msgspec.field(default_factory=_Label)


class _Tracking(msgspec.Struct):
    id: str
    status: str = ""
    current_release_date: str = ""


class _Link(msgspec.Struct):
    url: str = ""


class _Note(msgspec.Struct):
    text: str = ""
    category: str = ""


class _About(msgspec.Struct):
    title: str
    tracking: _Tracking
    csaf_version: str
    distribution: _Distribution = msgspec.field(default_factory=_Distribution)
    references: list[_Link] = []


class _Advisory(msgspec.Struct):
    document: _About
    vulnerabilities: list[msgspec.Raw] = []


class _Vulnerability(msgspec.Struct):
    cve: str | None = None
    title: str = ""
    notes: list[_Note] = []


def read(source: bytes, options: FeedOptions | Mapping[str, object]) -> Iterator[FeedRecord]:
    """Yield a vulnerability for every one that has a CVE number, an error for every other, and a report.

    Raises:
        InvalidObjectError: the source is no advisory, or under a TLP label that is not known.
    """
    settings = FeedOptions.of(options)
    body = unpack(source, settings.limits)
    members(body)
    return reported([_document(decoded(body, _Advisory))], settings)


def _document(advisory: _Advisory) -> Reported:
    about = advisory.document
    context = Context(
        changed=time_or_none(about.tracking.current_release_date),
        tlp=_tlp(about.distribution.tlp.label),
        references=(about.tracking.id,),
        links=tuple(link.url for link in about.references),
    )
    report = Report(place="advisory", key=about.tracking.id, name=about.title, context=context)

    def draft(place: str, found: _Vulnerability) -> Iterator[Draft]:
        if not found.cve:
            raise InvalidObjectError("vulnerability has no CVE number, by which others would know it")
        said = [note.text for note in found.notes if note.category in {"summary", "description"}]
        one = context.noting(found.title)
        for text in said:
            one = one.noting(text)
        yield Draft(place=place, subject=recognise_cve(found.cve), context=one)

    return report, drafted(numbered(advisory.vulnerabilities, "vulnerability"), _Vulnerability, draft)


def _tlp(label: str | None) -> TLP | None:
    try:
        return TLP.parse(label) if label else None
    except ValueError as error:
        raise InvalidObjectError(f"{error}, so nothing under this label is read") from error
