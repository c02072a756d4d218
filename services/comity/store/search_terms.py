"""What a person pastes into a search, read as the values it may stand for; and which host names look alike.

Nothing here touches a database. Look-alikes follow UTS #39 in spirit: names that are easily taken for each other have
one skeleton. It is a hint for a reader, never a reason to merge anything.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from socket import AF_INET, AF_INET6, inet_pton
from unicodedata import combining, normalize

from comity.dedup.canonical import KINDS, Observable, observable_of
from comity.dedup.host_names import ENCODED
from comity.errors import InvalidObjectError

Network = IPv4Network | IPv6Network

LONGEST = 2_048
"""The characters of one pasted value that are read; what is longer stands for nothing."""

ASCII_LOOKALIKES = (("0", "o"), ("1", "l"), ("m", "rn"), ("w", "vv"))
"""Characters of host names that look like others, and what stands for both in a skeleton."""

_DOT = re.compile(r"[\[({]\s*(?:\.|dot)\s*[\])}]", re.IGNORECASE)
_AT = re.compile(r"[\[({]\s*(?:@|at)\s*[\])}]", re.IGNORECASE)
_SCHEME = re.compile(r"(?:h[tx*]{2}p)(s?)\s*[\[({]?:[\])}]?(?://|\[//\]|[\[({]//[\])}])", re.IGNORECASE)
_SLASHED_SCHEME = re.compile(r"(?:h[tx*]{2}p)(s?)[\[({]://[\])}]", re.IGNORECASE)
_CVE = re.compile(r"CVE-[0-9]{4}-[0-9]{4,}", re.IGNORECASE)
_PATH = re.compile(r"(?:/|[A-Za-z]:\\|\\\\|%[A-Za-z]+%\\).+")
_HOST_OF_URL = re.compile(r"[a-z][a-z0-9+.-]*://([^/:?#\[\]]+)")
_BRACKETS = {"<": ">", '"': '"', "'": "'", "`": "`", "(": ")", "[": "]"}
_WIDEST = {4: 8, 6: 16}
_PLAIN_KINDS = ("ipv4", "ipv6", "url", "email")
_HASHES = {32: "file:md5", 40: "file:sha1", 64: "file:sha256", 128: "file:sha512"}

_CYRILLIC = dict(zip("авеѕіјӏорсухһԁԛԝкмтнгьп", "abesijlopcyxhdqwkmthrbn", strict=True))
_GREEK = dict(zip("αορνυικτωγηβεχρσ", "aopvuiktwynbexpo", strict=True))
_ARMENIAN = dict(zip("օոսհցզ", "onuhgq", strict=True))
_LATIN = dict(zip("ɑɡıłøđħŧℓſ", "agilodhtls", strict=True))
_OTHERS = str.maketrans({**_CYRILLIC, **_GREEK, **_ARMENIAN, **_LATIN})


def refanged(text: str) -> str:
    """Return *text* as it was before somebody made it unclickable, without the quotes or brackets around it."""
    value = text.strip()
    while len(value) > 2 and _BRACKETS.get(value[0]) == value[-1]:
        value = value[1:-1].strip()
    value = _SCHEME.sub(r"http\1://", _SLASHED_SCHEME.sub(r"http\1://", value), count=1)
    return _AT.sub("@", _DOT.sub(".", value)).replace("\\.", ".").strip()


def observables_in(text: str) -> tuple[Observable, ...]:
    """Return what *text* is plainly a spelling of: an address, URL, e-mail address, hash, host, path or CVE number.

    A word without a dot is no host name here, although one could be called so.
    """
    if len(text) > LONGEST:
        return ()
    value = refanged(text)
    if _CVE.fullmatch(value):
        return (Observable(kind="vulnerability", value=value.upper()),)
    if network_in(value) is not None:
        value = str(network_in(value))
    kinds = [*_PLAIN_KINDS, *filter(None, [_HASHES.get(len(value))])]
    if "." in value.rstrip("."):
        kinds.append("domain")
    if _PATH.fullmatch(value):
        kinds.append("file:path")
    return _fitting(kinds, value)


def every_reading(text: str) -> tuple[Observable, ...]:
    """Return all that *text* may be a spelling of; a value that somebody says is one is tried as every kind."""
    if len(text) > LONGEST or not text.strip():
        return ()
    value = refanged(text)
    readings = (*observables_in(text), *_fitting(sorted(KINDS), value), *_fitting(["vulnerability"], value.upper()))
    return tuple(dict.fromkeys(readings))


def network_in(text: str) -> Network | None:
    """Return the network that *text* writes with a slash; bits behind the prefix are let pass."""
    if "/" not in text or len(text) > 64:
        return None
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


def address_as_network(value: str) -> Network | None:
    """Return the network of the one address *value*, or ``None`` where *value* is no single address."""
    try:
        return None if "/" in value else ip_network(value)
    except ValueError:
        return None


def around(network: Network) -> list[str]:
    """Return the networks that hold *network*, itself not among them, in canonical form."""
    lengths = range(network.prefixlen - 1, _WIDEST[network.version] - 1, -1)
    return [str(network.supernet(new_prefix=length)) for length in lengths]


def stable_prefix(network: Network) -> str:
    """Return the text with which the canonical form of everything inside *network* begins."""
    if isinstance(network, IPv4Network):
        octets = str(network.network_address).split(".")[: network.prefixlen // 8]
        return "".join(f"{octet}." for octet in octets[:3])
    prefix = ""
    digits = network.network_address.exploded.split(":")
    for group in digits[: min(network.prefixlen // 16, 7)]:
        if int(group, 16) == 0:  # a run of zeros may be left out from here on
            break
        prefix += f"{int(group, 16):x}:"
    return prefix


def is_within(value: str, network: str) -> bool:
    """Return whether *value*, an address or network in canonical form, lies in *network*, one in the same form.

    A database asks this of every address it holds, so it is decided on the bits.
    """
    outer, inner = _bits(network), _bits(value)
    if outer is None or inner is None or inner.width != outer.width or inner.length < outer.length:
        return False
    rest = outer.width - outer.length
    return inner.number >> rest == outer.number >> rest


@dataclass(frozen=True, slots=True)
class _Bits:
    number: int
    length: int
    width: int


@lru_cache(maxsize=256)
def _bits(text: str) -> _Bits | None:
    address, slash, length = text.partition("/")
    try:
        packed = inet_pton(AF_INET6 if ":" in address else AF_INET, address)
        width = 8 * len(packed)
        return _Bits(int.from_bytes(packed), int(length) if slash else width, width)
    except (OSError, ValueError):
        return None


def host_of(kind: str, value: str) -> str | None:
    """Return the host name in a canonical value, or ``None`` where there is none."""
    if kind == "domain":
        return value
    if kind == "email":
        return value.rpartition("@")[2]
    found = _HOST_OF_URL.match(value) if kind == "url" else None
    host = found.group(1) if found else None
    return None if host is None or host.replace(".", "").isdigit() else host


def shown_host(host: str) -> str:
    """Return *host* with its encoded labels as a reader would see them."""
    return ".".join(_decoded(label) for label in host.split("."))


def skeleton(host: str) -> str:
    """Return what *host* has in common with every name that is easily taken for it."""
    letters = (each for each in normalize("NFKD", shown_host(host)) if not combining(each))
    text = "".join(letters).lower().translate(_OTHERS)
    for one, other in ASCII_LOOKALIKES:
        text = text.replace(one, other)
    return text


def _decoded(label: str) -> str:
    if not label.startswith(ENCODED):
        return label
    try:
        return label.removeprefix(ENCODED).encode("ascii").decode("punycode")
    except (UnicodeError, ValueError):
        return label


def _fitting(kinds: list[str], value: str) -> tuple[Observable, ...]:
    found: list[Observable] = []
    for kind in kinds:
        try:
            found.append(observable_of(kind, value))
        except InvalidObjectError:
            continue
    return tuple(found)
