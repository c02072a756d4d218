"""Where the parts of a drawing go; the templates draw them as SVG, with links and text that work without a script."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

_ROW = 40
_WIDTH = 980
_REACH = 150
_LONGEST = 38
_BAR = 56
_BARS_HEIGHT = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoke:
    """A neighbour, its place, and on which side its text stands."""

    href: str
    text: str
    word: str
    x: float
    y: float
    anchor: str
    text_x: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Radial:
    """One object in the middle and its neighbours around it."""

    width: int
    height: int
    x: float
    y: float
    spokes: tuple[Spoke, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A bar with its count above and its name below."""

    name: str
    count: int
    x: float
    y: float
    height: float
    middle: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """Bars over one axis."""

    width: int
    height: int
    base: int
    bar_width: int
    bars: tuple[Bar, ...]


def radial(neighbours: Sequence[tuple[str, str, str]]) -> Radial:
    """Return the places of *neighbours* (address, text, word), shared out between the right and the left."""
    right, left = neighbours[::2], neighbours[1::2]
    height = max(120, _ROW * (len(right) + 1))
    x, y = _WIDTH / 2, height / 2
    spokes = [_spoke(one, place, len(right), side=1, x=x, y=y, height=height) for place, one in enumerate(right)]
    spokes += [_spoke(one, place, len(left), side=-1, x=x, y=y, height=height) for place, one in enumerate(left)]
    return Radial(width=_WIDTH, height=height, x=x, y=y, spokes=tuple(spokes))


def bars(counts: Sequence[tuple[str, int]]) -> Bars:
    """Return one bar a count, from zero up."""
    highest = max((count for _, count in counts), default=0) or 1
    base = _BARS_HEIGHT - 28
    drawn = []
    for place, (name, count) in enumerate(counts):
        height = round((base - 28) * count / highest, 1)
        x = 12 + place * _BAR
        drawn.append(
            Bar(name=name, count=count, x=x, y=round(base - height, 1), height=height, middle=x + (_BAR - 16) / 2)
        )
    width = max(240, 24 + _BAR * len(counts))
    return Bars(width=width, height=_BARS_HEIGHT, base=base, bar_width=_BAR - 16, bars=tuple(drawn))


def shortened(text: str) -> str:
    """Return *text* as it fits beside its place; the start and the end tell more than the middle."""
    if len(text) <= _LONGEST:
        return text
    half = (_LONGEST - 1) // 2
    return f"{text[:half]}…{text[-half:]}"


def _spoke(one: tuple[str, str, str], place: int, count: int, *, side: int, x: float, y: float, height: float) -> Spoke:
    href, text, word = one
    offset = 0.0 if count == 1 else place / (count - 1) - 0.5
    spoke_y = y + offset * (height - _ROW)
    bend = math.cos(offset * math.pi * 0.8)
    spoke_x = x + side * (_REACH * (0.55 + 0.45 * bend))
    return Spoke(
        href=href,
        text=shortened(text),
        word=word,
        x=round(spoke_x, 1),
        y=round(spoke_y, 1),
        anchor="start" if side > 0 else "end",
        text_x=round(spoke_x + side * 18, 1),
    )
