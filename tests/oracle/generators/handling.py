"""Random policies of submissions, within what the format allows (FORMAT 2.1)."""

from typing import Any

from tests.oracle.clock import DAY, text_of
from tests.oracle.generators.stage import Entry, Stage
from tests.oracle.profile import TIERS

TLPS = ("clear", "green", "amber", "amber+strict", "red")
REASONS = ("false-positive", "victim data over-shared", "erreur d'étiquetage", "误报")


def release_list(stage: Stage, owner: str) -> Any:
    """Return who may receive an object: all, nobody or some."""
    choice = stage.rng.random()
    if choice < 0.6:
        return "ALL"
    return [] if choice < 0.67 else stage.some(stage.others(owner))


def random_policy(stage: Stage, owner: str, t: int) -> Entry:
    """Return the fields of a submission that are about its handling."""
    tier = stage.rng.choices(TIERS, weights=(10, 35, 25, 23, 7))[0]
    tlp = stage.rng.choices(TLPS, weights=(10, 35, 25, 20, 10))[0]
    policy: Entry = {"label": stage.label(owner, tier), "tlp": tlp, "rel": release_list(stage, owner)}
    if stage.chance(0.2):
        policy["victim"] = True
    if tier in TIERS[1:4] and tlp != "red" and stage.chance(0.35):
        policy["redactable_to"] = lower_tier(stage, tier)
    if stage.chance(0.25):
        policy |= embargo(stage, owner, policy["rel"], t)
    return policy


def lower_tier(stage: Stage, tier: str) -> str:
    """Return a tier below another."""
    return stage.rng.choice(TIERS[: TIERS.index(tier)])


def embargo(stage: Stage, owner: str, rel: Any, t: int) -> Entry:
    """Return an embargo, perhaps one that outlasts the exercise."""
    allowed = stage.others(owner) if rel == "ALL" else rel
    return {
        "embargo_until": text_of(stage.moment(t, stage.end + DAY)),
        "embargo_rel": [] if stage.chance(0.35) else stage.some(allowed),
    }


def withdrawal(stage: Stage, verb: str, at: int) -> Entry:
    """Return a recall or a revocation, *verb* telling which."""
    reason = {"recalled": "recall_reason", "revoked": "revoke_reason"}[verb]
    return {f"{verb}_at": text_of(at), reason: stage.rng.choice(REASONS)}


def random_withdrawal(stage: Stage, t: int) -> Entry:
    """Return a recall or a revocation at any moment from the submission on, its own minute included."""
    at = t if stage.chance(0.2) else stage.moment(t, stage.end)
    return withdrawal(stage, stage.rng.choice(("recalled", "revoked")), at)
