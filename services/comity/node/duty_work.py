"""Duty clocks of the member's incidents, and the filings that its operators record."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from comity.errors import NotFoundError, RefusedError
from comity.node.context import Node
from comity.node.incidents import Incident, incident_of, incidents_of
from comity.oversight.duties import Clock, Countdown, Facts, Filing, clocks, tally
from comity.store import oversight
from comity.store.oversight import FilingRow


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyWork:
    """What operators do about duties, for the pages, the API and the commands alike."""

    node: Node

    def countdowns(self) -> list[Countdown]:
        """Return every incident with its clocks, that of which something is due next first."""
        connection = self.node.store.read()
        filings = oversight.all_filings(connection)
        found = [self._countdown(one, filings) for one in incidents_of(self.node, connection)]
        return sorted(found, key=lambda one: (_next_due(one.clocks), one.aware))

    def tally(self) -> dict[str, dict[str, int]]:
        """Return how many of the member's own clocks are in each state, by regime; no incident is named."""
        own = [clock for one in self.countdowns() for clock in one.clocks if clock.duty.member == self.node.member]
        counted = {regime: {str(state): number for state, number in row.items()} for regime, row in tally(own).items()}
        regimes = dict.fromkeys(duty.regime for duty in self.node.bloc.members[self.node.member].duties)
        return {regime: counted.get(regime, {}) for regime in regimes}

    def file(self, object_id: str, duty_id: str, *, filed: int | None, account: str) -> None:
        """Record that a duty was fulfilled at *filed*, or, without a time, that it does not apply.

        Raises:
            NotFoundError: the member has no such incident, or no such duty.
            RefusedError: the time lies before the incident or after the present, or the duty was filed before.
        """
        with self.node.store.write() as connection:
            found = incident_of(self.node, connection, object_id)
            if found is None:
                raise NotFoundError(f"no incident {object_id[:80]!r} of {self.node.member}")
            if all(duty.id != duty_id for duty in self.node.bloc.members[self.node.member].duties):
                raise NotFoundError(f"no duty {duty_id[:80]!r} of {self.node.member}")
            now = self.node.store.clock()
            if filed is not None and not found.facts.aware <= filed <= now:
                raise RefusedError("the time of a filing lies between awareness of the incident and the present")
            if any(one.duty == duty_id for one in oversight.all_filings(connection).get(object_id, ())):
                raise RefusedError(f"duty {duty_id!r} was recorded for this incident before; filings are never changed")
            row = FilingRow(object_id=object_id, duty=duty_id, filed=filed, recorded=now, account=account)
            oversight.put_filing(connection, row)

    def own_clocks(self, one: Incident, filings: Iterable[FilingRow], now: int) -> list[Clock]:
        """Return the clocks of the member's own duties for one incident, at *now*."""
        return clocks(self.node.bloc.members[self.node.member].duties, one.facts, _filings(filings), now)

    def _countdown(self, one: Incident, filings: dict[str, list[FilingRow]]) -> Countdown:
        now = self.node.store.clock()
        own = self.own_clocks(one, filings.get(one.submission.object_id, ()), now)
        # What was filed abroad is not known here: those countdowns run from awareness alone.
        others = [code for code in self.node.bloc.members if code in one.victims and code != self.node.member]
        abroad = [duty for code in others for duty in self.node.bloc.members[code].duties]
        theirs = clocks(abroad, Facts(aware=one.facts.aware), (), now)
        return Countdown(
            object_id=one.submission.object_id, name=one.name, aware=one.facts.aware, clocks=(*own, *theirs)
        )


def _filings(rows: Iterable[FilingRow]) -> list[Filing]:
    return [Filing(duty=one.duty, filed=one.filed) for one in rows]


def _next_due(listed: Sequence[Clock]) -> tuple[bool, int]:
    """Return what sorts incidents: those with something still due first, by when."""
    remaining = [clock.due for clock in listed if clock.remaining is not None and clock.due is not None]
    return (not remaining, min(remaining, default=0))
