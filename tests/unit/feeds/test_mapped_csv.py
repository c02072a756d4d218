"""Quirks of tables as they are published."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from comity.errors import InvalidObjectError, SettingsError
from comity_feeds.mapped_csv import read
from comity_feeds.mapping import ColumnMapping
from comity_feeds.record import FeedRecord

PLAIN = {"observables": {"host": "domain"}}


def records(text: str, mapping: Mapping[str, object] = PLAIN) -> list[FeedRecord]:
    options = {"source": "table", "received_at": datetime(2026, 1, 5, tzinfo=UTC), "mapping": mapping}
    return list(read(text.encode(), options))


def bodies(text: str, mapping: Mapping[str, object] = PLAIN) -> list[dict[str, object]]:
    return [json.loads(record.raw) for record in records(text, mapping) if record.raw]


def names(text: str, mapping: Mapping[str, object] = PLAIN) -> list[object]:
    return [body["name"] for body in bodies(text, mapping)]


def test_columns_are_found_by_name_in_any_order() -> None:
    assert names("n,host\n1,a.example\n2,b.example") == ["a.example", "b.example"]


def test_columns_are_found_by_position_where_there_is_no_header() -> None:
    assert names("1,a.example\n", {"observables": {"1": "domain"}, "header": "none"}) == ["a.example"]


def test_a_header_may_stand_in_the_last_comment() -> None:
    table = '# about this table\n# "id", "host"\n1, "a.example"\n'

    assert names(table, {**PLAIN, "header": "comment"}) == ["a.example"]


def test_a_blank_behind_the_delimiter_is_no_part_of_a_cell() -> None:
    assert names('id, host\n1, "a.example"') == ["a.example"]


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_any_character_may_delimit(delimiter: str) -> None:
    assert names(f"id{delimiter}host\n1{delimiter}a.example", {**PLAIN, "delimiter": delimiter}) == ["a.example"]


def test_a_line_in_quotation_marks_that_looks_like_a_comment_is_none() -> None:
    (body,) = bodies('host,said\na.example,"one\n# two"', {**PLAIN, "description": "said"})

    assert body["description"] == "one\n# two"


def test_a_quotation_mark_that_is_never_closed_is_an_error_that_names_every_line_it_swallows() -> None:
    (record,) = records('host\n"b.example\nc.example\n')

    assert str(record.error).startswith("lines 2 to 3: no row of a table")


def test_a_row_with_more_cells_than_the_header_is_refused_and_an_empty_one_at_the_end_is_not() -> None:
    first, second = records("host,n\na.example,1,2\nb.example,1,")

    assert first.error == "line 2: row has 3 cells, expected 2"
    assert second.places == ("line 3, column 'host'",)


def test_one_row_may_hold_several_observables() -> None:
    mapping = {"observables": {"host": "domain", "md5": "hash"}}

    assert names("host,md5\na.example," + "a" * 32, mapping) == ["a.example", "a" * 32]


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ("2026-01-02", "2026-01-02T00:00:00.000Z"),
        ("2026-01-02 08:00:00", "2026-01-02T08:00:00.000Z"),
        ("2026-01-02 08:00:00 UTC", "2026-01-02T08:00:00.000Z"),
        ("2026-01-02T08:00:00+08:00", "2026-01-02T00:00:00.000Z"),
        ("1767312000", "2026-01-02T00:00:00.000Z"),
    ],
)
def test_the_first_sight_is_understood_in_the_ways_in_which_sources_write_it(seen: str, expected: str) -> None:
    (body,) = bodies(f"host,seen\na.example,{seen}", {**PLAIN, "first_seen": "seen"})

    assert body["valid_from"] == expected


@pytest.mark.parametrize("seen", ["yesterday", "02/01/2026", "2026-13-01", "0001-01-01T00:00:00+14:00", "20260102"])
def test_a_first_sight_that_is_no_time_refuses_the_row(seen: str) -> None:
    (record,) = records(f"host,seen\na.example,{seen}", {**PLAIN, "first_seen": "seen"})

    assert str(record.error).startswith("line 2: time is ")


@pytest.mark.parametrize("confidence", ["-1", "101", "high", "1e2", "٣"])
def test_a_confidence_outside_0_to_100_refuses_the_row(confidence: str) -> None:
    (record,) = records(f"host,sure\na.example,{confidence}", {**PLAIN, "confidence": "sure"})

    assert record.error == f"line 2: confidence is {confidence!r}, expected a whole number from 0 to 100"


def test_two_rows_on_one_observable_keep_the_lower_confidence_and_the_earlier_sight() -> None:
    mapping = {**PLAIN, "confidence": "sure", "first_seen": "seen"}
    (body,) = bodies("host,sure,seen\na.example,80,2026-01-03\na.example,0,2026-01-02", mapping)

    assert (body["confidence"], body["valid_from"]) == (0, "2026-01-02T00:00:00.000Z")


def test_a_label_that_is_not_tlp_refuses_the_row() -> None:
    (record,) = records("host,tlp\na.example,purple", {**PLAIN, "tlp": "tlp"})

    assert str(record.error).startswith("line 2: unknown TLP label 'purple'")


@pytest.mark.parametrize("table", ["n\n1", "host,host\na.example,b.example"])
def test_a_table_without_its_column_or_with_two_of_them_is_refused(table: str) -> None:
    with pytest.raises(InvalidObjectError, match="columns 'host', expected one"):
        records(table)


@pytest.mark.parametrize(
    "mapping",
    [
        {},
        {"observables": {}},
        {"observables": {"a": "mutex"}},
        {"observables": {"a": "column"}},
        {"observables": {"a": "column"}, "kind_column": "b"},
        {"observables": {"a": "domain"}, "kinds": {"x": "column"}},
        {"observables": {"a": 7}},
        {"observables": {"": "domain"}},
        {"observables": {"a": "domain"}, "header": "last"},
        {"observables": {"a": "domain"}, "header": "none"},
        {"observables": {"a": "domain"}, "delimiter": ",,"},
        {"observables": {"a": "domain"}, "name": -1},
        {"observables": {"a": "domain"}, "colour": "blue"},
    ],
)
def test_a_mapping_that_cannot_be_used_is_refused(mapping: Mapping[str, object]) -> None:
    with pytest.raises(SettingsError):
        ColumnMapping.parse(mapping)


def test_a_table_without_a_mapping_is_refused() -> None:
    with pytest.raises(SettingsError, match="mapping is missing"):
        read(b"host\na.example", {"source": "table", "received_at": "2026-01-05T00:00:00Z"})
