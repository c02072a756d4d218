"""The report that services must give of a scenario, worked out from the two texts alone.

Nothing here is shared with the services: they are compared with this. "FORMAT" and "REPORT" are the texts that fix the
meaning of a scenario and of its report, version 1.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.oracle.cables import cables
from tests.oracle.decisions import decisions
from tests.oracle.exposure import exposure
from tests.oracle.feeds import corroboration, feeds
from tests.oracle.incidents import incidents
from tests.oracle.log import read_log
from tests.oracle.profile import load_profile
from tests.oracle.reciprocity import reciprocity
from tests.oracle.sightings import early_warning
from tests.oracle.suppression import suppression
from tests.oracle.withdrawals import withdrawals

SECTIONS = (
    corroboration,
    decisions,
    feeds,
    withdrawals,
    incidents,
    early_warning,
    cables,
    exposure,
    reciprocity,
    suppression,
)


def expected_report(scenario: Mapping[str, Any], profile: Path) -> dict[str, Any]:
    """Return the report expected of a scenario under the profile in a folder, with every key."""
    log = read_log(scenario, load_profile(profile))
    return {key: value for section in SECTIONS for key, value in section(log).items()}
