"""What a search asks for, and the conditions on visible rows that say so in SQL."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Text,
    and_,
    case,
    cast,
    collate,
    false,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import INET, JSONB

from comity.dedup.canonical import Observable
from comity.store.grants import PLAIN, Viewer
from comity.store.search_terms import (
    ASCII_LOOKALIKES,
    Network,
    address_as_network,
    around,
    every_reading,
    is_within,
    network_in,
    observables_in,
    stable_prefix,
)
from comity.store.tables import classes, terms
from comity.store.visibility import visible_object as _o
from comity.store.visibility import visible_release as _r
from comity.store.visibility import visible_rows

_NOTHING: frozenset[str] = frozenset()
_ADDRESSES = frozenset({"ipv4", "ipv6"})
_LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Criteria:
    """What is searched for; several values of one field are alternatives, different fields all hold."""

    value: tuple[str, ...] = ()
    """Values as they were pasted, each read in every way it may be read."""
    words: tuple[str, ...] = ()
    """Each is looked up as a value where it plainly is one, and otherwise in values and names."""
    text: tuple[str, ...] = ()
    """Each occurs, as it is written, in the value or the name."""
    type: frozenset[str] = _NOTHING
    kind: frozenset[str] = _NOTHING
    tlp: frozenset[str] = _NOTHING
    tier: frozenset[str] = _NOTHING
    sector: frozenset[str] = _NOTHING
    member: frozenset[str] = _NOTHING
    revoked: frozenset[str] = _NOTHING
    """``yes`` or ``no``."""
    since: int | None = None
    """The first microsecond since the Unix epoch at which it may have come here."""
    until: int | None = None
    """The first one at which it may not."""

    def without(self, field: str) -> "Criteria":
        """Return these criteria but for one field."""
        nothing: dict[str, Any] = {field: _NOTHING}
        return replace(self, **nothing)


def of_criteria(connection: Connection, criteria: Criteria) -> list[ColumnElement[bool]]:
    """Return the conditions for everything but types and members, whose names are numbers in the rows."""
    stated = {"tlp": criteria.tlp, "tier": criteria.tier, "sector": criteria.sector}
    found = [_of_label(connection, name, wanted) for name, wanted in stated.items() if wanted]
    if criteria.kind:
        found.append(terms.c.kind.in_(criteria.kind))
    if len(criteria.revoked) == 1:
        found.append(_o.c.revoked if "yes" in criteria.revoked else ~_o.c.revoked)
    if criteria.since is not None:
        found.append(_r.c.seq >= criteria.since)
    if criteria.until is not None:
        found.append(_r.c.seq < criteria.until)
    if criteria.value:
        readings = [one for text in criteria.value for one in every_reading(text)]
        found.append(_states(connection, readings))
    for word in criteria.words:
        plain = observables_in(word)
        found.append(_states(connection, plain) if plain else _mentions(connection, word))
    found.extend(_mentions(connection, text) for text in criteria.text)
    return found


def contributions(viewer: Viewer) -> Select[Any]:
    """Return the observables (``twin``) with several contributions, and whose (``space_id``) the viewer may read."""
    rows = visible_rows(replace(viewer, merges=False)).where(_r.c.latest, _o.c.twin == _r.c.twin)
    return rows.with_only_columns(_r.c.twin, _o.c.space_id).distinct()


def text_of_body(connection: Connection) -> ColumnElement[str]:
    """Return the body of a visible object as text."""
    return _as_text(connection, _o.c.body)


def looks_like(skeletons: Iterable[str]) -> ColumnElement[bool]:
    """Return whether the host in an unencoded value has one of the skeletons (``search_terms.skeleton``)."""
    reduced: ColumnElement[Any] = terms.c.value
    for one, other in ASCII_LOOKALIKES:
        reduced = func.replace(reduced, one, other)
    wanted = sorted(skeletons)
    hosts = [reduced.contains(f"://{each}/", autoescape=True) for each in wanted]
    ports = [reduced.contains(f"://{each}:", autoescape=True) for each in wanted]
    return or_(reduced.in_(wanted), *hosts, *ports)


def _states(connection: Connection, readings: Iterable[Observable]) -> ColumnElement[bool]:
    """Return whether the object states one of the observables, a part of a network, or a name under a domain."""
    found = [_is_stated(connection, one) for one in readings]
    return _r.c.object_no.in_(select(terms.c.object_no).where(or_(false(), *found)))


def _is_stated(connection: Connection, one: Observable) -> ColumnElement[bool]:
    same = and_(terms.c.kind == one.kind, terms.c.value == one.value)
    if one.kind == "domain":
        return or_(same, and_(terms.c.kind == "domain", terms.c.value.endswith(f".{one.value}", autoescape=True)))
    if one.kind not in _ADDRESSES:
        return same
    network = network_in(one.value)
    if network is not None:
        return and_(terms.c.kind == one.kind, *_within(connection, network))
    whole = address_as_network(one.value)
    return and_(terms.c.kind == one.kind, terms.c.value.in_([one.value, *(around(whole) if whole else ())]))


def _within(connection: Connection, network: Network) -> list[ColumnElement[bool]]:
    """Return that a value lies in *network*, first by the text it begins with, so that the index can tell."""
    if connection.dialect.name == "postgresql":
        return [cast(terms.c.value, INET).op("<<=")(cast(literal(str(network)), INET))]
    driver = connection.connection.driver_connection
    if driver is not None:
        driver.create_function("comity_within", 2, _sql_within, deterministic=True)
    prefix = stable_prefix(network)
    value = collate(terms.c.value, "BINARY")
    begins = [value >= prefix, value < prefix + _LAST] if prefix else []
    return [*begins, func.comity_within(terms.c.value, str(network)) == 1]


def _sql_within(value: str, network: str) -> int:
    return int(is_within(value, network))


def _mentions(connection: Connection, text: str) -> ColumnElement[bool]:
    wanted = text.strip().lower()
    name = func.lower(_json_text(connection, text_of_body(connection), "name"))
    return or_(func.lower(terms.c.value).contains(wanted, autoescape=True), name.contains(wanted, autoescape=True))


def _of_label(connection: Connection, name: str, wanted: Iterable[str]) -> ColumnElement[bool]:
    stated = case((classes.c.key.startswith(PLAIN), None), else_=_json_text(connection, classes.c.key, name))
    return _r.c.class_id.in_(select(classes.c.id).where(stated.in_(sorted(wanted))))


def _as_text(connection: Connection, body: ColumnElement[bytes]) -> ColumnElement[str]:
    if connection.dialect.name == "postgresql":
        return func.convert_from(body, "UTF8", type_=Text)
    return cast(body, Text)


def _json_text(connection: Connection, text: ColumnElement[Any], name: str) -> ColumnElement[Any]:
    if connection.dialect.name == "postgresql":
        stated: ColumnElement[Any] = cast(text, JSONB)[name].astext
        return stated
    return func.json_extract(text, f"$.{name}")
