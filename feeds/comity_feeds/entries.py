"""Entries of JSON: those of a list, or one a line, each read by itself so that a broken one costs no other."""

from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from typing import TypeVar

import msgspec
from comity.errors import InvalidObjectError

from comity_feeds.drafts import Draft
from comity_feeds.json_text import decoded, members
from comity_feeds.reading import is_text
from comity_feeds.record import FeedRecord

Shape = TypeVar("Shape")
Text = str | int | float | None
"""A value that sources write as text or as a number."""
Entry = tuple[str, bytes]
"""The place of an entry, and its JSON."""


def listed(body: bytes) -> Iterator[Entry]:
    """Yield the entries of a JSON list.

    Raises:
        InvalidObjectError: *body* is no list.
    """
    return numbered(decoded(body, list[msgspec.Raw]))


def numbered(raws: Iterable[msgspec.Raw], noun: str = "entry") -> Iterator[Entry]:
    """Yield entries with their numbers for places."""
    return ((f"{noun} {number}", bytes(raw)) for number, raw in enumerate(raws, 1))


def listed_or_lines(body: bytes) -> Iterator[Entry]:
    """Yield the entries of a JSON list, or else the lines of JSON Lines; blank lines are none.

    Raises:
        InvalidObjectError: *body* is a list that is broken, or its first line is no JSON object.
    """
    text = body.strip()
    if text.startswith(b"["):
        return listed(text)
    if text:
        first = text.partition(b"\n")[0]
        decoded(text if b"\n" not in text else first, dict[str, msgspec.Raw])
    return ((f"line {number}", line) for number, line in enumerate(BytesIO(body), 1) if line.strip())


def drafted(
    entries: Iterable[Entry], shape: type[Shape], draft: Callable[[str, Shape], Iterable[Draft | FeedRecord]]
) -> Iterator[Draft | FeedRecord]:
    """Yield what *draft* makes of each entry, which is of *shape*, and an error for each that it is nothing of."""
    for place, raw in entries:
        try:
            members(raw)
            yield from draft(place, decoded(raw, shape))
        except InvalidObjectError as error:
            yield FeedRecord.refused(place, error)


def text_of(value: Text) -> str:
    """Return *value* as trimmed text, empty where there is none.

    Raises:
        InvalidObjectError: it holds half of a character.
    """
    text = "" if value is None else str(value).strip()
    if not is_text(text):
        raise InvalidObjectError("text is not as expected: whole characters")
    return text
