"""Reports in PDF: the observables in their text, page by page, as in pasted text.

The file format lets a few bytes stand for much work, so that pages, characters and unpacked streams are bounded.
"""

import logging
import struct
import zlib
from collections.abc import Iterator, Mapping
from io import BytesIO

import pypdf
from comity.errors import InvalidObjectError
from pypdf.errors import PyPdfError

from comity_feeds.drafts import Draft, authored
from comity_feeds.options import FeedOptions, Limits
from comity_feeds.pasted_text import observables_in
from comity_feeds.reading import unpack
from comity_feeds.record import FeedRecord

_MOST_PAGES = 1_000
_BROKEN = (
    *(PyPdfError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError, OSError),
    *(NotImplementedError, AssertionError, EOFError, zlib.error, struct.error),
)
"""What the library lets through when a file is not what it says: it checks little of what it reads."""

logging.getLogger("pypdf").setLevel(logging.CRITICAL)


def read(source: bytes, options: FeedOptions | Mapping[str, object]) -> Iterator[FeedRecord]:
    """Yield an object for every observable in the text, and an error for every page or defanged word without one.

    Raises:
        InvalidObjectError: the source is no PDF that can be read, is encrypted, or is larger than the limits.
    """
    settings = FeedOptions.of(options)
    body = unpack(source, settings.limits)
    if b"%PDF-" not in body[:1024]:
        raise InvalidObjectError("source does not begin as a PDF file does")
    return authored(_drafts(body, settings.limits), settings)


def _drafts(body: bytes, limits: Limits) -> Iterator[Draft | FeedRecord]:
    left = limits.text_bytes
    for number, page in enumerate(_pages(body), 1):
        place = f"page {number}"
        try:
            text = page.extract_text()
        except _BROKEN as error:
            yield FeedRecord.refused(place, f"no text can be read: {type(error).__name__}")
            continue
        left -= len(text)
        if left < 0:
            raise InvalidObjectError(f"text has more than {limits.text_bytes} characters")
        yield from observables_in(text.encode("utf-8", "replace"), f"{place}, ")


def _pages(body: bytes) -> list[pypdf.PageObject]:
    try:
        document = pypdf.PdfReader(BytesIO(body), strict=False)
        if document.is_encrypted:
            raise InvalidObjectError("PDF is encrypted")
        count = document.get_num_pages()
        if count > _MOST_PAGES:
            raise InvalidObjectError(f"PDF has {count} pages, expected at most {_MOST_PAGES}")
        return list(document.pages)
    except _BROKEN as error:
        raise InvalidObjectError(f"PDF cannot be read: {type(error).__name__}") from error
