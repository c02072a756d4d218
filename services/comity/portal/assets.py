"""The style sheet, the script and the mark: served from the package, for ever, under names that tell their content."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

_MEDIA_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
_DIGITS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A file, and the name under which it is served."""

    url: str
    media_type: str
    body: bytes


def load_assets() -> Mapping[str, Asset]:
    """Return every file by the name it has in the package."""
    return {
        entry.name: _asset(entry.name, entry.read_bytes())
        for entry in files("comity.portal").joinpath("static").iterdir()
        if entry.name.rpartition(".")[2] in _MEDIA_TYPES
    }


def _asset(name: str, body: bytes) -> Asset:
    stem, _, ending = name.rpartition(".")
    digest = hashlib.sha256(body).hexdigest()[:_DIGITS]
    return Asset(url=f"/assets/{stem}-{digest}.{ending}", media_type=_MEDIA_TYPES[ending], body=body)
