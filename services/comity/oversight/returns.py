"""A member's return: what its node counts of its own work in one period, and sends to the federation.

Counts and sums only: no id, no value, no text that anybody wrote. What is told of sovereign objects is that they were
withheld, and how many.
"""

import re
from collections.abc import Iterable, Mapping

import msgspec

from comity.errors import InvalidRequestError

NOT_STATED = "not stated"
UNLISTED = "not listed"
"""The column of whatever is none of the bloc's: a report may call a sector anything, also an id or a value."""
COUNTED_TWICE = ("sector", "class", "root cause", "layer")
"""The tables of a return that count the same reports, each by another word."""
LONGEST_PERIOD = 5 * 366 * 86_400_000_000
_WORD = re.compile(r"\w[\w &+()/,'-]{0,63}")
_TELLING = re.compile(r"[0-9a-f]{8}", re.IGNORECASE)
_MOST = 10**12


class Amount(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A sum of what reports state, in three states: a number, zero (affirmatively none), not shared."""

    total: float = 0
    numbers: int = 0
    zeros: int = 0
    not_shared: int = 0


class VisibleCase(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A case of which the member shared a report; tokens are keyed with the bloc's key and stand for nothing else."""

    token: str
    sector: str
    reaches_several: bool
    """Whether its reports name constituents of two or more members as affected."""
    observables: tuple[str, ...] = ()
    """Tokens of the observables that were shared with it."""


class Quality(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What became of what was released."""

    released: int = 0
    revoked: int = 0
    recalled: int = 0
    asked: int = 0
    """Confirmations of recalls that were due: one a recall and member."""
    confirmed_in_hour: int = 0
    confirmed_in_day: int = 0


class Return(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The figures of one member for the period from *start* up to, not including, *end*; microseconds since 1970."""

    member: str
    start: int
    end: int
    made: int
    rules: str
    """The digest of the rules in force at the node."""
    publishes_zeros: bool = False
    reports: Mapping[str, Mapping[str, int]] = {}
    """Table -> column -> incident reports that were shared."""
    amounts: Mapping[str, Amount] = {}
    lags: tuple[int, ...] = ()
    """Minutes from awareness to sharing, one a shared report."""
    never_shared: int = 0
    duties: Mapping[str, Mapping[str, int]] = {}
    """Regime -> state -> clocks."""
    quality: Quality = Quality()
    withheld: Mapping[str, int] = {}
    """Reason -> own objects withheld from at least one other member."""
    redacted: Mapping[str, int] = {}
    embargoed: int = 0
    given: Mapping[str, int] = {}
    """Other member -> own objects released to it in any form."""
    points: int = 0
    """Half points of openness: two for each object and member released in full, one for each in a lesser form."""
    pairs: int = 0
    """Own objects times other members."""
    cases: tuple[VisibleCase, ...] = ()
    ordinary: Mapping[str, int | None] | None = None
    """Class -> cases that the member handled, ``None`` where it does not share the number; or nothing at all."""
    waiting: int = 0
    """What waits to be sent."""
    since_pull: int | None = None
    """Minutes since the node last fetched from the federation."""


_decode = msgspec.json.Decoder(Return).decode


def parse_return(raw: bytes, *, members: Iterable[str]) -> Return:
    """Return the return in *raw*.

    Raises:
        InvalidRequestError: it is none, or a number or word in it cannot be.
    """
    try:
        found = _decode(raw)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise InvalidRequestError(f"no return: {str(error)[:200]}") from error
    known = set(members)
    if found.member not in known:
        raise InvalidRequestError(f"return of {found.member[:20]!r}, expected a member of the bloc")
    if not 0 <= found.start < found.end <= found.start + LONGEST_PERIOD:
        raise InvalidRequestError(f"period from {found.start} to {found.end}, expected one that begins before it ends")
    if unknown := found.given.keys() - known | ({found.member} & found.given.keys()):
        raise InvalidRequestError(f"given to {min(unknown)[:20]!r}, expected other members of the bloc")
    _check_words(found)
    _check_numbers(found)
    return found


def check_word(text: str) -> None:
    """Return when *text* can name a column.

    Raises:
        InvalidRequestError: it could as well be an id or a value.
    """
    if not _WORD.fullmatch(text) or _TELLING.search(text):
        raise InvalidRequestError(
            f"{text[:40]!r} names a column, expected 1 to 64 letters, digits, spaces, hyphens or slashes"
        )


def encode_return(one: Return) -> bytes:
    """Return *one* as JSON."""
    return msgspec.json.encode(one)


def _check_words(found: Return) -> None:
    words = [*found.reports, *(column for row in found.reports.values() for column in row)]
    words += [*found.amounts, *found.withheld, *found.redacted, *(found.ordinary or ())]
    words += [case.sector for case in found.cases]
    words += [state for states in found.duties.values() for state in states]
    for word in words:
        check_word(word)
    for regime in found.duties:
        if not 1 <= len(regime) <= 256 or not regime.isprintable():
            raise InvalidRequestError(f"regime {regime[:40]!r}, expected the name of a legal instrument")
    for token in (token for case in found.cases for token in (case.token, *case.observables)):
        if not re.fullmatch(r"[0-9a-f]{32}", token):
            raise InvalidRequestError(f"token {token[:40]!r}, expected 32 hexadecimal digits")


def _check_numbers(found: Return) -> None:
    rows = [*found.reports.values(), *found.duties.values(), found.withheld, found.redacted, found.given]
    numbers = [number for row in rows for number in row.values()]
    numbers += [number for number in (found.ordinary or {}).values() if number is not None]
    numbers += [*found.lags, found.never_shared, found.embargoed, found.points, found.pairs, found.waiting]
    numbers += list(msgspec.structs.astuple(found.quality))
    numbers += [number for one in found.amounts.values() for number in msgspec.structs.astuple(one)]
    if wrong := [number for number in numbers if not 0 <= number <= _MOST]:
        raise InvalidRequestError(f"{wrong[0]} is no count, expected 0 to {_MOST}")
    _check_sums(found)


def _check_sums(found: Return) -> None:
    """Return when what is counted twice is counted alike; contradictions would end in an edition that cannot be."""
    sums = {sum(found.reports.get(name, {}).values()) for name in COUNTED_TWICE}
    sums |= {one.numbers + one.zeros + one.not_shared for one in found.amounts.values()}
    if len(sums) > 1:
        raise InvalidRequestError(f"reports add up to {sorted(sums)}, expected the same in every table")
    quality = found.quality
    if not quality.confirmed_in_hour <= quality.confirmed_in_day <= quality.asked:
        raise InvalidRequestError(f"{quality.asked} confirmations asked for, expected no more of them confirmed")
