"""The addresses of tiles (C2SP tlog-tiles): 256 hashes each, or 256 leaves; the last one of a level may be partial."""

import re
from dataclasses import dataclass

WIDTH = 256
LEVEL_BITS = 8
ENTRIES = -1
"""The level of the bundles of leaves."""

_PATH = re.compile(r"(entries|[0-9]|[1-5][0-9]|6[0-3])((?:/x[0-9]{3}){0,6})/([0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


@dataclass(frozen=True, slots=True)
class Tile:
    """A place in the tree: hashes of complete subtrees of ``256 ** level`` leaves, or leaves themselves."""

    level: int
    number: int
    width: int


def parse_path(path: str) -> Tile | None:
    """Return the tile with an address such as ``0/x001/234`` or ``entries/000.p/17``, or ``None`` where it is none."""
    found = _PATH.fullmatch(path)
    if not found:
        return None
    number = int(found[2].replace("/x", "") + found[3])
    width = int(found[4]) if found[4] else WIDTH
    is_partial_whole = found[4] is not None and width >= WIDTH
    needless = found[2].startswith("/x000")
    if is_partial_whole or needless:
        return None
    return Tile(ENTRIES if found[1] == "entries" else int(found[1]), number, width)


def path_of(tile: Tile) -> str:
    """Return the address of a tile."""
    digits = f"{tile.number:03d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[place : place + 3] for place in range(0, len(digits), 3)]
    number = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
    level = "entries" if tile.level == ENTRIES else str(tile.level)
    return f"{level}/{number}" + (f".p/{tile.width}" if tile.width < WIDTH else "")
