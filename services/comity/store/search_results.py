"""What a search returns."""

from collections.abc import Mapping
from dataclasses import dataclass

from comity.dedup.canonical import Observable
from comity.domain.label import Label


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An object as the viewer is served it."""

    tick: int
    object_no: int
    contribution: int
    id: str
    type: str
    space: str
    body: bytes
    label: Label | None
    """Nothing in a plain collection."""
    revoked: bool
    twin: int | None
    """What it has in common with other contributions of its observable, where there are any."""
    observable: Observable | None
    """What it states, where that is kept for search."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One page of hits, newest first, and the counts of the newest that match."""

    hits: tuple[Hit, ...]
    next: int | None
    """What to pass as *after* for what is older; ``None`` where there is nothing. The page may be short before that."""
    total: int
    """How many were counted: all that match, unless there are *more*."""
    more: bool
    """Whether older ones may match that were not counted."""
    facets: Mapping[str, Mapping[str, int]]
    """Field -> value -> how many of those counted have it, whatever is chosen in the field itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A sighting that the viewer may read."""

    member: str
    tick: int
    count: int
    refuted: bool
    first_seen: str | None
    last_seen: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """Another object that refers to one, or that it refers to."""

    hit: Hit
    word: str
    outgoing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookalike:
    """A host name that is easily taken for another, and an object that states it."""

    host: str
    of: str
    object_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A line whose value the viewer may read an object of; inside a network where *observable* is one around it."""

    line: str
    observable: Observable
    hit: Hit


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """A line of which the viewer may read nothing; without an observable where it is no value at all."""

    line: str
    observable: Observable | None
