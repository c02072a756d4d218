"""Granular markings in lesser forms (STIX 2.1, 7.2.3): what they protect, and what they still select."""

from collections.abc import Iterable, Mapping
from typing import Any

from comity_schemas.extensions import EXERCISE_MARKING
from comity_schemas.stix import TLP_1, TLP_2

from comity.domain.tlp import TLP

_TLP_OF = {marking: TLP.parse(word) for words in (TLP_1, TLP_2) for word, marking in words.items()}


def exceeding(obj: Mapping[str, Any], tlp: TLP) -> list[dict[str, Any]]:
    """Return the granular markings of *obj* that may forbid what a form under *tlp* would open.

    A marking whose meaning is not known here may.
    """
    return [each for each in obj.get("granular_markings", ()) if not _is_within(each, tlp)]


def selected(markings: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Return the names of the properties of which *markings* select anything."""
    return frozenset(selector.partition(".")[0] for each in markings for selector in each["selectors"])


def pruned(obj: Mapping[str, Any], form: Mapping[str, Any], *, without: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the granular markings of *obj* but those in *without*, with the selectors that select the same in *form*.

    Places in a list or object that has changed select something else, so they are left out.
    """
    remaining = []
    for marking in obj.get("granular_markings", ()):
        selectors = [each for each in marking["selectors"] if _is_kept(each, obj, form)]
        if selectors and marking not in without:
            remaining.append(_marking(marking, selectors))
    return remaining


def _marking(marking: Mapping[str, Any], selectors: list[str]) -> dict[str, Any]:
    meaning = "marking_ref" if "marking_ref" in marking else "lang"
    return {meaning: marking[meaning], "selectors": selectors}


def _is_within(marking: Mapping[str, Any], tlp: TLP) -> bool:
    reference = marking.get("marking_ref")
    return reference in (None, EXERCISE_MARKING) or (reference in _TLP_OF and _TLP_OF[reference] <= tlp)


def _is_kept(selector: str, obj: Mapping[str, Any], form: Mapping[str, Any]) -> bool:
    name, dot, _ = selector.partition(".")
    return name in form and (not dot or form[name] == obj.get(name))
