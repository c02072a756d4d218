"""Lists and tables: the external dynamic lists of firewalls, CSV, the collections of Splunk Enterprise Security."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

from comity.export.entries import ADDRESSES, HASHES, Entry, surest_first, values
from comity.export.spreadsheet import as_csv, safe

_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://")
_COLUMNS = ("id", "kind", "value", "name", "tlp", "confidence", "modified", "valid_until")
_SPLUNK = {
    "ip": (("description", "ip", "weight"), ADDRESSES),
    "domain": (("description", "domain", "weight"), ("domain",)),
    "file": (("description", "file_hash", "file_name", "weight"), HASHES),
    "http": (("description", "http_referrer", "http_user_agent", "url", "weight"), ("url",)),
    "email": (("description", "src_user", "subject", "weight"), ("email",)),
}
"""Collection of Splunk Enterprise Security -> its header and the kinds that stand in it."""

_VALUE_COLUMNS = frozenset({"ip", "domain", "file_hash", "url", "src_user"})
SPLUNK = tuple(_SPLUNK)


def edl(entries: Iterable[Entry], *kinds: str) -> bytes:
    """Return a list of one type, one value a line, the surest first, so that a device that reads only the beginning
    reads the best of it.
    """  # noqa: D205  # one sentence
    return _lines(values(entries, *kinds))


def edl_of_urls(entries: Iterable[Entry]) -> bytes:
    """Return a list of URLs without their scheme, as firewalls compare them."""
    return _lines(dict.fromkeys(_SCHEME.sub("", value) for value in values(entries, "url")))


def table(entries: Iterable[Entry]) -> bytes:
    """Return a CSV with one row an observable, which a spreadsheet opens without carrying anything out."""
    rows = [
        (one.id, one.kind, one.value, one.name, str(one.tlp), one.confidence, one.modified, one.expires)
        for one in surest_first(one for one in entries if one.kind)
    ]
    return as_csv(_COLUMNS, rows)


def splunk(entries: Iterable[Entry], collection: str) -> bytes:
    """Return the lookup table of a collection with exactly the header that Splunk Enterprise Security expects."""
    header, kinds = _SPLUNK[collection]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(_splunk_row(one, header) for one in surest_first(entries) if one.kind in kinds)
    return out.getvalue().encode("utf-8", "replace")


def _splunk_row(one: Entry, header: Sequence[str]) -> list[str]:
    told = {"description": safe(f"{one.id} {one.title}".strip()), "weight": str(one.weight)}
    return [one.value if name in _VALUE_COLUMNS else told.get(name, "") for name in header]


def _lines(texts: Iterable[str]) -> bytes:
    return "".join(f"{text}\n" for text in texts).encode()
