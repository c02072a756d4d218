"""A bloc of four fictional members for the tests of the rules."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
from comity.domain.label import Label
from comity.domain.member import Bloc
from comity.domain.tier import Tier
from comity.domain.tlp import TLP
from comity.policy.bloc import parse_bloc
from comity.policy.evaluate import Engine
from comity.policy.rules import RuleSet


@pytest.fixture
def documents() -> dict[str, object]:
    return {
        "members.yaml": {"members": {"XA": {"name": "Aria"}, "XB": {}, "XC": None, "XD": {}}},
        "classification.yaml": {
            "platform_labels": {"common:C1": "C1", "common:C3": "C3"},
            "schemes": {
                "XA": {"labels": [{"label": "GUARDED", "tier": "C2"}, {"label": "запечатано", "tier": "C3"}]},
                "XB": {"labels": [{"label": "GUARDED", "tier": "C3"}]},
                "XC": {"labels": []},
            },
            "recognition": {
                "default_ceiling": "C2",
                "owner_ceiling": {"XC": "C1"},
                "handling_max": {"XD": "C1"},
                "handling_max_default": "C3",
                "bilateral_c3": [["XA", "XB"], ["XC", "XD"]],
            },
        },
        "sectors.yaml": {"sectors": {"energy": {}, "health": {}}},
    }


@pytest.fixture
def bloc(documents: Mapping[str, object]) -> Bloc:
    return parse_bloc(documents, {})


@pytest.fixture
def build(bloc: Bloc) -> Callable[[str], Engine]:
    """Build the engine of the standard chapters and one more chapter, whose text is given."""

    def engine_with(text: str) -> Engine:
        return Engine(RuleSet.compile({**bloc.chapters, "90-test.cedar": text}, bloc), bloc)

    return engine_with


@pytest.fixture
def engine(bloc: Bloc) -> Engine:
    return Engine(RuleSet.compile(bloc.chapters, bloc), bloc)


@pytest.fixture
def label() -> Label:
    """Label an object of XA that XA released to XB and XC."""
    return Label(origin="XA", tlp=TLP.AMBER, tier=Tier.C2, releasable=frozenset({"XB", "XC"}))


@pytest.fixture
def red(label: Label) -> Label:
    return replace(label, tlp=TLP.RED)
