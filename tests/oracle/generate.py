"""Random scenarios and blocs, hostile in the ways that the format allows; the same for the same seed."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

import yaml

from tests.oracle.clock import text_of
from tests.oracle.generators.incidents import random_reports, random_sightings
from tests.oracle.generators.profiles import members_of, random_profile
from tests.oracle.generators.set_pieces import set_pieces
from tests.oracle.generators.spellings import Observable, catalogue
from tests.oracle.generators.stage import Stage, set_stage
from tests.oracle.generators.submissions import fill
from tests.oracle.generators.surroundings import (
    random_cables,
    random_dependencies,
    random_ranges,
    random_routine_cases,
    random_software,
)

__all__ = ["members_of", "random_profile", "random_scenario", "write"]

STORY, ROUTINE = ("story", 16), ("bulk", 48)


def random_scenario(seed: int, members: Sequence[str], *, profile: Mapping[str, Any]) -> dict[str, Any]:
    """Return a scenario between *members*, at most sixteen, of the bloc that the documents of *profile* describe."""
    rng = Random(f"scenario {seed}")  # noqa: S311  # reproducible, not secret
    stage = set_stage(rng, members, profile["classification.yaml"])
    reports = random_reports(stage, list(profile["sectors.yaml"]["sectors"]))
    story = rng.sample(catalogue(*STORY), k=18)
    routine = rng.sample(catalogue(*ROUTINE), k=10)
    submissions = fill(stage, set_pieces(stage, story), story, routine)
    return {
        "schema_version": 1,
        "name": f"Random scenario {seed}",
        "note": "Fictional.",
        **_frame(stage),
        "submissions": submissions,
        "sightings": random_sightings(stage, [*story, *routine]),
        "incident_reports": reports,
        "ranges": random_ranges(stage),
        **random_cables(stage),
        **random_software(stage),
        **random_dependencies(stage, _addresses(story)),
        **random_routine_cases(stage),
    }


def _frame(stage: Stage) -> dict[str, Any]:
    return {
        "epoch": "2027-03-01T00:00:00Z",
        "end": text_of(stage.end),
        "exercise_marking": stage.chance(0.5),
        "members": list(stage.members),
        **({} if stage.checkpoints is None else {"checkpoints": stage.checkpoints}),
        "connectivity": stage.connectivity,
    }


def _addresses(observables: Sequence[Observable]) -> list[str]:
    return [known.value for known in observables if known.kind == "ipv4" and "/" not in known.value]


def write(scenario: Mapping[str, Any], profile: Mapping[str, Any], folder: Path) -> Path:
    """Write ``scenario.json`` into *folder* and the profile into ``profile`` below it, and return the latter."""
    below = folder / "profile"
    below.mkdir(parents=True, exist_ok=True)
    (folder / "scenario.json").write_text(json.dumps(scenario, ensure_ascii=False, indent=1), encoding="utf-8")
    for name, document in profile.items():
        text = yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
        (below / name).write_text(text, encoding="utf-8")
    return below
