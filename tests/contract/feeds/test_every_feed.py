"""What holds for every feed, whatever format it reads."""

import gzip
import json
import sys
import tomllib
from dataclasses import fields
from importlib.metadata import entry_points
from pathlib import Path
from typing import Protocol

import pytest
import stix2
from comity.errors import InvalidObjectError, SettingsError
from comity.stix.objects import parse_object
from comity_feeds.options import FeedOptions, Limits
from comity_feeds.record import FeedRecord

from tests.contract.feeds.conftest import CASES

RED = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"
EXERCISE = "marking-definition--3a7c1f2e-5b64-4c0d-8f1a-0000000000ee"
AUTHOR = "identity--3a7c1f2e-5b64-4c0d-8f1a-0000000000aa"
GROUP = entry_points(group="comity.feeds")
SEEN: list[str] = []


class Case(Protocol):
    """A feed with a sample, as the fixtures give it."""

    @property
    def sample(self) -> str: ...
    @property
    def relayed(self) -> bool: ...
    @property
    def verbatim(self) -> bool: ...
    @property
    def source(self) -> bytes: ...
    @property
    def expected(self) -> list[dict[str, object]]: ...
    def table(self, **changes: object) -> dict[str, object]: ...
    def records(self, body: bytes | None = None, **changes: object) -> list[FeedRecord]: ...


def plain(record: FeedRecord) -> dict[str, object]:
    """Return *record* as the samples state it; the words of an error are not part of the contract."""
    return {"places": list(record.places), "object": json.loads(record.raw) if record.raw else None}


def objects(records: list[FeedRecord]) -> list[dict[str, object]]:
    return [json.loads(record.raw) for record in records if record.raw is not None]


def errors(records: list[FeedRecord]) -> list[FeedRecord]:
    return [record for record in records if record.raw is None]


def test_a_sample_yields_what_is_expected_of_it(case: Case) -> None:
    assert [plain(record) for record in case.records()] == case.expected


def test_the_same_bytes_and_options_make_the_same_records(case: Case) -> None:
    assert case.records() == case.records()


def test_every_sample_holds_objects_and_errors(case: Case) -> None:
    records = case.records()

    assert errors(records)
    assert objects(records)


def test_an_error_begins_with_the_place_it_is_about(case: Case) -> None:
    found = errors(case.records())

    assert all(str(record.error).startswith(f"{record.places[0]}: ") for record in found)


def test_a_packed_source_yields_what_it_yields_unpacked(case: Case) -> None:
    assert case.records(gzip.compress(case.source)) == case.records()


def test_a_byte_order_mark_is_no_part_of_the_source(case: Case) -> None:
    assert case.records(b"\xef\xbb\xbf" + case.source) == case.records()


def test_a_relayed_object_is_byte_for_byte_in_the_source(case: Case) -> None:
    kept = [record.raw in case.source for record in case.records() if record.raw is not None]

    assert all(kept) or not (case.relayed and case.verbatim)


def test_an_authored_object_is_stix_that_others_can_parse(author: Case) -> None:
    parsed = [stix2.parse(body, allow_custom=True) for body in objects(author.records())]

    assert all(body["spec_version"] == "2.1" for body in parsed)


def test_an_authored_object_has_its_id_from_source_and_content_alone(author: Case) -> None:
    first = [body["id"] for body in objects(author.records())]
    later = [body["id"] for body in objects(author.records(received_at="2026-02-01T00:00:00Z", tlp="red"))]

    assert first == later


def test_two_sources_never_make_the_same_id(author: Case) -> None:
    first = {body["id"] for body in objects(author.records())}
    second = {body["id"] for body in objects(author.records(source="another exercise"))}

    assert not first & second


def test_two_members_never_make_the_same_id(author: Case) -> None:
    first = {body["id"] for body in objects(author.records(member="XA"))}
    second = {body["id"] for body in objects(author.records(member="XB"))}

    assert not first & second


def test_what_a_feed_yields_is_taken_as_stix_2_1(case: Case) -> None:
    made = [record.raw for record in case.records() if record.raw is not None and not (case.relayed and case.verbatim)]

    assert all(parse_object(raw).header.spec_version == "2.1" for raw in made)


