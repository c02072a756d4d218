"""Granular markings in lesser forms (STIX 2.1, 7.2.3)."""

from typing import Any

import pytest
from comity.domain.tlp import TLP
from comity.redaction.granular import exceeding, pruned, selected
from comity_schemas.extensions import EXERCISE_MARKING
from comity_schemas.stix import TLP_1, TLP_2

UNKNOWN = "marking-definition--00000000-0000-4000-8000-000000000000"


def _marking(reference: str, *selectors: str) -> dict[str, Any]:
    return {"marking_ref": reference, "selectors": list(selectors)}


@pytest.mark.parametrize(
    ("marking", "exceeds"),
    [
        (_marking(TLP_2["red"], "name"), True),
        (_marking(TLP_2["amber"], "name"), False),
        (_marking(TLP_1["red"], "name"), True),
        (_marking(TLP_1["white"], "name"), False),
        (_marking(EXERCISE_MARKING, "name"), False),
        (_marking(UNKNOWN, "name"), True),
        ({"lang": "de", "selectors": ["name"]}, False),
    ],
)
def test_what_may_forbid_more_than_the_form_opens_exceeds_it(marking: dict[str, Any], exceeds: bool) -> None:
    assert bool(exceeding({"granular_markings": [marking]}, TLP.AMBER)) is exceeds


def test_an_object_without_granular_markings_has_none_that_exceed() -> None:
    assert exceeding({}, TLP.CLEAR) == []


def test_what_is_selected_is_the_whole_property() -> None:
    assert selected([_marking(UNKNOWN, "labels.[0]", "name")]) == {"labels", "name"}


def test_a_selector_that_selects_nothing_more_is_pruned() -> None:
    obj = {"name": "x", "labels": ["a", "b"], "granular_markings": [_marking(UNKNOWN, "name", "labels.[1]")]}

    assert pruned(obj, {"name": "p"}, without=[]) == [_marking(UNKNOWN, "name")]


def test_a_place_in_a_list_that_has_changed_is_pruned() -> None:
    obj = {"labels": ["a", "b"], "granular_markings": [_marking(UNKNOWN, "labels.[1]")]}

    assert pruned(obj, {"labels": ["b"]}, without=[]) == []
    assert pruned(obj, {"labels": ["a", "b"]}, without=[]) == [_marking(UNKNOWN, "labels.[1]")]


def test_a_marking_that_was_honoured_by_leaving_out_does_not_come_back() -> None:
    marking = _marking(TLP_2["red"], "name")

    assert pruned({"name": "x", "granular_markings": [marking]}, {"name": "p"}, without=[marking]) == []


def test_only_the_marking_itself_is_kept() -> None:
    marking = {"lang": "de", "selectors": ["name"], "x_note": "by the registry"}

    assert pruned({"name": "x", "granular_markings": [marking]}, {"name": "x"}, without=[]) == [
        {"lang": "de", "selectors": ["name"]}
    ]
