"""What the columns of a table mean: observables, and what is said about them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Literal, Self, get_args

from comity.errors import SettingsError

from comity_feeds.recognition import KINDS

Column = str | int
"""A column by its header, or by its position from 0."""
Header = Literal["first", "comment", "none"]
FROM_COLUMN = "column"
"""The kind of an observable whose kind the row itself states."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMapping:
    """The columns that hold observables with the kind of each, and those that hold their context."""

    observables: Mapping[Column, str]
    """Column -> kind, one of ``recognition.KINDS``, or ``column`` where ``kind_column`` states it."""
    kind_column: Column | None = None
    kinds: Mapping[str, str] = field(default_factory=dict)
    """What ``kind_column`` holds -> the kind; anything else in that column refuses the row."""
    name: Column | None = None
    description: Column | None = None
    first_seen: Column | None = None
    confidence: Column | None = None
    tlp: Column | None = None
    header: Header = "first"
    """Where the names of the columns are: in the first row, in the last comment before it, or nowhere."""
    delimiter: str = ","
    comment: str = "#"
    """What a line starts with that is none of the table; empty where there are no such lines."""

    def __post_init__(self) -> None:
        if not self.observables:
            raise SettingsError("observables is empty, expected a column and its kind")
        if unknown := {*self.observables.values(), *self.kinds.values()} - KINDS - {FROM_COLUMN}:
            raise SettingsError(f"kind is {min(unknown)!r}, expected one of {', '.join(sorted(KINDS))}")
        if FROM_COLUMN in self.kinds.values():
            raise SettingsError(f"kinds holds {FROM_COLUMN!r}, expected kinds of observables")
        if FROM_COLUMN in self.observables.values() and (self.kind_column is None or not self.kinds):
            raise SettingsError("kind_column or kinds is missing, expected both beside the kind 'column'")
        if self.header not in get_args(Header):
            raise SettingsError(f"header is {self.header!r}, expected one of {', '.join(get_args(Header))}")
        if len(self.delimiter) != 1 or self.delimiter in '\r\n"':
            raise SettingsError(f"delimiter is {self.delimiter!r}, expected one character")
        if self.header == "none" and (named := [each for each in self.columns if isinstance(each, str)]):
            raise SettingsError(f"column is {named[0]!r}, expected a position, since there is no header")

    @property
    def columns(self) -> tuple[Column, ...]:
        """Every column that is read."""
        context = (self.kind_column, self.name, self.description, self.first_seen, self.confidence, self.tlp)
        return (*self.observables, *(each for each in context if each is not None))

    @classmethod
    def parse(cls, table: Mapping[str, object]) -> Self:
        """Return the mapping that *table*, such as one of a TOML file, states.

        A key of ``observables`` that is a number in quotes is a position, since the keys of TOML are text.

        Raises:
            SettingsError: a key is unknown or missing, or a value is none of its kind.
        """
        known = [each.name for each in fields(cls)]
        if unknown := sorted(set(table) - set(known)):
            raise SettingsError(f"unknown key {unknown[0]!r} of a mapping, expected some of {', '.join(known)}")
        if "observables" not in table:
            raise SettingsError("observables is missing, expected a table of columns and their kinds")
        values = {key: _parsed(key, value) for key, value in table.items()}
        return cls(**values)  # type: ignore[arg-type]  # each value has been parsed by its key


def _parsed(key: str, value: object) -> object:
    match key:
        case "observables":
            return {_column(key, column): kind for column, kind in _texts(key, value).items()}
        case "kinds":
            return _texts(key, value)
        case "header" | "delimiter" | "comment":
            if not isinstance(value, str):
                raise SettingsError(f"{key} is {value!r}, expected text")
            return value
        case _:
            return _column(key, value)


def _column(key: str, value: object) -> Column:
    if isinstance(value, str) and value:
        return int(value) if value.isascii() and value.isdecimal() else value
    if type(value) is int and value >= 0:
        return value
    raise SettingsError(f"{key} is {value!r}, expected a header or a position from 0")


def _texts(key: str, value: object) -> dict[str, str]:
    if not isinstance(value, Mapping) or not all(isinstance(each, str) for each in value.values()):
        raise SettingsError(f"{key} is {value!r}, expected a table of texts")
    return {str(name): text for name, text in value.items()}
