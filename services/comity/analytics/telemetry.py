"""Telemetry out of files into events, kept as Parquet: what a member's own sensors saw, for retro-hunting.

Of two addresses the one in a network of the member is its own side; where that is not plain, the event is kept for both
ways round. Nothing of this ever leaves the node.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import ip_address, ip_network
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from comity.analytics.compiled import block_of, key_of_name, key_of_text, numbers_of
from comity.analytics.records import Record, records
from comity.analytics.telemetry_index import ROW_GROUP, write_index
from comity.correlation.bulk import EVENTS
from comity.correlation.matching import Territory
from comity.dedup.canonical import value_of
from comity.errors import InvalidObjectError

PORTION = 10 * ROW_GROUP
"""The rows that are written at once."""

SCHEMA = pa.schema([(name, pa.int64() if kind == "int64" else pa.string()) for name, kind in EVENTS.items()])
"""The columns of a file of events."""

_SOURCES = ("src", "src_ip", "source_ip", "id.orig_h", "orig_h", "client_ip", "source.ip", "tx_hosts")
_DESTINATIONS = ("dst", "dst_ip", "dest", "dest_ip", "id.resp_h", "resp_h", "server_ip", "destination.ip", "rx_hosts")
_NAMES = (
    *("name", "domain", "host", "hostname", "query", "server_name", "sni", "answers", "dns.rrname"),
    *("dns.query.rrname", "dns.queries.rrname", "http.hostname", "tls.sni"),
)
_HASH_LENGTHS = {32: "file:md5", 40: "file:sha1", 64: "file:sha256", 128: "file:sha512"}
_HASHES = tuple(f"{where}{name}" for where in ("", "fileinfo.", "file.") for name in ("hash", "md5", "sha1", "sha256"))
_TIMES = ("at", "ts", "time", "timestamp", "@timestamp")
_NUMBER_BITS = 40
_UNSET = frozenset({"", "-", "(empty)"})
_SECONDS, _MILLISECONDS = 10**11, 10**14
_Row = dict[str, object]


@dataclass(slots=True)
class Loaded:
    """What became of the records of a file."""

    events: int = 0
    skipped: int = 0
    """Records in which there is nothing to look for."""
    broken: int = 0
    """Records that cannot be read."""
    reasons: list[str] = field(default_factory=list)
    """Why, for the first of them."""


def load(
    path: Path, name: str, store: Path, own: Territory, *, progress: Callable[[int], object] = lambda _events: None
) -> Loaded:
    """Read the file at *path*, of the format called *name*, into the folder *store*; *progress* is told of events.

    Raises:
        InvalidObjectError: the format is unknown, or the file as a whole is not of it; nothing is kept then.
    """
    store.mkdir(parents=True, exist_ok=True)
    number = max((int(each.stem) for each in stored_events(store)), default=0) + 1
    loaded = Loaded()
    target = store / f"{number:06}.parquet"
    partial = target.with_suffix(".partial")
    try:
        with events_writer(partial) as writer:
            for rows in _portions(_rows(records(path, name), loaded, own, number << _NUMBER_BITS)):
                writer.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), row_group_size=ROW_GROUP)
                progress(loaded.events)
        if loaded.events:
            partial.rename(target)
            write_index(target)
    finally:
        partial.unlink(missing_ok=True)
    return loaded


def events_writer(path: Path) -> pq.ParquetWriter:
    """Return what writes events so that a pass over all of them costs little: numbers that rise are kept as steps."""
    steps = dict.fromkeys(("event", "at"), "DELTA_BINARY_PACKED")
    alike = ["field", "local_upper", "local_middle"]
    return pq.ParquetWriter(path, SCHEMA, compression="lz4", use_dictionary=alike, column_encoding=steps)


def stored_events(store: Path) -> list[Path]:
    """Return the files of events in the folder *store*, the oldest first."""
    return sorted(path for path in store.glob("*.parquet") if path.stem.isdecimal())


def place_of(event: int) -> tuple[int, int]:
    """Return from which file, by the order of loading, and from which record of it an event is."""
    return event >> _NUMBER_BITS, event & ((1 << _NUMBER_BITS) - 1)


def _rows(read: Iterable[tuple[int, Record | str]], loaded: Loaded, own: Territory, base: int) -> Iterator[_Row]:
    sides = _Sides(own)
    for place, record in read:
        try:
            rows = list(_events(record, sides)) if not isinstance(record, str) else None
            reason = record if isinstance(record, str) else ""
        except InvalidObjectError as error:
            rows, reason = None, str(error)
        if rows is None:
            loaded.broken += 1
            if len(loaded.reasons) < 10:
                loaded.reasons.append(f"record {place}: {reason}")
            continue
        loaded.events += bool(rows)
        loaded.skipped += not rows
        for row in rows:
            yield {"event": base + place, **row}


def _events(record: Record, sides: "_Sides") -> Iterator[_Row]:
    """Yield the rows of one record: one for each way round of its addresses, and one for each text."""
    at = _time(next(iter(_texts(record, _TIMES)), ""))
    addresses = _addresses(record)
    names = list(dict.fromkeys(filter(None, (_canonical("domain", text) for text in _texts(record, _NAMES)))))
    values = [*(("name", name) for name in names), *_hashes(record), *_urls(record)]
    pairs = sides.of(*addresses) if any(addresses) else []
    local = pairs[0][0] if pairs else ""
    for own, other in pairs:
        yield {"at": at, **_numbers("local", own), **_numbers("remote", other), "field": "address"}
    for name, text in values:
        key = key_of_name(text) if name == "name" else key_of_text(text)
        yield {"at": at, **_numbers("local", local), "field": name, "text": text, "key": key}


class _Sides:
    """Tells which of two addresses is the member's own."""

    def __init__(self, own: Territory) -> None:
        self._is_own = lru_cache(maxsize=100_000)(lambda text: own.closest("ipv6" if ":" in text else "ipv4", text))

    def of(self, source: str, destination: str) -> list[tuple[str, str]]:
        """Return (own, other) for each way round that the addresses may be; either may be empty."""
        ways = [(source, destination), (destination, source)]
        plain = [way for way in ways if way[0] and self._is_own(way[0]) and not (way[1] and self._is_own(way[1]))]
        return plain or [way for way in ways if way[1]]


