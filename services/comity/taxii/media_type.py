"""Which media types a request may name (TAXII 2.1, 1.6.8 and 3.1; RFC 7231, 3.1.1.1 and 5.3.2).

A server sees few different header values, so what each means is remembered.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

TAXII = "application/taxii+json;version=2.1"
"""The media type of every TAXII resource, spelled as clients compare it: without blanks."""

STIX = "application/stix+json;version=2.1"
"""The media type of the objects a collection holds."""

_TYPE, _VERSION = "application/taxii+json", "2.1"
_QUOTED = r'"(?:[^"\\]|\\.)*+"?'
_ELEMENT = re.compile(rf'(?:[^",]|{_QUOTED})++')
_PARAMETER = re.compile(rf'(?:[^";]|{_QUOTED})++')
_WEIGHT = re.compile(r"(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")


class _MediaType(NamedTuple):
    name: str
    parameters: Mapping[str, str]


@lru_cache(maxsize=256)
def accepts(header: str | None) -> bool:
    """Tell whether an ``Accept`` header lets the answer be TAXII 2.1; a request without one takes anything.

    The most specific range that covers TAXII 2.1 decides, so ``q=0`` there excludes it whatever a wildcard says.
    """
    if header is None or not header.strip():
        return True
    best = max((_fit(_parse(element)) for element in _ELEMENT.findall(header)), default=(0, 0.0))
    return best[1] > 0


@lru_cache(maxsize=256)
def is_taxii_content(header: str | None) -> bool:
    """Tell whether a ``Content-Type`` header says TAXII, of version 2.1 or of none, in UTF-8."""
    if header is None:
        return False
    media_type = _parse(header)
    return (
        media_type.name == _TYPE
        and media_type.parameters.get("version", _VERSION) == _VERSION
        and media_type.parameters.get("charset", "utf-8").lower() in {"utf-8", "utf8"}
    )


def _fit(media_range: _MediaType) -> tuple[int, float]:
    """Return how specifically *media_range* covers TAXII 2.1 (0: not at all), and how much it is wanted."""
    weight = media_range.parameters.get("q", "1")
    if not _WEIGHT.fullmatch(weight):
        return 0, 0.0
    match media_range.name, media_range.parameters.get("version"):
        case ("application/taxii+json", "2.1"):
            specificity = 4
        case ("application/taxii+json", None):
            specificity = 3
        case ("application/*", _):
            specificity = 2
        case ("*/*", _):
            specificity = 1
        case _:
            return 0, 0.0
    return specificity, float(weight)


def _parse(text: str) -> _MediaType:
    """Split one media type or range into its name, in lower case, and its parameters."""
    name, *rest = _PARAMETER.findall(text) or [""]
    pairs = (parameter.partition("=") for parameter in rest)
    parameters = {key.strip().lower(): _unquoted(value.strip()) for key, _, value in pairs}
    return _MediaType(name.strip().lower(), parameters)


def _unquoted(value: str) -> str:
    """Return a parameter's value without the quotes that RFC 7230, 3.2.6 allows around it."""
    if len(value) >= 2 and value[0] == value[-1] == '"':
        return re.sub(r"\\(.)", r"\1", value[1:-1])
    return value
