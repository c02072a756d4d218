"""Published data and a large synthetic set: into one node, through the federation, out at another, byte for byte.

``COMITY_TEST_DATA`` names the folder with the published data, ``COMITY_TEST_SIZE`` says how much of what is large is
taken (10,000 unless it does). Its values are text here, never resolved or fetched.
"""

import gzip
import os
import tarfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from comity.cli.main import app
from comity.domain.desk import Role
from typer.testing import CliRunner

from tests.integration.sharing.services import Bloc, make_bloc

FOLDER = Path(os.environ.get("COMITY_TEST_DATA", "absent"))
BATCH = 10_000
SIZE = int(os.environ.get("COMITY_TEST_SIZE", "10000"))
FOR_ALL = ("--tlp", "clear", "--label", "common:C0", "--releasable", "ALL", "--received-at", "2026-01-05T00:00:00Z")
with_data = pytest.mark.skipif(not FOLDER.is_dir(), reason="COMITY_TEST_DATA names no folder with published data")


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Bloc]:
    """A running bloc of two members."""
    with make_bloc(tmp_path / "bloc", profile="five", members=("XA", "XB")) as running:
        yield running


def loaded(pair: Bloc, file: Path, name: str) -> dict[str, int]:
    """Load a file into the node of XA by the command, and return its counts."""
    command = ["feed", "load", str(pair["XA"].folder), str(file), "--format", name, *FOR_ALL, "--json"]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    counts: dict[str, int] = msgspec.json.decode(result.stdout)
    return counts


def exchanged(pair: Bloc) -> Counter[bytes]:
    """Let XA push and XB pull everything; return what the SOC of XB is served."""
    sending, receiving = pair["XA"].running.exchange, pair["XB"].running.exchange
    assert sending is not None
    assert receiving is not None
    assert sending.push()["refused"] == 0
    assert receiving.pull()["refused"] == 0
    return Counter(pair["XB"].served(Role.SOC))


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
            "object_marking_refs": ["marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487"],
            "extensions": {
                "extension-definition--1d87644f-2c50-4d52-847b-bf964bf64b40": {
                    "extension_type": "property-extension",
                    "label": "common:C0",
                    "releasable_to": "ALL",
                }
            },
        }
    )


@with_data
def test_a_published_bundle_arrives_byte_for_byte(pair: Bloc) -> None:
    file = FOLDER / "attack" / "ics-attack.json.gz"
    published = msgspec.json.decode(gzip.decompress(file.read_bytes()), type=dict[str, msgspec.Raw])["objects"]
    counts = loaded(pair, file, "stix")

    assert counts == {"taken": 1_826, "refused": 0, "errors": 0, "reasons": []}
    assert exchanged(pair) == Counter(map(bytes, msgspec.json.decode(published, type=list[msgspec.Raw])))


@with_data
def test_published_address_ranges_arrive_as_assets(pair: Bloc) -> None:
    counts = loaded(pair, FOLDER / "asean-cn-ip-ranges.csv.gz", "address-ranges")

    assert (counts["taken"], counts["refused"]) == (33_182, 0)
    assert exchanged(pair) == Counter(pair["XA"].own_objects())


@with_data
def test_published_lists_arrive_as_one_indicator_an_observable(pair: Bloc, tmp_path: Path) -> None:
    with tarfile.open(FOLDER / "maltrail-apt.tar.gz") as archive:
        files = [archive.extractfile(member) for member in archive.getmembers() if member.isfile()]
        lines = b"\n".join(file.read() for file in files if file).splitlines()
    (tmp_path / "trails.txt").write_bytes(b"\n".join(lines[:SIZE]))
    counts = loaded(pair, tmp_path / "trails.txt", "list")
    own = pair["XA"].own_objects()

    assert counts["taken"] == len(own) > SIZE // 3
    assert counts["refused"] == 0
    assert exchanged(pair) == Counter(own)


def test_a_large_set_arrives_byte_for_byte(pair: Bloc) -> None:
    raws = [synthetic(number) for number in range(SIZE)]
    for start in range(0, SIZE, BATCH):
        pair["XA"].submit(*raws[start : start + BATCH])

    assert exchanged(pair) == Counter(raws)
