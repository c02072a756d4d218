"""CSV that a spreadsheet opens as text: no cell of it is a formula, whatever somebody put into a value."""

import csv
import io
from collections.abc import Iterable, Sequence

_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def safe(cell: object) -> str:
    """Return the text of *cell*, with an apostrophe before what a spreadsheet would carry out."""
    text = "" if cell is None else str(cell)
    if isinstance(cell, int | float) or not text.lstrip(" ").startswith(_BEGINS_FORMULA):
        return text
    return f"'{text}"


def as_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return a table as CSV in UTF-8 with a byte order mark, which spreadsheets need to read other scripts."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n", quoting=csv.QUOTE_MINIMAL)
    writer.writerow([safe(cell) for cell in header])
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8", "replace")
