"""The search page: what matches, how it divides, and what merely looks like it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from comity.domain.tier import Tier
from comity.domain.tlp import TLP
from comity.export.audience import Audience
from comity.portal.access import Caller
from comity.portal.answers import Page, Table
from comity.portal.described import COLUMNS, Described, described
from comity.portal.query import Query
from comity.portal.site import Site
from comity.store.search import COUNTED, LOOKED_AT
from comity.store.search_results import Found, Lookalike
from comity.store.search_terms import host_of, shown_host

_ORDER = {
    "tlp": [each.word for each in TLP],
    "tier": [each.name for each in Tier],
    "revoked": ["no", "yes"],
}
_HEADINGS = {
    "type": "Type",
    "kind": "Kind",
    "tlp": "TLP",
    "tier": "Tier",
    "sector": "Sector",
    "member": "Contributed by",
    "revoked": "Revoked",
}
_SHOWN = ("type", "kind", "tlp", "tier", "member", "sector", "revoked")
_MOST_CHOICES = 12
_MOST_HOSTS = 10
"""Look-alikes are sought of so many hosts of a page at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A value of a facet, how many match it, and the address of the query with it, or without it if chosen."""

    value: str
    text: str
    count: int
    chosen: bool
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """A field by which what matches divides."""

    name: str
    heading: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """A host that looks like one that was searched for or found."""

    host: str
    reads_as: str
    of: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchData:
    """What the page says."""

    query: str
    problem: str
    total: int
    """How many match, as far as they were counted."""
    more: bool
    """Whether older ones may match that were not counted, here and in the facets."""
    objects: tuple[Described, ...]
    facets: Mapping[str, Mapping[str, int]]
    looks_like: tuple[Hint, ...]
    warnings: Mapping[str, Sequence[str]]
    """Value -> the warning lists that it is on, of the values shown."""
    next: str | None


def search_page(site: Site, caller: Caller, query: Query, *, found: Found, text: str, problem: str = "") -> Page:
    """Return the page of a search."""
    connection = site.services.store.read()
    sources = site.search.sources(connection, caller.viewer, found.hits)
    objects = tuple(described(hit, sources[hit.object_no]) for hit in found.hits)
    lookalikes = site.search.homographs(connection, caller.viewer, _hosts(query, objects))
    data = SearchData(
        query=text,
        problem=problem,
        total=found.total,
        more=found.more,
        objects=objects,
        facets=found.facets,
        looks_like=tuple(map(_hint, lookalikes)),
        warnings=_warnings(site, objects),
        next=None if found.next is None else _address(query, after=found.next),
    )
    members = tuple(site.services.engine.bloc.members)
    return Page(
        template="search.html",
        title=f"Search: {query}" if query.terms else "Search",
        data=data,
        table=Table(header=COLUMNS, rows=[one.cells() for one in objects]),
        more={
            "facets": [_facet(name, found, query, members) for name in _SHOWN],
            "audiences": list(Audience),
            "most": COUNTED,
            "looked_at": LOOKED_AT,
        },
        status=400 if problem else 200,
    )


def _warnings(site: Site, objects: Sequence[Described]) -> dict[str, Sequence[str]]:
    found = {one.value: site.services.warnings(one.kind, one.value) for one in objects if one.kind}
    return {value: lists for value, lists in found.items() if lists}


def _hosts(query: Query, objects: Sequence[Described]) -> list[str]:
    """Return the hosts that look-alikes are sought of: only where somebody searched for a value or text."""
    if not query.values(None, "value"):
        return []
    hosts = (host_of(one.kind, one.value) for one in objects if one.kind)
    return sorted({host for host in hosts if host})[:_MOST_HOSTS]


def _hint(one: Lookalike) -> Hint:
    shown = shown_host(one.host)
    return Hint(host=one.host, reads_as=shown if shown != one.host else "", of=one.of, href=f"/objects/{one.object_id}")


def _facet(name: str, found: Found, query: Query, members: Sequence[str]) -> Facet:
    counts = dict(found.facets.get(name, {}))
    for value in query.values(name):
        counts.setdefault(value, 0)
    order = members if name == "member" else _ORDER.get(name)
    if order is None:
        values = sorted(counts, key=lambda value: (-counts[value], value))
    else:
        values = sorted(counts, key=lambda value: (order.index(value) if value in order else len(order), value))
    kept = [value for place, value in enumerate(values) if place < _MOST_CHOICES or query.has(name, value)]
    choices = (
        Choice(
            value=value,
            text=f"TLP:{value.upper()}" if name == "tlp" else value,
            count=counts[value],
            chosen=query.has(name, value),
            href=_address(query.toggled(name, value)),
        )
        for value in kept
    )
    return Facet(name=name, heading=_HEADINGS[name], choices=tuple(choices))


def _address(query: Query, after: int | None = None) -> str:
    given: dict[str, str | int] = {"q": str(query)} if query.terms else {}
    if after is not None:
        given["after"] = after
    return f"/search?{urlencode(given)}" if given else "/search"
