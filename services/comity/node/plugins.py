"""The plug-ins of feeds: readers of formats and walks of sources, found by entry points and known by name."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Protocol

from comity.errors import SettingsError
from comity.node.feeding import Record

READERS = "comity.feeds"
"""The entry point group in which a reader is found by the name of the format it reads."""

WALKS = "comity.feed_walks"
"""The entry point group in which a walk is found by the name of the way a publisher gives a source."""


class Part(Protocol):
    """Some of a source, as a walk yields it."""

    @property
    def body(self) -> bytes:
        """What the reader of the format reads."""

    @property
    def position(self) -> str:
        """What to go on from once it is taken in."""

    @property
    def received_at(self) -> datetime:
        """The time of its content."""


Reader = Callable[[bytes, Mapping[str, object]], Iterable[Record]]


def names_of(group: str) -> dict[str, EntryPoint]:
    """Return the plug-ins of a group by name."""
    return {entry.name: entry for entry in sorted(entry_points(group=group), key=lambda entry: entry.name)}


def reader_of(name: str) -> Reader:
    """Return the reader of the format called *name*.

    Raises:
        SettingsError: no such format is installed.
    """
    reader: Reader = _loaded(READERS, name, "format")
    return reader


def walk_of(name: str) -> Callable[..., Iterable[Part]]:
    """Return the walk called *name*; it takes a fetcher and a place.

    Raises:
        SettingsError: no such walk is installed.
    """
    walk: Callable[..., Iterable[Part]] = _loaded(WALKS, name, "walk")
    return walk


def _loaded(group: str, name: str, word: str) -> Any:  # noqa: ANN401  # whatever the plug-in is
    found = names_of(group)
    if name not in found:
        raise SettingsError(f"{word} is {name!r}, expected one of {', '.join(found) or 'none: no feed installed'}")
    return found[name].load()
