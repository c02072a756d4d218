"""Rules of ``comity.policy.classes``."""

import json
from dataclasses import replace

import pytest
from comity.domain.desk import Desk, Role
from comity.domain.label import RELEASE_ALL, Form, Label
from comity.domain.tier import Tier
from comity.domain.tlp import TLP
from comity.errors import PolicyError
from comity.policy.classes import chain, key, parse


def _altered(label: Label, **changes: object) -> str:
    record = {**json.loads(key(label)), **changes}
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def test_equal_labels_have_equal_keys_whatever_the_order_of_their_sets(label: Label) -> None:
    again = replace(label, releasable=frozenset(["XC", "XB"]))

    assert key(again) == key(label)


def test_a_key_is_written_in_order_of_its_fields(label: Label) -> None:
    fields = list(json.loads(key(label)))

    assert fields == sorted(fields)


@pytest.mark.parametrize(
    "changes",
    [
        {"releasable": None},
        {"releasable": RELEASE_ALL},
        {"releasable": frozenset()},
        {"embargo_exempt": frozenset()},
        {"embargo_exempt": frozenset({"XB"})},
        {"named": frozenset({Desk("XB", Role.CERT)})},
        {"tlp": TLP.AMBER_STRICT},
        {"sector": "здоровье"},
    ],
)
def test_a_label_comes_back_out_of_its_key(label: Label, changes: dict[str, object]) -> None:
    changed = replace(label, **changes)  # type: ignore[arg-type]  # each case is a field of the label

    assert parse(key(changed)) == changed


def test_a_label_comes_back_with_its_richer_forms(label: Label) -> None:
    lesser = replace(label, form=Form.PSEUDONYMISED, tier=Tier.C1, richer=label)

    assert parse(key(lesser)) == lesser


def test_no_statement_a_release_to_nobody_and_a_release_to_all_have_different_keys(label: Label) -> None:
    keys = {key(replace(label, releasable=releasable)) for releasable in (None, frozenset[str](), RELEASE_ALL)}

    assert len(keys) == 3


@pytest.mark.parametrize(
    "changes",
    [
        {"caveat": "eyes only"},
        {"tlp": "purple"},
        {"tier": "C5"},
        {"tier": 2},
        {"kind": "rumour"},
        {"form": "whole"},
        {"personal": "some"},
        {"purposes": ["curiosity"]},
        {"purposes": "incident-response"},
        {"releasable": "all"},
        {"releasable": ["*"]},
        {"releasable": ["XC", "XB"]},
        {"releasable": ["XB", "XB"]},
        {"withheld": None},
        {"withheld": [""]},
        {"named": ["XB"]},
        {"named": ["XB/clerk"]},
        {"blocked": 0},
        {"sector": ""},
        {"tlp": "TLP:AMBER"},
        {"richer": []},
        {"richer": {}},
    ],
)
def test_an_unknown_field_or_value_makes_a_label_unusable(label: Label, changes: dict[str, object]) -> None:
    with pytest.raises(PolicyError, match="unusable label"):
        parse(_altered(label, **changes))


def test_a_missing_field_makes_a_label_unusable(label: Label) -> None:
    record = {name: value for name, value in json.loads(key(label)).items() if name != "withheld"}

    with pytest.raises(PolicyError, match="withheld"):
        parse(json.dumps(record, separators=(",", ":")))


def test_a_repeated_field_makes_a_label_unusable(label: Label) -> None:
    text = key(label).replace('"withheld":[]', '"withheld":["XD"],"withheld":[]')

    with pytest.raises(PolicyError, match="canonical"):
        parse(text)


def test_a_richer_form_of_another_origin_makes_a_label_unusable(label: Label) -> None:
    lesser = replace(label, form=Form.PSEUDONYMISED, richer=replace(label, origin="XB"))

    with pytest.raises(PolicyError, match="richer form of 'XB'"):
        parse(key(lesser))


def test_a_richer_form_that_is_poorer_makes_a_label_unusable(label: Label) -> None:
    upside_down = replace(label, richer=replace(label, form=Form.COUNT))

    with pytest.raises(PolicyError, match="not richer"):
        parse(key(upside_down))


def test_more_forms_than_there_are_make_a_label_unusable(label: Label) -> None:
    third = replace(label, richer=replace(label, richer=replace(label, richer=label)))

    assert parse(key(third)) == third
    with pytest.raises(PolicyError, match="more than 4 forms"):
        parse(key(replace(label, richer=third)))


@pytest.mark.parametrize("text", ["", "null", "[]", "{", '"x"', "[" * 60_000, '{"a":' * 10_000, "NaN", "\ud800"])
def test_text_that_is_no_label_is_unusable(text: str) -> None:
    with pytest.raises(PolicyError, match="unusable label"):
        parse(text)


def test_a_text_beyond_the_limit_is_refused_unread() -> None:
    with pytest.raises(PolicyError, match="65537 characters"):
        parse(" " * 65_537)


def test_a_lone_surrogate_makes_a_label_unusable(label: Label) -> None:
    with pytest.raises(PolicyError, match="UnicodeEncodeError"):
        parse(key(replace(label, sector="\ud800")))


def test_the_chain_of_a_label_ends_with_its_richest_form(label: Label) -> None:
    middle = replace(label, form=Form.PSEUDONYMISED, richer=label)
    poorest = replace(label, form=Form.COUNT, richer=middle)

    assert chain(poorest) == (poorest, middle, label)
