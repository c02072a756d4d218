"""JSON documents of others, read without trust in their shape: what is not as expected is as good as absent."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from comity.domain.asset import Asset
from comity.errors import InvalidObjectError

MOST_TEXT = 512
"""The characters of a name that are kept."""


def document(raw: bytes, what: str) -> Any:  # noqa: ANN401  # JSON
    """Return decoded JSON.

    Raises:
        InvalidObjectError: it is none.
    """
    try:
        return json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise InvalidObjectError(f"{what} is no JSON") from error


def objects(value: object) -> Iterator[Mapping[str, Any]]:
    """Yield the objects of a list."""
    if isinstance(value, list):
        yield from (one for one in value if isinstance(one, dict))


def text(value: object) -> str:
    """Return a text or a number as text, nothing for anything else; it fits into an asset."""
    is_plain = isinstance(value, str | int) and not isinstance(value, bool)
    return str(value).strip()[:MOST_TEXT] if is_plain else ""


def made(**values: Any) -> Asset:  # noqa: ANN401  # the properties of an asset
    """Return an asset.

    Raises:
        InvalidObjectError: its values do not fit together.
    """
    try:
        return Asset(**values)
    except ValueError as error:
        raise InvalidObjectError(str(error)) from error
