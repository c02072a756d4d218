"""What the pages need of the service that shows them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from comity.errors import RefusedError
from comity.gateway.authentication import Authenticator
from comity.oversight.duties import Countdown
from comity.policy.evaluate import Engine
from comity.policy.explain import Outcome
from comity.store.database import Clock
from comity.store.store import Store


class Sight(Protocol):
    """Records that an observable was seen, or refuted, at this member."""

    def __call__(self, kind: str, value: str, *, count: int, refuted: bool) -> None:
        """Record it, or raise a ``ComityError`` whose message is shown."""


class File(Protocol):
    """Records that a duty was fulfilled at a time, or, without one, that it does not apply."""

    def __call__(self, object_id: str, duty_id: str, *, filed: int | None, account: str) -> None:
        """Record it, or raise a ``ComityError`` whose message is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Oversight:
    """What the pages of duties and returns ask of the node."""

    countdowns: Callable[[], Sequence[Countdown]]
    """Every incident of the member with its clocks."""
    tally: Callable[[], Mapping[str, Mapping[str, int]]]
    """How many of the member's own clocks are in each state, by regime."""
    file: File
    report: Callable[[int, int], object]
    """Makes the member's return for a period, and sends it if the federation can be reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hunting:
    """What the page of hunts asks of the node; mappings are as the API of analytics gives them."""

    formats: Sequence[str]
    files: Callable[[], Sequence[Mapping[str, Any]]]
    """The telemetry that can be loaded."""
    load: Callable[[str, str], None]
    """Begins to load a file, by its name and format."""
    hunt: Callable[[bool], None]
    """Begins a hunt, for what is new only or for everything."""
    standing: Callable[[], Mapping[str, Any]]
    alerts: Callable[[], Sequence[Mapping[str, Any]]]
    """What lies inside the member's own networks."""
    warned: Callable[[], Sequence[Mapping[str, Any]]]
    """What was seen at the member, and since when it had been warned."""


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


class Holder(Protocol):
    """Somebody who was served an object; times are microseconds since 1970."""

    @property
    def object_id(self) -> str:
        """The form that was served."""

    @property
    def viewer(self) -> str:
        """Who was served it."""

    @property
    def since(self) -> int | None:
        """When first; nothing where it may have been, but it is not certain."""

    @property
    def entries(self) -> Sequence[int]:
        """The entries of the ledger that say so."""

    @property
    def state(self) -> str:
        """What has become of it there, where that is known."""


def _nobody_to_ask(object_id: str) -> Sequence[Holder]:
    raise RefusedError(f"this node has no federation that could be asked about {object_id[:80]!r}")


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
    oversight: Oversight
    hunting: Hunting
    warnings: Callable[[str, str], Sequence[str]] = lambda _kind, _value: ()
    """The warning lists that an observable, by its kind and value, is on."""
    alerts: bool = False
    """Whether the node tells of what saved searches find."""
    feeds: Callable[[], Sequence[FeedRow]] = tuple
    """How the feeds of the node stand."""
    holders: Callable[[str], Sequence[Holder]] = _nobody_to_ask
    """Who was served one of the member's own objects, by the federation's word."""
