"""Where a feed may be fetched from: a name is resolved once, and no address of it may be one of inner networks.

Whoever can name a feed, or change a name that a feed is at, could otherwise read what only this host can reach
(server-side request forgery). What an operator allows by name or network is let pass.
"""

import socket
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Self
from urllib.parse import SplitResult, urlsplit

from comity.errors import SettingsError, SyncError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Sequence[str]]
"""Returns the addresses of a host name, in the order in which they are to be tried."""

_PORTS = {"http": 80, "https": 443}
_TRANSLATED = tuple(
    map(
        ip_network,
        ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::ffff:0:0/96", "::/96", "192.88.99.0/24"),
    )
)
"""Networks whose addresses stand for others, which a check of the address itself would not see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """One address that a URL leads to."""

    address: str
    host: str
    port: int
    secure: bool
    allowed: bool
    """Whether the operator named the host or its network."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """What an operator lets pass: host names, and networks."""

    hosts: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()

    @classmethod
    def parse(cls, entries: Iterable[str]) -> Self:
        """Return what *entries*, each a network, an address or a host name, let pass."""
        hosts, networks = set(), []
        for entry in entries:
            try:
                networks.append(ip_network(entry))
            except ValueError:
                hosts.add(entry.lower().rstrip("."))
        return cls(hosts=frozenset(hosts), networks=tuple(networks))

    def covers(self, host: str, address: Address) -> bool:
        """Return whether *address* of *host* is let pass."""
        return host in self.hosts or any(address in network for network in self.networks)


def resolve(host: str, port: int) -> Sequence[str]:
    """Return the addresses of *host* as the system gives them.

    Raises:
        SyncError: there are none.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise SyncError(f"host {host[:100]!r} has no address") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def destinations(url: str, allowed: Allowed, lookup: Resolve = resolve) -> list[Destination]:
    """Return the addresses that *url* leads to, of which every one may be fetched from.

    Raises:
        SettingsError: *url* is no http or https URL with a host, or carries user information.
        SyncError: the host has no address, or one that is not for feeds.
    """
    parts = split(url)
    host = (parts.hostname or "").rstrip(".")
    port = parts.port or _PORTS[parts.scheme]
    found = []
    for text in lookup(host, port):
        address = ip_address(text.partition("%")[0])
        is_allowed = allowed.covers(host, address)
        if not is_allowed and not is_public(address):
            raise SyncError(f"host {host[:100]!r} is at an address of special use, which feeds are not fetched from")
        found.append(
            Destination(address=str(address), host=host, port=port, secure=parts.scheme == "https", allowed=is_allowed)
        )
    if not found:
        raise SyncError(f"host {host[:100]!r} has no address")
    return found


def split(url: str) -> SplitResult:
    """Return the parts of *url*.

    Raises:
        SettingsError: it is no http or https URL with a host, or carries user information.
    """
    try:
        parts = urlsplit(url)
        usable = parts.scheme in _PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError as error:
        raise SettingsError("url is not as expected: http:// or https:// with a host") from error
    if not usable or parts.username is not None or parts.password is not None:
        raise SettingsError("url is not as expected: http:// or https:// with a host, without user information")
    return parts


def is_public(address: Address) -> bool:
    """Return whether *address* is one of the public internet, and stands for no other address."""
    if any(address in network for network in _TRANSLATED):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved and not address.is_unspecified
