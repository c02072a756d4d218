"""A Merkle tree straight from its definition (RFC 6962, 2.1), with every leaf at hand and nothing remembered."""

from collections.abc import Sequence
from hashlib import sha256


def root(leaves: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962, 2.1."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    split = halves(len(leaves))
    return sha256(b"\x01" + root(leaves[:split]) + root(leaves[split:])).digest()


def path(place: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH of RFC 6962, 2.1.1."""
    if len(leaves) == 1:
        return []
    split = halves(len(leaves))
    if place < split:
        return [*path(place, leaves[:split]), root(leaves[split:])]
    return [*path(place - split, leaves[split:]), root(leaves[:split])]


def proof(old: int, leaves: Sequence[bytes], *, whole: bool = True) -> list[bytes]:
    """SUBPROOF of RFC 6962, 2.1.2."""
    if old == len(leaves):
        return [] if whole else [root(leaves)]
    split = halves(len(leaves))
    if old <= split:
        return [*proof(old, leaves[:split], whole=whole), root(leaves[split:])]
    return [*proof(old - split, leaves[split:], whole=False), root(leaves[:split])]


def halves(count: int) -> int:
    """Return the largest power of two below *count*."""
    power = 1
    while power * 2 < count:
        power *= 2
    return power
