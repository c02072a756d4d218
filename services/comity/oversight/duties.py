"""Duty clocks: one incident, the countdown of every regime, and whether what was due was filed in time."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from comity.domain.duty import Duty

HOUR = 3_600_000_000
"""Microseconds."""


class State(StrEnum):
    """How one duty stands for one incident."""

    MET = "met"
    LATE = "late"
    """Filed after the deadline."""
    MISSED = "missed"
    """Not filed, and the deadline is over."""
    RUNNING = "running"
    NO_DEADLINE = "no deadline"
    """The law names no number of hours; whether it was filed is told all the same."""
    NOT_APPLICABLE = "not applicable"
    """An operator recorded that the duty does not apply to the incident."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What clocks need to know of an incident; times are microseconds since 1970."""

    aware: int
    notified: int | None = None
    """When the national authority was first notified."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """What an operator recorded about one duty for one incident."""

    duty: str
    filed: int | None
    """``None`` where the duty does not apply."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """One countdown."""

    duty: Duty
    state: State
    due: int | None
    filed: int | None
    remaining: int | None
    """Microseconds to the deadline while it runs; below zero once it is missed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Countdown:
    """One incident and the clocks of every regime that it may fall under."""

    object_id: str
    name: str
    aware: int
    clocks: tuple[Clock, ...]
    """The reporting member's own first, then those of members that the report names as affected."""


def clocks(duties: Iterable[Duty], facts: Facts, filings: Sequence[Filing], now: int) -> list[Clock]:
    """Return the clock of each duty, in their order; of several filings of one duty the first counts."""
    first: dict[str, Filing] = {}
    for filing in filings:
        first.setdefault(filing.duty, filing)
    return [_clock(duty, facts, first.get(duty.id), now) for duty in duties]


def tally(counted: Iterable[Clock]) -> Mapping[str, Mapping[State, int]]:
    """Return how many clocks are in each state, by regime: figures of different regimes are never added up."""
    states: dict[str, Counter[State]] = {}
    for clock in counted:
        states.setdefault(clock.duty.regime, Counter())[clock.state] += 1
    return states


def _clock(duty: Duty, facts: Facts, filing: Filing | None, now: int) -> Clock:
    due = _due(duty, facts.aware)
    filed = filing.filed if filing else facts.notified if duty.is_first_notice else None
    if filing is not None and filing.filed is None:
        return Clock(duty=duty, state=State.NOT_APPLICABLE, due=due, filed=None, remaining=None)
    state = _state(due, filed, now)
    open_until = due if state in {State.RUNNING, State.MISSED} else None
    return Clock(
        duty=duty, state=state, due=due, filed=filed, remaining=None if open_until is None else open_until - now
    )


def _due(duty: Duty, aware: int) -> int | None:
    if duty.calendar_days is not None:
        zone = ZoneInfo(duty.zone)
        first = datetime.fromtimestamp(aware // 1_000_000, zone).date()
        # The first moment that is too late is midnight, which is not always 24 hours after the one before.
        end = datetime.combine(first + timedelta(days=duty.calendar_days + 1), time(), zone)
        return round(end.timestamp()) * 1_000_000 - 1
    return None if duty.deadline_hours is None else aware + round(duty.deadline_hours * HOUR)


def _state(due: int | None, filed: int | None, now: int) -> State:
    if due is None:
        return State.NO_DEADLINE
    if filed is not None:
        return State.MET if filed <= due else State.LATE
    return State.RUNNING if now <= due else State.MISSED
