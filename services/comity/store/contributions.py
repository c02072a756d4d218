"""What is put into the release log, and what becomes of it."""

import msgspec

PLAIN_SPACE = "plain:"
"""What the space of a plain collection begins with; contributions in it are nobody's but the collection's."""


class Contribution(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One version of one object, as somebody contributed it."""

    uuid: bytes
    type: str
    version: int
    """The instant of the version (``taxii.timestamps.instant``); 0 for an object that has no versions."""
    space: str
    class_id: int
    body: bytes
    revoked: bool = False
    twin: int | None = None
    """What contributions of one observable have in common."""
    term: tuple[str, str] | None = None
    """Kind and canonical value of the observable it states, for search."""
    lifts: tuple[int, int] | None = None
    """When its embargo ends, and the class it has from then on."""
    about: bytes | None = None
    """The UUID of what it is a sighting of: it is served to nobody who is not served that."""
    may_be_older: bool = False
    """Whether a version older than the newest is taken, as plain collections do."""
    shared_id: bool = False
    """Whether others may contribute the same bytes under the same id, as with observables and third-party objects."""
    unless: int | None = None
    """The class of an object of another owner with the same id: it is served to nobody who is granted that class."""


class Added(msgspec.Struct, frozen=True, gc=False):
    """The version is in the log from this tick on."""

    tick: int


class Known(msgspec.Struct, frozen=True, gc=False):
    """The same bytes were there before."""


class Refused(msgspec.Struct, frozen=True, gc=False):
    """Nothing was stored, for this reason."""

    reason: str
    of_class: int | None = None
    """The class of the object of another owner that has the id, where that is the reason."""


Outcome = Added | Known | Refused
