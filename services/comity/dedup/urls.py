"""URLs in canonical form (RFC 3986, 6.2.2.1 and 6.2.2.3), but for what a server may tell apart.

Percent-encoding, the case of the path, the order of the query: all of it stays as written.
"""

import re

from comity.dedup.addresses import ipv6_address, is_ipv4_address
from comity.dedup.host_names import ENCODED, LONGEST, PLAIN, host_name
from comity.errors import InvalidObjectError

_CANONICAL = re.compile(rf'https?://{PLAIN}/[!"$-~]*')
_PARTS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)([^?#]*)(\?[^#]*)?(?:#.*)?")
_AUTHORITY = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([^\[\]:@]+))(?::([0-9]{0,5}))?")
_BLANK = re.compile(r"[\s\x00-\x1f\x7f]")
_DEFANGED = {"hxxp": "http", "hxxps": "https"}
_OWN_PORT = {"http": 80, "https": 443}
_HIGHEST_PORT = 65535


def url(text: str) -> str:
    """Return the canonical form of a URL that names a host.

    Raises:
        InvalidObjectError: *text* is no such URL, or it carries user information.
    """
    if _CANONICAL.fullmatch(text) and len(text) <= LONGEST and "/." not in text and ENCODED not in text:
        return text
    parts = _PARTS.fullmatch(text)
    if not parts or _BLANK.search(text):
        raise InvalidObjectError(f"url is {text[:80]!r}, expected scheme://host without white space")
    name, authority, path, query = parts.groups()
    scheme = _DEFANGED.get(name.lower(), name.lower())
    if "/." in path:
        path = _resolved(path)
    return f"{scheme}://{_authority(text, scheme, authority)}{path or '/'}{query or ''}"


def _authority(text: str, scheme: str, authority: str) -> str:
    """Return host and port, the port only where it is not the scheme's own."""
    if "@" in authority:
        raise InvalidObjectError(f"url is {_without_user(text)!r}, expected no user information")
    found = _AUTHORITY.fullmatch(authority)
    if not found:
        raise InvalidObjectError(f"url is {text[:80]!r}, expected a host and perhaps a port")
    bracketed, name, digits = found.groups()
    port = int(digits) if digits else None
    if port is not None and port > _HIGHEST_PORT:
        raise InvalidObjectError(f"url is {text[:80]!r}, expected a port of at most {_HIGHEST_PORT}")
    host = f"[{ipv6_address(bracketed)}]" if bracketed else _host(name)
    return host if port is None or port == _OWN_PORT.get(scheme) else f"{host}:{port}"


def _host(name: str) -> str:
    address = name.removesuffix(".")
    return address if is_ipv4_address(address) else host_name(name)


def _without_user(text: str) -> str:
    """Return the start of *text* without what may be a password."""
    return re.sub(r"//[^/?#]*@", "//...@", text)[:80]


def _resolved(path: str) -> str:
    """Return *path* without dot segments (RFC 3986, 5.2.4)."""
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in {".", ".."}:
        kept.append("")
    return "/" + "/".join(kept)
