"""A random fictional bloc (FORMAT, the profile folder)."""

from random import Random
from typing import Any

from tests.oracle.profile import TIERS

CODES = ("XA", "XB", "XC", "XD", "XE", "ON", "ZZ")
TEXTS = (
    ("OPEN", "GUARDED", "SEALED", "CROWN", "guarded"),
    ("ανοικτό", "κοινό", "περιορισμένο", "ευαίσθητο", "κυριαρχικό"),
    ("1", "2", "3", "GUARDED", "NO"),
    ("公开", "内部", "秘密", "机密", "绝密"),
    ("réservé", "re\u0301serve\u0301", "SECRET D'ÉTAT", 'say "open"', "a, b: c"),
    ("سري", "ลับ", "MẬT", "Совершенно секретно", "GUARDED"),
)
SECTORS = ("government", "energy", "health", "telecommunications", "défense")


def random_profile(seed: int) -> dict[str, Any]:
    """Return the documents of a profile folder by file name; the same for the same seed."""
    rng = Random(f"profile {seed}")  # noqa: S311  # reproducible, not secret
    members = ["NO", *rng.sample(CODES, k=rng.randint(3, len(CODES)))]
    rng.shuffle(members)
    return {
        "classification.yaml": _classification(rng, members),
        "members.yaml": {"schema_version": 1, "members": _members(rng, members)},
        "sectors.yaml": {"schema_version": 1, "sectors": {name: _sector(rng, members) for name in SECTORS}},
    }


def members_of(profile: dict[str, Any]) -> list[str]:
    """Return the members of a profile in display order."""
    return list(profile["members.yaml"]["members"])


def _classification(rng: Random, members: list[str]) -> dict[str, Any]:
    platform = {f"common:{tier}": tier for tier in TIERS}
    if rng.random() < 0.5:
        platform["共同:受限"] = rng.choice(TIERS)
    schemes = {member: {"labels": _labels(rng)} for member in members}
    empty, missing = rng.sample(members, k=2)
    schemes[empty] = {"labels": []}
    if rng.random() < 0.5:
        del schemes[missing]
    return {
        "schema_version": 1,
        "common_tiers": [{"id": tier, "name": f"Tier {tier}"} for tier in TIERS],
        "platform_labels": platform,
        "schemes": schemes,
        "recognition": _recognition(rng, members),
    }


def _labels(rng: Random) -> list[dict[str, str]]:
    texts = list(rng.choice(TEXTS))
    if rng.random() < 0.2:
        texts.append(f"common:{rng.choice(TIERS)}")
    return [{"label": text, "tier": rng.choice(TIERS)} for text in texts]


def _recognition(rng: Random, members: list[str]) -> dict[str, Any]:
    low, high, wary = rng.sample(members, k=3)
    pairs = [[low, high], [high, wary]]
    for _ in range(rng.randint(0, len(members))):
        pair = rng.sample(members, k=2)
        if not any(set(pair) == set(known) for known in pairs):
            pairs.append(pair)
    rng.shuffle(pairs)
    return {
        "default_ceiling": rng.choice(("C1", "C2", "C2", "C3")),
        "owner_ceiling": {low: rng.choice(("C0", "C1")), high: "C4"},
        "handling_max": {wary: rng.choice(("C0", "C1", "C2")), rng.choice(members): rng.choice(("C1", "C2", "C4"))},
        "handling_max_default": rng.choice(("C3", "C3", "C2")),
        "bilateral_c3": pairs,
    }


def _members(rng: Random, members: list[str]) -> dict[str, Any]:
    described = {member: {"name": f"Land {member}", "tz": "Etc/UTC", "langs": ["en"]} for member in members}
    described[rng.choice(members)] = {}
    return described


def _sector(rng: Random, members: list[str]) -> dict[str, Any]:
    named = [member for member in members if rng.random() < 0.5]
    return {"stix": ["government"], "nis2": [], "national": {member: [f"sector of {member}"] for member in named}}
