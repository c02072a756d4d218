"""Pseudonyms and ids of forms."""

from uuid import UUID

import pytest
from comity.domain.label import Form
from comity.domain.tier import Tier
from comity.redaction.pseudonym import Keys

OTHER = Keys(secret=b"another secret, that of XB")
ID = "indicator--26ce0c2d-18ff-4ef8-bc73-1d115824a502"


def test_a_pseudonym_is_stable_inside_a_member(keys: Keys) -> None:
    assert keys.pseudonym("case", "K1") == Keys(secret=keys.secret).pseudonym("case", "K1")


def test_a_pseudonym_cannot_be_linked_across_members(keys: Keys) -> None:
    assert keys.pseudonym("case", "K1") != OTHER.pseudonym("case", "K1")


def test_a_pseudonym_of_one_subject_says_nothing_of_another(keys: Keys) -> None:
    assert keys.pseudonym("case", "K1") != keys.pseudonym("caseK", "1")


def test_the_id_of_a_form_is_a_stix_id_of_the_same_type(keys: Keys) -> None:
    stix_type, _, uuid = keys.form_id(ID, Form.PSEUDONYMISED, Tier.C1).partition("--")

    assert stix_type == "indicator"
    assert UUID(uuid).version == 5


def test_each_form_tier_and_member_has_an_id_of_its_own(keys: Keys) -> None:
    ids = {
        holder.form_id(ID, form, tier)
        for holder in (keys, OTHER)
        for form in (Form.SUMMARY, Form.PSEUDONYMISED)
        for tier in (Tier.C1, Tier.C2)
    }

    assert len(ids) == 8


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="secret of 15 bytes"):
        Keys(secret=b"x" * 15)


def test_a_secret_is_not_printed(keys: Keys) -> None:
    assert "secret" not in repr(keys)
