"""Merkle trees: roots and proofs (RFC 6962, 2.1); how proofs are checked (RFC 9162, 2.1.3.2, 2.1.4.2).

A tree of any size is made of complete subtrees. ``Nodes`` gives the hash of one by its level and its number there, so
that a proof reads as many hashes as the tree has levels, however many leaves there are.
"""

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256

from comity.errors import LedgerError

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()

Nodes = Callable[[int, int], bytes]
"""Returns the hash of the complete subtree of ``2 ** level`` leaves with a number, counted from the left."""


def leaf_hash(leaf: bytes) -> bytes:
    """Return the hash of a leaf; it can be the hash of no inner node."""
    return sha256(b"\0" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return sha256(b"\1" + left + right).digest()


def appended(size: int, leaf: bytes, nodes: Nodes) -> Iterator[tuple[int, int, bytes]]:
    """Yield the complete subtrees (level, number, hash) that arise when a leaf hash is put after *size* leaves."""
    level, number, found = 0, size, leaf
    yield level, number, found
    while number % 2:
        found = node_hash(nodes(level, number - 1), found)
        level, number = level + 1, number // 2
        yield level, number, found


def root(size: int, nodes: Nodes) -> bytes:
    """Return the root of the first *size* leaves."""
    return _part(0, size, nodes) if size else EMPTY_ROOT


def inclusion(number: int, size: int, nodes: Nodes) -> list[bytes]:
    """Return the proof that the leaf *number* is among the first *size* leaves (RFC 6962, 2.1.1)."""
    if not 0 <= number < size:
        raise LedgerError(f"leaf {number} of a tree of {size}, expected one of its leaves")
    proof: list[bytes] = []
    start, count = 0, size
    while count > 1:
        left = _left(count)
        if number - start < left:
            proof.append(_part(start + left, count - left, nodes))
            count = left
        else:
            proof.append(_part(start, left, nodes))
            start, count = start + left, count - left
    return proof[::-1]


def consistency(old: int, new: int, nodes: Nodes) -> list[bytes]:
    """Return the proof that the first *new* leaves begin with the first *old* leaves (RFC 6962, 2.1.2)."""
    if not 0 <= old <= new:
        raise LedgerError(f"a proof from {old} to {new} leaves, expected a rising order")
    if old in {0, new}:
        return []
    proof: list[bytes] = []
    start, count = 0, new
    while old - start != count:
        left = _left(count)
        if old - start <= left:
            proof.append(_part(start + left, count - left, nodes))
            count = left
        else:
            proof.append(_part(start, left, nodes))
            start, count = start + left, count - left
    if start:
        proof.append(_part(start, count, nodes))
    return proof[::-1]


def check_inclusion(number: int, size: int, leaf: bytes, proof: Sequence[bytes], root_hash: bytes) -> None:
    """Return when *proof* shows that the leaf hash *leaf* has the place *number* under *root_hash*.

    Raises:
        LedgerError: it does not.
    """
    if not 0 <= number < size:
        raise LedgerError(f"leaf {number} of a tree of {size}, expected one of its leaves")
    place, last, found = number, size - 1, leaf
    for each in proof:
        if last == 0:
            raise LedgerError("an inclusion proof is too long")
        if place % 2 or place == last:
            found = node_hash(each, found)
            while place % 2 == 0 and place:
                place, last = place // 2, last // 2
        else:
            found = node_hash(found, each)
        place, last = place // 2, last // 2
    if last or found != root_hash:
        raise LedgerError(f"an inclusion proof of leaf {number} does not lead to the root")


def check_consistency(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Return when *proof* shows that the tree of *new* leaves begins with the tree of *old* leaves.

    Raises:
        LedgerError: it does not; if both roots are signed, the log has forked.
    """
    if not 0 <= old <= new:
        raise LedgerError(f"a tree of {new} leaves after one of {old}, expected no fewer")
    if old in {0, new}:
        if proof or old_root != (new_root if old else EMPTY_ROOT):
            raise LedgerError(f"two trees of {old} and {new} leaves are not consistent")
        return
    place, last = _above_ones(old - 1, new - 1)
    rest = list(proof)
    found_old = found_new = old_root if old & (old - 1) == 0 else _first(rest)
    for each in rest:
        if last == 0:
            raise LedgerError("a consistency proof is too long")
        if place % 2 or place == last:
            found_old, found_new = node_hash(each, found_old), node_hash(each, found_new)
            while place % 2 == 0 and place:
                place, last = place // 2, last // 2
        else:
            found_new = node_hash(found_new, each)
        place, last = place // 2, last // 2
    if last or found_old != old_root or found_new != new_root:
        raise LedgerError(f"the tree of {new} leaves does not begin with that of {old}")


def _first(proof: list[bytes]) -> bytes:
    if not proof:
        raise LedgerError("a consistency proof is empty")
    return proof.pop(0)


def _above_ones(place: int, last: int) -> tuple[int, int]:
    """Go up from a right child to the first node that is a left one."""
    while place % 2:
        place, last = place // 2, last // 2
    return place, last


def _left(count: int) -> int:
    """Return the largest power of two below *count*: the size of the left subtree."""
    return 1 << (count - 1).bit_length() - 1


def _part(start: int, count: int, nodes: Nodes) -> bytes:
    """Return the hash over *count* leaves from *start*, a place at which a complete subtree of that size may begin."""
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return nodes(level, start >> level)
    left = _left(count)
    return node_hash(_part(start, left, nodes), _part(start + left, count - left, nodes))
