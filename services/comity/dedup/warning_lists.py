"""Warning lists: values that are seldom worth acting on, such as addresses of public resolvers or the hash of nothing.

A list warns; it never deletes, and never keeps an object from being shared. The format is that of MISP, whose lists are
the most complete there are. Looking a value up costs about as much however many lists there are.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Literal, Self, get_args
from urllib.parse import urlsplit

from comity.dedup.canonical import Observable
from comity.errors import InvalidObjectError

Matching = Literal["string", "substring", "hostname", "cidr", "regex"]
Network = IPv4Network | IPv6Network

_ADDRESSES = ("ipv4", "ipv6")
_HASHES = {name: (f"file:{name}",) for name in ("md5", "sha1", "sha256", "sha512")}
_KINDS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("ip-src", "ip-dst", "ip-src|port", "ip-dst|port"), _ADDRESSES),
    **dict.fromkeys(("domain", "hostname", "hostname|port"), ("domain",)),
    **dict.fromkeys(("url", "uri"), ("url",)),
    **dict.fromkeys(("email", "email-src", "email-dst", "target-email"), ("email",)),
    "domain|ip": ("domain", *_ADDRESSES),
    "vulnerability": ("vulnerability",),
    **_HASHES,
    **{f"filename|{name}": kinds for name, kinds in _HASHES.items()},
}
"""Attribute type of MISP -> the kinds of observables that it is."""

_GRAM = 5
_PATTERN = re.compile(r"/(.*)/([a-z]*)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningList:
    """A list: how its entries are compared, and with what."""

    name: str
    matching: Matching
    entries: tuple[str, ...]
    kinds: frozenset[str]

    @classmethod
    def parse(cls, table: Mapping[str, object]) -> Self:
        """Return the list that *table*, the JSON of a MISP warning list, states.

        Raises:
            InvalidObjectError: it is none.
        """
        name, entries = table.get("name"), table.get("list")
        matching = next((each for each in get_args(Matching) if each == table.get("type")), None)
        attributes = table.get("matching_attributes", [])
        if not isinstance(name, str) or matching is None:
            expected = ", ".join(get_args(Matching))
            raise InvalidObjectError(f"warning list has the type {table.get('type')!r}, expected one of {expected}")
        if not isinstance(entries, list) or not isinstance(attributes, list):
            raise InvalidObjectError(f"warning list {name[:80]!r} has no list or no matching_attributes")
        kinds = frozenset(kind for each in attributes for kind in _KINDS.get(str(each), ()))
        return cls(name=name, matching=matching, entries=tuple(map(str, entries)), kinds=kinds)


@dataclass(slots=True)
class WarningLists:
    """Many lists, indexed so that a value is compared with what can match it and with nothing else."""

    names: list[str] = field(default_factory=list)
    _kinds: list[frozenset[str]] = field(default_factory=list)
    _exact: dict[str, list[int]] = field(default_factory=dict)
    _hosts: dict[str, list[int]] = field(default_factory=dict)
    _networks: dict[tuple[int, int], dict[int, list[int]]] = field(default_factory=dict)
    _grams: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    _short: list[tuple[str, int]] = field(default_factory=list)
    _patterns: list[tuple[re.Pattern[str], int]] = field(default_factory=list)

    @classmethod
    def of(cls, lists: Iterable[WarningList]) -> Self:
        """Return *lists*, indexed.

        Raises:
            InvalidObjectError: an entry is none of its list's kind.
        """
        found = cls()
        for one in lists:
            number = len(found.names)
            found.names.append(one.name)
            found._kinds.append(one.kinds)
            for entry in one.entries:
                found._add(one, entry.strip().lower() if one.matching != "regex" else entry, number)
        return found

    def matches(self, observable: Observable) -> tuple[str, ...]:
        """Return the names of the lists that *observable* is on, in their order."""
        numbers = {number for number in self._candidates(observable) if observable.kind in self._kinds[number]}
        return tuple(self.names[number] for number in sorted(numbers))

    def _add(self, one: WarningList, entry: str, number: int) -> None:
        match one.matching:
            case "string":
                self._exact.setdefault(entry, []).append(number)
            case "hostname":
                self._hosts.setdefault(entry.strip("."), []).append(number)
            case "cidr":
                network = _network(entry, one.name)
                at = self._networks.setdefault((network.version, network.prefixlen), {})
                at.setdefault(int(network.network_address), []).append(number)
            case "substring" if len(entry) < _GRAM:
                self._short.append((entry, number))
            case "substring":
                self._grams.setdefault(entry[:_GRAM], []).append((entry, number))
            case "regex":
                self._patterns.append((_compiled(entry, one.name), number))

    def _candidates(self, observable: Observable) -> Iterator[int]:
        value = observable.value.lower()
        yield from self._exact.get(value, ())
        if observable.kind in _ADDRESSES:
            yield from self._around(value)
        yield from self._above(_host(observable.kind, value))
        for place in range(len(value) - _GRAM + 1) if self._grams else ():
            for entry, number in self._grams.get(value[place : place + _GRAM], ()):
                if value.startswith(entry, place):
                    yield number
        yield from (number for entry, number in self._short if entry in value)
        for pattern, number in self._patterns:
            if observable.kind in self._kinds[number] and pattern.search(value):
                yield number

    def _around(self, value: str) -> Iterator[int]:
        network = ip_network(value)
        address = int(network.network_address)
        for (version, length), known in self._networks.items():
            if version == network.version and length <= network.prefixlen:
                rest = network.max_prefixlen - length
                yield from known.get(address >> rest << rest, ())

    def _above(self, host: str) -> Iterator[int]:
        while host:
            yield from self._hosts.get(host, ())
            host = host.partition(".")[2]


def _host(kind: str, value: str) -> str:
    if kind == "domain":
        return value
    if kind == "email":
        return value.rpartition("@")[2]
    return (urlsplit(value).hostname or "") if kind == "url" else ""


def _network(entry: str, name: str) -> Network:
    try:
        return ip_network(entry, strict=False)
    except ValueError as error:
        raise InvalidObjectError(f"warning list {name[:80]!r} holds {entry[:60]!r}, expected a network") from error


def _compiled(entry: str, name: str) -> re.Pattern[str]:
    found = _PATTERN.fullmatch(entry)
    try:
        return re.compile(found[1] if found else entry, re.IGNORECASE)
    except re.error as error:
        raise InvalidObjectError(f"warning list {name[:80]!r} holds a broken expression: {error}") from error


SPECIAL: Sequence[WarningList] = (
    WarningList(
        name="addresses of special use",
        matching="cidr",
        entries=(
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
            *("192.0.0.0/24", "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4"),
            *(
                "::/128",
                "::1/128",
                "64:ff9b::/96",
                "100::/64",
                "2001::/23",
                "2002::/16",
                "fc00::/7",
                "fe80::/10",
                "ff00::/8",
            ),
        ),
        kinds=frozenset(_ADDRESSES),
    ),
    WarningList(
        name="addresses for documentation",
        matching="cidr",
        entries=("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20"),
        kinds=frozenset(_ADDRESSES),
    ),
    WarningList(
        name="names of special use",
        matching="hostname",
        entries=(
            *("example", "example.com", "example.net", "example.org", "invalid", "localhost", "test", "local", "onion"),
            *("internal", "home.arpa", "in-addr.arpa", "ip6.arpa"),
        ),
        kinds=frozenset({"domain", "url", "email"}),
    ),
    WarningList(
        name="hashes of an empty file",
        matching="string",
        entries=(
            "d41d8cd98f00b204e9800998ecf8427e",
            "da39a3ee5e6b4b0d3255bfef95601890afd80709",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
            "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
        ),
        kinds=frozenset({"file:md5", "file:sha1", "file:sha256", "file:sha512"}),
    ),
)
"""The lists that come with Comity (RFC 6890, RFC 5737, RFC 3849, RFC 9637, RFC 6761)."""
