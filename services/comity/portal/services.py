"""What the pages need of the service that shows them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from comity.gateway.authentication import Authenticator
from comity.policy.evaluate import Engine
from comity.policy.explain import Outcome
from comity.store.database import Clock
from comity.store.store import Store


class Sight(Protocol):
    """Records that an observable was seen, or refuted, at this member."""

    def __call__(self, kind: str, value: str, *, count: int, refuted: bool) -> None:
        """Record it, or raise a ``ComityError`` whose message is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRow:
    """How a feed stands."""

    name: str
    format: str
    alarm: str
    last_success: str
    last_content: str
    next_try: str
    taken: int
    refused: int
    errors: int
    failures: int
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalServices:
    """The store and the rules of a node, and the work its people may ask for; any of it may raise a ``ComityError``."""

    store: Store
    engine: Engine
    authenticator: Authenticator
    member: str
    title: str
    clock: Clock
    outcomes: Callable[[str], Sequence[tuple[str, Outcome]]]
    """What becomes of one of the member's own objects at every other member."""
    preview: Callable[[bytes], Sequence[tuple[str, Outcome]]]
    """What would become of an object, given as STIX JSON, that has not been taken in."""
    recall: Callable[[str, str], object]
    """Takes back the object with an id, for a reason."""
    sight: Sight
    warnings: Callable[[str, str], Sequence[str]] = lambda _kind, _value: ()
    """The warning lists that an observable, by its kind and value, is on."""
    feeds: Callable[[], Sequence[FeedRow]] = tuple
    """How the feeds of the node stand."""
