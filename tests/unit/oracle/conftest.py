"""The scenario that comes with Comity, and the report expected of it."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from tests.oracle.generate import members_of, random_profile, random_scenario, write
from tests.oracle.report import expected_report

STRAIT = Path(str(files("comity_schemas.scenarios"))) / "strait"
PROFILE = Path(str(files("comity_schemas.profiles"))) / "asean-china"


@pytest.fixture(scope="session")
def strait() -> dict[str, Any]:
    scenario: dict[str, Any] = json.loads((STRAIT / "scenario.json").read_text(encoding="utf-8"))
    return scenario


@pytest.fixture(scope="session")
def strait_expected() -> dict[str, Any]:
    expected: dict[str, Any] = json.loads((STRAIT / "expected.json").read_text(encoding="utf-8"))
    return expected


@pytest.fixture(scope="session")
def strait_profile() -> Path:
    return PROFILE


@pytest.fixture(scope="session")
def strait_report(strait: dict[str, Any], strait_profile: Path) -> dict[str, Any]:
    return expected_report(strait, strait_profile)


@pytest.fixture
def report_of(tmp_path: Path) -> Any:
    """Return the report that the oracle gives of the random scenario of a seed, read back from its files."""

    def report(seed: int) -> dict[str, Any]:
        profile = random_profile(seed)
        folder = write(random_scenario(seed, members_of(profile), profile=profile), profile, tmp_path)
        scenario = json.loads((tmp_path / "scenario.json").read_text(encoding="utf-8"))
        return expected_report(scenario, folder)

    return report
