"""What name servers and sensors read: response policy zones (DNS RPZ) and Zeek's intelligence framework."""

import re
from collections.abc import Iterable, Iterator
from ipaddress import IPv6Network, ip_network

from comity.export.entries import ADDRESSES, HASHES, Entry, is_one_word, surest_first, values

_NAME = re.compile(r"(?=.{1,230}$)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})+")
_ZEEK = {
    "domain": "Intel::DOMAIN",
    "url": "Intel::URL",
    "email": "Intel::EMAIL",
    **dict.fromkeys(HASHES, "Intel::FILE_HASH"),
}
_ZEEK_HEADER = "#fields\tindicator\tindicator_type\tmeta.source\tmeta.desc\n"
_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://")


def rpz(entries: Iterable[Entry]) -> bytes:
    """Return a zone that answers listed names, all below them, and names at listed addresses as if they were not.

    The serial is the time of the newest entry, so that it rises when something new is in it.
    """
    entries = list(entries)
    serial = max((one.added for one in entries), default=1) % 2**32
    head = f"$TTL 300\n@ SOA localhost. hostmaster.localhost. {serial} 300 60 86400 300\n@ NS localhost.\n"
    return (head + "".join(f"{line}\n" for line in _triggers(entries))).encode()


def zeek(entries: Iterable[Entry]) -> bytes:
    """Return an intelligence file of Zeek, tab-separated."""
    rows: dict[str, str] = {}
    for one in surest_first(entries):
        kind, value = _of_zeek(one)
        if kind and is_one_word(value):
            rows.setdefault(f"{value}\t{kind}", f"\tcomity\t{one.id}")
    return (_ZEEK_HEADER + "".join(f"{key}{rest}\n" for key, rest in rows.items())).encode()


def _triggers(entries: list[Entry]) -> Iterator[str]:
    for name in filter(_NAME.fullmatch, values(entries, "domain")):
        yield f"{name} CNAME ."
        yield f"*.{name} CNAME ."
    for value in values(entries, *ADDRESSES):
        yield f"{_reversed(value)}.rpz-ip CNAME ."


def _reversed(value: str) -> str:
    """Return a network as the owner of an IP trigger: prefix length, then the parts in reverse, ``zz`` for ``::``."""
    network = ip_network(value)
    if not isinstance(network, IPv6Network):
        octets = str(network.network_address).split(".")
        return ".".join((str(network.prefixlen), *reversed(octets)))
    text = network.network_address.compressed
    text = text.replace("::", ":zz:").strip(":") if "::" in text else text
    return ".".join((str(network.prefixlen), *reversed(text.split(":"))))


def _of_zeek(one: Entry) -> tuple[str, str]:
    if one.kind in ADDRESSES:
        return ("Intel::SUBNET" if "/" in one.value else "Intel::ADDR"), one.value
    return _ZEEK.get(one.kind, ""), _SCHEME.sub("", one.value) if one.kind == "url" else one.value
