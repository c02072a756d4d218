"""PhishTank JSON: a list of phishing pages; one that nobody has verified is less sure, one that is gone says so."""

from collections.abc import Iterator, Mapping

import msgspec

from comity_feeds.authoring import Context
from comity_feeds.drafts import Draft, authored
from comity_feeds.entries import Text, drafted, listed, text_of
from comity_feeds.options import FeedOptions
from comity_feeds.reading import unpack
from comity_feeds.recognition import recognise
from comity_feeds.record import FeedRecord
from comity_feeds.times import time_or_none
from comity_feeds.words import listed_words

_VERIFIED, _UNVERIFIED = 85, 15
"""High and low confidence (STIX 2.1, Appendix A)."""


class _Page(msgspec.Struct):
    url: str
    phish_id: Text = None
    phish_detail_url: Text = None
    submission_time: Text = None
    verified: Text = None
    online: Text = None
    target: Text = None


def read(source: bytes, options: FeedOptions | Mapping[str, object]) -> Iterator[FeedRecord]:
    """Yield an indicator for every page, and an error for every other entry.

    Raises:
        InvalidObjectError: the source is no JSON list.
    """
    settings = FeedOptions.of(options)
    return authored(drafted(listed(unpack(source, settings.limits)), _Page, _draft), settings)


def _draft(place: str, page: _Page) -> Iterator[Draft]:
    target = text_of(page.target)
    context = Context(
        notes=(
            *((f"imitates {target}",) if target and target != "Other" else ()),
            *(("offline",) if text_of(page.online) == "no" else ()),
        ),
        first_seen=time_or_none(text_of(page.submission_time)),
        confidence=_VERIFIED if text_of(page.verified) == "yes" else _UNVERIFIED,
        labels=listed_words("phishing"),
        references=tuple(filter(None, (text_of(page.phish_id),))),
        links=(text_of(page.phish_detail_url),),
    )
    yield Draft(place=place, subject=recognise(page.url, "url").observable, context=context)
