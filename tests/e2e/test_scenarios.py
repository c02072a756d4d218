"""Whole blocs as processes: what is observed over HTTP is what the scenario format says (scenario format, 4 and 5)."""

import json
import os
import subprocess
import sys
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.oracle.differences import differences
from tests.oracle.generate import members_of, random_profile, random_scenario, write
from tests.oracle.report import expected_report

pytestmark = pytest.mark.e2e

KEYS = (
    "submissions",
    "unique_canonical",
    "multi_source",
    "mean_corroboration_story",
    "mean_corroboration_all",
    "story_decisions",
    "incident_decisions",
    "incident_never_federated",
    "feeds",
    "visible_sources",
    "recalls",
    "revocations",
    "time_to_share",
    "deadline_compliance",
    "cases",
    "early_warning",
    "campaign_links",
    "cable_impact",
    "cable_loss_percent",
    "cable_affected",
    "vuln_exposure",
    "own_range_alerts",
    "cross_border",
    "openness",
    "give",
    "take",
    "balance",
    "deliveries",
    "withheld_bloc",
    "suppression",
)
PROFILES = files("comity_schemas.profiles")


def played(folder: Path, profile: Path) -> dict[str, Any]:
    """Return the report that the command writes of the scenario in *folder*."""
    out = folder / "report.json"
    command = [sys.executable, "-m", "comity.cli.main", "demo", "--exit", "--port", "0"]
    command += ["--scenario", str(folder), "--profile", str(profile), "--report", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=400, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    report: dict[str, Any] = json.loads(out.read_text("utf-8"))
    return report


def test_another_bloc_runs_from_files_alone(tmp_path: Path) -> None:
    with as_file(PROFILES.joinpath("five")) as five:
        documents = {path.name: yaml.safe_load(path.read_text("utf-8")) for path in five.glob("*.yaml")}
        scenario = random_scenario(2027, members_of(documents), profile=documents)
        write(scenario, documents, tmp_path)
        expected = expected_report(scenario, five)

        assert differences(played(tmp_path, five), expected, KEYS) == []


@pytest.mark.parametrize("seed", [4] if os.environ.get("COMITY_TEST_PROFILE") != "thorough" else range(1, 20))
def test_a_random_scenario_on_a_random_bloc_ends_as_the_format_says(tmp_path: Path, seed: int) -> None:
    documents = random_profile(seed)
    scenario = random_scenario(seed, members_of(documents), profile=documents)
    profile = write(scenario, documents, tmp_path)

    assert differences(played(tmp_path, profile), expected_report(scenario, profile), KEYS) == []
