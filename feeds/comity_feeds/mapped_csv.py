"""A table of separated values read by a mapping of its columns."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from comity.domain.tlp import TLP
from comity.errors import InvalidObjectError, SettingsError

from comity_feeds.authoring import Context
from comity_feeds.drafts import Draft, authored
from comity_feeds.mapping import FROM_COLUMN, Column, ColumnMapping
from comity_feeds.options import FeedOptions
from comity_feeds.reading import unpack
from comity_feeds.recognition import recognise
from comity_feeds.record import FeedRecord
from comity_feeds.tables import TableLines, cells_of, rows
from comity_feeds.times import parse_time

_MOST_CONFIDENT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    place: str
    cells: Sequence[str]
    positions: Mapping[Column, int]

    def cell(self, column: Column | None) -> str:
        """Return the text at *column*, empty where there is none."""
        position = len(self.cells) if column is None else self.positions[column]
        return self.cells[position] if position < len(self.cells) else ""


def read(source: bytes, options: FeedOptions | Mapping[str, object]) -> Iterator[FeedRecord]:
    """Yield an object for every observable in the columns mapped, and an error for every row or cell without one.

    Raises:
        SettingsError: the options hold no mapping.
        InvalidObjectError: the table lacks a column of the mapping.
    """
    settings = FeedOptions.of(options)
    if settings.mapping is None:
        raise SettingsError("mapping is missing, expected what the columns mean")
    body = unpack(source, settings.limits)
    return authored(_drafts(body, settings.mapping, settings), settings)


def _drafts(body: bytes, mapping: ColumnMapping, options: FeedOptions) -> Iterator[Draft | FeedRecord]:
    source = TableLines(body, mapping.comment)
    header: Sequence[str] | None = None
    for row in rows(source, mapping.delimiter):
        if isinstance(row, FeedRecord):
            yield row
            continue
        place, cells = row
        if header is None:
            header = _header(cells, source.last_comment, mapping)
            positions = _positions(header, mapping)
            if mapping.header == "first":
                continue
        yield from _of_row(_Row(place=place, cells=cells, positions=positions), len(header), mapping, options=options)


def _header(first: Sequence[str], comment: str | None, mapping: ColumnMapping) -> Sequence[str]:
    match mapping.header:
        case "first":
            return first
        case "comment":
            return cells_of(comment or "", mapping.delimiter)
        case "none":
            return [""] * len(first)


def _positions(header: Sequence[str], mapping: ColumnMapping) -> Mapping[Column, int]:
    """Return where each column of the mapping is.

    Raises:
        InvalidObjectError: a column is nowhere, or its name stands twice.
    """
    for column in mapping.columns:
        if isinstance(column, int) and column >= len(header):
            raise InvalidObjectError(f"table has {len(header)} columns, expected one at position {column}")
        if isinstance(column, str) and header.count(column) != 1:
            raise InvalidObjectError(f"table has {header.count(column)} columns {column!r}, expected one")
    return {column: column if isinstance(column, int) else header.index(column) for column in mapping.columns}


def _of_row(row: _Row, width: int, mapping: ColumnMapping, *, options: FeedOptions) -> Iterator[Draft | FeedRecord]:
    if any(row.cells[width:]):
        yield FeedRecord.refused(row.place, f"row has {len(row.cells)} cells, expected {width}")
        return
    filled = [column for column in mapping.observables if row.cell(column)]
    if not filled:
        yield FeedRecord.refused(row.place, "no value in any column of observables")
        return
    try:
        context = _context(row, mapping)
    except InvalidObjectError as error:
        yield FeedRecord.refused(row.place, error)
        return
    for column in filled:
        yield _draft(row, column, context, mapping=mapping, options=options)


def _draft(
    row: _Row, column: Column, context: Context, *, mapping: ColumnMapping, options: FeedOptions
) -> Draft | FeedRecord:
    place = f"{row.place}, column {column!r}"
    try:
        found = recognise(row.cell(column), _kind(row, column, mapping), scheme=options.scheme)
    except InvalidObjectError as error:
        return FeedRecord.refused(place, error)
    return Draft(place=place, subject=found.observable, context=context.noting(found.note))


def _kind(row: _Row, column: Column, mapping: ColumnMapping) -> str:
    kind = mapping.observables[column]
    if kind != FROM_COLUMN:
        return kind
    stated = row.cell(mapping.kind_column)
    if stated not in mapping.kinds:
        raise InvalidObjectError(f"kind is {stated[:40]!r}, expected one of {', '.join(mapping.kinds)}")
    return mapping.kinds[stated]


def _context(row: _Row, mapping: ColumnMapping) -> Context:
    first_seen = row.cell(mapping.first_seen)
    confidence = row.cell(mapping.confidence)
    description = row.cell(mapping.description)
    return Context(
        name=row.cell(mapping.name) or None,
        notes=(description,) if description else (),
        first_seen=parse_time(first_seen) if first_seen else None,
        confidence=_confidence(confidence) if confidence else None,
        tlp=_tlp(row.cell(mapping.tlp)),
    )


def _confidence(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(_MOST_CONFIDENT))):
        raise InvalidObjectError(f"confidence is {text[:40]!r}, expected a whole number from 0 to {_MOST_CONFIDENT}")
    if int(text) > _MOST_CONFIDENT:
        raise InvalidObjectError(f"confidence is {text!r}, expected a whole number from 0 to {_MOST_CONFIDENT}")
    return int(text)


def _tlp(text: str) -> TLP | None:
    try:
        return TLP.parse(text) if text else None
    except ValueError as error:
        raise InvalidObjectError(str(error)) from error
