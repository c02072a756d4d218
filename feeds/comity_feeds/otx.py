"""OTX pulses of LevelBlue, JSON: one page of pulses, or one pulse; a report a pulse."""

from collections.abc import Iterator, Mapping

import msgspec
from comity.domain.tlp import TLP
from comity.errors import InvalidObjectError

from comity_feeds.authoring import Context
from comity_feeds.drafts import Draft
from comity_feeds.entries import Text, drafted, numbered, text_of
from comity_feeds.json_text import decoded, members
from comity_feeds.options import FeedOptions
from comity_feeds.reading import unpack
from comity_feeds.recognition import recognise
from comity_feeds.record import FeedRecord
from comity_feeds.reports import Report, Reported, reported
from comity_feeds.times import time_or_none

_KINDS = {
    "IPv4": "ipv4",
    "IPv6": "ipv6",
    "CIDR": "ip",
    "domain": "domain",
    "hostname": "domain",
    "URL": "url",
    "URI": "url",
    "email": "email",
    "FileHash-MD5": "file:md5",
    "FileHash-SHA1": "file:sha1",
    "FileHash-SHA256": "file:sha256",
    "FilePath": "file:path",
    "CVE": "vulnerability",
}


class _Pulse(msgspec.Struct, rename={"tlp": "TLP"}):
    id: str
    name: str
    description: str | None = None
    modified: str = ""
    created: str = ""
    tags: list[str] = []
    references: list[str] = []
    tlp: str | None = None
    indicators: list[msgspec.Raw] = []


class _Indicator(msgspec.Struct):
    indicator: str
    type: str
    id: Text = None
    created: str | None = None
    expiration: str | None = None
    title: str | None = None
    description: str | None = None
    is_active: bool | None = None


def read(source: bytes, options: FeedOptions | Mapping[str, object]) -> Iterator[FeedRecord]:
    """Yield an object for every indicator of a type that is read, a report a pulse, and an error for all else.

    Raises:
        InvalidObjectError: the source is neither a page of pulses nor a pulse.
    """
    settings = FeedOptions.of(options)
    body = unpack(source, settings.limits)
    document = members(body)
    raws = decoded(document["results"], list[msgspec.Raw]) if "results" in document else [msgspec.Raw(body)]
    return reported((_pulse(place, raw) for place, raw in numbered(raws, "pulse")), settings)


def _pulse(place: str, raw: bytes) -> Reported | FeedRecord:
    try:
        members(raw)
        pulse = decoded(raw, _Pulse)
        about = Context(
            notes=tuple(filter(None, (text_of(pulse.description),))),
            changed=time_or_none(pulse.modified),
            tlp=_tlp(pulse.tlp),
            labels=tuple(dict.fromkeys(filter(None, map(text_of, pulse.tags)))),
            references=(pulse.id,),
            links=tuple(pulse.references),
        )
    except InvalidObjectError as error:
        return FeedRecord.refused(place, error)

    def draft(at: str, found: _Indicator) -> Iterator[Draft]:
        kind = _KINDS.get(found.type)
        if kind is None:
            raise InvalidObjectError(f"type is {found.type[:40]!r}, expected one of {', '.join(_KINDS)}")
        recognised = recognise(found.indicator.upper() if kind == "vulnerability" else found.indicator, kind)
        context = Context(
            first_seen=time_or_none(text_of(found.created)),
            changed=about.changed,
            expires=time_or_none(text_of(found.expiration)),
            tlp=about.tlp,
            labels=about.labels,
            references=(pulse.id,),
        )
        for note in (pulse.name, text_of(found.title), text_of(found.description), recognised.note):
            context = context.noting(note)
        yield Draft(place=at, subject=recognised.observable, context=context)

    report = Report(place=place, key=pulse.id, name=pulse.name, context=about)
    return report, drafted(numbered(pulse.indicators, f"{place}, indicator"), _Indicator, draft)


def _tlp(label: str | None) -> TLP | None:
    try:
        return TLP.parse(label) if label else None
    except ValueError as error:
        raise InvalidObjectError(f"{error}, so nothing under this label is read") from error
