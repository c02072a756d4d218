from datetime import UTC, datetime, timedelta

import pytest
from comity.errors import InvalidObjectError, InvalidRequestError
from comity.taxii.timestamps import format_timestamp, instant, instant_of, parse_added_after

SECOND = 1_704_164_645_000_000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-01-02T03:04:05Z", SECOND),
        ("2024-01-02T03:04:05.1Z", SECOND + 100_000),
        ("2024-01-02T03:04:05.123Z", SECOND + 123_000),
        ("2024-01-02T03:04:05.123456Z", SECOND + 123_456),
        ("2024-01-02T03:04:05.123456789Z", SECOND + 123_456),
        ("2024-01-02T03:04:05+00:00", SECOND),
        ("2024-01-02T03:04:05 00:00", SECOND),
        ("2024-01-02T10:04:05.5+07:00", SECOND + 500_000),
        ("2024-01-02T10:04:05.5 07:00", SECOND + 500_000),
        ("2024-01-01T23:34:05-03:30", SECOND),
        ("1970-01-01T00:00:00Z", 0),
        ("1969-12-31T23:59:59.999999Z", -1),
        ("0001-01-01T00:00:00Z", -62_135_596_800_000_000),
        ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999),
    ],
)
def test_added_after_is_counted_in_microseconds_since_the_epoch(text: str, expected: int) -> None:
    assert parse_added_after(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2024-01-02",
        "2024-01-02T03:04Z",
        "2024-01-02T03:04:05",
        "2024-01-02 03:04:05Z",
        "2024-01-02t03:04:05z",
        "2024-01-02T03:04:05.Z",
        "2024-01-02T03:04:05.1234567890Z",
        "2024-01-02T03:04:05Z ",
        "2024-01-02T03:04:05Z\n",
        "2024-13-02T03:04:05Z",
        "2023-02-29T03:04:05Z",
        "2024-01-02T24:00:00Z",
        "2024-01-02T03:04:60Z",
        "2024-01-02T03:04:05+24:00",
        "2024-01-02T03:04:05+7",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-00:01",
        "1704164645",
        "٢٠٢٤-01-02T03:04:05Z",
    ],
)
def test_an_added_after_that_is_no_timestamp_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequestError):
        parse_added_after(text)


@pytest.mark.parametrize(
    ("microseconds", "expected"),
    [
        (0, "1970-01-01T00:00:00.000000Z"),
        (-1, "1969-12-31T23:59:59.999999Z"),
        (SECOND + 7, "2024-01-02T03:04:05.000007Z"),
        (-62_135_596_800_000_000, "0001-01-01T00:00:00.000000Z"),
        (253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_a_taxii_timestamp_has_six_digits(microseconds: int, expected: str) -> None:
    assert format_timestamp(microseconds) == expected


@pytest.mark.parametrize("microseconds", [-62_135_596_800_000_001, 253_402_300_800_000_000])
def test_a_time_outside_the_calendar_is_not_written(microseconds: int) -> None:
    with pytest.raises(OverflowError):
        format_timestamp(microseconds)


def test_the_first_instant_is_the_start_of_the_year_1() -> None:
    assert instant("0001-01-01T00:00:00Z") == 0


def test_an_instant_counts_steps_of_100_nanoseconds() -> None:
    since_year_1 = datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC) - datetime(1, 1, 1, tzinfo=UTC)

    assert instant("2024-01-02T03:04:05.1234567Z") == since_year_1 // timedelta(microseconds=1) * 10 + 1_234_567


@pytest.mark.parametrize("text", ["2024-01-02T03:04:05Z", "2024-01-02T03:04:05.0Z", "2024-01-02T03:04:05.000000Z"])
def test_an_instant_does_not_depend_on_how_many_digits_are_written(text: str) -> None:
    assert instant(text) == instant("2024-01-02T03:04:05.000Z")


def test_instants_that_differ_below_the_millisecond_differ() -> None:
    assert instant("2024-01-02T03:04:05.0001Z") < instant("2024-01-02T03:04:05.0001001Z")


def test_a_count_of_microseconds_and_its_text_are_one_instant() -> None:
    assert instant_of(SECOND + 7) == instant(format_timestamp(SECOND + 7))


def test_the_last_instant_fits_64_bits() -> None:
    assert instant("9999-12-31T23:59:59.999999999Z") < 2**63


@pytest.mark.parametrize("text", ["2024-01-02T03:04:05+00:00", "2024-02-30T03:04:05Z", "now", "2024-01-02T03:04:05"])
def test_a_text_that_is_no_stix_timestamp_has_no_instant(text: str) -> None:
    with pytest.raises(InvalidObjectError):
        instant(text)
