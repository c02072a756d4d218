"""Telemetry files into events: every format, every side, and what cannot be read."""

import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from comity.analytics.compiled import Indicator, compile_tables
from comity.analytics.engines import DuckDBEngine
from comity.analytics.records import FORMATS
from comity.analytics.telemetry import Loaded, load, place_of, stored_events
from comity.correlation.matching import Territory
from comity.domain.asset import Asset, AssetKind
from comity.errors import InvalidObjectError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

OWN = [Asset(key="isp", member="XA", kind=AssetKind.PROVIDER, prefixes=("203.0.113.0/28", "2001:db8:1::/48"))]
LOOKED_FOR = [
    Indicator(id="address", kind="ipv4", value="198.51.100.23"),
    Indicator(id="network", kind="ipv6", value="2001:db8:bad::/48"),
    Indicator(id="host", kind="domain", value="drop.example"),
    Indicator(id="hash", kind="file:sha256", value="ab" * 32),
    Indicator(id="url", kind="url", value="http://drop.example/a.bin"),
]
ZEEK = """#separator \\x09
#set_separator	,
#empty_field	(empty)
#unset_field	-
#fields	ts	id.orig_h	id.resp_h	query
#types	time	addr	addr	string
1803871200.5	203.0.113.5	198.51.100.23	-
1803871201.0	203.0.113.5	192.0.2.1	www.drop.example
1803871202.0	2001:db8:bad::1	2001:db8:1::5	-
broken
#close	2027-03-01
"""
EVE: list[Any] = [
    {
        "timestamp": "2027-03-01T00:00:00.5+0000",
        "event_type": "flow",
        "src_ip": "198.51.100.23",
        "dest_ip": "203.0.113.5",
    },
    {"timestamp": "2027-03-01T00:00:01Z", "src_ip": "203.0.113.5", "dns": {"query": [{"rrname": "WWW.drop.example."}]}},
    {
        "timestamp": "2027-03-01T00:00:02Z",
        "src_ip": "203.0.113.5",
        "dest_ip": "192.0.2.1",
        "http": {"hostname": "drop.example", "url": "/a.bin"},
        "fileinfo": {"sha256": "AB" * 32},
    },
    {"event_type": "stats"},
]


def loaded(tmp_path: Path, raw: bytes, name: str) -> Loaded:
    path = tmp_path / "source"
    path.write_bytes(raw)
    return load(path, name, tmp_path / "telemetry", Territory(OWN))


def found(tmp_path: Path) -> set[tuple[int, str, str, str]]:
    rows = DuckDBEngine(memory=200).rows(stored_events(tmp_path / "telemetry"), compile_tables(LOOKED_FOR, OWN))
    return {(place_of(row[0])[1], row[2], row[3], row[5]) for row in rows}


def test_a_log_of_zeek(tmp_path: Path) -> None:
    result = loaded(tmp_path, ZEEK.encode(), "zeek")

    assert (result.events, result.broken, result.reasons) == (3, 1, ["record 10: 1 fields, expected 4"])
    assert found(tmp_path) == {
        (7, "address", "address", "isp"),
        (8, "host", "name", "isp"),
        (9, "network", "address", "isp"),
    }


def test_suricatas_eve_compressed(tmp_path: Path) -> None:
    lines = "\n".join(json.dumps(one) for one in EVE)
    result = loaded(tmp_path, gzip.compress(lines.encode()), "eve")

    assert (result.events, result.skipped, result.broken) == (3, 1, 0)
    assert found(tmp_path) == {
        (1, "address", "address", "isp"),
        (2, "host", "name", "isp"),
        (3, "host", "name", "isp"),
        (3, "url", "url", "isp"),
        (3, "hash", "hash", "isp"),
    }


def test_csv_and_json_lines_and_parquet_with_usual_names(tmp_path: Path) -> None:
    rows = [
        {"time": "1803871200000", "src": "203.0.113.5", "dst": "198.51.100.23", "host": "drop.example", "sha256": ""}
    ]
    table = ",".join(rows[0]) + "\n" + ",".join(rows[0].values()) + "\n"
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "rows")
    loaded(tmp_path, table.encode(), "csv")
    loaded(tmp_path, json.dumps(rows[0]).encode(), "json")
    loaded(tmp_path, (tmp_path / "rows").read_bytes(), "parquet")
    results = DuckDBEngine(memory=200).rows(stored_events(tmp_path / "telemetry"), compile_tables(LOOKED_FOR, OWN))

    assert sorted((place_of(row[0])[0], row[1], row[2]) for row in results) == [
        (file, 1_803_871_200_000_000, key) for file in (1, 2, 3) for key in ("address", "host")
    ]


def test_an_event_between_strangers_is_kept_for_both_ways_round(tmp_path: Path) -> None:
    loaded(
        tmp_path, b'{"src": "198.51.100.23", "dst": "192.0.2.1"}\n{"src": "192.0.2.1", "dst": "198.51.100.23"}', "json"
    )

    assert found(tmp_path) == {(1, "address", "address", ""), (2, "address", "address", "")}


def test_a_file_with_nothing_to_look_for_leaves_nothing(tmp_path: Path) -> None:
    result = loaded(tmp_path, b'{"event_type": "stats"}\n[1]\n{"src": "no address"}\n', "json")

    assert (result.events, result.skipped, result.broken) == (0, 1, 2)
    assert list((tmp_path / "telemetry").iterdir()) == []


@pytest.mark.parametrize(
    ("raw", "name"), [(b"PAR1", "parquet"), (gzip.compress(b"{}" * 99, mtime=0)[:-9], "json"), (b"", "xml")]
)
def test_a_file_that_is_not_of_its_format_leaves_nothing(tmp_path: Path, raw: bytes, name: str) -> None:
    with pytest.raises(InvalidObjectError):
        loaded(tmp_path, raw, name)

    assert list((tmp_path / "telemetry").iterdir()) == []


PIECES = (
    '{"src": "1.2.3.4"}',
    '{"ts": NaN, "dst": "::1"}',
    '{"ts": "9e99", "src": "::1"}',
    '{"url": "http://a.example/", "host": ["a", {"b": 1}]}',
    "#fields\tts\tquery",
    "#separator \\xzz",
    "1\ta.example",
    "src,dst",
    *('"', "[", "\x00", "\n", "\t", "5"),
)
pieces = st.sampled_from(PIECES)


@pytest.mark.parametrize("name", FORMATS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(raw=st.binary(max_size=80) | st.lists(pieces, max_size=8).map(lambda parts: "\n".join(parts).encode()))
def test_any_bytes_are_read_or_refused(tmp_path: Path, name: str, raw: bytes) -> None:
    try:
        loaded(tmp_path, raw, name)
    except InvalidObjectError:
        return
