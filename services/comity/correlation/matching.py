"""Which assets an observable touches, by which rule, and how sure that is.

These are the rules for one observable at a time; ``bulk`` has the same ones for tables. Confidence is from 0 to 100, as
in STIX 2.1, Appendix A.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_network

from comity.correlation.exposure import Affected, exposed
from comity.domain.asset import Asset, AssetKind, Layer

Network = IPv4Network | IPv6Network
GUARDED = 20
"""The most that a match is worth where what matches is shared by many parties."""

_WIDE_BITS = 8
_HOST_IN_URL, _HOST_IN_EMAIL = 10, 20


class Rule(StrEnum):
    """How an observable touches an asset."""

    SAME = "same"
    """It is the asset's network or name itself."""
    INSIDE = "inside"
    """It lies in a network, or below a name, of the asset."""
    AROUND = "around"
    """A network, or a name, of the asset lies in or below it."""
    RUNS = "runs"
    """The asset runs a version of software that the vulnerability affects."""


CONFIDENCE = {Rule.SAME: 95, Rule.INSIDE: 90, Rule.AROUND: 60, Rule.RUNS: 90}
"""What each rule is worth; half where the observable is a network more than 8 bits wider than the asset's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """That an observable touches an asset, and why that is said."""

    kind: str
    value: str
    asset: str
    rule: Rule
    layer: Layer
    confidence: int
    evidence: str
    """The network or name of the asset that was touched."""
    shared_by: str = ""
    """The shared service that the observable belongs to, where it does: that lowers the confidence."""


@dataclass(frozen=True, slots=True)
class _Place:
    asset: Asset
    evidence: str


class Territory:
    """The networks and names of assets, ready to be asked."""

    def __init__(self, assets: Iterable[Asset]) -> None:
        self._networks: dict[Network, list[_Place]] = defaultdict(list)
        self._names: dict[str, list[_Place]] = defaultdict(list)
        self._above: dict[str, set[str]] = defaultdict(set)
        self._shared: set[str] = set()
        for asset in assets:
            if asset.kind is AssetKind.SHARED_SERVICE:
                self._shared.add(asset.key)
            for network in asset.networks:
                self._networks[network].append(_Place(asset, str(network)))
            for name in asset.domains:
                self._names[name].append(_Place(asset, name))
                for suffix in _suffixes(name):
                    self._above[suffix].add(name)
        self._lengths: dict[int, list[int]] = {4: [], 6: []}
        self._starts: dict[int, list[tuple[int, int]]] = {4: [], 6: []}
        for network in self._networks:
            self._starts[network.version].append((int(network.network_address), network.prefixlen))
        for version, starts in self._starts.items():
            starts.sort()
            self._lengths[version] = sorted({length for _, length in starts}, reverse=True)
        self._numbered = {(n.version, int(n.network_address), n.prefixlen): n for n in self._networks}

    def matches(self, kind: str, value: str) -> list[Match]:
        """Return every asset that the canonical *value* touches: those around it, closest first, then those in it."""
        found = list(self._found(kind, value))
        shared = next((one for one in found if one.asset in self._shared and one.rule is not Rule.AROUND), None)
        if shared is None:
            return found
        return [replace(one, confidence=min(one.confidence, GUARDED), shared_by=shared.asset) for one in found]

    def closest(self, kind: str, value: str) -> Match | None:
        """Return the most specific asset that has *value* in it, or is it."""
        return next((one for one in self.matches(kind, value) if one.rule is not Rule.AROUND), None)

    def _found(self, kind: str, value: str) -> Iterator[Match]:
        if kind in {"ipv4", "ipv6"}:
            yield from self._of_network(kind, value, ip_network(value), less=0)
        elif kind == "domain":
            yield from self._of_name(kind, value, value, less=0)
        elif kind in {"url", "email"}:
            host, network = _host(kind, value)
            less = _HOST_IN_URL if kind == "url" else _HOST_IN_EMAIL
            yield from (
                self._of_name(kind, value, host, less=less)
                if network is None
                else self._of_network(kind, value, network, less=less)
            )

    def _of_network(self, kind: str, value: str, network: Network, *, less: int) -> Iterator[Match]:
        for length in self._lengths[network.version]:
            if length <= network.prefixlen:
                wider = network.supernet(new_prefix=length)
                rule = Rule.SAME if wider == network else Rule.INSIDE
                for place in self._networks.get(wider, ()):
                    yield _match(kind, value, place, rule, CONFIDENCE[rule] - less)
        for inner in self._inside(network):
            is_wide = inner.prefixlen - network.prefixlen > _WIDE_BITS
            worth = CONFIDENCE[Rule.AROUND] // (2 if is_wide else 1)
            for place in self._networks[inner]:
                yield _match(kind, value, place, Rule.AROUND, worth - less)

    def _inside(self, network: Network) -> Iterator[Network]:
        starts = self._starts[network.version]
        last = int(network.broadcast_address)
        for start, length in starts[bisect_left(starts, (int(network.network_address), network.prefixlen + 1)) :]:
            if start > last:
                return
            yield self._numbered[network.version, start, length]

    def _of_name(self, kind: str, value: str, name: str, *, less: int) -> Iterator[Match]:
        for suffix in (name, *_suffixes(name)):
            rule = Rule.SAME if suffix == name else Rule.INSIDE
            for place in self._names.get(suffix, ()):
                yield _match(kind, value, place, rule, CONFIDENCE[rule] - less)
        # A name of one label is above everything; it tells nothing of what is below it.
        if kind == "domain" and "." in name:
            for below in sorted(self._above.get(name, ())):
                for place in self._names[below]:
                    yield _match(kind, value, place, Rule.AROUND, CONFIDENCE[Rule.AROUND])


def own_range_alerts(assets: Iterable[Asset], observables: Iterable[tuple[str, str]]) -> list[Match]:
    """Return the closest match of every (kind, value) that lies wholly inside a network of one of *assets*."""
    territory = Territory(assets)
    found = (territory.closest(kind, value) for kind, value in observables if kind in {"ipv4", "ipv6"})
    return [one for one in found if one is not None]


def software_matches(assets: Iterable[Asset], vulnerability: str, ranges: Iterable[Affected]) -> list[Match]:
    """Return the assets that run software in any of the *ranges* that *vulnerability* affects."""
    by_key = {asset.key: asset for asset in assets if asset.software}
    return [
        _match("vulnerability", vulnerability, _Place(by_key[key], name), Rule.RUNS, CONFIDENCE[Rule.RUNS])
        for key, names in exposed(by_key.values(), ranges).items()
        for name in names
    ]


def _match(kind: str, value: str, place: _Place, rule: Rule, confidence: int) -> Match:
    return Match(
        kind=kind,
        value=value,
        asset=place.asset.key,
        rule=rule,
        layer=place.asset.layer,
        confidence=confidence,
        evidence=place.evidence,
    )


def _suffixes(name: str) -> Iterator[str]:
    while "." in name:
        name = name.partition(".")[2]
        yield name


def _host(kind: str, value: str) -> tuple[str, Network | None]:
    """Return the host of a canonical URL or e-mail address, and the network that it is where it is an address."""
    host = value.partition("://")[2] if kind == "url" else value.rpartition("@")[2]
    for end in "/?#":
        host = host.partition(end)[0]
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif kind == "url":
        host = host.partition(":")[0]
    return host, _network_or_none(host)


def _network_or_none(text: str) -> Network | None:
    try:
        return ip_network(text)
    except ValueError:
        return None
