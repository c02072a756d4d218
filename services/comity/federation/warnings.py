"""Need to warn: an owner hears that members who are not served its object have an asset that it is about.

Members register their own networks and names; nobody is shown them. The owner is told a number, never a name, and
nothing where only one member is not served the object, since the number would be a name then.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from comity.dedup.canonical import Observable
from comity.domain.member import Bloc
from comity.errors import InvalidRequestError
from comity.gateway.viewers import node_viewer
from comity.store import exposures
from comity.store.database import Connection
from comity.store.exposures import Hint, Stated
from comity.store.search_terms import address_as_network, around, host_of, network_in, observables_in
from comity.store.store import Store

MOST = 10_000
"""The most values that a member registers."""

_FEWEST_UNSERVED = 2
_SHORTEST = {4: 8, 6: 16}
_KINDS = frozenset({"ipv4", "ipv6", "domain", "vulnerability"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Warnings:
    """The hints of one federation."""

    bloc: Bloc
    store: Store

    def register(self, member: str, texts: Sequence[str]) -> int:
        """Keep what a member registers as its own, in place of what it had, and look at every object again.

        Raises:
            InvalidRequestError: a value is no network, address, host name or CVE number.
        """
        values = {_value_of(text) for text in texts}
        with self.store.write() as connection:
            exposures.register(connection, member, values)
            exposures.drop_hints(connection)
            self.look(connection)
        return len(values)

    def look(self, connection: Connection, uuids: Sequence[bytes] | None = None) -> None:
        """Raise the hints about objects that have just come, or about all of them. Needs the write lock."""
        registered = exposures.registered(connection)
        now = self.store.clock()
        for one in list(exposures.stated(connection, uuids)) if registered else ():
            exposures.put_hint(connection, one, self._unserved(connection, one, registered), now)

    def hints_for(self, owner: str) -> list[Hint]:
        """Return the hints for an owner."""
        return exposures.hints_for(self.store.read(), owner)

    def _unserved(self, connection: Connection, one: Stated, registered: Mapping[str, frozenset[str]]) -> int:
        """Return how many members registered what an object is about and are not served it."""
        exposed = {member for value in _around(one.observable) for member in registered.get(value, ())} - {one.owner}
        if not exposed:
            return 0
        served = self.store.grants.viewers_of(connection, one.class_id)
        unserved = {code for code in self.bloc.members if code != one.owner and node_viewer(code) not in served}
        return len(exposed & unserved) if len(unserved) >= _FEWEST_UNSERVED else 0


def _value_of(text: str) -> str:
    readings = [one for one in observables_in(text) if one.kind in _KINDS]
    network = network_in(readings[0].value) if readings else None
    if not readings or (network is not None and network.prefixlen < _SHORTEST[network.version]):
        raise InvalidRequestError(f"{text[:80]!r} is no network, address, host name or CVE number to be registered")
    return readings[0].value


def _around(one: Observable) -> list[str]:
    """Return the values that an observable matches: itself, the networks around it, the domains above it."""
    if one.kind in {"ipv4", "ipv6"}:
        network = network_in(one.value) or address_as_network(one.value)
        return [one.value, *(around(network) if network else ())]
    host = host_of(one.kind, one.value)
    if host is None:
        return [one.value]
    labels = host.split(".")
    return [one.value, *(".".join(labels[place:]) for place in range(len(labels) - 1))]
