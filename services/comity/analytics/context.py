"""What every part of the analytics of a node needs to know of the node."""

from dataclasses import dataclass

from comity.domain.desk import Desk, Role
from comity.domain.member import Bloc
from comity.domain.purpose import Purpose
from comity.gateway.viewers import OWN, desk_viewer
from comity.redaction.pseudonym import Keys
from comity.store.database import Connection
from comity.store.grants import Viewer
from comity.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Analytics:
    """The analytics of one member's node, over the store of that node."""

    member: str
    bloc: Bloc
    store: Store
    twin_key: bytes
    """The bloc's key for fingerprints."""
    keys: Keys
    """The member's own secret, from which the pseudonyms of operators come."""

    def viewers(self, connection: Connection) -> list[Viewer]:
        """Return all that the member's CERT reads as, for each purpose, and the member's own objects."""
        grants = self.store.grants
        names = [OWN, *(desk_viewer(Desk(self.member, Role.CERT), purpose) for purpose in Purpose)]
        numbers = (grants.viewers.find(connection, name) for name in names)
        return [grants.viewer(connection, number) for number in numbers if number is not None]