def test_no_two_authored_objects_have_the_same_id(author: Case) -> None:
    ids = [body["id"] for body in objects(author.records())]

    assert len(ids) == len(set(ids))


def test_the_creation_time_stays_when_the_source_is_read_again(author: Case) -> None:
    since = "2025-01-01T00:00:00Z"
    first = [body["created"] for body in objects(author.records(since=since))]
    later = [body["created"] for body in objects(author.records(since=since, received_at="2026-02-01T00:00:00Z"))]

    assert first == later == ["2025-01-01T00:00:00.000Z"] * len(first)


def test_what_the_source_says_of_itself_never_weakens_the_label_of_the_operator(author: Case) -> None:
    marked = [body["object_marking_refs"] for body in objects(author.records(tlp="red"))]

    assert marked == [[RED]] * len(marked)


def test_every_authored_object_carries_the_markings_and_the_author_of_the_operator(author: Case) -> None:
    bodies = objects(author.records(markings=[EXERCISE], created_by=AUTHOR))

    assert all(EXERCISE in body["object_marking_refs"] for body in bodies)  # type: ignore[operator]  # a list
    assert all(body["created_by_ref"] == AUTHOR for body in bodies)


def test_a_source_above_the_limit_is_refused_as_a_whole(case: Case) -> None:
    with pytest.raises(InvalidObjectError, match="expected at most 10"):
        case.records(limits={"source_bytes": 10})


def test_a_source_that_unpacks_above_the_limit_is_refused_as_a_whole(case: Case) -> None:
    bomb = gzip.compress(b" " * 5_000_000)

    with pytest.raises(InvalidObjectError, match="unpacks to more than 1000000 bytes"):
        case.records(bomb, limits={"unpacked_bytes": 1_000_000})


def test_a_source_with_too_many_records_is_refused(case: Case) -> None:
    with pytest.raises(InvalidObjectError, match="more than 1 records"):
        case.records(limits={"records": 1})


def test_an_object_above_the_limit_is_an_error_of_its_own(case: Case) -> None:
    records = case.records(limits={"record_bytes": 20})

    assert objects(records) == []
    assert any("expected at most 20" in str(record.error) for record in records)


@pytest.mark.parametrize(
    "source", [b"\x1f\x8b", b"\x1f\x8b\x08\x00rest", gzip.compress(b"{}", mtime=0)[:-4], b"\xff\xfe{\x00"]
)
def test_broken_gzip_and_utf_16_are_refused(case: Case, source: bytes) -> None:
    with pytest.raises(InvalidObjectError, match=r"gzip|UTF-16"):
        case.records(source)


def test_options_are_the_same_as_a_table_and_as_a_value(author: Case) -> None:
    value = FeedOptions.parse(author.table())

    assert FeedOptions.of(author.table()) == FeedOptions.of(value) == value


def test_an_unknown_option_is_refused(case: Case) -> None:
    with pytest.raises(SettingsError, match="unknown option 'colour'"):
        case.records(colour="blue")


def note_network(event: str, _arguments: tuple[object, ...]) -> None:
    SEEN.append(event) if event.startswith(("socket.", "urllib.", "subprocess.")) else None


def test_no_value_is_resolved_or_fetched(case: Case) -> None:
    sys.addaudithook(note_network)
    SEEN.clear()

    case.records()

    assert SEEN == []


@pytest.mark.skipif(not GROUP, reason="the distribution is not installed with its entry points")
def test_every_feed_is_found_by_its_entry_point() -> None:
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text("utf-8"))["project"]
    found = {entry.name: entry.value for entry in GROUP if entry.value.startswith("comity_feeds.")}

    assert found == project["entry-points"]["comity.feeds"]


def test_every_feed_has_a_sample() -> None:
    named = {f"{entry.value.partition(':')[0]}" for entry in GROUP}

    assert named == {each.read.__module__ for each in CASES}


def test_every_limit_can_be_set_by_name() -> None:
    sizes = {each.name: 7 for each in fields(Limits)}

    assert FeedOptions.parse({"source": "x", "received_at": "2026-01-01T00:00:00Z", "limits": sizes}).limits == Limits(
        **sizes
    )
