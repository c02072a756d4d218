"""Decisions a second of CPU time: the evaluator over columns against Cedar's own batch, in the same run.

With ``--requests N`` both decide N random requests under random rules instead, and the differences are counted.
"""

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[2]))

from comity.policy.columnar import Columnar
from comity.policy.evaluate import Engine
from comity.policy.rules import RuleSet
from comity.settings import load_bloc

from tests.property import policy_cases, test_policy_evaluators

BAR = 1_000
CLASSES = 1_000
SAMPLE = 50


def main() -> None:
    """Print the rates and their ratio, or count differences."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if given.requests:
        compare(given.requests, given.seed)
    else:
        measure(Random(given.seed))  # noqa: S311  # a bench's


def measure(dice: Random) -> None:
    """Print how many decisions a second of CPU each evaluator makes under the rules of the fictional bloc of five."""
    bloc = load_bloc("five")
    rules = RuleSet.compile(bloc.chapters, bloc)
    members = list(bloc.members)
    labels = [replace(policy_cases.label(dice, depth=3), origin=dice.choice(members)) for _ in range(CLASSES)]
    columnar = Columnar(rules, bloc, members=members * 40)
    few = Columnar(rules, bloc, members=members).viewers
    reference = Engine(rules, bloc)
    start = time.process_time()
    for label in labels[:SAMPLE]:
        reference.permitted(label, few)
    slow = SAMPLE * len(few) / (time.process_time() - start)
    start = time.process_time()
    granted = columnar.served(labels)
    fast = granted.served.size / (time.process_time() - start)
    print(f"rules {len(rules.rules)}, classes {CLASSES}, viewers {len(columnar.viewers)}")
    print(f"cedarpy batch {slow:,.0f} decisions/s of CPU, columns {fast:,.0f}, ratio {fast / slow:,.0f}")
    print(f"bar {BAR:,}:", "met" if fast >= BAR * slow else "MISSED")


def compare(requests: int, seed: int) -> None:
    """Decide random requests with both evaluators and exit 1 at any difference."""
    decided = different = 0
    dice = Random(seed)  # noqa: S311  # a bench's
    while decided < requests:
        found = test_policy_evaluators.differences(dice, labels=40)
        decided += 40 * len(test_policy_evaluators.VIEWERS)
        different += len(found)
    print(f"{decided:,} requests, {different} differences")
    sys.exit(different > 0)


if __name__ == "__main__":
    main()
