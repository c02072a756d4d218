"""The language of the search box: ``type:indicator value:198.51.100.0/24 -tlp:red "pale lantern"``.

A query is what stands in the URL, so that every view has an address. Terms without a field are looked up as the values
they plainly are, or searched for as text; quoted ones are always text. Alternatives of one field are written as several
terms of it. A term with ``-`` before it is one that nothing found may have.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from comity.dedup.canonical import KINDS
from comity.domain.tier import Tier
from comity.domain.tlp import TLP
from comity.errors import InvalidRequestError
from comity.store.search_conditions import SETS, SHORTEST_BEGINNING, Criteria, Wanted

LONGEST = 4_000
MOST_TERMS = 64

_SPACE = re.compile(r"\s+")
_FIELD = re.compile(r"([A-Za-z]+):(?!//)")
_BARE = re.compile(r'[^\s"]+')
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_DASH = re.compile(r"-(?=[^\s-])")
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
    unwanted: bool = False

    def __str__(self) -> str:
        """Return the term as it is written."""
        must_quote = self.quoted or not _BARE.fullmatch(self.value)
        escaped = self.value.replace("\\", "\\\\").replace('"', '\\"')
        value = f'"{escaped}"' if must_quote else self.value
        return "-" * self.unwanted + (value if self.field is None else f"{self.field}:{value}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What stands in the search box."""

    terms: tuple[Term, ...] = ()

    def __str__(self) -> str:
        """Return the query as it is written."""
        return " ".join(map(str, self.terms))

    def has(self, field: str, value: str) -> bool:
        """Return whether the term is one of the query, and wanted."""
        return Term(field=field, value=value) in self.terms

    def toggled(self, field: str, value: str) -> "Query":
        """Return the query with the term, wanted, or without it where it had it."""
        others = tuple(term for term in self.terms if (term.field, term.value) != (field, value))
        return Query(terms=others if self.has(field, value) else (*others, Term(field=field, value=value)))

    def values(self, *fields: str | None, unwanted: bool = False) -> tuple[str, ...]:
        """Return the values of all wanted, or all unwanted, terms of the fields."""
        return tuple(term.value for term in self.terms if term.field in fields and term.unwanted == unwanted)

    def criteria(self) -> Criteria:
        """Return what is to be searched for."""
        since = [_instant(value) for value in self.values("after")]
        until = [_instant(value) for value in self.values("before")]
        return Criteria(
            **self._wanted(unwanted=False),
            unwanted=Wanted(**self._wanted(unwanted=True)),
            since=max(since, default=None),
            until=min(until, default=None),
        )

    def _wanted(self, *, unwanted: bool) -> dict[str, Any]:
        plain = [term for term in self.terms if term.field is None and term.unwanted == unwanted]
        return {
            "value": self.values("value", unwanted=unwanted),
            "words": tuple(term.value for term in plain if not term.quoted),
            "text": tuple(term.value for term in plain if term.quoted),
            **{field: frozenset(self.values(field, unwanted=unwanted)) for field in SETS},
        }


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


def _term(text: str, start: int) -> tuple[Term, int]:
    dash = _DASH.match(text, start)
    place = dash.end() if dash else start
    field = _field(text, place)
    if field is None:
        value, end, quoted = _value(text, place)
        if not quoted:
            _check_word(value, place)
        return Term(field=None, value=value, quoted=quoted, unwanted=dash is not None), end
    after = place + len(field) + 1
    name = field.lower()
    if after == len(text) or text[after].isspace():
        raise InvalidRequestError(f"{name}: at character {place + 1} is without a value, expected {_EXPECTED[name]}")
    if dash and name in _TIMES:
        raise InvalidRequestError(f"-{name}: at character {start + 1} cannot be left out, expected before: or after:")
    value, end, _ = _value(text, after)
    try:
        return Term(field=name, value=_READ[name](value), unwanted=dash is not None), end
    except InvalidRequestError as error:
        raise InvalidRequestError(f"{error}, at character {after + 1}") from error


def _check_word(value: str, place: int) -> None:
    """Refuse the beginning of a word that is so short that nearly everything has it."""
    if value.endswith("*") and len(value.rstrip("*")) < SHORTEST_BEGINNING:
        expected = f"at least {SHORTEST_BEGINNING} characters before the *"
        raise InvalidRequestError(f"{value[:40]!r} at character {place + 1} is too short, expected {expected}")


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
    raise InvalidRequestError(
        f"unknown field {name[:40]!r} at character {place + 1}, expected one of {expected}; "
        "put text with a colon in quotes"
    )


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


def _beginning(value: str) -> str:
    if value.endswith("*") and len(value.rstrip("*")) < SHORTEST_BEGINNING:
        raise InvalidRequestError(f"value is {value!r}, expected at least {SHORTEST_BEGINNING} characters before the *")
    return value


_READ: Mapping[str, Callable[[str], str]] = {
    "type": _matching("type", _NAME, "a STIX type such as indicator"),
    "kind": _one_of("kind", sorted(KINDS)),
    "tlp": _tlp,
    "tier": _tier,
    "sector": _matching("sector", _MEMBER, "the name of a sector"),
    "member": _matching("member", _MEMBER, "the code of a member"),
    "revoked": _revoked,
    "value": _beginning,
    "after": _when("after"),
    "before": _when("before"),
}
_TIMES = ("after", "before")
_EXPECTED: Mapping[str, str] = {
    "type": "a STIX type such as type:indicator",
    "kind": "a kind of value such as kind:domain",
    "tlp": "a label such as tlp:green",
    "tier": "a tier such as tier:C1",
    "sector": "a sector such as sector:energy",
    "member": "the code of a member",
    "revoked": "revoked:yes or revoked:no",
    "value": "a value such as value:198.51.100.0/24",
    "after": "a day such as after:2027-03-01",
    "before": "a day such as before:2027-03-01",
}
FIELDS = tuple(_READ)
"""The fields of the language."""
