"""Delegated files of a regional registry, in the extended format that APNIC and the others publish.

``registry|cc|type|start|value|date|status|opaque-id``; the opaque id stands for whoever holds the resource, so all that
one holder has becomes one asset, whose operator is a pseudonym from the start.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Network, summarize_address_range

from comity.analytics.importers.documents import made
from comity.domain.asset import Asset, AssetKind
from comity.errors import InvalidObjectError

_HELD = frozenset({"allocated", "assigned"})
_COLUMNS = 7
_MOST_ASNS = 1 << 16


@dataclass(slots=True)
class _Holder:
    prefixes: list[str] = field(default_factory=list)
    asns: list[int] = field(default_factory=list)


def read(raw: bytes, member: str, country: str) -> Iterator[Asset]:
    """Yield what each holder in the economy with the two-letter code *country* has.

    Raises:
        InvalidObjectError: there is no country, or a line is not of the format.
    """
    if not country:
        raise InvalidObjectError("country is empty, expected the two-letter code of an economy")
    holders: dict[str, _Holder] = defaultdict(_Holder)
    for number, line in enumerate(raw.decode("utf-8", "replace").splitlines(), 1):
        parts = line.strip().split("|")
        if not line.strip() or line.startswith("#") or len(parts) < _COLUMNS or parts[-1] == "summary":
            continue
        if parts[1].upper() == country.upper() and parts[6] in _HELD:
            holder = parts[7] if len(parts) > _COLUMNS and parts[7] else f"{parts[2]} {parts[3]}"
            try:
                _add(holders[holder[:400]], *parts[2:5])
            except (ValueError, OverflowError) as error:
                raise InvalidObjectError(f"line {number}: no {parts[2][:20]} resource: {error}") from error
    for holder, has in sorted(holders.items()):
        yield made(
            key=f"delegated/{holder}",
            member=member,
            kind=AssetKind.ADDRESS_RANGE,
            operator=holder,
            prefixes=tuple(dict.fromkeys(has.prefixes)),
            asns=tuple(dict.fromkeys(has.asns)),
        )


def _add(holder: _Holder, kind: str, start: str, value: str) -> None:
    count = int(value)
    if kind == "ipv4":
        first = IPv4Address(start)
        holder.prefixes.extend(map(str, summarize_address_range(first, first + (count - 1))))
    elif kind == "ipv6":
        holder.prefixes.append(str(IPv6Network((start, count))))
    elif kind == "asn":
        if not 0 < count <= _MOST_ASNS:
            raise ValueError(f"{count} system numbers, expected 1 to {_MOST_ASNS}")
        holder.asns.extend(range(int(start), int(start) + count))
    else:
        raise ValueError("expected ipv4, ipv6 or asn")
