"""Suricata and Snort rules, passed through as ``pattern_type`` suricata: one rule a line, a backslash continues it.

A rule that is commented out is switched off by its publisher, and is no part of the feed.
"""

import re
from collections.abc import Iterator, Mapping

from comity.errors import InvalidObjectError

from comity_feeds.authoring import Context, Rule
from comity_feeds.drafts import Draft, authored
from comity_feeds.options import FeedOptions
from comity_feeds.reading import is_text, lines, unpack
from comity_feeds.record import FeedRecord

_HEAD = re.compile(
    r"(?:alert|drop|pass|reject|rejectsrc|rejectdst|rejectboth|log|config)\s+[a-z0-9._-]+\s+\S[^()]*?(?:->|<>|=>)[^()]+\(",
    re.IGNORECASE,
)
_OPTION = re.compile(r'(msg|sid|rev|classtype|reference)\s*:\s*("(?:[^"\\]|\\.)*"|[^;]*);')
_LONGEST = 16_384


def read(source: bytes, options: FeedOptions | Mapping[str, object]) -> Iterator[FeedRecord]:
    """Yield an indicator for every rule, and an error for every other line that is no comment."""
    settings = FeedOptions.of(options)
    return authored(_drafts(unpack(source, settings.limits)), settings)


def _drafts(body: bytes) -> Iterator[Draft | FeedRecord]:
    for place, text in _rules(body):
        try:
            yield _draft(place, text)
        except InvalidObjectError as error:
            yield FeedRecord.refused(place, error)


def _rules(body: bytes) -> Iterator[tuple[str, str]]:
    """Yield every rule with the line it begins on, its continued lines joined."""
    parts: list[str] = []
    first = 0
    for number, line in enumerate(lines(body), 1):
        text = line.strip()
        if not parts and (not text or text.startswith("#")):
            continue
        first = first if parts else number
        parts.append(text.removesuffix("\\").rstrip())
        if not text.endswith("\\"):
            yield f"line {first}", " ".join(parts)
            parts = []
    if parts:
        yield f"line {first}", " ".join(parts)


def _draft(place: str, text: str) -> Draft:
    if len(text) > _LONGEST:
        raise InvalidObjectError(f"rule has {len(text)} characters, expected at most {_LONGEST}")
    if not is_text(text):
        raise InvalidObjectError("not UTF-8")
    if not _HEAD.match(text) or not text.endswith(")"):
        raise InvalidObjectError(
            f"no rule: {text[:60]!r}, expected action, protocol, addresses and options in parentheses"
        )
    found: dict[str, list[str]] = {}
    for name, value in _OPTION.findall(text):
        found.setdefault(name, []).append(value.strip().strip('"'))
    sid = found.get("sid", [""])[0]
    if not sid.isdecimal():
        raise InvalidObjectError(f"sid is {sid[:40]!r}, expected a number")
    links = (f"https://{each[4:].strip()}" for each in found.get("reference", ()) if each.startswith("url,"))
    context = Context(
        labels=tuple(found.get("classtype", ())),
        references=(f"sid:{sid}:{found.get('rev', ['1'])[0]}",),
        links=tuple(links),
    )
    name = found.get("msg", [""])[0] or f"sid {sid}"
    return Draft(place=place, subject=Rule(key=sid, name=name, pattern=text, pattern_type="suricata"), context=context)
