"""Rules of ``comity.domain.identity``, on which every profile rests."""

import pytest
from comity.domain.identity import identity_of, national_marking_of


def test_an_identity_is_the_same_on_every_node() -> None:
    assert identity_of("XA") == "identity--5ff10f5a-4245-562d-96a0-cac66d9069e5"


def test_members_have_different_identities() -> None:
    assert identity_of("XA") != identity_of("XB")


@pytest.mark.parametrize("other", [("XB", "GUARDED"), ("XA", "guarded"), ("XA", "запечатано")])
def test_a_national_marking_is_of_one_member_and_one_text(other: tuple[str, str]) -> None:
    assert national_marking_of(*other) != national_marking_of("XA", "GUARDED")
