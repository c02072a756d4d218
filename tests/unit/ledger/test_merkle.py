"""Trees and proofs: against the definition, against published roots, and against whoever bends a proof."""

from collections.abc import Sequence
from hashlib import sha256

import pytest
from comity.errors import LedgerError
from comity.ledger import merkle
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.ledger import naive

# The leaves and roots that the reference implementation of Certificate Transparency is tested with.
PUBLISHED_LEAVES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
PUBLISHED_ROOTS = {
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


class Tree:
    """A log in memory, kept as the database keeps it: complete subtrees only."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self.hashes: dict[tuple[int, int], bytes] = {}
        for size, leaf in enumerate(leaves):
            for level, number, found in merkle.appended(size, merkle.leaf_hash(leaf), self):
                assert (level, number) not in self.hashes
                self.hashes[level, number] = found

    def __call__(self, level: int, number: int) -> bytes:
        return self.hashes[level, number]


leaves_of_trees = st.lists(st.binary(max_size=4), min_size=1, max_size=70)


@pytest.mark.parametrize("size", PUBLISHED_ROOTS)
def test_a_root_is_the_published_one(size: int) -> None:
    tree = Tree(PUBLISHED_LEAVES[:size])

    assert merkle.root(size, tree).hex() == PUBLISHED_ROOTS[size]


def test_the_root_of_nothing_is_the_digest_of_nothing() -> None:
    assert merkle.root(0, Tree([])) == sha256(b"").digest()


@given(leaves_of_trees)
def test_a_root_is_that_of_the_definition_at_every_size(leaves: list[bytes]) -> None:
    tree = Tree(leaves)

    assert [merkle.root(size, tree) for size in range(len(leaves) + 1)] == [
        naive.root(leaves[:size]) for size in range(len(leaves) + 1)
    ]


@given(leaves_of_trees, st.data())
def test_an_inclusion_proof_is_that_of_the_definition_and_holds(leaves: list[bytes], data: st.DataObject) -> None:
    size = data.draw(st.integers(1, len(leaves)))
    number = data.draw(st.integers(0, size - 1))
    proof = merkle.inclusion(number, size, Tree(leaves))

    assert proof == naive.path(number, leaves[:size])
    merkle.check_inclusion(number, size, merkle.leaf_hash(leaves[number]), proof, naive.root(leaves[:size]))


@given(leaves_of_trees, st.data())
def test_a_consistency_proof_is_that_of_the_definition_and_holds(leaves: list[bytes], data: st.DataObject) -> None:
    new = data.draw(st.integers(1, len(leaves)))
    old = data.draw(st.integers(1, new))
    proof = merkle.consistency(old, new, Tree(leaves))

    assert proof == naive.proof(old, leaves[:new])
    merkle.check_consistency(old, naive.root(leaves[:old]), new, naive.root(leaves[:new]), proof)


@given(st.lists(st.binary(max_size=4), min_size=2, max_size=40, unique=True), st.data())
def test_no_other_leaf_place_or_size_fits_an_inclusion_proof(leaves: list[bytes], data: st.DataObject) -> None:
    size = len(leaves)
    number = data.draw(st.integers(0, size - 1))
    other = data.draw(st.integers(0, size - 1).filter(lambda place: place != number))
    proof, root = merkle.inclusion(number, size, Tree(leaves)), naive.root(leaves)
    own = merkle.leaf_hash(leaves[number])

    for place, leaf, path in (
        (other, own, proof),
        (number, merkle.leaf_hash(leaves[other]), proof),
        (number, own, proof[:-1]),
        (number, own, [*proof, own]),
        (size, own, proof),
        (-1, own, proof),
    ):
        with pytest.raises(LedgerError):
            merkle.check_inclusion(place, size, leaf, path, root)


@given(st.lists(st.binary(max_size=4), min_size=2, max_size=40), st.data())
def test_a_log_that_changed_a_leaf_is_consistent_with_nothing_before(leaves: list[bytes], data: st.DataObject) -> None:
    new = len(leaves)
    old = data.draw(st.integers(1, new - 1))
    place = data.draw(st.integers(0, old - 1))
    changed = [*leaves[:place], leaves[place] + b"!", *leaves[place + 1 :]]
    proofs = (merkle.consistency(old, new, Tree(changed)), merkle.consistency(old, new, Tree(leaves)))

    for proof in proofs:
        with pytest.raises(LedgerError):
            merkle.check_consistency(old, naive.root(leaves[:old]), new, naive.root(changed), proof)


@given(st.integers(0, 50), st.integers(0, 50), st.lists(st.binary(min_size=32, max_size=32), max_size=8))
def test_a_made_up_proof_is_refused(old: int, new: int, proof: list[bytes]) -> None:
    with pytest.raises(LedgerError):
        merkle.check_consistency(old, b"o" * 32, new, b"n" * 32, proof)
    with pytest.raises(LedgerError):
        merkle.check_inclusion(old, new, b"o" * 32, proof, b"n" * 32)


def test_a_log_that_became_shorter_is_not_consistent() -> None:
    leaves = [b"a", b"b", b"c"]

    with pytest.raises(LedgerError):
        merkle.check_consistency(3, naive.root(leaves), 2, naive.root(leaves[:2]), [])
    with pytest.raises(LedgerError):
        merkle.consistency(3, 2, Tree(leaves))


def test_equal_sizes_are_consistent_only_with_equal_roots() -> None:
    merkle.check_consistency(2, b"r" * 32, 2, b"r" * 32, [])

    with pytest.raises(LedgerError):
        merkle.check_consistency(2, b"r" * 32, 2, b"s" * 32, [])


def test_everything_continues_the_empty_log_and_only_that() -> None:
    merkle.check_consistency(0, merkle.EMPTY_ROOT, 5, b"r" * 32, [])

    with pytest.raises(LedgerError):
        merkle.check_consistency(0, b"r" * 32, 5, b"r" * 32, [])
