"""What a search asks for, and the conditions on visible rows that say so in SQL."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from msgspec import json
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    Text,
    and_,
    any_,
    bindparam,
    cast,
    column,
    func,
    or_,
    select,
    table,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY

from comity.dedup.canonical import Observable
from comity.store.grants import Viewer
from comity.store.search_terms import (
    Network,
    address_as_network,
    around,
    every_reading,
    network_in,
    observables_in,
    refanged,
    span_inside,
    span_of,
)
from comity.store.tables import terms, words
from comity.store.visibility import visible_object as _o
from comity.store.visibility import visible_release as _r
from comity.store.visibility import visible_rows
from comity.store.words import Asked, Phrase, under

SETS = ("type", "kind", "tlp", "tier", "sector", "member", "revoked")
"""The fields of ``Wanted`` of which an object has one value, or several by several sources."""

SHORTEST_BEGINNING = 3
"""The characters that come at least before the ``*`` of a value or a word that is not written to its end."""

_NOTHING: frozenset[str] = frozenset()
_LAST = "\U0010ffff"
_fts = table("words", column("rowid"), column("words"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Terms of a search; several values of one field of ``SETS`` are alternatives."""

    value: tuple[str, ...] = ()
    """Values as they were pasted, each read in every way it may be read; with a ``*`` at its end, a beginning."""
    words: tuple[str, ...] = ()
    """Each is looked up as a value where it plainly is one, and otherwise as text."""
    text: tuple[str, ...] = ()
    """The words of each stand side by side in the value or the name."""
    type: frozenset[str] = _NOTHING
    kind: frozenset[str] = _NOTHING
    tlp: frozenset[str] = _NOTHING
    tier: frozenset[str] = _NOTHING
    sector: frozenset[str] = _NOTHING
    member: frozenset[str] = _NOTHING
    revoked: frozenset[str] = _NOTHING
    """``yes`` or ``no``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Criteria(Wanted):
    """What is searched for: all of the terms of different fields hold, and none of those that are unwanted."""

    unwanted: Wanted = field(default_factory=Wanted)
    """None of its values, words, texts, and none of the values of its sets."""
    since: int | None = None
    """The first microsecond since the Unix epoch at which it may have come here."""
    until: int | None = None
    """The first one at which it may not."""
    opened: bool = False
    """Whether what came before *since* counts as well where its class was opened to the viewer from then on."""

    def without(self, name: str) -> "Criteria":
        """Return these criteria but for one field of ``SETS``."""
        nothing: dict[str, Any] = {name: _NOTHING}
        return replace(self, **nothing, unwanted=replace(self.unwanted, **nothing))


@dataclass(frozen=True, slots=True)
class Stated:
    """One value that objects are to state, in all the ways it may be read."""

    readings: tuple[Observable, ...]
    beginnings: tuple[str, ...] = ()

    @property
    def domains(self) -> tuple[Phrase, ...]:
        """What the index of words knows the domains by, and the names under them."""
        return tuple(under(one.value) for one in self.readings if one.kind == "domain")

    def indexed(self) -> Select[Any] | None:
        """Return the numbers of the objects that state it, but for domains; nothing where domains are all it is."""
        found = [_is_stated(one) for one in self.readings if one.kind != "domain"]
        found += [_begins(one) for one in self.beginnings]
        return select(terms.c.object_no).where(or_(*found)).correlate(None) if found else None

    def test(self) -> Callable[[str | None, str | None], bool]:
        """Return what tells of an observable whether it is this, a part of its network, or a name under its domain."""
        exact = {(one.kind, one.value) for one in self.readings}
        networks = [(one.kind, found) for one in self.readings if (found := _network(one)) is not None]
        exact.update((kind, each) for kind, network in networks for each in around(network))
        spans = [span_inside(network) for _, network in networks]
        ends = tuple(f".{one.value}" for one in self.readings if one.kind == "domain")

        def holds(kind: str | None, value: str | None) -> bool:
            if kind is None or value is None:
                return False
            is_under = kind == "domain" and value.endswith(ends)
            if is_under or (kind, value) in exact or value.startswith(self.beginnings):
                return True
            span = span_of(kind, value) if spans else None
            return span is not None and any(first <= span <= last for first, last in spans)

        return holds


def stated(text: str, *, said: bool) -> Stated | None:
    """Return the value that *text* is: in every way it may be read where it is *said* to be one, or else plainly."""
    if said and text.endswith("*"):
        start = refanged(text[:-1])
        return Stated((), tuple(dict.fromkeys((start, start.lower()))))
    readings = every_reading(text) if said else observables_in(text)
    return Stated(readings) if readings or said else None


def matching(connection: Connection, asked: Asked, *, low: int = 0, high: int, limit: int) -> list[int]:
    """Return the highest numbers, from *low* to before *high*, of objects that have what is asked of their words."""
    rows = _matching(connection, asked)
    number = rows.selected_columns[0]
    rows = rows.where(number >= low, number < high).order_by(number.desc()).limit(limit)
    return list(connection.execute(rows).scalars())


def with_words(connection: Connection, asked: Asked, numbers: Sequence[int]) -> frozenset[int]:
    """Return those of *numbers* whose objects have what is asked of their words, and nothing that is not."""
    found = set(numbers)
    if asked.groups:
        found = _having(connection, asked, numbers)
    elif asked.none:
        found -= _having(connection, Asked(groups=(asked.none,)), numbers)
    return frozenset(found)


def _having(connection: Connection, asked: Asked, numbers: Sequence[int]) -> set[int]:
    rows = _matching(connection, asked)
    rows = rows.where(among(connection, rows.selected_columns[0]))
    return set(connection.execute(rows, {"numbers": numbers_for(connection, numbers)}).scalars())


def _matching(connection: Connection, asked: Asked) -> Select[Any]:
    if connection.dialect.name == "sqlite":
        return select(_fts.c.rowid).where(_fts.c.words.op("MATCH")(asked.for_fts5()))
    return select(words.c.object_no).where(words.c.text.op("@@")(cast(asked.for_postgresql(), TSQUERY)))


def among(connection: Connection, number: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return whether a number is one of many, which are given as ``numbers`` (``numbers_for``)."""
    if connection.dialect.name == "sqlite":
        every = func.json_each(bindparam("numbers", type_=Text)).table_valued("value")
        return number.in_(select(every.c.value))
    return number == any_(bindparam("numbers", type_=ARRAY(BigInteger)))


