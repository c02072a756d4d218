"""The page of one object: what it says, why this desk may read it, who saw it, and what is around it."""

import json
from dataclasses import dataclass

import msgspec

from comity.domain.label import Label
from comity.domain.purpose import Purpose
from comity.policy.explain import explain
from comity.portal.access import Caller
from comity.portal.answers import Page, Table, moment
from comity.portal.charts import radial
from comity.portal.described import (
    COLUMNS,
    Described,
    Neighbour,
    SeenBy,
    described,
    neighbours,
    observable_of,
    seen_by,
)
from comity.portal.site import Site
from comity.stix.headers import read_header
from comity.store.search_results import Hit

_MOST_DRAWN = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A contribution of the observable that this desk is entitled to."""

    member: str
    tlp: str
    tier: str
    added: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectData:
    """What the page says."""

    object: Described
    pattern: str
    description: str
    valid: str
    form: str
    sources: tuple[Source, ...]
    why: tuple[str, ...]
    needed: tuple[str, ...]
    sightings: tuple[SeenBy, ...]
    related: tuple[Neighbour, ...]
    warnings: tuple[str, ...]
    """The warning lists that its value is on."""
    stix: msgspec.Raw


def object_page(site: Site, caller: Caller, hit: Hit) -> Page:
    """Return the page of *hit*."""
    connection = site.services.store.read()
    search, viewer = site.search, caller.viewer
    relations = search.related(connection, viewer, hit)
    around = neighbours(relations, search.sources(connection, viewer, [one.hit for one in relations]))
    contributions = search.contributions_of(connection, viewer, hit) or [hit]
    header = read_header(hit.body)
    why, needed = _explained(site, caller, hit.label)
    observable = observable_of(hit)
    data = ObjectData(
        warnings=() if observable is None else tuple(site.services.warnings(observable.kind, observable.value)),
        object=described(hit, sorted({one.space for one in contributions})),
        pattern=header.pattern or "",
        description=header.description or header.abstract or "",
        valid=" to ".join(filter(None, [header.valid_from, header.valid_until])),
        form=hit.label.form.word if hit.label else "full",
        sources=tuple(_source(one) for one in contributions),
        why=why,
        needed=needed,
        sightings=tuple(seen_by(search.sightings_of(connection, viewer, hit))),
        related=tuple(around),
        stix=msgspec.Raw(hit.body),
    )
    return Page(
        template="object.html",
        title=data.object.text,
        data=data,
        table=Table(header=COLUMNS, rows=[data.object.cells(), *(one.object.cells() for one in around)]),
        more={
            "drawing": radial([_spoke(one) for one in around[:_MOST_DRAWN]]),
            "raw": json.dumps(msgspec.json.decode(hit.body), indent=2, ensure_ascii=False),
            "can_sight": caller.session is not None and not hit.revoked and _can_be_sighted(hit),
            "most_drawn": _MOST_DRAWN,
        },
    )


def _explained(site: Site, caller: Caller, label: Label | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if label is None:
        return ("The collection is open to this account.",), ()
    explanation = explain(site.services.engine, label, caller.desk, Purpose(caller.purpose))
    return explanation.why, explanation.needed


def _source(hit: Hit) -> Source:
    label = hit.label
    return Source(
        member=hit.space,
        tlp=str(label.tlp) if label else "",
        tier=str(label.tier) if label else "",
        added=moment(hit.tick),
    )


def _spoke(one: Neighbour) -> tuple[str, str, str]:
    word = one.word if one.outgoing or one.word == "mentioned in" else f"← {one.word}"
    return f"/objects/{one.object.id}", one.object.text, f"{word}: {one.object.type}"


def _can_be_sighted(hit: Hit) -> bool:
    return hit.type in {"indicator", "vulnerability"} and observable_of(hit) is not None
