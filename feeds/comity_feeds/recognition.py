"""Which observable a value of a source is, written plainly or defanged."""

import re
from dataclasses import dataclass

from comity.dedup.canonical import Observable, observable_of
from comity.errors import InvalidObjectError

HASH_KINDS = {32: "file:md5", 40: "file:sha1", 64: "file:sha256", 128: "file:sha512"}
"""Length of a hash in hexadecimal -> its kind."""

_PLAIN = {"domain", "ipv4", "ipv6", "url", "email", "file:path", "vulnerability"}
KINDS = frozenset({"auto", "ip", "hash", *_PLAIN, *HASH_KINDS.values()})
"""The kinds a source may state: those of observables, ``ip`` and ``hash`` for either of theirs, ``auto`` for any."""

_HEX = re.compile(r"[0-9A-Fa-f]+")
_CVE = re.compile(r"CVE-[0-9]{4}-[0-9]{4,}", re.IGNORECASE)
_IPV4 = re.compile(r"[0-9]+(?:\.[0-9]+){3}(?:/[0-9]+)?")
_IPV6 = re.compile(r"(?=.*:.*:)[0-9A-Fa-f:.]+(?:/[0-9]+)?")
_WITH_PORT = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([^:/@\s\[\]]+)):([0-9]{1,5})")
_WINDOWS_PATH = re.compile(r"[A-Za-z]:\\")
_DOMAIN = re.compile(r"[^\s/:@*\\]+")
_SHAPES = (
    ("vulnerability", re.compile(rf"(?:{_CVE.pattern})\Z", re.IGNORECASE)),
    ("ipv4", re.compile(rf"(?:{_IPV4.pattern})\Z")),
    ("ipv6", re.compile(rf"(?:{_IPV6.pattern})\Z")),
    ("file:path", _WINDOWS_PATH),
)
_HIGHEST_PORT = 65535
_LONGEST_VALUE = 8_000
_DEFANGED = (
    (re.compile(r"\[\.\]|\(\.\)|\{\.\}|[\[({]dot[\])}]", re.IGNORECASE), "."),
    (re.compile(r"[\[({](?:at|@)[\])}]", re.IGNORECASE), "@"),
    (re.compile(r"\[:\]|\(:\)"), ":"),
    (re.compile(r"\[(:?//)\]|\[(/)\]"), r"\1\2"),
    (re.compile(r"\bh(?:xx|\*\*)p(s?)(?=:)", re.IGNORECASE), r"http\1"),
)

_MAYBE_DEFANGED = re.compile(r"[\[({]|h(?:xx|\*\*)p", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """An observable, and the port that was written behind it."""

    observable: Observable
    port: int | None = None

    @property
    def note(self) -> str:
        """What the value says beside the observable, in words; empty when nothing."""
        return f"port {self.port}" if self.port else ""


def refang(text: str) -> str:
    """Return *text* with the usual ways to defang a value undone; text that holds none of them stays as it is."""
    if not _MAYBE_DEFANGED.search(text):
        return text
    for pattern, plain in _DEFANGED:
        text = pattern.sub(plain, text)
    return text


def recognise(raw: str, kind: str = "auto", *, scheme: str | None = None) -> Recognised:
    """Return the observable that *raw* is, as a value of *kind*, one of ``KINDS``.

    An address or a host name may carry a port. A URL without a scheme is one only where *scheme* says which.

    Raises:
        InvalidObjectError: *raw* is no value of *kind*.
    """
    text = raw.strip()
    if len(text) > _LONGEST_VALUE:
        raise InvalidObjectError(f"value has {len(text)} characters, expected at most {_LONGEST_VALUE}")
    if kind in {"file:path", "vulnerability"}:
        return Recognised(observable=observable_of(kind, text))
    text = refang(text)
    port = None
    if kind in {"auto", "ip", "ipv4", "ipv6", "domain"} and (found := _WITH_PORT.fullmatch(text)):
        text, port = found[1] or found[2], _port(found[3])
    named = _kind_of(text, scheme) if kind == "auto" else _narrowed(kind, text)
    if named == "url" and "://" not in text and scheme:
        text = f"{scheme}://{text}"
    return Recognised(observable=observable_of(named, text.upper() if named == "vulnerability" else text), port=port)


def recognise_cve(raw: str) -> Observable:
    """Return the vulnerability with the CVE number *raw*.

    Raises:
        InvalidObjectError: *raw* is no CVE number.
    """
    if not _CVE.fullmatch(raw.strip()):
        raise InvalidObjectError(f"CVE number is {raw[:40]!r}, expected CVE-YYYY-NNNN")
    return observable_of("vulnerability", raw.strip().upper())


def _port(text: str) -> int:
    if not 0 < int(text) <= _HIGHEST_PORT:
        raise InvalidObjectError(f"port is {text!r}, expected 1 to {_HIGHEST_PORT}")
    return int(text)


def _narrowed(kind: str, text: str) -> str:
    if kind == "ip":
        return "ipv6" if ":" in text else "ipv4"
    if kind == "hash":
        return _hash_kind(text) or _refuse(text, "expected an MD5, SHA-1, SHA-256 or SHA-512 hash")
    return kind


def _hash_kind(text: str) -> str | None:
    return HASH_KINDS.get(len(text)) if _HEX.fullmatch(text) else None


def _kind_of(text: str, scheme: str | None) -> str:
    """Return the kind that the looks of *text* leave no doubt of."""
    if "://" in text:
        return "url"
    for kind, shape in _SHAPES:
        if shape.match(text):
            return kind
    if scheme and "/" in text and not text.startswith("/"):
        return "url"
    if "@" in text:
        return "email"
    if "." in text and _DOMAIN.fullmatch(text):
        return "domain"
    return _hash_kind(text) or _refuse(text, _expectation(text))


def _expectation(text: str) -> str:
    if text.startswith("/"):
        return "which is a path without a host, and no observable by itself"
    if "/" in text:
        return "which is a URL without a scheme, expected http:// or https:// before it"
    return "expected an address, host name, URL, e-mail address, hash or CVE"


def _refuse(text: str, expectation: str) -> str:
    raise InvalidObjectError(f"value is {text[:80]!r}, {expectation}")
