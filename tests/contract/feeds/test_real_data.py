"""Published data in the sizes in which it comes; its values are text to the feeds, and are never resolved or fetched.

``COMITY_TEST_DATA`` names the folder that holds it.
"""

import gzip
import json
import os
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from comity_feeds import address_ranges, plain_list, stix_bundle
from comity_feeds.options import FeedOptions
from comity_feeds.record import FeedRecord

FOLDER = Path(os.environ.get("COMITY_TEST_DATA", "absent"))
OPTIONS = FeedOptions(source="published data", received_at=datetime(2026, 1, 5, tzinfo=UTC))
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="COMITY_TEST_DATA names no folder with published data")


def trails() -> list[bytes]:
    with tarfile.open(FOLDER / "maltrail-apt.tar.gz") as archive:
        files = [archive.extractfile(member) for member in archive.getmembers() if member.isfile()]
        return [file.read() for file in files if file]


def is_comment(line: bytes) -> bool:
    return not line.strip() or line.lstrip().startswith(b"#")


def places(records: list[FeedRecord]) -> list[str]:
    return [place for record in records for place in record.places]


@pytest.fixture(scope="module")
def ranges() -> list[FeedRecord]:
    return list(address_ranges.read((FOLDER / "asean-cn-ip-ranges.csv.gz").read_bytes(), OPTIONS))


def test_every_object_of_a_published_bundle_is_relayed_byte_for_byte() -> None:
    source = (FOLDER / "attack" / "ics-attack.json.gz").read_bytes()
    records = list(stix_bundle.read(source, OPTIONS))
    raws = [record.raw or b"" for record in records]
    text = gzip.decompress(source)

    assert len(raws) == 1826
    assert all(raw in text for raw in raws)
    assert [json.loads(raw) for raw in raws] == json.loads(text)["objects"]


def test_every_line_of_published_lists_is_an_object_an_error_or_a_comment() -> None:
    lines = [text.splitlines() for text in trails()]
    spoken = [f"line {number}" for file in lines for number, line in enumerate(file, 1) if not is_comment(line)]
    read = [place for text in trails() for place in places(list(plain_list.read(text, OPTIONS)))]

    assert sum(len(file) for file in lines) >= 119_016
    assert sorted(read) == sorted(spoken)


def test_nine_in_ten_lines_of_published_lists_are_objects() -> None:
    records = [record for text in trails() for record in plain_list.read(text, OPTIONS)]
    authored = places([record for record in records if record.raw])

    assert len(authored) > 0.9 * len(places(records))


def test_every_published_range_is_an_asset(ranges: list[FeedRecord]) -> None:
    assert len(ranges) == 33_182
    assert [record.error for record in ranges if record.error] == []


def test_every_published_range_has_an_id_of_its_own(ranges: list[FeedRecord]) -> None:
    ids = {json.loads(record.raw or b"{}")["id"] for record in ranges}

    assert len(ids) == len(ranges)
