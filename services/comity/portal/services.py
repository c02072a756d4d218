"""What the pages need of the service that shows them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from comity.errors import RefusedError
from comity.gateway.authentication import Authenticator
from comity.policy.evaluate import Engine
from comity.policy.explain import Outcome
from comity.store.database import Clock
from comity.store.store import Store


class Sight(Protocol):
    """Records that an observable was seen, or refuted, at this member."""

    def __call__(self, kind: str, value: str, *, count: int, refuted: bool) -> None:
        """Record it, or raise a ``ComityError`` whose message is shown."""


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
    holders: Callable[[str], Sequence[Holder]] = _nobody_to_ask
    """Who was served one of the member's own objects, by the federation's word."""
