"""Observables, and the many ways in which members write the same one (FORMAT 6)."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import new as digest
from ipaddress import IPv6Network
from random import Random
from unicodedata import normalize

from tests.oracle.canonical import canonical

FULL_WIDTH = 0xFEE0
HASHES = ("sha1", "sha256", "sha512")
ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Observable:
    """One observable, as it is written without any ornament."""

    kind: str
    text: str

    @property
    def value(self) -> str:
        """The canonical value."""
        return canonical(self.kind, self.text)


def catalogue(tag: str, octet: int) -> list[Observable]:
    """Return observables of every type: near misses, other scripts, odd characters; *tag* tells catalogues apart."""
    return [Observable(kind, text) for kind, texts in _texts(tag, octet).items() for text in texts]


def _texts(tag: str, octet: int) -> dict[str, list[str]]:
    return {
        "domain": [*_hosts(tag), f"solo{tag}"],
        "ipv4": [f"198.51.100.{octet + 1}", f"198.51.100.{octet + 2}", f"198.51.100.{octet + 2}/31"],
        "ipv6": [
            *(f"2001:db8:{octet:x}::{tail}" for tail in ("42", "1:0:0:1", "/48", "/127")),
            f"2001:db8:{octet:x}:1:0:1:1:1",
        ],
        "url": _urls(tag),
        "email": [
            f"Claims.Desk+{tag}@qr-refünd.example",
            f"claims.desk+{tag}@mail.{tag}.example",
            f"o'x{tag}@λόγος.example",
        ],
        "file:path": _paths(tag),
        "vulnerability": [f"CVE-2099-{1000 + octet}", f"cve-2099-{1000 + octet}"],
        **{f"file:{name}": [digest(name, tag.encode(), usedforsecurity=False).hexdigest()] for name in HASHES},
    }


def _hosts(tag: str) -> list[str]:
    stems = ("drop-{}", "a.drop-{}", "qr-refünd-{}", "λόγος-{}", "straße-{}", "例え-{}", "пример-{}", "ตัวอย่าง.{}")
    return [*(f"{stem.format(tag)}.example" for stem in stems), f"drop-{tag}.test"]


def _urls(tag: str) -> list[str]:
    host = f"drop-{tag}.example"
    return [
        f"https://{host}/Verify/",
        f"https://{host}/Verify",
        f"http://{host}/Verify/",
        f"https://{host}:8443/verify/",
        f"https://{host}/?b=2&A=1",
        f"https://{host}/?A=1&b=2",
        f"http://{host}/a//b?next=/x/../y&q=%7E?",
        f"http://qr-refünd-{tag}.example/düse/Ä|b",
        f"http://198.51.100.9/{tag}",
    ]


def _paths(tag: str) -> list[str]:
    return [
        f'C:\\Users\\Ω {tag}\\it\'s "here".exe',
        f"/tmp/{tag}/.x (1)\\ty;z=[0].sh",  # noqa: S108  # only a value
        f"/TMP/{tag}/.x (1)\\ty;z=[0].sh",
        f"%TEMP%\\..\\{tag}\\日本 😀.dll",
    ]


def spelling(rng: Random, observable: Observable) -> str:
    """Return one of the ways to write an observable."""
    write = _WRITERS.get(observable.kind, _unchanged)
    for _ in range(ATTEMPTS):
        text = rng.choice(("", "", "", " ", "\t")) + write(rng, observable.text) + rng.choice(("", "", "", "  "))
        if canonical(observable.kind, text) == observable.value:
            return text
    return observable.text


def _unchanged(_rng: Random, text: str) -> str:
    return text


def _full_width(text: str) -> str:
    return "".join(chr(ord(mark) + FULL_WIDTH) if mark.isascii() and mark.isalpha() else mark for mark in text)


def _other_case(rng: Random, text: str) -> str:
    return "".join(mark.upper() if rng.random() < 0.5 else mark for mark in text)


def _host(rng: Random, text: str) -> str:
    changes: tuple[Callable[[str], str], ...] = (
        str.upper,
        lambda name: _other_case(rng, name),
        lambda name: normalize("NFD", name),
        lambda name: normalize("NFD", name.upper()),
        _full_width,
        lambda name: canonical("domain", name),
        lambda name: canonical("domain", name).upper(),
        str.lower,
    )
    name = rng.choice(changes)(text) + rng.choice(("", "", "."))
    return rng.choice((name, name, name.replace(".", "[.]"), name.replace(".", "[.]", 1)))


def _ipv4(rng: Random, text: str) -> str:
    written = text if "/" in text else text + rng.choice(("", "", "/32"))
    return rng.choice((written, written, written.replace(".", "[.]")))


def _ipv6(rng: Random, text: str) -> str:
    network = IPv6Network(text)
    suffix = f"/{network.prefixlen}" if "/" in text else rng.choice(("", "", "/128"))
    address = network.network_address
    forms = (address.compressed, address.exploded, address.exploded.upper(), address.compressed.upper())
    return rng.choice(forms) + suffix


def _email(rng: Random, text: str) -> str:
    local, _, host = text.rpartition("@")
    return f"{local}@{_host(rng, host)}"


def _detour(rng: Random, path: str) -> str:
    if path == "/":
        return rng.choice(("", "/", "/.", "/x/..", "/../"))
    return rng.choice((path, path, f"/.{path}", f"/..{path}", f"/x/..{path}", f"/x/./y/../..{path}"))


def _url(rng: Random, text: str) -> str:
    scheme, _, rest = text.partition("://")
    authority, slash, tail = rest.partition("/")
    host, colon, port = authority.partition(":")
    if not colon:
        colon, port = rng.choice((("", ""), ("", ""), (":", {"http": "80", "https": "443"}[scheme])))
    path, mark, query = (slash + tail).partition("?")
    written = rng.choice((scheme, scheme.upper(), scheme.replace("http", "hxxp")))
    fragment = rng.choice(("", "", "#login", "#/a/../b?c"))
    return f"{written}://{_host(rng, host)}{colon}{port}{_detour(rng, path)}{mark}{query}{fragment}"


_WRITERS: dict[str, Callable[[Random, str], str]] = {
    "domain": _host,
    "ipv4": _ipv4,
    "ipv6": _ipv6,
    "email": _email,
    "url": _url,
    **{f"file:{name}": _other_case for name in HASHES},
}
