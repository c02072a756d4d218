"""The rows of a table of separated values with the lines they stand on (RFC 4180, and comments)."""

import csv
from collections.abc import Iterator, Mapping, Sequence

from comity_feeds.reading import is_text, lines
from comity_feeds.record import FeedRecord


class TableLines:
    """The lines of a table without its comments; it knows which lines the row being read stands on."""

    def __init__(self, body: bytes, comment: str) -> None:
        self._lines = enumerate(lines(body), 1)
        self._comment = comment
        self._first = self._last = 0
        self.last_comment: str | None = None
        """The latest comment, without its mark."""

    def begin(self) -> None:
        """Take the next line as the first of a row: only there a comment can start, not inside a quoted cell."""
        self._first = 0

    @property
    def place(self) -> str:
        """The line or lines of the row."""
        return f"line {self._first}" if self._first == self._last else f"lines {self._first} to {self._last}"

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        for number, line in self._lines:
            if not self._first and self._comment and line.startswith(self._comment):
                self.last_comment = line.removeprefix(self._comment).strip()
                continue
            self._first = self._first or number
            self._last = number
            return line
        raise StopIteration


def rows(source: TableLines, delimiter: str) -> Iterator[tuple[str, tuple[str, ...]] | FeedRecord]:
    """Yield the place and the cells of every row that is not blank, and an error for every row that is broken.

    A quotation mark that is never closed takes the lines behind it with it; the error names them all.
    """
    reader = csv.reader(source, delimiter=delimiter, skipinitialspace=True, strict=True)
    while True:
        source.begin()
        try:
            cells = next(reader, None)
        except csv.Error as error:
            yield FeedRecord.refused(source.place, f"no row of a table: {error}")
            continue
        if cells is None:
            return
        if not is_text("".join(cells)):
            yield FeedRecord.refused(source.place, "not UTF-8")
        elif any(cell.strip() for cell in cells):
            yield source.place, tuple(cell.strip() for cell in cells)


def cells_of(line: str, delimiter: str) -> Sequence[str]:
    """Return the cells of one line, such as a header that stands in a comment."""
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])]
    except csv.Error:
        return []


def named_rows(
    body: bytes, columns: Sequence[str], *, needed: Sequence[str], header_in_comment: bool = True
) -> Iterator[tuple[str, Mapping[str, str]] | FeedRecord]:
    """Yield the place and the cells by name of every row of a table whose publisher calls its columns *columns*.

    The header, in the last comment before the rows or in the first row, says where they are, so that a column that is
    added moves nothing. Where there is none that names the *needed* ones, the columns are taken in their order.
    """
    source = TableLines(body, "#")
    names: Sequence[str] | None = None
    for row in rows(source, ","):
        if isinstance(row, FeedRecord):
            yield row
            continue
        place, cells = row
        if names is None:
            header = cells_of(source.last_comment or "", ",") if header_in_comment else cells
            is_header = set(needed) <= set(header)
            names = header if is_header else columns
            if is_header and not header_in_comment:
                continue
        if len(cells) > len(names) and any(cells[len(names) :]):
            yield FeedRecord.refused(place, f"row has {len(cells)} cells, expected {len(names)}")
            continue
        yield place, dict(zip(names, cells, strict=False))
