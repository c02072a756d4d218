"""What a feed yields: an object, or the reason why there is none."""

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRecord:
    """The outcome of one observable or object of a source; every place of the source that holds one is named by one.

    Exactly one of ``raw`` and ``error`` is there.
    """

    places: tuple[str, ...]
    """Where it stands in the source, such as ``line 12`` or ``object 3``; several when the source repeats itself."""
    raw: bytes | None = None
    """A STIX 2.1 object, byte for byte as received when the source is STIX, else authored."""
    error: str | None = None
    """The first place and the cause, when there is no object."""
    relayed: bool = False
    """Whether the object is another's, with times and versions of its owner's, rather than authored here."""

    def __post_init__(self) -> None:
        if (self.raw is None) == (self.error is None) or not self.places:
            raise ValueError("a feed record has a place, and either an object or an error")

    @classmethod
    def refused(cls, place: str, cause: object) -> Self:
        """Return the record that says why *place* yields no object."""
        return cls(places=(place,), error=f"{place}: {cause}")
