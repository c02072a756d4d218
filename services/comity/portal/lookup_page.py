"""Bulk look-up: many pasted lines, and of each whether the desk may read an object of its value."""

from dataclasses import dataclass

from comity.portal.access import Caller
from comity.portal.answers import Page, Table
from comity.portal.described import described
from comity.portal.site import Site
from comity.store.search import MOST_LINES
from comity.store.search_results import Known, Unknown

_COLUMNS = ("line", "answer", "kind", "value", "id", "tlp", "tier", "sources")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The answer to one line."""

    line: str
    answer: str
    """``known``, ``revoked``, ``unknown``, or ``no value`` where the line is none."""
    kind: str
    value: str
    around: str
    """The network that is known, where the address itself is not."""
    id: str
    tlp: str
    tier: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupData:
    """What the page says."""

    lines: tuple[Line, ...]
    known: int
    unknown: int
    left_out: int


def lookup_page(site: Site, caller: Caller, text: str) -> Page:
    """Return the page with the answers to every line of *text*."""
    every = [line.strip() for line in text.splitlines() if line.strip()]
    connection = site.services.store.read()
    answers = site.search.lookup(connection, caller.viewer, every)
    hits = [one.hit for one in answers if isinstance(one, Known)]
    sources = site.search.sources(connection, caller.viewer, hits)
    lines = tuple(_line(one, sources) for one in answers)
    known = len(hits)
    data = LookupData(lines=lines, known=known, unknown=len(lines) - known, left_out=len(every) - len(lines))
    rows = [[getattr(one, name) for name in _COLUMNS[:-1]] + [" ".join(one.sources)] for one in lines]
    return Page(
        template="lookup.html",
        title="Bulk look-up",
        data=data,
        table=Table(header=_COLUMNS, rows=rows),
        more={"text": text, "most": MOST_LINES},
    )


def _line(one: Known | Unknown, sources: dict[int, tuple[str, ...]]) -> Line:
    if isinstance(one, Unknown):
        return Line(
            line=one.line,
            answer="unknown" if one.observable else "no value",
            kind=one.observable.kind if one.observable else "",
            value=one.observable.value if one.observable else "",
            around="",
            id="",
            tlp="",
            tier="",
            sources=(),
        )
    told = described(one.hit, sources[one.hit.object_no])
    is_around = one.observable.kind in {"ipv4", "ipv6"} and "/" in one.observable.value and "/" not in one.line
    return Line(
        line=one.line,
        answer="revoked" if told.revoked else "known",
        kind=one.observable.kind,
        value=one.observable.value,
        around=one.observable.value if is_around else "",
        id=told.id,
        tlp=told.tlp,
        tier=told.tier,
        sources=told.sources,
    )
