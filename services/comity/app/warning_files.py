"""Warning lists from a folder, as MISP publishes them: ``*.json``, also packed, also one folder a list."""

import gzip
import zlib
from pathlib import Path

import msgspec

from comity.dedup.warning_lists import SPECIAL, WarningList, WarningLists
from comity.errors import InvalidObjectError, SettingsError

_GZIP = b"\x1f\x8b"


def read_warning_lists(folder: str) -> WarningLists:
    """Return the lists in *folder*, or those that come with Comity where it is empty.

    Raises:
        SettingsError: there is no such folder, or a file in it is no list.
    """
    if not folder:
        return WarningLists.of(SPECIAL)
    files = sorted(path for path in Path(folder).rglob("*") if path.name.endswith((".json", ".json.gz")))
    if not files:
        raise SettingsError(f"warning_lists is {folder!r}, expected a folder with lists")
    try:
        return WarningLists.of(_read(path) for path in files)
    except InvalidObjectError as error:
        raise SettingsError(f"warning_lists: {error}") from error


def _read(path: Path) -> WarningList:
    try:
        body = path.read_bytes()
        table = msgspec.json.decode(gzip.decompress(body) if body.startswith(_GZIP) else body, type=dict[str, object])
    except (OSError, EOFError, zlib.error, msgspec.MsgspecError) as error:
        raise SettingsError(f"warning list {path.name!r} cannot be read: {type(error).__name__}") from error
    return WarningList.parse(table)
