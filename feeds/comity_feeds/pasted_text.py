"""Pasted text, such as a report or a mail: the observables that stand in it, plain or defanged."""

import re
import textwrap
from collections.abc import Iterator, Mapping

from comity.errors import InvalidObjectError
from ioc_finder import find_iocs

from comity_feeds.authoring import Context
from comity_feeds.drafts import Draft, authored
from comity_feeds.options import FeedOptions
from comity_feeds.reading import is_text, lines, unpack
from comity_feeds.recognition import recognise, refang
from comity_feeds.record import FeedRecord

_KINDS = {
    "urls": "url",
    "email_addresses": "email",
    "domains": "domain",
    "ipv4s": "ipv4",
    "ipv4_cidrs": "ipv4",
    "ipv6s": "ipv6",
    "ipv6_cidrs": "ipv6",
    "md5s": "file:md5",
    "sha1s": "file:sha1",
    "sha256s": "file:sha256",
    "sha512s": "file:sha512",
    "cves": "vulnerability",
}
_STRETCH = 4_096
"""The search takes longer than in proportion to its text, so a long line is searched in stretches of words."""

_WORTH_SEARCHING = re.compile(r"[.:@]\S|[0-9A-Fa-f]{32}|CVE|dot\b|\bat\b", re.IGNORECASE)
_DEFANGED = re.compile(r"\[\.\]|\(\.\)|\{\.\}|[\[({](?:dot|at|@)[\])}]|hxxps?:|h\*\*ps?:", re.IGNORECASE)
_EDGES = "\"'`<>()[]{},;."

# The search knows the top-level names that are delegated. Those kept for documentation and private networks
# (RFC 2606, RFC 6761, RFC 6762) are put below one that is, and taken out again of what is found.
_RESERVED = re.compile(r"(?<=[A-Za-z0-9])\.(example|test|invalid|internal|local)(?!\.?[A-Za-z0-9_-])", re.IGNORECASE)
_STAND_IN = ".reserved-name.arpa"


def read(source: bytes, options: FeedOptions | Mapping[str, object]) -> Iterator[FeedRecord]:
    """Yield an object for every observable in the text, and an error for every defanged word that is none.

    Raises:
        InvalidObjectError: the text is longer than the limits allow.
    """
    settings = FeedOptions.of(options)
    body = unpack(source, settings.limits)
    if len(body) > settings.limits.text_bytes:
        raise InvalidObjectError(f"text has {len(body)} bytes, expected at most {settings.limits.text_bytes}")
    return authored(observables_in(body), settings)


def observables_in(body: bytes, around: str = "") -> Iterator[Draft | FeedRecord]:
    """Yield the observables of a text, with the lines they stand on behind *around*, and what refuses to be one."""
    for number, line in enumerate(lines(body), 1):
        place = f"{around}line {number}"
        if not is_text(line):
            yield FeedRecord.refused(place, "not UTF-8")
        elif _WORTH_SEARCHING.search(line):
            yield from _of_line(place, line)


def _of_line(place: str, line: str) -> Iterator[Draft | FeedRecord]:
    for stretch in textwrap.wrap(line, _STRETCH, break_long_words=False, break_on_hyphens=False):
        if len(stretch) > _STRETCH:
            yield FeedRecord.refused(place, f"a word has {len(stretch)} characters, expected at most {_STRETCH}")
        else:
            yield from _of_stretch(place, stretch)


def _of_stretch(place: str, text: str) -> Iterator[Draft | FeedRecord]:
    found = _found(refang(text))
    for kind, value in found:
        try:
            recognised = recognise(value, kind)
        except InvalidObjectError as error:
            yield FeedRecord.refused(place, error)
        else:
            yield Draft(place=place, subject=recognised.observable, context=Context())
    values = [value.lower() for _, value in found]
    for word in filter(_DEFANGED.search, text.split()):
        plain = refang(word).lower()
        if not any(value in plain or plain.strip(_EDGES) in value for value in values):
            yield FeedRecord.refused(place, f"defanged {word[:80]!r} is no observable that is known")


def _found(line: str) -> list[tuple[str, str]]:
    """Return the kinds and values that stand in *line*, in their order there."""
    answer = find_iocs(
        _RESERVED.sub(rf".\1{_STAND_IN}", line),
        parse_domain_from_url=False,
        parse_from_url_path=False,
        parse_domain_from_email_address=False,
        parse_address_from_cidr=False,
        parse_domain_name_from_xmpp_address=False,
        parse_urls_without_scheme=False,
        included_ioc_types=tuple(_KINDS),
    )
    found = {(kind, _trimmed(value)) for name, kind in _KINDS.items() for value in answer[name]}
    lower = line.lower()
    return sorted(found, key=lambda each: (lower.find(each[1].lower()), each))


def _trimmed(value: str) -> str:
    """Return *value* without the stand-in, and without the punctuation of the sentence that a URL's query swallows."""
    return value.replace(_STAND_IN, "").rstrip(",;.")
