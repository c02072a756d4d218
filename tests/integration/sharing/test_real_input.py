"""Published data and a large synthetic set, through feeds and TAXII into one node, out at another, byte for byte.

``COMITY_TEST_DATA`` names the folder with the published data. Its values are text here, never resolved or fetched.
"""

import gzip
import os
import tarfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from comity.domain.desk import Role
from comity_feeds import address_ranges, plain_list, stix_bundle
from comity_feeds.options import FeedOptions

from tests.integration.sharing.conftest import Bloc

FOLDER = Path(os.environ.get("COMITY_TEST_DATA", "absent"))
OPTIONS = FeedOptions(source="published data", received_at=datetime(2026, 1, 5, tzinfo=UTC))
BATCH = 5_000
SYNTHETIC = 100_000
with_data = pytest.mark.skipif(not FOLDER.is_dir(), reason="COMITY_TEST_DATA names no folder with published data")


def shared(bloc: Bloc, raws: Sequence[bytes]) -> None:
    """Post objects to XA's public intake, push them, and pull them at XB."""
    for start in range(0, len(raws), BATCH):
        status = bloc["XA"].post(*raws[start : start + BATCH], to="public")
        assert status["failure_count"] == 0, status["failures"][0]
    assert bloc["XA"].sync()["push"]["refused"] == 0
    assert bloc["XB"].sync()["pull"]["refused"] == 0


def synthetic(number: int) -> bytes:
    return msgspec.json.encode(
        {
            "type": "indicator",
            "spec_version": "2.1",
            "id": f"indicator--{number:08x}-0000-4000-8000-000000000000",
            "created": "2026-01-01T00:00:00.000Z",
            "modified": "2026-01-01T00:00:00.000Z",
            "pattern": f"[domain-name:value = 'host-{number}.example']",
            "pattern_type": "stix",
            "valid_from": "2026-01-01T00:00:00Z",
        }
    )


@with_data
def test_a_published_bundle_arrives_byte_for_byte(bloc: Bloc) -> None:
    source = (FOLDER / "attack" / "ics-attack.json.gz").read_bytes()
    raws = [record.raw for record in stix_bundle.read(source, OPTIONS) if record.raw]
    shared(bloc, raws)

    assert len(raws) == 1826
    assert sorted(bloc["XB"].raw_objects(Role.SOC)) == sorted(raws)
    assert set(raws) <= set(msgspec.json.decode(gzip.decompress(source), type=Bundle).texts())


class Bundle(msgspec.Struct):
    """A published bundle, its objects still as they were written."""

    objects: list[msgspec.Raw]

    def texts(self) -> list[bytes]:
        return [bytes(raw) for raw in self.objects]


@with_data
def test_published_address_ranges_arrive_as_assets(bloc: Bloc) -> None:
    source = (FOLDER / "asean-cn-ip-ranges.csv.gz").read_bytes()
    raws = [record.raw for record in address_ranges.read(source, OPTIONS) if record.raw]
    shared(bloc, raws)

    assert len(raws) == 33_182
    assert sorted(bloc["XB"].raw_objects(Role.SOC)) == sorted(raws)


@with_data
def test_published_lists_arrive_as_one_indicator_an_observable(bloc: Bloc) -> None:
    with tarfile.open(FOLDER / "maltrail-apt.tar.gz") as archive:
        files = [archive.extractfile(member) for member in archive.getmembers() if member.isfile()]
        text = b"\n".join(file.read() for file in files if file)
    raws = [record.raw for record in plain_list.read(text, OPTIONS) if record.raw]
    shared(bloc, raws)

    assert len(raws) > 50_000
    assert sorted(bloc["XB"].raw_objects(Role.SOC)) == sorted(raws)


def test_a_hundred_thousand_indicators_arrive_byte_for_byte(bloc: Bloc) -> None:
    raws = [synthetic(number) for number in range(SYNTHETIC)]
    shared(bloc, raws)

    assert sorted(bloc["XB"].raw_objects(Role.SOC)) == sorted(raws)
