"""The patterns that nearly everybody writes, read without a tree: one plain comparison, or several joined by OR."""

import re
from functools import lru_cache

from comity.dedup.canonical import value_of
from comity.dedup.pattern_observables import PATHS
from comity.dedup.pattern_parser import parse_path
from comity.errors import InvalidObjectError

LONGEST = 8_192
"""The characters of a pattern that is read this way."""

_KEY = r"(?:[A-Za-z_][A-Za-z0-9_]*|'[^'\\]*')"
_PATH = rf"[A-Za-z_][A-Za-z0-9_-]*:{_KEY}(?:\.{_KEY}|\[(?:[0-9]{{1,9}}|\*)\])*"
_TEXT = r"[^'\\]*"
_ONE = re.compile(rf"\[([^ =]+) ?= ?'({_TEXT})'\]")
_EACH = re.compile(rf"({_PATH}) ?= ?'({_TEXT})'")
_SEVERAL = re.compile(rf"\[{_PATH} ?= ?'{_TEXT}'(?: OR {_PATH} ?= ?'{_TEXT}')*\]")
_KINDS = {path: kind for kind, path in PATHS.items()}


def plain_comparisons(pattern: str) -> list[tuple[str, str]] | None:
    """Return path and text of each comparison where *pattern* is one, or several joined by OR, else nothing."""
    if len(pattern) > LONGEST:
        return None
    try:
        if one := _ONE.fullmatch(pattern):
            return [(path_of(one[1]), one[2])]
        if not _SEVERAL.fullmatch(pattern):
            return None
        return [(path_of(path), text) for path, text in _EACH.findall(pattern)]
    except InvalidObjectError:
        return None


def plain_value(pattern: str) -> tuple[str, str] | None:
    """Return kind and canonical value where *pattern* compares an observable's property, in its usual spelling."""
    found = _ONE.fullmatch(pattern)
    if not found:
        return None
    path, raw = found.groups()
    kind = _KINDS.get(path)
    if kind is None:
        return None
    try:
        return kind, value_of(kind, raw)
    except InvalidObjectError:
        return None


@lru_cache(maxsize=1024)
def path_of(text: str) -> str:
    """Return an object path with every key of it quoted.

    Raises:
        InvalidObjectError: *text* is no object path.
    """
    return parse_path(text)
