"""What a person pastes into a search, read as the values it may stand for; and which host names look alike.

Nothing here touches a database. Look-alikes follow UTS #39 in spirit: names that are easily taken for each other have
one skeleton. It is a hint for a reader, never a reason to merge anything.
"""

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from socket import AF_INET, AF_INET6, inet_pton
from unicodedata import combining, normalize

from comity.dedup.canonical import KINDS, Observable, observable_of
from comity.dedup.host_names import ENCODED
from comity.errors import InvalidObjectError

Network = IPv4Network | IPv6Network

LONGEST = 2_048
"""The characters of one pasted value that are read; what is longer stands for nothing."""

_LOOKALIKES = (("0", "o"), ("1", "l"), ("rn", "m"), ("vv", "w"))
"""What looks like another character in a host name, and that character: ordinary names are their own skeletons."""

_DOT = re.compile(r"[\[({]\s*(?:\.|dot)\s*[\])}]", re.IGNORECASE)
_AT = re.compile(r"[\[({]\s*(?:@|at)\s*[\])}]", re.IGNORECASE)
_SCHEME = re.compile(r"(?:h[tx*]{2}p)(s?)\s*[\[({]?:[\])}]?(?://|\[//\]|[\[({]//[\])}])", re.IGNORECASE)
_SLASHED_SCHEME = re.compile(r"(?:h[tx*]{2}p)(s?)[\[({]://[\])}]", re.IGNORECASE)
_CVE = re.compile(r"CVE-[0-9]{4}-[0-9]{4,}", re.IGNORECASE)
_PATH = re.compile(r"(?:/|[A-Za-z]:\\|\\\\|%[A-Za-z]+%\\).+")
_HOST_OF_URL = re.compile(r"[a-z][a-z0-9+.-]*://([^/:?#\[\]]+)")
_BRACKETS = {"<": ">", '"': '"', "'": "'", "`": "`", "(": ")", "[": "]"}
_WIDEST = {4: 8, 6: 16}
_FAMILIES = {"ipv4": AF_INET, "ipv6": AF_INET6}
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
    width, number = network.max_prefixlen, int(network.network_address)
    family = IPv4Address if network.version == 4 else IPv6Address
    lengths = range(network.prefixlen - 1, _WIDEST[network.version] - 1, -1)
    return [f"{family(number >> width - length << width - length)}/{length}" for length in lengths]


def span_of(kind: str, value: str) -> str | None:
    """Return where an address or network in canonical form begins, and its prefix length; nothing for other kinds.

    The texts of one family are equally long, so that they sort as addresses do, a network before what is inside it.
    """
    if kind not in _FAMILIES:
        return None
    address, _, length = value.partition("/")
    start = inet_pton(_FAMILIES[kind], address)
    return _span(start, int(length or 8 * len(start)))


def span_inside(network: Network) -> tuple[str, str]:
    """Return the first and the last span that something inside *network*, or the network itself, can have.

    Networks hold each other or lie apart, so that nothing else has a span between the two.
    """
    last = network.broadcast_address.packed
    return _span(network.network_address.packed, network.prefixlen), _span(last, 8 * len(last))


def _span(start: bytes, length: int) -> str:
    return f"{len(start):02d}{start.hex()}{length:03d}"


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
    text = host.lower()
    if not host.isascii() or ENCODED in host:
        letters = (each for each in normalize("NFKD", shown_host(host)) if not combining(each))
        text = "".join(letters).lower().translate(_OTHERS)
    for one, other in _LOOKALIKES:
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
