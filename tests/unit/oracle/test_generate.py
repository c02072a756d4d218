"""Random scenarios are valid, hostile, and the same for the same seed."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.oracle.clock import minute
from tests.oracle.connectivity import line_of
from tests.oracle.generate import members_of, random_profile, random_scenario, write
from tests.oracle.profile import load_documents
from tests.oracle.validity import problems

SEEDS = range(40)
Scenario = dict[str, Any]


def _scenario(seed: int) -> Scenario:
    profile = random_profile(seed)
    return random_scenario(seed, members_of(profile), profile=profile)


@pytest.fixture(scope="session")
def scenarios() -> list[Scenario]:
    return [_scenario(seed) for seed in SEEDS]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_scenario_is_valid(seed: int) -> None:
    assert problems(_scenario(seed), random_profile(seed)["classification.yaml"]) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_scenario_has_forty_to_eighty_submissions(seed: int) -> None:
    assert 40 <= len(_scenario(seed)["submissions"]) <= 80


@pytest.mark.parametrize("seed", [0, 1])
def test_the_same_seed_gives_the_same_scenario(seed: int) -> None:
    assert json.dumps(_scenario(seed)) == json.dumps(_scenario(seed))
    assert json.dumps(_scenario(seed)) != json.dumps(_scenario(seed + 1))


@pytest.mark.parametrize("seed", range(15))
def test_the_oracle_reports_on_a_random_scenario(
    report_of: Callable[[int], dict[str, Any]], seed: int, strait_expected: dict[str, Any]
) -> None:
    report = report_of(seed)

    assert report.keys() == strait_expected.keys()
    assert report["monotonicity_violations"] == 0
    assert report["multi_source"]["story_count"] > 0


def test_the_strait_is_valid(strait: Scenario, strait_profile: Path) -> None:
    assert problems(strait, load_documents(strait_profile)["classification.yaml"]) == []


@pytest.mark.parametrize("seed", range(10))
def test_a_profile_survives_its_files(tmp_path: Path, seed: int) -> None:
    profile = random_profile(seed)

    assert load_documents(write({}, profile, tmp_path)) == profile


def test_a_scenario_can_be_made_for_a_real_profile(strait: Scenario, strait_profile: Path) -> None:
    documents = load_documents(strait_profile)

    scenario = random_scenario(7, strait["members"], profile=documents)

    assert problems(scenario, documents["classification.yaml"]) == []


@pytest.mark.parametrize("seed", range(10))
def test_a_bloc_has_a_member_coded_no_and_one_without_fields(seed: int) -> None:
    members = random_profile(seed)["members.yaml"]["members"]

    assert "NO" in members
    assert {} in members.values()


def _broken(change: Callable[[Scenario], None]) -> list[str]:
    scenario = _scenario(3)
    change(scenario)
    return problems(scenario, random_profile(3)["classification.yaml"])


@pytest.mark.parametrize(
    "fields",
    [
        {"rel": ["QQ"]},
        {"recalled_at": "D1 00:00", "recall_reason": "early"},
        {"tlp": "red", "redactable_to": "C0"},
        {"redactable_to": "C4"},
        {"embargo_until": "D1 00:00"},
        {"created": "D99 00:00"},
        {"t": "D99 00:00"},
        {"case": "none"},
        {"replaced_by": "none"},
        {"type": "mutex"},
        {"victim": False},
    ],
)
def test_a_broken_submission_is_noticed(fields: dict[str, Any]) -> None:
    plain = {"t": "D1 00:01", "rel": "ALL", "tlp": "green", "type": "domain", "raw": "x.example"}

    assert _broken(lambda scenario: scenario["submissions"][0].update(plain | fields))


def _offline(scenario: Scenario, member: str, time: str | None) -> bool:
    return time is not None and not line_of(scenario["connectivity"], member).is_online(minute(time))


FEATURES: dict[str, Callable[[Scenario, dict[str, Any]], bool]] = {
    "red to nobody": lambda _, s: s["tlp"] == "red" and s["rel"] == [],
    "red to all": lambda _, s: s["tlp"] == "red" and s["rel"] == "ALL",
    "red to some": lambda _, s: s["tlp"] == "red" and s["rel"] not in ("ALL", []),
    "victim with a derivative": lambda _, s: s.get("victim", False) and "redactable_to" in s,
    "victim without a derivative": lambda _, s: s.get("victim", False) and "redactable_to" not in s,
    "embargo for nobody": lambda _, s: s.get("embargo_rel") == [],
    "recalled at once": lambda _, s: s.get("recalled_at") == s["t"],
    "revoked at once": lambda _, s: s.get("revoked_at") == s["t"],
    "recalled in its embargo": lambda _, s: "embargo_until" in s and "recalled_at" in s,
    "revoked in its embargo": lambda _, s: "embargo_until" in s and "revoked_at" in s,
    "replaced": lambda _, s: "replaced_by" in s,
    "routine": lambda _, s: s.get("routine", False),
    "written offline": lambda _, s: "created" in s,
    "network": lambda _, s: s["type"] == "ipv4" and "/" in s["raw"],
    "ipv6": lambda _, s: s["type"] == "ipv6",
    "idn": lambda _, s: s["type"] == "domain" and not s["raw"].isascii(),
    "sha512": lambda _, s: s["type"] == "file:sha512",
    "path": lambda _, s: s["type"] == "file:path",
    "advisory": lambda _, s: s["type"] == "advisory",
    "label in another script": lambda _, s: not s["label"].isascii(),
    "default checkpoints": lambda scenario, _: "checkpoints" not in scenario,
    "not an exercise": lambda scenario, _: not scenario["exercise_marking"],
    "several cables": lambda scenario, _: "cable_faults" in scenario,
    "member that never comes back": lambda scenario, _: any(
        _offline(scenario, member, scenario["end"]) and "online" in entry
        for member, entry in scenario["connectivity"].items()
    ),
    "embargo past the end": lambda scenario, s: minute(s.get("embargo_until", "D1 00:00")) > minute(scenario["end"]),
    "owner offline at its recall": lambda scenario, s: _offline(scenario, s["member"], s.get("recalled_at")),
    "owner offline at its revocation": lambda scenario, s: _offline(scenario, s["member"], s.get("revoked_at")),
    "recipient offline at a withdrawal": lambda scenario, s: any(
        _offline(scenario, member, s.get("recalled_at", s.get("revoked_at")))
        for member in scenario["members"]
        if member != s["member"]
    ),
}


@pytest.mark.parametrize("name", FEATURES)
def test_some_random_scenario_has(scenarios: list[Scenario], name: str) -> None:
    has = FEATURES[name]

    assert any(has(scenario, submission) for scenario in scenarios for submission in scenario["submissions"])
