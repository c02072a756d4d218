"""The canonical value of an observable (FORMAT 6)."""

from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Address, IPv6Network
from unicodedata import normalize

PORTS = {"http": "80", "https": "443"}
ADVISORY = "advisory"


def canonical(kind: str, raw: str) -> str:
    """Return the value under which every spelling of an observable of this type meets."""
    text = raw.strip().replace("[.]", ".").replace("hxxp", "http")
    return _NORMALISERS[kind](text)


def observable(kind: str, raw: str) -> str:
    """Return the identity of an observable, its type included, as the report writes it."""
    return f"{kind} {canonical(kind, raw)}"


def _host(name: str) -> str:
    folded = normalize("NFKC", normalize("NFKC", name).casefold()).replace("\u3002", ".")
    return ".".join(map(_ascii_form, folded.removesuffix(".").split(".")))


def _ascii_form(label: str) -> str:
    return label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii")


def _network(network: IPv4Network | IPv6Network) -> str:
    return str(network.network_address) if network.prefixlen == network.max_prefixlen else str(network)


def _ipv4(text: str) -> str:
    return _network(IPv4Network(text))


def _ipv6(text: str) -> str:
    return _network(IPv6Network(text))


def _email(text: str) -> str:
    local, _, host = text.rpartition("@")
    return f"{local}@{_host(host)}"


def _resolved(path: str) -> str:
    segments: list[str] = []
    steps = path.removeprefix("/").split("/")
    for step in steps:
        if step == "..":
            del segments[-1:]
        elif step != ".":
            segments.append(step)
    if steps[-1] in (".", ".."):
        segments.append("")
    return "/" + "/".join(segments)


def _split_authority(rest: str) -> tuple[str, str]:
    cuts = [rest.find(mark) for mark in "/?" if mark in rest]
    cut = min(cuts, default=len(rest))
    return rest[:cut], rest[cut:]


def _url_host(host: str) -> str:
    return f"[{IPv6Address(host[1:-1]).compressed}]" if host.startswith("[") else _host(host)


def _url(text: str) -> str:
    scheme, _, rest = text.partition("#")[0].partition("://")
    scheme = scheme.lower().replace("hxxp", "http")
    authority, tail = _split_authority(rest)
    bracket = authority.rfind("]") + 1
    name, _, port = authority[bracket:].partition(":")
    shown_port = "" if port in ("", PORTS.get(scheme)) else f":{port}"
    path, mark, query = tail.partition("?")
    return f"{scheme}://{_url_host(authority[:bracket] + name)}{shown_port}{_resolved(path)}{mark}{query}"


def _as_written(text: str) -> str:
    return text


_NORMALISERS: dict[str, Callable[[str], str]] = {
    "domain": _host,
    "ipv4": _ipv4,
    "ipv6": _ipv6,
    "url": _url,
    "email": _email,
    "file:sha1": str.lower,
    "file:sha256": str.lower,
    "file:sha512": str.lower,
    "file:path": _as_written,
    "vulnerability": _as_written,
}
KINDS = tuple(_NORMALISERS)
