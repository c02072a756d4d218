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
from comity.stix.objects import parse_object
from comity_feeds import address_ranges, csaf, kev, mapped_csv, plain_list, stix_bundle
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


def test_every_entry_of_the_published_catalogue_of_exploited_vulnerabilities_is_one() -> None:
    records = list(kev.read((FOLDER / "kev" / "known_exploited_vulnerabilities.json.gz").read_bytes(), OPTIONS))
    parsed = [parse_object(record.raw or b"") for record in records]

    assert len(parsed) == 1_404
    assert {one.type for one in parsed} == {"vulnerability"}


def test_every_published_advisory_becomes_a_report_with_its_vulnerabilities() -> None:
    with tarfile.open(FOLDER / "csaf-ot-sample.tar.gz") as archive:
        files = [archive.extractfile(member) for member in archive.getmembers() if member.name.endswith(".json")]
        sources = [file.read() for file in files if file]
    read = [[parse_object(record.raw) for record in csaf.read(source, OPTIONS) if record.raw] for source in sources]

    assert len(read) == 199
    assert all(objects[-1].type == "report" for objects in read)


def test_published_hashes_of_a_campaign_are_all_read_by_a_mapping() -> None:
    source = (FOLDER / "sunburst" / "Indicator_Release_Hashes.csv").read_bytes()
    header = source.splitlines()[0].decode("utf-8-sig").split(",")
    column = next(name for name in header if "sha256" in name.lower().replace("-", ""))
    table = {"source": "published", "received_at": "2026-01-05T00:00:00Z", "mapping": {"observables": {column: "hash"}}}
    records = list(mapped_csv.read(source, table))

    assert [record.error for record in records if record.error] == []
    assert records
