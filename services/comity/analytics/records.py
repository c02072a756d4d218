"""The records of telemetry files, as flat mappings from names of fields to values; what cannot be read is said why.

Zeek's logs are read as its manual describes them (separator, unset and empty fields in ``#`` lines); Suricata's EVE is
JSON lines. Nested objects become dotted names, lists of objects lists of values.
"""

import csv
import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

import pyarrow as pa
import pyarrow.parquet as pq

from comity.errors import InvalidObjectError

Record = Mapping[str, object]
Read = tuple[int, Record | str]
"""The place in the file, from 1, and a record or the reason why there is none."""

_MOST_LINE = 1 << 20
_MOST_DEPTH = 6


def records(path: Path, name: str) -> Iterator[Read]:
    """Yield every record of the file at *path*, which is of the format called *name* and may be gzip.

    Raises:
        InvalidObjectError: there is no such format, or the file as a whole is not of it.
    """
    if name == "parquet":
        yield from _parquet(path)
        return
    reader = _READERS.get(name)
    if reader is None:
        raise InvalidObjectError(f"format is {name[:40]!r}, expected parquet, {', '.join(_READERS)}")
    try:
        with _opened(path) as file:
            yield from reader(file)
    except (OSError, EOFError, gzip.BadGzipFile) as error:
        raise InvalidObjectError(f"{path.name} cannot be read to its end: {type(error).__name__}") from error


def _opened(path: Path) -> TextIO:
    with path.open("rb") as file:
        is_gzip = file.read(2) == b"\x1f\x8b"
    if is_gzip:
        return gzip.open(path, "rt", encoding="utf-8", errors="replace", newline="")
    return path.open("rt", encoding="utf-8", errors="replace", newline="")


def _lines(file: TextIO) -> Iterator[tuple[int, str]]:
    """Yield every line without its end; one that is too long to be a record comes as nothing."""
    number = 0
    while line := file.readline(_MOST_LINE):
        number += 1
        part = line
        while len(part) == _MOST_LINE and not part.endswith("\n"):
            line, part = "", file.readline(_MOST_LINE)
        yield number, line.rstrip("\r\n")


def _json_lines(file: TextIO) -> Iterator[Read]:
    for number, line in _lines(file):
        if line.strip():
            yield number, _object(line)


def _object(line: str) -> Record | str:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return "no JSON"
    return _flat(value) if isinstance(value, dict) else "no JSON object"


def _zeek(file: TextIO) -> Iterator[Read]:
    separator, unset, empty = "\t", "-", "(empty)"
    fields: list[str] = []
    for number, line in _lines(file):
        if not line:
            continue
        if line.startswith("{"):
            yield number, _object(line)
        elif line.startswith("#separator "):
            separator = _unescaped(line.partition(" ")[2])
        elif line.startswith("#"):
            key, *values = line[1:].split(separator)
            fields = values if key == "fields" else fields
            unset = values[0] if key == "unset_field" and values else unset
            empty = values[0] if key == "empty_field" and values else empty
        else:
            values = line.split(separator)
            if len(values) != len(fields):
                yield number, f"{len(values)} fields, expected {len(fields)}"
            else:
                kept = zip(fields, values, strict=True)
                yield number, {key: value for key, value in kept if value not in {unset, empty}}


def _unescaped(text: str) -> str:
    """Return the separator, which Zeek writes as the number of its character in hexadecimal."""
    if text.startswith("\\x") and len(text) == 4:
        try:
            return chr(int(text[2:], 16)) or "\t"
        except ValueError:
            return "\t"
    return text[:1] or "\t"


def _csv(file: TextIO) -> Iterator[Read]:
    reader = csv.reader(file)
    try:
        header = next(reader, [])
        for row in reader:
            if len(row) != len(header):
                yield reader.line_num, f"{len(row)} fields, expected {len(header)}"
            else:
                yield reader.line_num, dict(zip(header, row, strict=True))
    except csv.Error as error:
        raise InvalidObjectError(f"line {reader.line_num}: no CSV: {error}") from error


def _parquet(path: Path) -> Iterator[Read]:
    number = 0
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=10_000):
                for row in batch.to_pylist():
                    number += 1
                    yield number, _flat(row)
    except (OSError, pa.ArrowException) as error:
        raise InvalidObjectError(f"{path.name} is no Parquet: {type(error).__name__}") from error


def _flat(value: Mapping[str, Any], prefix: str = "", depth: int = 0) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, each in value.items():
        name = f"{prefix}{key}"
        if isinstance(each, Mapping) and depth < _MOST_DEPTH:
            found |= _flat(each, f"{name}.", depth + 1)
        elif isinstance(each, list) and depth < _MOST_DEPTH:
            for one in each:
                inner = _flat(one, f"{name}.", depth + 1) if isinstance(one, Mapping) else {name: one}
                for inner_name, inner_value in inner.items():
                    known = found.setdefault(inner_name, [])
                    known.append(inner_value) if isinstance(known, list) else None
        else:
            found[name] = each
    return found


_READERS: Mapping[str, Callable[[TextIO], Iterator[Read]]] = {
    "csv": _csv,
    "json": _json_lines,
    "zeek": _zeek,
    "eve": _json_lines,
}
FORMATS = ("parquet", *_READERS)
"""The formats that can be read; ``json`` is JSON lines."""
