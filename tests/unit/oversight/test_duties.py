"""One incident runs every regime's clock; what was filed in time is met, what was not is late or missed."""

from datetime import datetime

import pytest
from comity.domain.duty import Duty
from comity.oversight.duties import HOUR, Facts, Filing, State, clocks, tally

AWARE = 1_000 * HOUR
DUTIES = (
    Duty(id="a-now", member="XA", regime="Act", stage="immediate", deadline_hours=0),
    Duty(id="a-6h", member="XA", regime="Act", stage="initial", deadline_hours=6),
    Duty(id="a-14d", member="XA", regime="Act", stage="supplementary", deadline_hours=336),
    Duty(id="b-72h", member="XA", regime="Data Act", stage="notify", deadline_hours=72),
    Duty(id="c", member="XA", regime="Guideline", stage="notify"),
)


def states(notified: int | None, *filings: Filing, at: int) -> dict[str, State]:
    facts = Facts(aware=AWARE, notified=None if notified is None else AWARE + notified * HOUR)
    return {clock.duty.id: clock.state for clock in clocks(DUTIES, facts, filings, AWARE + at * HOUR)}


def test_every_clock_starts_when_the_member_became_aware() -> None:
    due = [clock.due for clock in clocks(DUTIES, Facts(aware=AWARE), (), AWARE)]

    assert due == [AWARE, AWARE + 6 * HOUR, AWARE + 336 * HOUR, AWARE + 72 * HOUR, None]


@pytest.mark.parametrize(
    ("zone", "aware", "days", "due"),
    [
        ("UTC", "2027-03-01T00:00:00+00:00", 3, "2027-03-05T00:00:00+00:00"),
        ("UTC", "2027-03-01T23:59:59+00:00", 3, "2027-03-05T00:00:00+00:00"),
        ("Asia/Singapore", "2027-03-01T16:30:00+00:00", 3, "2027-03-06T00:00:00+08:00"),
        ("Asia/Singapore", "2027-03-01T15:30:00+00:00", 0, "2027-03-02T00:00:00+08:00"),
        # A day of 23 hours, when clocks go forward.
        ("Europe/Paris", "2027-03-27T12:00:00+00:00", 1, "2027-03-29T00:00:00+02:00"),
    ],
)
def test_calendar_days_end_at_the_members_midnight(zone: str, aware: str, days: int, due: str) -> None:
    duty = Duty(id="d", member="XA", regime="Act", stage="notify", deadline_hours=72, calendar_days=days, zone=zone)
    start, end = (round(datetime.fromisoformat(text).timestamp()) * 1_000_000 for text in (aware, due))
    at_last = Facts(aware=start, notified=end - 1)
    too_late = Facts(aware=start, notified=end)

    assert [clocks([duty], facts, (), end)[0].state for facts in (at_last, too_late)] == [State.MET, State.LATE]


def test_what_is_not_filed_runs_until_its_deadline_and_is_missed_after_it() -> None:
    assert states(None, at=6)["a-6h"] is State.RUNNING
    assert states(None, at=7)["a-6h"] is State.MISSED


def test_the_first_notice_fulfils_first_stages_and_no_later_one() -> None:
    found = states(5, at=400)

    assert (found["a-now"], found["a-6h"], found["b-72h"]) == (State.LATE, State.MET, State.MET)
    assert found["a-14d"] is State.MISSED


def test_a_filing_comes_before_the_first_notice_and_the_first_filing_before_later_ones() -> None:
    first = Filing(duty="a-6h", filed=AWARE + 7 * HOUR)
    again = Filing(duty="a-6h", filed=AWARE + 1 * HOUR)

    assert states(5, first, again, at=10)["a-6h"] is State.LATE


def test_a_duty_without_a_number_is_neither_met_nor_missed() -> None:
    assert states(None, at=9_000)["c"] is State.NO_DEADLINE


def test_a_duty_that_does_not_apply_counts_for_nothing_else() -> None:
    assert states(None, Filing(duty="a-14d", filed=None), at=9_000)["a-14d"] is State.NOT_APPLICABLE


def test_regimes_are_counted_apart() -> None:
    counted = tally(clocks(DUTIES, Facts(aware=AWARE, notified=AWARE), (), AWARE + HOUR))

    assert counted["Act"] == {State.MET: 2, State.RUNNING: 1}
    assert counted["Data Act"] == {State.MET: 1}


def test_what_remains_is_told_while_it_runs_and_how_long_it_is_over_after() -> None:
    remaining = {clock.duty.id: clock.remaining for clock in clocks(DUTIES, Facts(aware=AWARE), (), AWARE + 8 * HOUR)}

    assert (remaining["a-6h"], remaining["b-72h"], remaining["c"]) == (-2 * HOUR, 64 * HOUR, None)
