"""What is in force at a service, and the one place where something else is put in force.

The database says what is in force, not the files of the profile: they are read once, when the service is founded, and
otherwise are only what somebody may propose. Several processes share a database, so every write transaction begins by
looking whether the rules are still the ones this process knows.
"""

from collections.abc import Callable
from dataclasses import replace

from comity.domain.member import Bloc
from comity.errors import PolicyError
from comity.policy.evaluate import Engine
from comity.policy.policies import Policy
from comity.store import policies
from comity.store.database import Connection
from comity.store.grants import Decider
from comity.store.policies import FOUNDING, Activation
from comity.store.redecision import Changed
from comity.store.store import Store

DeciderOf = Callable[[Engine], Decider]
SetUp = Callable[[Connection, Bloc], None]
"""Makes the viewers and collections that a bloc needs; what is there stays."""


class Ruling:
    """The rules in force at one service."""

    def __init__(self, store: Store, engine: Engine, decider_of: DeciderOf, set_up: SetUp) -> None:
        """Rule *store* by what its database says, through *engine*, which is in use elsewhere as well."""
        self._store = store
        self._decider_of = decider_of
        self._set_up = set_up
        self._number = -1
        self.engine = engine

    def begin(self, connection: Connection, founding: Policy) -> None:
        """Put in force what the database says, or *founding* where it says nothing yet. Needs the write lock."""
        if policies.newest_activation(connection) < 0:
            policies.keep_policy(connection, founding.digest, founding.text)
            first = Activation(
                number=0,
                kind=FOUNDING,
                digest=founding.digest,
                suspended=frozenset(),
                activated=self._store.clock(),
                proposal=None,
                reason="the profile that the service was founded with",
                evidence="{}",
            )
            policies.activate(connection, first)
        self.follow(connection)
        self._store.grants.refresh(connection, self._store.clock())
        self._store.before_write = self.follow

    def follow(self, connection: Connection) -> None:
        """Decide by what is in force in the database, where that is not what this process knows."""
        if policies.newest_activation(connection) != self._number:
            self._adopt(connection)

    def policy(self, connection: Connection, at: int | None = None) -> Policy:
        """Return the policy in force now, or at a moment in the past.

        Raises:
            PolicyError: nothing was in force then.
        """
        return self._policy(connection, self._in_force(connection, at))

    def engine_at(self, connection: Connection, at: int) -> Engine:
        """Return what decided at a moment in the past.

        Raises:
            PolicyError: nothing was in force then.
        """
        active = self._in_force(connection, at)
        return self._policy(connection, active).engine(active.suspended)

    def activate(self, connection: Connection, one: Activation, policy: Policy) -> Changed | None:
        """Put a policy in force, in the transaction of the caller: record it, close and open grants, tell listeners.

        The number of *one* is chosen here. Needs the write lock.

        Raises:
            PolicyError: the policy is not the one that the record names.
        """
        if policy.digest != one.digest:
            raise PolicyError(f"policy {policy.digest[:12]} is not the one to put in force, {one.digest[:12]}")
        recorded = replace(one, number=policies.newest_activation(connection) + 1)
        policies.keep_policy(connection, policy.digest, policy.text)
        policies.activate(connection, recorded)
        self._adopt(connection)
        changed = self._store.grants.refresh(connection, self._store.clock())
        for listener in self._store.on_activation:
            listener(connection, recorded, changed)
        return changed

    def _adopt(self, connection: Connection) -> None:
        active = self._in_force(connection, None)
        self.engine.adopt(self._policy(connection, active).engine(active.suspended))
        self._store.grants.follow(self._decider_of(self.engine))
        self._set_up(connection, self.engine.bloc)
        self._number = active.number

    def _in_force(self, connection: Connection, at: int | None) -> Activation:
        active = policies.in_force(connection, at)
        if active is None:
            raise PolicyError("nothing was in force at that time, expected a time after the service was founded")
        return active

    def _policy(self, connection: Connection, active: Activation) -> Policy:
        text = policies.policy_text(connection, active.digest)
        if text is None:
            raise PolicyError(f"the text of the policy {active.digest[:12]} is not kept here")
        return Policy.parse(text)
