"""One report for each document of a source, such as a MISP event: its name, and references to all authored of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from comity_feeds.authoring import Context, id_of, stix_id, stix_object
from comity_feeds.drafts import Draft, authored, sized
from comity_feeds.options import FeedOptions
from comity_feeds.record import FeedRecord
from comity_feeds.times import stix_time


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A document, and the ids of what was authored of it so far."""

    place: str
    key: str
    """What identifies it in its source."""
    name: str
    context: Context
    refs: dict[str, None] = field(default_factory=dict)


Reported = tuple[Report, Iterable[Draft | FeedRecord]]


def reported(documents: Iterable[Reported | FeedRecord], options: FeedOptions) -> Iterator[FeedRecord]:
    """Yield what is authored of all documents, then a report a document, or why there is none."""
    reports: list[Report] = []
    yield from authored(_drafts(documents, reports, options), options)
    for report in reports:
        yield _authored(report, options)


def _drafts(
    documents: Iterable[Reported | FeedRecord], reports: list[Report], options: FeedOptions
) -> Iterator[Draft | FeedRecord]:
    for document in documents:
        if isinstance(document, FeedRecord):
            yield document
            continue
        report, drafts = document
        reports.append(report)
        for draft in drafts:
            yield draft
            if isinstance(draft, Draft):
                report.refs[id_of(draft.subject, options)] = None


def _authored(report: Report, options: FeedOptions) -> FeedRecord:
    if not report.refs:
        return FeedRecord.refused(report.place, "no observable to report on")
    properties = {
        "type": "report",
        "id": stix_id("report", options, report.key),
        "name": report.name,
        "published": stix_time(report.context.changed or options.received_at),
        "object_refs": list(report.refs),
    }
    return sized((report.place,), stix_object(properties, report.context, options=options), options.limits)