def numbers_for(connection: Connection, numbers: Sequence[int]) -> object:
    """Return what is given to a statement with ``among`` in it."""
    return "[" + ",".join(map(str, numbers)) + "]" if connection.dialect.name == "sqlite" else list(numbers)


def stating(connection: Connection, values: Sequence[str]) -> list[int]:
    """Return the numbers of the objects that state one of many values, the newest first."""
    if connection.dialect.name == "sqlite":
        every = func.json_each(bindparam("values", type_=Text)).table_valued("value")
        given: object = json.encode(values).decode()
        condition: ColumnElement[Any] = terms.c.value.in_(select(every.c.value))
    else:
        given = list(values)
        condition = terms.c.value.op("=")(any_(bindparam("values", type_=ARRAY(Text))))
    found = connection.execute(select(terms.c.object_no).where(condition), {"values": given}).scalars()
    return sorted(found, reverse=True)


def contributions(viewer: Viewer) -> Select[Any]:
    """Return the observables (``twin``) with several contributions, and whose (``space_id``) the viewer may read."""
    rows = visible_rows(replace(viewer, merges=False)).where(_r.c.latest, _o.c.twin == _r.c.twin)
    return rows.with_only_columns(_r.c.twin, _o.c.space_id).distinct()


def text_of_body(connection: Connection) -> ColumnElement[str]:
    """Return the body of a visible object as text."""
    if connection.dialect.name == "postgresql":
        return func.convert_from(_o.c.body, "UTF8", type_=Text)
    return cast(_o.c.body, Text)


def beginning() -> Select[Any]:
    """Return the numbers of at most ``limit`` objects whose value is from ``first`` to before ``last``."""
    value = terms.c.value
    bounded = select(terms.c.object_no).where(value >= bindparam("first"), value < bindparam("last"))
    return bounded.limit(bindparam("limit"))


def _network(one: Observable) -> Network | None:
    return (network_in(one.value) or address_as_network(one.value)) if one.kind in {"ipv4", "ipv6"} else None


def _begins(value: str) -> ColumnElement[bool]:
    return and_(terms.c.value >= value, terms.c.value < value + _LAST)


def _is_stated(one: Observable) -> ColumnElement[bool]:
    same = and_(terms.c.value == one.value, terms.c.kind == one.kind)
    network = _network(one)
    if network is None:
        return same
    holds_it = and_(terms.c.value.in_(around(network)), terms.c.kind == one.kind)
    return or_(terms.c.span.between(*span_inside(network)), holds_it)
