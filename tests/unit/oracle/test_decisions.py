"""The oracle's release decision, rule by rule (FORMAT 3 and 4)."""

from typing import Any

import pytest

from tests.oracle.decisions import decide
from tests.oracle.log import Handling, Log
from tests.oracle.profile import Profile, tier

CLASSIFICATION = {
    "platform_labels": {"common:C1": "C1"},
    "schemes": {"XA": {"labels": [{"label": "GUARDED", "tier": "C3"}, {"label": "common:C1", "tier": "C3"}]}},
    "recognition": {
        "default_ceiling": "C2",
        "owner_ceiling": {"XB": "C4"},
        "handling_max": {"XD": "C1"},
        "handling_max_default": "C3",
        "bilateral_c3": [["XA", "XB"], ["XA", "XD"]],
    },
}
LOG = Log(
    profile=Profile(CLASSIFICATION),
    members=("XA", "XB", "XC", "XD"),
    end=100,
    checkpoints={},
    submissions=(),
    sightings=(),
    reports=(),
    lines={},
    scenario={},
)


@pytest.mark.parametrize(
    ("recipient", "fields", "effect", "reason"),
    [
        ("XB", {"tier": 4, "tlp": "red", "rel": frozenset()}, "WITHHOLD", "tier-sovereign"),
        ("XB", {"tlp": "red"}, "WITHHOLD", "tlp-red-not-named"),
        ("XB", {"tlp": "red", "rel": frozenset()}, "WITHHOLD", "tlp-red-not-named"),
        ("XB", {"tlp": "red", "rel": frozenset({"XB"})}, "PERMIT", ""),
        ("XB", {"rel": frozenset({"XC"}), "embargo_until": 60}, "WITHHOLD", "not-releasable"),
        ("XB", {"tier": 3, "embargo_until": 51}, "WITHHOLD", "embargo"),
        ("XB", {"embargo_until": 50}, "PERMIT", ""),
        ("XB", {"embargo_until": 51, "embargo_rel": frozenset({"XB"})}, "PERMIT", ""),
        ("XC", {"tier": 3, "redactable_to": 2, "victim": True}, "REDACT", "tier-downgrade"),
        ("XD", {"tier": 3, "redactable_to": 2}, "WITHHOLD", "tier-above-recognition"),
        ("XB", {"tier": 3, "redactable_to": 2, "victim": True}, "REDACT", "victim"),
        ("XB", {"tier": 3}, "PERMIT", ""),
    ],
)
def test_the_first_rule_that_applies_decides(recipient: str, fields: dict[str, Any], effect: str, reason: str) -> None:
    plain: dict[str, Any] = {"owner": "XA", "tier": 1, "tlp": "green", "rel": None}
    handling = Handling(**plain | fields)

    assert decide(LOG, handling, recipient, 50) == (effect, reason)


@pytest.mark.parametrize(
    ("owner", "recipient", "limit"),
    [("XA", "XC", "C2"), ("XA", "XB", "C3"), ("XB", "XA", "C3"), ("XB", "XC", "C3"), ("XA", "XD", "C1")],
)
def test_a_bilateral_entry_replaces_the_ceiling_but_not_the_handling_maximum(
    owner: str, recipient: str, limit: str
) -> None:
    assert LOG.profile.limit(owner, recipient) == tier(limit)


def test_a_platform_label_comes_before_a_national_one() -> None:
    assert LOG.profile.tier_of("XA", "common:C1") == tier("C1")
