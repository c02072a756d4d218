"""The regulator's figures: counts of incident reports, and of nothing else that a report holds."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec
from comity_schemas.extensions import DUTY_CLOCK

from comity.errors import InvalidRequestError
from comity.portal.answers import moment
from comity.stix.headers import read_header

NOT_STATED = "not stated"
UNLISTED = "not listed"
"""The row of every sector that is none of the bloc's: what a report calls it may be anything, also an id or a value."""
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_SHADES = 5
_MOST_MONTHS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What is counted of one incident report."""

    member: str
    sector: str
    rsit_class: str
    month: str
    aware: str
    tick: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which reports are counted."""

    first: str = ""
    last: str = ""
    """The first and the last month, nothing where there is no bound."""
    member: str = ""
    sector: str = ""

    def takes(self, report: Report) -> bool:
        """Return whether *report* is counted."""
        return (
            (not self.first or report.month >= self.first)
            and (not self.last or report.month <= self.last)
            and self.member in {"", report.member}
            and self.sector in {"", report.sector}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The counts, with the period they are of and the moment they were true."""

    period: str
    cut_off: str
    reports: int
    by_member: Mapping[str, int]
    by_sector: Mapping[str, int]
    by_class: Mapping[str, int]
    by_month: Mapping[str, int]
    by_sector_and_member: Mapping[str, Mapping[str, int]]

    def shade(self, sector: str, member: str) -> int:
        """Return how dark the cell is, from 0 for none to 5 for the highest count."""
        highest = max((count for row in self.by_sector_and_member.values() for count in row.values()), default=0)
        count = self.by_sector_and_member[sector][member]
        return -(-count * _SHADES // highest) if highest else 0


class _Clock(msgspec.Struct, frozen=True):
    aware_at: str
    rsit: str = NOT_STATED
    sector: str = NOT_STATED


_decode = msgspec.json.Decoder(_Clock).decode


def report_in(body: bytes, *, member: str, tick: int) -> Report | None:
    """Return what is counted of an incident, or ``None`` of one that is revoked or states no clock."""
    header = read_header(body)
    raw = header.extensions.get(DUTY_CLOCK)
    if raw is None or header.revoked:
        return None
    clock = _decode(raw)
    return Report(
        member=member,
        sector=clock.sector,
        rsit_class=clock.rsit.partition("/")[0],
        month=clock.aware_at[:7],
        aware=clock.aware_at,
        tick=tick,
    )


def figures_of(
    reports: Iterable[Report], choice: Choice, *, members: Sequence[str], sectors: Sequence[str], now: int
) -> Figures:
    """Return the counts of the reports chosen; members and sectors stand in the bloc's order, whatever their counts."""
    known = {*sectors, NOT_STATED}
    listed = (one if one.sector in known else replace(one, sector=UNLISTED) for one in reports)
    chosen = [one for one in listed if choice.takes(one)]
    found = sorted({one.sector for one in chosen} - set(sectors))
    rows = [*sectors, *found]
    pairs = Counter((one.sector, one.member) for one in chosen)
    return Figures(
        period=_period(chosen, choice),
        cut_off=moment(now),
        reports=len(chosen),
        by_member={code: sum(one.member == code for one in chosen) for code in members},
        by_sector={name: sum(one.sector == name for one in chosen) for name in rows},
        by_class=dict(sorted(Counter(one.rsit_class for one in chosen).items())),
        by_month=_by_month(chosen),
        by_sector_and_member={name: {code: pairs[name, code] for code in members} for name in rows},
    )


def month(text: str, name: str) -> str:
    """Return *text*, a month or nothing.

    Raises:
        InvalidRequestError: it is neither.
    """
    if text and not _MONTH.fullmatch(text):
        raise InvalidRequestError(f"{name} is {text[:20]!r}, expected a month such as 2027-03")
    return text


def _period(chosen: Sequence[Report], choice: Choice) -> str:
    first = choice.first or min((one.month for one in chosen), default="")
    last = choice.last or max((one.month for one in chosen), default="")
    return f"{first} to {last}" if first and last else "no report"


def _by_month(chosen: Sequence[Report]) -> dict[str, int]:
    """Count by month, with every month between the first and the last, so that equal widths are equal times."""
    counts = Counter(one.month for one in chosen)
    if not counts:
        return {}
    numbers = [_number(text) for text in counts]
    if max(numbers) - min(numbers) > _MOST_MONTHS:
        return dict(sorted(counts.items()))
    every = [f"{number // 12:04d}-{number % 12 + 1:02d}" for number in range(min(numbers), max(numbers) + 1)]
    return {text: counts[text] for text in every}


def _number(text: str) -> int:
    return int(text[:4]) * 12 + int(text[5:7]) - 1
