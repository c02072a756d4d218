"""What the operator says of a source before it is read."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Self

from comity.domain.tlp import TLP
from comity.errors import SettingsError

from comity_feeds.mapping import ColumnMapping
from comity_feeds.recognition import KINDS

_IDENTITY = re.compile(r"identity--[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MARKING = re.compile(r"marking-definition--[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much of a source is read; beyond it the source is refused as a whole, or the record alone."""

    source_bytes: int = 1 << 30
    unpacked_bytes: int = 1 << 30
    text_bytes: int = 1 << 20
    """For pasted text, which is searched rather than parsed."""
    records: int = 2_000_000
    record_bytes: int = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedOptions:
    """The name of a source, who reads it, the time of its content, and what holds for all that is authored from it."""

    source: str
    """Part of the identifiers of what is authored, so it must not change between two readings."""
    member: str = ""
    """The member that reads it: part of the identifiers too, so that what two members author of one source differs."""
    received_at: datetime
    """The time of the content, such as its ``Last-Modified``: the same bytes at the same time make the same objects."""
    since: datetime | None = None
    """When the source was first read: the creation time of what is authored, the same at every later reading."""
    created_by: str | None = None
    """The identity that authors; ``None`` leaves the author to whoever takes the objects in."""
    tlp: TLP | None = None
    """The label of the whole source, never weakened by what a record says of itself; ``None`` where it has none."""
    markings: tuple[str, ...] = ()
    """Ids of further marking definitions for all that is authored, such as that of an exercise."""
    indicator_types: tuple[str, ...] = ("unknown",)
    kind: str = "auto"
    """The kind of all values of a plain list."""
    scheme: str | None = None
    """The scheme of a URL written without one; ``None`` refuses such URLs, since http and https are different ones."""
    mapping: ColumnMapping | None = None
    """What the columns of a table mean."""
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        if not 0 < len(self.source) <= _LONGEST_NAME:
            raise SettingsError(f"source is {self.source[:_LONGEST_NAME]!r}, expected 1 to {_LONGEST_NAME} characters")
        if any(time is not None and time.tzinfo is None for time in (self.received_at, self.since)):
            raise SettingsError("received_at or since has no time zone, expected an aware time")
        if self.created_by is not None and not _IDENTITY.fullmatch(self.created_by):
            raise SettingsError(f"created_by is {self.created_by!r}, expected the id of an identity")
        if unknown := [each for each in self.markings if not _MARKING.fullmatch(each)]:
            raise SettingsError(f"markings holds {unknown[0]!r}, expected ids of marking definitions")
        if self.kind not in KINDS:
            raise SettingsError(f"kind is {self.kind!r}, expected one of {', '.join(sorted(KINDS))}")
        if self.scheme not in {None, "http", "https"}:
            raise SettingsError(f"scheme is {self.scheme!r}, expected http or https")

    @classmethod
    def of(cls, options: "FeedOptions | Mapping[str, object]") -> "FeedOptions":
        """Return *options*, parsed when they are the table of a settings file.

        Raises:
            SettingsError: a key is unknown or missing, or a value is none of its kind.
        """
        return options if isinstance(options, FeedOptions) else cls.parse(options)

    @classmethod
    def parse(cls, table: Mapping[str, object]) -> Self:
        """Return the options that *table*, such as one of a TOML file, states.

        Raises:
            SettingsError: a key is unknown or missing, or a value is none of its kind.
        """
        values = {key: _PARSERS[key](key, value) for key, value in table.items() if key in _PARSERS}
        if unknown := sorted(set(table) - set(values)):
            raise SettingsError(f"unknown option {unknown[0]!r}, expected some of {', '.join(_PARSERS)}")
        if missing := [key for key in ("source", "received_at") if key not in values]:
            raise SettingsError(f"option {missing[0]!r} is missing")
        return cls(**values)  # type: ignore[arg-type]  # each value has been parsed by its key


def _text(key: str, value: object) -> str:
    if not isinstance(value, str):
        raise SettingsError(f"{key} is {value!r}, expected text")
    return value


def _texts(key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise SettingsError(f"{key} is {value!r}, expected a list of texts")
    return tuple(_text(key, each) for each in value)


def _time(key: str, value: object) -> datetime:
    try:
        time = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        time = None
    if not isinstance(time, datetime) or time.tzinfo is None:
        raise SettingsError(f"{key} is {value!r}, expected a time with its offset")
    return time.astimezone(UTC)


def _tlp(key: str, value: object) -> TLP:
    if isinstance(value, TLP):
        return value
    try:
        return TLP.parse(_text(key, value))
    except ValueError as error:
        raise SettingsError(f"{key}: {error}") from error


def _mapping(key: str, value: object) -> ColumnMapping:
    if isinstance(value, ColumnMapping):
        return value
    if not isinstance(value, Mapping):
        raise SettingsError(f"{key} is {value!r}, expected a table")
    return ColumnMapping.parse(value)


def _limits(key: str, value: object) -> Limits:
    if isinstance(value, Limits):
        return value
    names = [each.name for each in fields(Limits)]
    if not isinstance(value, Mapping) or not set(value) <= set(names):
        raise SettingsError(f"{key} is {value!r}, expected a table with some of {', '.join(names)}")
    if wrong := [size for size in value.values() if type(size) is not int or size < 1]:
        raise SettingsError(f"{key} holds {wrong[0]!r}, expected whole numbers above 0")
    return Limits(**value)


_PARSERS = {
    "source": _text,
    "member": _text,
    "received_at": _time,
    "since": _time,
    "created_by": _text,
    "tlp": _tlp,
    "markings": _texts,
    "indicator_types": _texts,
    "kind": _text,
    "scheme": _text,
    "mapping": _mapping,
    "limits": _limits,
}
