"""OTX pulses: pages that name the next one by its URL, of what changed since the last round."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import msgspec
from comity.errors import InvalidObjectError
from comity.transport.fetch import Fetcher

from comity_feeds.json_text import decoded
from comity_feeds.walk import Part, Place

_MOST_PAGES = 10_000


class _Pulse(msgspec.Struct):
    modified: str = ""


class _Page(msgspec.Struct):
    results: list[_Pulse]
    next: str | None = None


def walk(fetcher: Fetcher, place: Place) -> Iterator[Part]:
    """Yield the pages of a round; the position moves with the last of them, since pulses come newest first.

    Raises:
        SyncError: a page could not be fetched.
        InvalidObjectError: an answer is no page, names the next one elsewhere, or pages never end.
    """
    params = {"limit": str(min(place.page, 50))}
    if place.position:
        params["modified_since"] = place.position
    answer = fetcher.get(place.url, params=params)
    newest = place.position
    for _ in range(_MOST_PAGES):
        body = answer.body or b"{}"
        page = decoded(body, _Page)
        newest = max([newest, *(pulse.modified for pulse in page.results)])
        yield Part(body=body, position=place.position if page.next else newest, received_at=place.now)
        if not page.next:
            return
        if urlsplit(page.next)[:2] != urlsplit(place.url)[:2]:
            raise InvalidObjectError("page names the next one at another place than its own")
        answer = fetcher.get(page.next)
    raise InvalidObjectError(f"more than {_MOST_PAGES} pages")
