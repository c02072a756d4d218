"""When things arrive at a node that is not always online (FORMAT 2.4)."""

import pytest

from tests.oracle.clock import duration, minute, text_of
from tests.oracle.connectivity import line_of

CONNECTIVITY = {
    "XA": {"online": [["D2 00:00", "D2 01:00"], ["D1 00:00", "D1 01:00"]]},
    "XB": {"offline": [["D1 00:00", "D1 01:00"], ["D1 01:00", "D2 00:00"]]},
}


@pytest.mark.parametrize(
    ("member", "sent", "arrives"),
    [
        ("XA", "D1 00:30", "D1 00:30"),
        ("XA", "D1 01:00", "D1 01:00"),
        ("XA", "D1 01:01", "D2 00:00"),
        ("XB", "D1 00:00", "D2 00:00"),
        ("XB", "D2 00:00", "D2 00:00"),
        ("XC", "D1 00:00", "D1 00:00"),
    ],
)
def test_things_wait_for_an_offline_node(member: str, sent: str, arrives: str) -> None:
    assert line_of(CONNECTIVITY, member).arrival(minute(sent)) == minute(arrives)


def test_nothing_arrives_after_the_last_window() -> None:
    assert line_of(CONNECTIVITY, "XA").arrival(minute("D2 01:01")) is None


def test_a_time_and_its_minute_are_one() -> None:
    assert text_of(minute("D12 23:59")) == "D12 23:59"


def test_hours_of_a_duration_are_not_folded_into_days() -> None:
    assert duration(58 * 60 + 5.5) == "58h05m"
