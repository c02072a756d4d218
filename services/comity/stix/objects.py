"""STIX 2.1 objects as they come in: checked once, kept byte for byte (STIX 2.1, 2.9, 2.16, 3.2, 3.6)."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec
from comity_schemas.extensions import APPLIES_TO, SCHEMAS

from comity.dedup.patterns import check_pattern
from comity.errors import InvalidObjectError
from comity.stix.headers import Header, read_header
from comity.stix.schema_check import check, schema_of, times_of
from comity.taxii.timestamps import instant

_UUID_LENGTH = 36
_DAY = slice(8, 10)
_SECOND = 19
_IN_ORDER = (
    ("created", "modified", False),
    ("first_seen", "last_seen", False),
    ("first_observed", "last_observed", False),
    ("valid_from", "valid_until", True),
    ("start_time", "stop_time", True),
)
"""Pairs of times of which the second must not be before the first, and whether it must be later."""

_SPREAD_NAME = re.compile(rb'"[ \t\r\n]+:')
_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How large an object may be."""

    size: int = 1 << 20
    """In bytes."""
    nesting: int = 50
    """In levels."""
    string_length: int = 1 << 20
    """The longest string or name in it, in characters."""


USUAL_BOUNDS = Bounds()


class StixObject(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An object that conforms to STIX 2.1 and to our extensions, as it was received."""

    raw: bytes
    header: Header
    uuid: bytes
    """The 16 bytes of the UUID in its id."""
    version: int
    """The instant of ``modified``, else of ``created``, else 0 (``taxii.timestamps.instant``)."""
    version_text: str
    """The text of that time, or nothing."""

    @property
    def id(self) -> str:
        """The STIX id."""
        return self.header.id

    @property
    def type(self) -> str:
        """The STIX type."""
        return self.header.type


def parse_object(raw: bytes, bounds: Bounds = USUAL_BOUNDS) -> StixObject:
    """Return the object whose JSON text is *raw*.

    Raises:
        InvalidObjectError: it is no JSON object, or no STIX 2.1 object, or one of our extensions in it is unusable.
            The message names the property and what was expected, never what it holds.
    """
    body = _object(raw, bounds)
    schema = schema_of(body)
    check(body, schema)
    header = _header(raw)
    _check_id(header)
    _check_times(body, schema)
    if header.type == "indicator" and header.pattern_type == "stix" and header.pattern is not None:
        check_pattern(header.pattern)
    if header.extensions:
        _check_extensions(header.type, body["extensions"])
    return StixObject(
        raw=raw,
        header=header,
        uuid=bytes.fromhex(header.id[-_UUID_LENGTH:].replace("-", "")),
        version=_version(header),
        version_text=header.modified or header.created or "",
    )


def _object(raw: bytes, bounds: Bounds) -> dict[str, Any]:
    """Return the JSON object in *raw*: UTF-8, no name twice, of bounded size and depth, and with a type."""
    if len(raw) > bounds.size:
        raise InvalidObjectError(f"object of {len(raw)} bytes, expected at most {bounds.size}")
    try:
        body = _decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidObjectError(f"no JSON text in UTF-8: {type(error).__name__}") from error
    if not isinstance(body, dict):
        raise InvalidObjectError("JSON text is no object, expected a STIX object")
    if raw.count(b"{") + raw.count(b"[") > bounds.nesting and _is_deeper(body, bounds.nesting):
        raise InvalidObjectError(f"object is nested deeper than {bounds.nesting} levels")
    if len(raw) > bounds.string_length and _longest_string(body) > bounds.string_length:
        raise InvalidObjectError(f"object has a string of more than {bounds.string_length} characters")
    if not _has_distinct_names(raw, body):
        _refuse_duplicates(raw)
    if not isinstance(body.get("type"), str) or body["type"] == "bundle":
        raise InvalidObjectError("type is not as expected: the type of a STIX object")
    return body


def _has_distinct_names(raw: bytes, body: Mapping[str, Any]) -> bool:
    """Return whether it is plain that no name stands twice in *raw*: it holds no more names than *body* does.

    Names are counted by the quotation mark and colon behind them, which no text value holds without a backslash.
    """
    written = _encode(body)
    if written == raw:
        return True
    is_countable = b"\\" not in raw and not _SPREAD_NAME.search(raw)
    return is_countable and raw.count(b'":') == written.count(b'":')


def _is_deeper(value: object, levels: int) -> bool:
    level = [value]
    for _ in range(levels):
        level = [child for each in level for child in _children(each)]
        if not level:
            return False
    return any(isinstance(each, dict | list) for each in level)


def _longest_string(body: object) -> int:
    longest, waiting = 0, [body]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            longest = max(longest, len(each))
        elif isinstance(each, dict):
            waiting += [*each, *each.values()]
        elif isinstance(each, list):
            waiting += each
    return longest


def _children(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _refuse_duplicates(raw: bytes) -> None:
    try:
        json.loads(raw.decode("utf-8"), object_pairs_hook=_distinct)
    except (ValueError, RecursionError) as error:  # pragma: no cover  # msgspec, which is stricter, has read it before
        raise InvalidObjectError(f"no JSON text in UTF-8: {type(error).__name__}") from error


def _distinct(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise InvalidObjectError("a name stands twice in one JSON object")
    return members


def _header(raw: bytes) -> Header:
    try:
        return read_header(raw)
    except msgspec.MsgspecError as error:  # pragma: no cover  # the schema has refused it before
        raise InvalidObjectError("the common properties are not of the types STIX gives them") from error


def _check_id(header: Header) -> None:
    if header.id[: -_UUID_LENGTH - 2] != header.type:
        raise InvalidObjectError("id is not as expected: the type of the object, two hyphens and a UUID")


def _check_times(values: Mapping[str, Any], schema: str, *, place: str = "") -> None:
    names, pairs = _times(schema)
    for name in names:
        text = values.get(name, "")
        if not isinstance(text, str):  # some schemas say nothing of a time that their type does not define
            raise InvalidObjectError(f"{place}{name} is not as expected: a time")
        # The schema has checked the digits; only these years and days may still be none.
        if text[_DAY] > "28" or text.startswith("0000"):
            _instant(text, f"{place}{name}")
    for first, second, later in pairs:
        if second in values and first in values:
            _check_order(values, first, second, later=later)


@cache
def _times(schema: str) -> tuple[tuple[str, ...], tuple[tuple[str, str, bool], ...]]:
    """Return the names of the times of a schema, and the pairs of them that have an order."""
    names = times_of(schema)
    return names, tuple(pair for pair in _IN_ORDER if pair[0] in names and pair[1] in names)


def _check_order(values: Mapping[str, Any], first: str, second: str, *, later: bool) -> None:
    start, end = values[first], values[second]
    if end[:_SECOND] > start[:_SECOND] or (start == end and not later):
        return
    if instant(end) < instant(start) + later:
        raise InvalidObjectError(f"{second} is not as expected: {'later than' if later else 'not before'} {first}")


def _instant(text: str, name: str) -> int:
    try:
        return instant(text)
    except InvalidObjectError as error:
        raise InvalidObjectError(f"{name} is not as expected: a time that the calendar has") from error


def _check_extensions(type_: str, declared: Mapping[str, object]) -> None:
    for extension in declared.keys() & SCHEMAS.keys():
        only_on = APPLIES_TO.get(extension, type_)
        if only_on != type_:
            raise InvalidObjectError(f"{SCHEMAS[extension]['title']} is not as expected: on {only_on} only")
        if extension not in _WHOLE_OBJECT:
            _check_extension(declared[extension], extension)


def _check_extension(value: Any, extension: str) -> None:  # noqa: ANN401  # JSON, which its schema is to judge
    place: str = SCHEMAS[extension]["title"]
    check(value, extension, place=place)
    _check_times(value, extension, place=f"{place}.")


def _version(header: Header) -> int:
    if header.created is None:
        return 0
    return instant(header.modified or header.created)


_WHOLE_OBJECT = frozenset({extension for extension, only_on in APPLIES_TO.items() if only_on.startswith("x-")})
"""The extensions whose schema is that of the whole object."""