def _addresses(record: Record) -> tuple[str, str]:
    source, destination = (next(iter(_texts(record, names)), "") for names in (_SOURCES, _DESTINATIONS))
    return _address(source), _address(destination)


def _address(text: str) -> str:
    try:
        return str(ip_address(text.partition("%")[0])) if text else ""
    except ValueError as error:
        raise InvalidObjectError(f"address is {text[:80]!r}, expected an IPv4 or IPv6 address") from error


@lru_cache(maxsize=100_000)
def _numbers(side: str, address: str) -> Mapping[str, object]:
    if not address:
        return {}
    network = ip_network(address)
    _, upper, middle, lower = numbers_of(network)
    key = {"key": block_of(network)} if side == "remote" else {}
    return {f"{side}_upper": upper, f"{side}_middle": middle, f"{side}_lower": lower, **key}


def _hashes(record: Record) -> Iterator[tuple[str, str]]:
    for text in dict.fromkeys(_texts(record, _HASHES)):
        kind = _HASH_LENGTHS.get(len(text))
        value = _canonical(kind, text) if kind else None
        if value:
            yield "hash", value


def _urls(record: Record) -> Iterator[tuple[str, str]]:
    for text in _texts(record, ("url", "full_url", "http.url", "uri")):
        host = next(iter(_texts(record, ("host", "http.hostname", "hostname"))), "")
        whole = text if "://" in text else f"http://{host}{text}" if host and text.startswith("/") else ""
        value = _canonical("url", whole) if whole else None
        if value:
            yield "url", value


@lru_cache(maxsize=100_000)
def _canonical(kind: str, text: str) -> str | None:
    try:
        return value_of(kind, text)
    except InvalidObjectError:
        return None


def _texts(record: Record, names: Iterable[str]) -> Iterator[str]:
    for name in names:
        value = record.get(name)
        for each in value if isinstance(value, list) else [value]:
            text = "" if each is None else str(each).strip()
            if text not in _UNSET:
                yield text


def _time(text: str) -> int | None:
    """Return a time as microseconds since 1970, of a number of seconds, milliseconds or microseconds, or ISO 8601."""
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        return _moment(text)
    if not 0 <= number < _MILLISECONDS * 1_000:
        raise InvalidObjectError(f"time is {text[:40]!r}, expected one after 1970")
    scale = 1_000_000 if number < _SECONDS else 1_000 if number < _MILLISECONDS else 1
    return round(number * scale)


def _moment(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
        known = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return round(known.timestamp() * 1_000_000)
    except (ValueError, OverflowError, OSError) as error:
        raise InvalidObjectError(f"time is {text[:40]!r}, expected seconds since 1970 or ISO 8601") from error


def _portions(rows: Iterator[_Row]) -> Iterator[list[_Row]]:
    portion: list[_Row] = []
    for row in rows:
        portion.append(row)
        if len(portion) == PORTION:
            yield portion
            portion = []
    if portion:
        yield portion
