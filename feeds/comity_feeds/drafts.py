"""From the observables that a source names to one object each, however often the source repeats itself."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from comity.dedup.canonical import Observable
from comity.errors import InvalidObjectError

from comity_feeds.authoring import Context, author
from comity_feeds.options import FeedOptions, Limits
from comity_feeds.record import FeedRecord

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An observable at one place of a source, and what is said of it there."""

    place: str
    observable: Observable
    context: Context


def authored(drafts: Iterable[Draft | FeedRecord], options: FeedOptions) -> Iterator[FeedRecord]:
    """Yield the refusals among *drafts*, then one object an observable, in the order of first mention.

    Two mentions would be two contents under one identifier and one version, so they become one content.

    Raises:
        InvalidObjectError: there are more drafts than the limits allow.
    """
    places: dict[Observable, list[str]] = {}
    contexts: dict[Observable, Context] = {}
    for draft in bounded(drafts, options.limits):
        if isinstance(draft, FeedRecord):
            yield draft
            continue
        known = contexts.get(draft.observable)
        contexts[draft.observable] = known.merged(draft.context) if known else draft.context
        places.setdefault(draft.observable, []).append(draft.place)
    for observable, context in contexts.items():
        yield _record(observable, context, places=tuple(places[observable]), options=options)


def bounded(items: Iterable[Item], limits: Limits) -> Iterator[Item]:
    """Yield *items* up to the limit of records.

    Raises:
        InvalidObjectError: there are more.
    """
    for number, item in enumerate(items, 1):
        if number > limits.records:
            raise InvalidObjectError(f"source holds more than {limits.records} records")
        yield item


def sized(places: tuple[str, ...], raw: bytes, limits: Limits) -> FeedRecord:
    """Return the record of *raw*, or its refusal when it is too large."""
    if len(raw) <= limits.record_bytes:
        return FeedRecord(places=places, raw=raw)
    cause = f"object has {len(raw)} bytes, expected at most {limits.record_bytes}"
    return FeedRecord(places=places, error=f"{places[0]}: {cause}")


def _record(observable: Observable, context: Context, *, places: tuple[str, ...], options: FeedOptions) -> FeedRecord:
    try:
        raw = author(observable, context, options=options)
    except InvalidObjectError as error:
        return FeedRecord(places=places, error=f"{places[0]}: {error}")
    return sized(places, raw, options.limits)
