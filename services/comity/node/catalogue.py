"""The catalogue of a node's feeds: where each is, what it is, how often it is read, and under which label it comes."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from comity.errors import SettingsError
from comity.transport.destinations import Allowed, split
from comity.transport.fetch import Secret

MINUTE = 60_000_000
"""A minute in microseconds."""


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A feed: a table of the catalogue, ``[feed.NAME]``."""

    url: str
    format: str
    """One of ``comity feed formats``."""
    walk: str = "file"
    """How its publisher gives it: one of the entry points in the group ``comity.feed_walks``."""
    every_minutes: int = 60
    silent_days: int = 30
    """After how many days without anything new an alarm is raised."""
    enabled: bool = True
    source: str = ""
    """The name that ids come from, where it is another than that of the table."""
    tlp: str | None = None
    label: str | None = None
    releasable: Literal["ALL"] | tuple[str, ...] | None = None
    kind: str | None = None
    scheme: str | None = None
    indicator_types: tuple[str, ...] | None = None
    mapping: dict[str, Any] | None = None
    limits: dict[str, int] | None = None
    secret_file: str = ""
    """A file with the value of a header, such as a key; relative to the catalogue."""
    secret_header: str = "authorization"  # noqa: S105  # the name of a header
    seconds: float = 300.0
    """How long one answer may take."""

    def options(self, name: str) -> dict[str, object]:
        """Return what the reader of the format is told of the source."""
        stated = {
            "tlp": self.tlp,
            "kind": self.kind,
            "scheme": self.scheme,
            "indicator_types": self.indicator_types,
            "mapping": self.mapping,
            "limits": self.limits,
        }
        return {"source": self.source or name, **{key: value for key, value in stated.items() if value is not None}}


class Catalogue(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The feeds of a node by name, and the inner hosts and networks that they may be fetched from."""

    feed: dict[str, Source] = {}
    allow: tuple[str, ...] = ()
    folder: str = ""

    @property
    def allowed(self) -> Allowed:
        """The inner hosts and networks that feeds may be fetched from."""
        return Allowed.parse(self.allow)

    def secret_of(self, source: Source) -> Secret | None:
        """Return the secret that the publisher asks for.

        Raises:
            SettingsError: its file cannot be read, or is empty.
        """
        if not source.secret_file:
            return None
        try:
            value = (Path(self.folder) / source.secret_file).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"secret_file {source.secret_file!r} cannot be read") from error
        if not value or not value.isascii() or not value.isprintable():
            raise SettingsError(f"secret_file {source.secret_file!r} does not hold one line of ASCII")
        return Secret(header=source.secret_header, value=value)

    def named(self, name: str) -> Source:
        """Return the feed called *name*.

        Raises:
            SettingsError: there is none.
        """
        if name not in self.feed:
            raise SettingsError(
                f"feed is {name[:60]!r}, expected one of {', '.join(self.feed) or 'none: no catalogue'}"
            )
        return self.feed[name]


def read_catalogue(path: str) -> Catalogue:
    """Return the catalogue in the TOML file at *path*, or an empty one where *path* is empty.

    Raises:
        SettingsError: it cannot be read, or a feed in it is not what one can be.
    """
    if not path:
        return Catalogue()
    try:
        table = tomllib.loads(Path(path).read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"catalogue {Path(path).name!r} cannot be read: {error}") from error
    return parse_catalogue({**table, "folder": str(Path(path).resolve().parent)})


def parse_catalogue(table: Mapping[str, object]) -> Catalogue:
    """Return the catalogue that *table* states.

    Raises:
        SettingsError: a feed in it is not what one can be.
    """
    try:
        catalogue = msgspec.convert(table, Catalogue)
    except msgspec.ValidationError as error:
        raise SettingsError(f"catalogue: {error}") from error
    for name, source in catalogue.feed.items():
        split(source.url)
        if source.every_minutes < 1 or source.silent_days < 1 or source.seconds <= 0:
            raise SettingsError(f"feed {name!r}: every_minutes, silent_days and seconds are expected to be above 0")
    return catalogue
