"""The query string of a read or delete request (TAXII 2.1, 3.4 and 3.4.1).

What a client must not send is refused rather than guessed at: a repeated parameter, an empty value, a limit that is no
positive number, a version that is neither a keyword nor a timestamp. Parameters that are unknown here are ignored.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from comity.errors import InvalidObjectError, InvalidRequestError
from comity.taxii.timestamps import instant, parse_added_after

OBJECTS_FIELDS = frozenset({"id", "type", "version", "spec_version"})
"""The match fields of objects and manifest (5.3, 5.4)."""

OBJECT_FIELDS = frozenset({"version", "spec_version"})
"""The match fields of one object, to read or to delete (5.6, 5.7)."""

VERSIONS_FIELDS = frozenset({"spec_version"})
"""The match fields of the versions of an object (5.8)."""

_NAMES = {
    "added_after": "added_after",
    "limit": "limit",
    "next": "next",
    "match[id]": "id",
    "match[type]": "type",
    "match[version]": "version",
    "match[spec_version]": "spec_version",
}
_PAGING = frozenset({"added_after", "limit", "next"})
_LONGEST_REMEMBERED = 256
_MOST_VALUES = 1000
_MOST_DIGITS = 18
_BROKEN_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class LatestVersion:
    """The latest version of each object: what a query without a version filter means."""


@dataclass(frozen=True, slots=True)
class AllVersions:
    """Every version of each object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenVersions:
    """The first version, the last one, those of certain instants, or several of these."""

    first: bool = False
    last: bool = False
    instants: frozenset[int] = frozenset()


Versions = LatestVersion | AllVersions | ChosenVersions
_LATEST = LatestVersion()


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What a request asks for. ``None`` means that the request did not say; an empty set matches nothing."""

    added_after: int | None = None
    limit: int | None = None
    next: str | None = None
    ids: frozenset[str] | None = None
    types: frozenset[str] | None = None
    versions: Versions = _LATEST
    spec_versions: frozenset[str] | None = None


EVERYTHING = Query()
"""The query of a request without parameters."""


def parse_query(raw: bytes, *, page_limit: int, fields: frozenset[str], unfiltered: Versions = _LATEST) -> Query:
    """Return the query of a query string, for an endpoint with the match fields *fields*.

    *unfiltered* are the versions that are meant where the request does not say.

    Raises:
        InvalidRequestError: the query string is garbled, repeats a parameter or gives it a value it cannot have.
    """
    if not raw:
        return Query(versions=unfiltered)
    if len(raw) <= _LONGEST_REMEMBERED:
        return _remembered(raw, page_limit, fields, unfiltered)
    return _parse(raw, page_limit, fields, unfiltered)


def _parse(raw: bytes, page_limit: int, fields: frozenset[str], unfiltered: Versions) -> Query:
    """Return the query of a query string that is not empty."""
    given = _parameters(raw, fields)
    added_after, limit, versions = given.get("added_after"), given.get("limit"), given.get("version")
    return Query(
        added_after=None if added_after is None else parse_added_after(added_after),
        limit=None if limit is None else _limit(limit, page_limit),
        next=given.get("next"),
        ids=_values(given.get("id")),
        types=_values(given.get("type")),
        versions=unfiltered if versions is None else _versions(versions),
        spec_versions=_values(given.get("spec_version")),
    )


_remembered = lru_cache(maxsize=1024)(_parse)
"""Pollers repeat themselves, so what a short query string means is remembered."""


def _parameters(raw: bytes, fields: frozenset[str]) -> dict[str, str]:
    """Return the parameters that are known here, a match field by its bare name."""
    found: dict[str, str] = {}
    for name, value in _pairs(raw):
        field = _NAMES.get(name)
        if field is None or not (field in fields or field in _PAGING):
            continue
        if field in found:
            raise InvalidRequestError(f"{name} is given more than once, expected one list of values")
        if not value:
            raise InvalidRequestError(f"{name} is empty, expected a value")
        found[field] = value
    return found


def _pairs(raw: bytes) -> Iterator[tuple[str, str]]:
    """Yield the names and values of a query string, decoded."""
    try:
        if b"%" not in raw and b"+" not in raw:
            pairs = (part.partition("=") for part in raw.decode().split("&"))
            yield from ((_clean(name), _clean(value)) for name, _, value in pairs)
            return
        if _BROKEN_ESCAPE.search(raw):
            raise InvalidRequestError("the query string has a '%' that two hexadecimal digits do not follow")
        for part in raw.replace(b"+", b" ").split(b"&"):
            name, _, value = part.partition(b"=")
            yield _clean(unquote_to_bytes(name).decode()), _clean(unquote_to_bytes(value).decode())
    except UnicodeDecodeError as error:
        raise InvalidRequestError("the query string is not UTF-8") from error


def _clean(text: str) -> str:
    """Return *text*, which no database could store with a NUL in it."""
    if "\0" in text:
        raise InvalidRequestError("the query string holds a NUL, expected text")
    return text


def _limit(text: str, most: int) -> int:
    """Return the limit asked for, or *most* if that is less."""
    digits = text.lstrip("0")
    if not digits or not (digits.isascii() and digits.isdigit()):
        raise InvalidRequestError(f"limit is {text[:40]!r}, expected a whole number above 0")
    return most if len(digits) > _MOST_DIGITS else min(int(digits), most)


def _values(text: str | None) -> frozenset[str] | None:
    """Return the values of a comma-separated list."""
    return None if text is None else frozenset(_split(text))


def _split(text: str) -> list[str]:
    values = text.split(",")
    if len(values) > _MOST_VALUES:
        raise InvalidRequestError(f"a match filter has {len(values)} values, expected at most {_MOST_VALUES}")
    if "" in values:
        raise InvalidRequestError("a match filter has an empty value, expected one between any two commas")
    return values


def _versions(text: str) -> Versions:
    """Return the versions that a version filter names; two spellings of one instant are one version."""
    named = _split(text)
    if len(set(named)) < len(named):
        raise InvalidRequestError("match[version] names a version twice, expected each once")
    if named == ["last"]:
        return LatestVersion()
    if "all" in named:
        if len(named) > 1:
            raise InvalidRequestError("match[version] has 'all' beside other values, expected it alone")
        return AllVersions()
    try:
        instants = frozenset(instant(name) for name in named if name not in {"first", "last"})
    except InvalidObjectError as error:
        raise InvalidRequestError(f"match[version]: {error}, or first, last, all") from error
    return ChosenVersions(first="first" in named, last="last" in named, instants=instants)
