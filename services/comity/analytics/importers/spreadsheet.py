"""Assets as a table with the names of their properties for columns, or as JSON.

Several values in one cell are kept apart by ``;``. A dependency is written ``key=share``, such as ``cable=0.4``.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from comity.analytics.importers.documents import document
from comity.analytics.registry import asset_of
from comity.domain.asset import Asset
from comity.errors import InvalidObjectError

_LISTS = frozenset({"landing_points", "prefixes", "domains", "software"})
_COLUMNS = {each.name for each in fields(Asset)}


def read(raw: bytes, member: str, country: str) -> Iterator[Asset]:
    """Yield the asset of every row; what a row does not say is as the defaults are.

    Raises:
        InvalidObjectError: a column is unknown, or a row is no asset; the message names its line.
    """
    del country
    try:
        reader = csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline=""), strict=True)
        unknown = sorted(set(reader.fieldnames or ()) - _COLUMNS)
        if unknown or not reader.fieldnames:
            raise InvalidObjectError(
                f"column is {str(unknown[:1])[:80]}, expected some of {', '.join(sorted(_COLUMNS))}"
            )
        for row in reader:
            if None in row or None in row.values():
                raise InvalidObjectError(f"line {reader.line_num}: not as many cells as columns")
            values = {name: _value(name, cell.strip()) for name, cell in row.items() if cell.strip()}
            yield _asset(values, member, f"line {reader.line_num}")
    except (csv.Error, UnicodeDecodeError) as error:
        raise InvalidObjectError(f"the file is no CSV in UTF-8: {error}") from error


def read_json(raw: bytes, member: str, country: str) -> Iterator[Asset]:
    """Yield the assets of a JSON array, as the API lists them.

    Raises:
        InvalidObjectError: an entry is no asset; the message names its place.
    """
    del country
    listed = document(raw, "the list of assets")
    if not isinstance(listed, list):
        raise InvalidObjectError("the list of assets is no JSON array")
    for number, one in enumerate(listed, 1):
        yield _asset(one if isinstance(one, dict) else {}, member, f"entry {number}")


def _asset(values: dict[str, Any], member: str, place: str) -> Asset:
    try:
        return asset_of({"member": member, **values})
    except InvalidObjectError as error:
        raise InvalidObjectError(f"{place}: {error}") from error


def _value(name: str, cell: str) -> object:
    try:
        if name in _LISTS:
            return [each.strip() for each in cell.split(";") if each.strip()]
        if name == "asns":
            return [int(each.strip().upper().removeprefix("AS")) for each in cell.split(";") if each.strip()]
        if name == "depends_on":
            return [_dependency(each.strip()) for each in cell.split(";") if each.strip()]
        if name in {"criticality", "capacity_gbps"}:
            return int(cell) if name == "criticality" else float(cell)
    except ValueError as error:
        raise InvalidObjectError(f"{name} is {cell[:80]!r}, expected numbers") from error
    return cell.lower() in {"yes", "true", "1"} if name == "shared" else cell


def _dependency(text: str) -> dict[str, object]:
    on, equals, share = text.rpartition("=")
    return {"on": on, "share": float(share)} if equals else {"on": text}
