"""Coarser times."""

import pytest
from comity.redaction.times import day_of, end_of_day, just_after, month_of


def test_a_time_becomes_the_start_of_its_day_or_month() -> None:
    assert day_of("2026-03-05T10:20:30.123456Z") == "2026-03-05T00:00:00.000Z"
    assert month_of("2026-03-05T10:20:30Z") == "2026-03-01T00:00:00.000Z"


@pytest.mark.parametrize(
    ("time", "end"),
    [
        ("2026-02-28T10:20:30Z", "2026-03-01T00:00:00.000Z"),
        ("2026-02-28T00:00:00.000001Z", "2026-03-01T00:00:00.000Z"),
        ("2026-02-28T00:00:00Z", "2026-02-28T00:00:00.000Z"),
        ("9999-12-31T10:20:30Z", "9999-12-31T23:59:59.999Z"),
    ],
)
def test_a_time_becomes_the_end_of_its_day(time: str, end: str) -> None:
    assert end_of_day(time) == end


def test_the_next_version_is_a_millisecond_later() -> None:
    assert just_after("2026-02-28T23:59:59.999Z") == "2026-03-01T00:00:00.000Z"
