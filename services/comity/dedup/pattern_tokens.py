"""The words of STIX patterns (STIX 2.1, 9; the OASIS grammar), with white space and comments left out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from comity.errors import InvalidObjectError

LONGEST = 65_536
"""The characters that a pattern may have; what is longer is refused."""

MOST_TOKENS = 6_000
"""The words that a pattern may have; what has more is refused."""

KEYWORDS = frozenset(
    {"AND", "OR", "NOT", "FOLLOWEDBY", "LIKE", "MATCHES", "ISSUPERSET", "ISSUBSET", "EXISTS", "LAST", "IN"}
    | {"START", "STOP", "SECONDS", "true", "false", "WITHIN", "REPEATS", "TIMES"}
)
END = "end"
"""The kind of the token behind the last one."""

_BLANK = "[ \t\r\n\x0b\x0c\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
_DATE = "[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]+)?Z"
_QUAD = "[A-Za-z0-9+/]"
_SKIPPED = rf"(?:{_BLANK}+|/\*.*?\*/|//[^\r\n]*)"
_TOKEN = re.compile(
    r"(?:(?P<string>'[^'\\]*(?:\\['\\][^'\\]*)*')"
    rf"|(?P<timestamp>t'{_DATE}T{_TIME}')"
    r"|(?P<hex>h'(?:[0-9A-Fa-f]{2})*')"
    rf"|(?P<binary>b'(?:{_QUAD}{{4}})*(?:{_QUAD}{{4}}|{_QUAD}{{3}}=|{_QUAD}{{2}}==)')"
    r"|(?P<word>[A-Za-z_][A-Za-z0-9_-]*)"
    r"|(?P<float>[+-]?[0-9]*\.[0-9]+)"
    r"|(?P<integer>[+-]?(?:0|[1-9][0-9]*))"
    r"|(?P<mark>==|!=|<>|<=|>=|[=<>:.,()\[\]*])"
    rf"|(?P<skipped>{_SKIPPED})|(?P<wrong>.)){_SKIPPED}*",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a pattern as three columns; the last token is the end."""

    kinds: Sequence[str]
    """The kind of a literal or ``word``; a keyword or a mark is a kind of its own."""
    texts: Sequence[str]
    places: Sequence[int]
    """The position of the first character of each, counted from 1."""


def check_text(pattern: str) -> None:
    """Return if *pattern* is short enough, and can be written in UTF-8.

    Raises:
        InvalidObjectError: it is too long, or holds half of a surrogate pair.
    """
    if len(pattern) > LONGEST:
        raise InvalidObjectError(f"pattern has {len(pattern)} characters, expected at most {LONGEST}")
    try:
        pattern.encode()
    except UnicodeEncodeError as error:
        raise InvalidObjectError(
            f"pattern is wrong at character {error.start + 1}: half a surrogate pair is no text"
        ) from error


def tokens_of(pattern: str) -> Tokens:
    """Return the tokens of *pattern*.

    Raises:
        InvalidObjectError: it is too long, or some of it is no token.
    """
    check_text(pattern)
    kinds: list[str] = []
    texts: list[str] = []
    places: list[int] = []
    for found in islice(_TOKEN.finditer(pattern), MOST_TOKENS + 1):
        kind = str(found.lastgroup)
        if kind == "skipped":
            continue
        text, place = found[kind], found.start() + 1
        if kind == "wrong":
            raise InvalidObjectError(
                f"pattern is wrong at character {place}: {pattern[place - 1 :][:20]!r} begins no token"
            )
        kinds.append(text if kind == "mark" or (kind == "word" and text in KEYWORDS) else kind)
        texts.append(text)
        places.append(place)
    if len(kinds) > MOST_TOKENS:
        raise InvalidObjectError(f"pattern has more than {MOST_TOKENS} words")
    return Tokens([*kinds, END], [*texts, ""], [*places, len(pattern) + 1])
