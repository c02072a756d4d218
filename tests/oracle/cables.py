"""What the loss of a cable takes from each member (FORMAT 2.6)."""

from collections.abc import Mapping
from fractions import Fraction

from tests.oracle.log import Log

Capacity = Mapping[str, Mapping[str, int]]


def loss_share(capacity: Capacity, member: str, cut: str) -> Fraction:
    """Return the share of its capacity that a member loses when a cable is cut."""
    paths = capacity[member]
    lost = sum((Fraction(size) * _path_loss(capacity, path, cut) for path, size in paths.items()), start=Fraction(0))
    return lost / sum(map(Fraction, paths.values()))


def _path_loss(capacity: Capacity, path: str, cut: str) -> Fraction:
    if path == cut:
        return Fraction(1)
    if path.startswith("via:"):
        return loss_share(capacity, path.removeprefix("via:"), cut)
    return Fraction(0)


def _impact(log: Log, cut: str) -> dict[str, dict[str, object]]:
    capacity = log.scenario["international_capacity_gbps"]
    losses = {member: loss_share(capacity, member, cut) for member in log.members}
    direct = [member for member in log.members if member in log.scenario["cables"][cut]["lands"]]
    indirect = [member for member, lost in losses.items() if lost > 0 and member not in direct]
    return {
        "loss_percent": {member: round(float(lost * 100), 2) for member, lost in losses.items()},
        "affected": {
            "direct": direct,
            "indirect": indirect,
            "none": [member for member in log.members if member not in direct and member not in indirect],
        },
    }


def cables(log: Log) -> dict[str, object]:
    """Return the impact of every cable fault, each as if it were the only one."""
    first = log.scenario["cable_fault"]["cable"]
    further = [fault["cable"] for fault in log.scenario.get("cable_faults", ())]
    impact = {cut: _impact(log, cut) for cut in (first, *further)}
    return {
        "cable_loss_percent": impact[first]["loss_percent"],
        "cable_affected": impact[first]["affected"],
        "cable_impact": impact,
    }
