"""What was taken back or declared invalid, and where that stands at each member."""

from dataclasses import dataclass

from comity.portal.answers import Page, Table, moment
from comity.portal.site import Site
from comity.store import operations
from comity.store.operations import Withdrawal
from comity.store.recall_states import standings
from comity.store.recalls import CONFIRMED, NEVER

RECALL = "recall"
"""The kind of a withdrawal that asks others to purge what they have."""

_COLUMNS = ("object_id", "kind", "withdrawn", "reason", "member", "state", "at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """Where the withdrawal of an object stands at one member."""

    member: str
    state: str
    """``confirmed``, ``pending``, ``overdue`` or ``never had it`` of a recall; ``told`` of a revocation."""
    at: str
    """When it was confirmed; since when it is pending or overdue."""
    last_seen: str = ""
    """When the member's node last called the federation, while it has not confirmed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawalRow:
    """An object taken back or declared invalid."""

    object_id: str
    kind: str
    origin: str
    withdrawn: str
    reason: str
    confirmations: tuple[Confirmation, ...]

    @property
    def confirmed(self) -> int:
        """How many members have confirmed."""
        return sum(one.state == CONFIRMED for one in self.confirmations)

    @property
    def asked(self) -> int:
        """How many members have to confirm: all but those that never had it."""
        return sum(one.state != NEVER for one in self.confirmations)


def withdrawals_page(site: Site) -> Page:
    """Return what was withdrawn, and where each withdrawal stands at each member addressed."""
    found = withdrawals_of(site)
    rows = [
        [one.object_id, one.kind, one.withdrawn, one.reason, each.member, each.state, each.at]
        for one in found
        for each in one.confirmations
    ]
    return Page(
        template="withdrawals.html",
        title="Withdrawals",
        data={"withdrawals": found},
        table=Table(header=_COLUMNS, rows=rows),
    )


def withdrawals_of(site: Site) -> tuple[WithdrawalRow, ...]:
    """Return what the member withdrew of its own objects, newest first."""
    connection = site.services.store.read()
    own = [one for one in operations.all_withdrawals(connection) if one.origin == site.services.member]
    return tuple(_withdrawal(site, one) for one in reversed(own))


def _withdrawal(site: Site, one: Withdrawal) -> WithdrawalRow:
    return WithdrawalRow(
        object_id=one.object_id,
        kind=one.kind,
        origin=one.origin,
        withdrawn=moment(one.withdrawn),
        reason=one.reason,
        confirmations=tuple(_confirmations(site, one)),
    )


def _confirmations(site: Site, one: Withdrawal) -> list[Confirmation]:
    if one.kind != RECALL:
        return [Confirmation(member=member, state="told", at=moment(one.withdrawn)) for member in one.addressed]
    return [
        Confirmation(
            member=each.member,
            state=each.state,
            at=moment(each.since),
            last_seen="" if each.state == CONFIRMED or each.last_seen is None else moment(each.last_seen),
        )
        for each in standings(site.services.store.read(), one)
    ]
