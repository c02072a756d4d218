"""What a member's registry says that it could be warned about, without saying of which asset, or how many it has."""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, collapse_addresses
from typing import TypeVar

from comity.analytics.context import Analytics
from comity.correlation.exposure import exposed
from comity.domain.asset import AssetKind
from comity.store import assets as stored

_Network = TypeVar("_Network", IPv4Network, IPv6Network)
WIDEST = {4: 8, 6: 16}
"""The shortest prefix lengths that a federation registers; wider networks are left out."""


def exposed_values(analytics: Analytics) -> list[str]:
    """Return the member's own networks and host names, and the vulnerabilities that software of its assets has.

    Networks that touch are one, and names below another are left out, so that where one asset ends is not told. What
    many parties share is nobody's own.
    """
    connection = analytics.store.read()
    own = [
        one
        for one in stored.all_assets(connection, analytics.member)
        if one.member == analytics.member and one.kind is not AssetKind.SHARED_SERVICE
    ]
    networks = [network for one in own for network in one.networks]
    ranges = [one for one in stored.all_affected(connection) if exposed(own, [one])]
    return [
        *_collapsed(network for network in networks if isinstance(network, IPv4Network)),
        *_collapsed(network for network in networks if isinstance(network, IPv6Network)),
        *_uppermost({name for one in own for name in one.domains}),
        *sorted({one.vulnerability for one in ranges}),
    ]


def _collapsed(networks: Iterable[_Network]) -> list[str]:
    told = [network for network in networks if network.prefixlen >= WIDEST[network.version]]
    # Two that touch at the limit would be one beyond it.
    return [
        str(part)
        for network in collapse_addresses(told)
        for part in network.subnets(new_prefix=max(network.prefixlen, WIDEST[network.version]))
    ]


def _uppermost(names: set[str]) -> list[str]:
    return sorted(name for name in names if not names & set(_above(name)))


def _above(name: str) -> list[str]:
    labels = name.split(".")
    return [".".join(labels[place:]) for place in range(1, len(labels))]
