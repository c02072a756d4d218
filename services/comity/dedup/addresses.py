"""Internet addresses and networks in the one spelling that stands for all others (RFC 4632, RFC 5952).

Nothing is read the way ``inet_aton`` does: ``010.0.0.1``, ``1.2`` and ``16909060`` mean different addresses to
different programs, so they mean none here. An IPv6 address is always written in hexadecimal, also where it embeds an
IPv4 one.
"""

import re
from ipaddress import AddressValueError, IPv6Address

from comity.errors import InvalidObjectError

_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4 = re.compile(rf"{_OCTET}\.{_OCTET}\.{_OCTET}\.{_OCTET}")
_PREFIX = re.compile("0|[1-9][0-9]{0,2}")
_ZEROS = re.compile(r"(?:(?<=:)|^)0(?::0)+(?=:|$)")
_LONGEST_IPV6 = 45
_IPV4_BITS = 32
_IPV6_BITS = 128


def is_ipv4_address(text: str) -> bool:
    """Return whether *text* is four decimal numbers from 0 to 255 without leading zeros."""
    return _IPV4.fullmatch(text) is not None


def ipv4(text: str) -> str:
    """Return the canonical form of an IPv4 address or network.

    Raises:
        InvalidObjectError: *text* is neither, or a network with host bits.
    """
    if _IPV4.fullmatch(text):
        return text
    address, slash, length = text.partition("/")
    if not slash or not _IPV4.fullmatch(address):
        raise InvalidObjectError(f"ipv4 is {text[:80]!r}, expected a dotted address or network")
    number = int.from_bytes(map(int, address.split(".")))
    bits = _network_bits(text, number, length, width=_IPV4_BITS)
    return address if bits == _IPV4_BITS else f"{address}/{bits}"


def ipv6(text: str) -> str:
    """Return the canonical form of an IPv6 address or network.

    Raises:
        InvalidObjectError: *text* is neither, or a network with host bits.
    """
    address, slash, length = text.partition("/")
    number = _ipv6_number(address)
    if not slash:
        return _compressed(number)
    bits = _network_bits(text, number, length, width=_IPV6_BITS)
    return _compressed(number) if bits == _IPV6_BITS else f"{_compressed(number)}/{bits}"


def ipv6_address(text: str) -> str:
    """Return the canonical form of one IPv6 address, such as stands between the brackets of a URL.

    Raises:
        InvalidObjectError: *text* is no address.
    """
    return _compressed(_ipv6_number(text))


def _ipv6_number(text: str) -> int:
    try:
        return int(IPv6Address(text if "%" not in text and len(text) <= _LONGEST_IPV6 else ""))
    except AddressValueError as error:
        raise InvalidObjectError(f"ipv6 is {text[:80]!r}, expected an address or network without a zone") from error


def _network_bits(text: str, number: int, length: str, *, width: int) -> int:
    if not _PREFIX.fullmatch(length) or int(length) > width:
        raise InvalidObjectError(f"network is {text[:80]!r}, expected a prefix length of 0 to {width}")
    bits = int(length)
    if number & ((1 << (width - bits)) - 1):
        raise InvalidObjectError(f"network is {text[:80]!r}, expected zero host bits")
    return bits


def _compressed(number: int) -> str:
    """Return an address with the first of its longest runs of zeros left out (RFC 5952, 4.2)."""
    digits = f"{number:032x}"
    text = ":".join(f"{int(digits[at : at + 4], 16):x}" for at in range(0, 32, 4))
    runs = [found.span() for found in _ZEROS.finditer(text)]
    if not runs:
        return text
    start, end = max(runs, key=lambda span: span[1] - span[0])
    return f"{text[:start].removesuffix(':')}::{text[end:].removeprefix(':')}"
