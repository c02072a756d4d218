"""Which software is affected by a vulnerability: CPE 2.3 names (NISTIR 7695) and ranges of versions.

A range has its edges as the advisory states them: ``introduced`` is affected, ``fixed`` no longer is, ``last_affected``
still is. Versions are compared number by number; a word behind a hyphen, such as ``rc1``, comes before the release.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from comity.domain.asset import Asset

ANY, NOT_APPLICABLE = "*", "-"
_PREFIX = "cpe:2.3:"
_PARTS = 11
_COLON = re.compile(r"(?<!\\):")
_TOKENS = re.compile(r"([-+~_.]?)(\d+|[^\W\d_]+)")
_LONGEST_VERSION = 256
_PRE, _END, _POST, _NUMBER = "0", "1", "2", "3"


@dataclass(frozen=True, slots=True, kw_only=True)
class CPE:
    """A CPE 2.3 name as written; escapes stay, so that equal names are equal texts."""

    part: str
    vendor: str
    product: str
    version: str = ANY
    rest: tuple[str, ...] = ()
    """Update, edition, language, software edition, target software, target hardware, other."""

    @classmethod
    def parse(cls, text: str) -> "CPE":
        """Return the name that *text* is.

        Raises:
            ValueError: it is no CPE 2.3 formatted string.
        """
        parts = _COLON.split(text.removeprefix(_PREFIX))
        if not text.startswith(_PREFIX) or len(parts) != _PARTS or not all(parts) or not text.isprintable():
            raise ValueError(f"cpe is {text[:160]!r}, expected cpe:2.3: and {_PARTS} parts")
        return cls(part=parts[0], vendor=parts[1], product=parts[2], version=parts[3], rest=tuple(parts[4:]))

    @property
    def product_key(self) -> tuple[str, str, str]:
        """What it is a version of."""
        return self.part, self.vendor, self.product

    def covers(self, other: "CPE") -> bool:
        """Return whether *other* is of this product and agrees in all else that this name states but the version."""
        rest = zip(self.rest, other.rest, strict=False)
        return self.product_key == other.product_key and all(mine in {ANY, its} for mine, its in rest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Affected:
    """A range of versions of one product that a vulnerability affects."""

    vulnerability: str
    cpe: CPE
    introduced: str | None = None
    fixed: str | None = None
    last_affected: str | None = None

    def __post_init__(self) -> None:
        if not self.vulnerability or not self.vulnerability.isprintable():
            raise ValueError(f"vulnerability is {self.vulnerability[:80]!r}, expected its number")
        for text in (self.introduced, self.fixed, self.last_affected):
            if text is not None:
                version_key(text)

    def affects(self, cpe: CPE) -> bool:
        """Return whether the software called *cpe* is in the range; an unknown version may be, so it is."""
        if not self.cpe.covers(cpe):
            return False
        if self.cpe.version not in {ANY, cpe.version}:
            return False
        if cpe.version == NOT_APPLICABLE:
            return False
        try:
            version = version_key(unescaped(cpe.version))
        except ValueError:
            return True
        return (
            (self.introduced is None or version >= version_key(self.introduced))
            and (self.fixed is None or version < version_key(self.fixed))
            and (self.last_affected is None or version <= version_key(self.last_affected))
        )


def exposed(assets: Iterable[Asset], ranges: Iterable[Affected]) -> dict[str, tuple[str, ...]]:
    """Return the keys of the assets that run affected software, each with the names that are affected."""
    by_product: dict[tuple[str, str, str], list[Affected]] = {}
    for one in ranges:
        by_product.setdefault(one.cpe.product_key, []).append(one)
    found = {}
    for asset in assets:
        names = tuple(text for text in asset.software if _is_affected(CPE.parse(text), by_product))
        if names:
            found[asset.key] = names
    return found


def unescaped(text: str) -> str:
    """Return a part of a CPE name without its backslashes (NISTIR 7695, 6.2)."""
    return re.sub(r"\\(.)", r"\1", text)


@lru_cache(maxsize=65_536)
def version_key(text: str) -> str:
    """Return a text that sorts as the version does, in Python and in any database that compares bytes.

    Raises:
        ValueError: *text* is longer than any version, or has no number or word in it.
    """
    tokens = _TOKENS.findall(text) if len(text) <= _LONGEST_VERSION else []
    if not tokens:
        raise ValueError(f"version is {text[:80]!r}, expected numbers and words")
    kept = [each for at, each in enumerate(tokens) if not (at and _is_final_zero(tokens[at:]))]
    return "".join(_token_key(mark, word, number) for number, (mark, word) in enumerate(kept)) + _END


def _is_final_zero(tokens: Sequence[tuple[str, str]]) -> bool:
    """Return whether the first of *tokens* is a zero that says nothing: 1.0 is 1, and 1.0-rc1 is 1-rc1."""
    rest = next((each for each in tokens if each[1].strip("0")), ("-", ""))
    return not tokens[0][1].strip("0") and not rest[1].isdecimal() and bool(rest[0])


def _token_key(mark: str, word: str, number: int) -> str:
    if word.isdecimal():
        digits = str(int(word))
        return f"{_NUMBER}{len(digits):03}{digits}"
    # A letter at the end of a number is a later patch; a word behind a mark is an earlier candidate.
    rank = _POST if number and not mark and len(word) == 1 else _PRE
    return f"{rank}{word.casefold()}!"


def _is_affected(cpe: CPE, by_product: dict[tuple[str, str, str], list[Affected]]) -> bool:
    return any(one.affects(cpe) for one in by_product.get(cpe.product_key, ()))
