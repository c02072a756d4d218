"""The language of the search box: ``type:indicator value:198.51.100.0/24 tlp:green "pale lantern"``.

A query is what stands in the URL, so that every view has an address. Terms without a field are looked up as the values
they plainly are, or searched for as text; quoted ones are always text. Alternatives of one field are written as several
terms of it.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from comity.dedup.canonical import KINDS
from comity.domain.tier import Tier
from comity.domain.tlp import TLP
from comity.errors import InvalidRequestError
from comity.store.search_conditions import Criteria

LONGEST = 4_000
MOST_TERMS = 64

_SPACE = re.compile(r"\s+")
_FIELD = re.compile(r"([A-Za-z]+):(?!//)")
_BARE = re.compile(r'[^\s"]+')
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_NAME = re.compile(r"[a-z0-9-]{1,250}")
_MEMBER = re.compile(r"[^\s\"]{1,64}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?Z")
_ADDRESS = re.compile(r"[0-9A-Fa-f:]+(?:/[0-9]+)?|[A-Za-z]:\\.*")
_YES_NO = {"yes": "yes", "true": "yes", "no": "no", "false": "no"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One part of a query; without a field it is a word, or text where it was quoted."""

    field: str | None
    value: str
    quoted: bool = False

    def __str__(self) -> str:
        """Return the term as it is written."""
        must_quote = self.quoted or not _BARE.fullmatch(self.value)
        escaped = self.value.replace("\\", "\\\\").replace('"', '\\"')
        value = f'"{escaped}"' if must_quote else self.value
        return value if self.field is None else f"{self.field}:{value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What stands in the search box."""

    terms: tuple[Term, ...] = ()

    def __str__(self) -> str:
        """Return the query as it is written."""
        return " ".join(map(str, self.terms))

    def has(self, field: str, value: str) -> bool:
        """Return whether the term is one of the query."""
        return any(term.field == field and term.value == value for term in self.terms)

    def toggled(self, field: str, value: str) -> "Query":
        """Return the query with the term, or without it where it had it."""
        if self.has(field, value):
            return Query(terms=tuple(term for term in self.terms if (term.field, term.value) != (field, value)))
        return Query(terms=(*self.terms, Term(field=field, value=value)))

    def values(self, *fields: str | None) -> tuple[str, ...]:
        """Return the values of all terms of the fields."""
        return tuple(term.value for term in self.terms if term.field in fields)

    def criteria(self) -> Criteria:
        """Return what is to be searched for."""
        sets = {field: frozenset(self.values(field)) for field in _SETS}
        since = [_instant(value) for value in self.values("after")]
        until = [_instant(value) for value in self.values("before")]
        return Criteria(
            value=self.values("value"),
            words=tuple(term.value for term in self.terms if term.field is None and not term.quoted),
            text=tuple(term.value for term in self.terms if term.field is None and term.quoted),
            since=max(since, default=None),
            until=min(until, default=None),
            **sets,
        )


def parse_query(text: str) -> Query:
    """Return the query that *text* writes.

    Raises:
        InvalidRequestError: it cannot be understood; the message says where and what was expected.
    """
    if len(text) > LONGEST:
        raise InvalidRequestError(f"query of {len(text)} characters, expected at most {LONGEST}")
    terms: list[Term] = []
    place = 0
    while place < len(text):
        if space := _SPACE.match(text, place):
            place = space.end()
            continue
        term, place = _term(text, place)
        if term not in terms:
            terms.append(term)
    if len(terms) > MOST_TERMS:
        raise InvalidRequestError(f"query of {len(terms)} terms, expected at most {MOST_TERMS}")
    return Query(terms=tuple(terms))


def _term(text: str, place: int) -> tuple[Term, int]:
    field = _field(text, place)
    if field is None:
        value, end, quoted = _value(text, place)
        return Term(field=None, value=value, quoted=quoted), end
    start = place + len(field) + 1
    if start == len(text) or text[start].isspace():
        raise InvalidRequestError(f"{field}: is without a value, expected {field}:VALUE")
    value, end, _ = _value(text, start)
    return Term(field=field.lower(), value=_READ[field.lower()](value)), end


def _field(text: str, place: int) -> str | None:
    found = _FIELD.match(text, place)
    if found is None:
        return None
    name = found.group(1)
    if name.lower() in _READ:
        return name
    bare = _BARE.match(text, place)
    if bare and _ADDRESS.fullmatch(bare.group()):
        return None
    expected = ", ".join(sorted(_READ))
    raise InvalidRequestError(f"unknown field {name!r}, expected one of {expected}; put text with a colon in quotes")


def _value(text: str, place: int) -> tuple[str, int, bool]:
    if text[place] != '"':
        found = _BARE.match(text, place)
        if found is None:  # pragma: no cover  # a place that is neither blank nor a quotation mark begins a word
            raise InvalidRequestError(f"nothing to read at character {place + 1}")
        return found.group(), found.end(), False
    found = _QUOTED.match(text, place)
    if found is None:
        raise InvalidRequestError(f"the quotation mark at character {place + 1} is not closed")
    value = re.sub(r"\\(.)", r"\1", found.group(1), flags=re.DOTALL)
    if not value.strip():
        raise InvalidRequestError(f"nothing stands between the quotation marks at character {place + 1}")
    return value, found.end(), True


def _one_of(field: str, choices: Iterable[str]) -> Callable[[str], str]:
    expected = tuple(choices)

    def read(value: str) -> str:
        if value.lower() not in expected:
            raise InvalidRequestError(f"unknown {field} {value[:40]!r}, expected one of {', '.join(expected)}")
        return value.lower()

    return read


def _tlp(value: str) -> str:
    try:
        return TLP.parse(value).word
    except ValueError as error:
        raise InvalidRequestError(str(error)) from error


def _tier(value: str) -> str:
    try:
        return Tier.parse(value.upper()).name
    except ValueError as error:
        raise InvalidRequestError(str(error)) from error


def _matching(field: str, shape: re.Pattern[str], expected: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        if not shape.fullmatch(value):
            raise InvalidRequestError(f"{field} is {value[:40]!r}, expected {expected}")
        return value

    return read


def _when(field: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        try:
            _instant(value)
        except ValueError as error:
            expected = "YYYY-MM-DD or YYYY-MM-DDTHH:MMZ"
            raise InvalidRequestError(f"{field} is {value[:40]!r}, expected {expected}") from error
        return value

    return read


def _instant(value: str) -> int:
    if not _DATE.fullmatch(value) and not _MOMENT.fullmatch(value):
        raise ValueError(value)
    moment = datetime.fromisoformat(value.removesuffix("Z")).replace(tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _revoked(value: str) -> str:
    found = _YES_NO.get(value.lower())
    if found is None:
        raise InvalidRequestError(f"revoked is {value[:40]!r}, expected yes or no")
    return found


_READ: Mapping[str, Callable[[str], str]] = {
    "type": _matching("type", _NAME, "a STIX type such as indicator"),
    "kind": _one_of("kind", sorted(KINDS)),
    "tlp": _tlp,
    "tier": _tier,
    "sector": _matching("sector", _MEMBER, "the name of a sector"),
    "member": _matching("member", _MEMBER, "the code of a member"),
    "revoked": _revoked,
    "value": lambda value: value,
    "after": _when("after"),
    "before": _when("before"),
}
_SETS = ("type", "kind", "tlp", "tier", "sector", "member", "revoked")
FIELDS = tuple(_READ)
"""The fields of the language."""
