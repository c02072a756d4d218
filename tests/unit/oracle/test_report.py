"""The oracle agrees with the report that the texts give for the strait."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import tests.oracle.report
from tests.oracle.differences import differences

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
    "early_warning",
    "time_to_share",
    "deadline_compliance",
    "cases",
    "campaign_links",
    "cross_border",
    "cable_loss_percent",
    "cable_affected",
    "cable_impact",
    "vuln_exposure",
    "own_range_alerts",
    "openness",
    "give",
    "take",
    "deliveries",
    "balance",
    "monotonicity_violations",
    "withheld_bloc",
    "suppression",
)


def test_the_report_has_the_keys_of_the_text_and_no_others(
    strait_report: dict[str, Any], strait_expected: dict[str, Any]
) -> None:
    assert strait_report.keys() == strait_expected.keys() == set(KEYS)


@pytest.mark.parametrize("key", KEYS)
def test_the_oracle_agrees_with_the_expected_report(
    strait_report: dict[str, Any], strait_expected: dict[str, Any], key: str
) -> None:
    assert differences(strait_report, strait_expected, [key]) == []


def _imported(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from (name.name for name in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield node.module or ""


def test_the_oracle_imports_nothing_that_it_judges() -> None:
    folder = Path(str(tests.oracle.report.__file__)).parent

    assert not [name for name in _imported(folder) if name.startswith("comity")]
