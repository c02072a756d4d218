"""From the subjects that a source names to one object each, however often the source repeats itself."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from comity.errors import InvalidObjectError

from comity_feeds.authoring import Context, Subject, author
from comity_feeds.options import FeedOptions, Limits
from comity_feeds.record import FeedRecord

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An observable or a rule at one place of a source, and what is said of it there."""

    place: str
    subject: Subject
    context: Context


def authored(drafts: Iterable[Draft | FeedRecord], options: FeedOptions) -> Iterator[FeedRecord]:
    """Yield the refusals among *drafts*, then one object a subject, in the order of first mention.

    Two mentions would be two contents under one identifier and one version, so they become one content.

    Raises:
        InvalidObjectError: there are more drafts than the limits allow.
    """
    places: dict[Subject, list[str]] = {}
    contexts: dict[Subject, Context] = {}
    for draft in bounded(drafts, options.limits):
        if isinstance(draft, FeedRecord):
            yield draft
            continue
        known = contexts.get(draft.subject)
        contexts[draft.subject] = known.merged(draft.context) if known else draft.context
        places.setdefault(draft.subject, []).append(draft.place)
    for subject, context in contexts.items():
        yield _record(subject, context, places=tuple(places[subject]), options=options)


def bounded(items: Iterable[Item], limits: Limits) -> Iterator[Item]:
    """Yield *items* up to the limit of records.

    Raises:
        InvalidObjectError: there are more.
    """
    for number, item in enumerate(items, 1):
        if number > limits.records:
            raise InvalidObjectError(f"source holds more than {limits.records} records")
        yield item


def sized(places: tuple[str, ...], raw: bytes, limits: Limits, *, relayed: bool = False) -> FeedRecord:
    """Return the record of *raw*, or its refusal when it is too large."""
    if len(raw) <= limits.record_bytes:
        return FeedRecord(places=places, raw=raw, relayed=relayed)
    cause = f"object has {len(raw)} bytes, expected at most {limits.record_bytes}"
    return FeedRecord(places=places, error=f"{places[0]}: {cause}")


def _record(subject: Subject, context: Context, *, places: tuple[str, ...], options: FeedOptions) -> FeedRecord:
    try:
        raw = author(subject, context, options=options)
    except InvalidObjectError as error:
        return FeedRecord(places=places, error=f"{places[0]}: {error}")
    return sized(places, raw, options.limits)
