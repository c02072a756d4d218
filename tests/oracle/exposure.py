"""Who runs vulnerable software, and whose access networks are reported (FORMAT 2.5 and 2.7)."""

import re
from collections.abc import Iterable, Mapping
from ipaddress import IPv4Network
from typing import Any

from tests.oracle.canonical import canonical
from tests.oracle.decisions import decide
from tests.oracle.log import Log, Submission

_UNESCAPED_COLON = re.compile(r"(?<!\\):")


def _product(cpe: str) -> list[str]:
    return _UNESCAPED_COLON.split(cpe)[2:5]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _is_exposed(asset: Mapping[str, Any], vulnerability: Mapping[str, Any]) -> bool:
    introduced, fixed = _numbers(vulnerability["introduced"]), _numbers(vulnerability["fixed"])
    return _product(asset["cpe"]) == _product(vulnerability["cpe"]) and introduced <= _numbers(asset["version"]) < fixed


def _is_alerted(log: Log, member: str, known: Iterable[Submission], now: int) -> bool:
    return any(
        submission.owner == member or decide(log, submission.handling, member, now).is_release
        for submission in known
        if submission.t <= now
    )


def _vuln_exposure(log: Log) -> dict[str, object]:
    vulnerability = log.scenario["vulnerability"]
    assets = log.scenario["software_assets"]
    exposed = [asset for asset in assets if _is_exposed(asset, vulnerability)]
    running = {asset["member"] for asset in exposed}
    members = [member for member in log.members if member in running]
    name = f"vulnerability {canonical('vulnerability', vulnerability['id'])}"
    known = [submission for submission in log.reported if submission.observable == name]
    embargoes = [one.handling.embargo_until for one in known if one.handling.embargo_until is not None]
    last_minute = max(embargoes, default=0) - 1
    at_end = [member for member in members if _is_alerted(log, member, known, log.end)]
    return {
        "assets": len(exposed),
        "members": members,
        "not_affected": [asset["id"] for asset in assets if asset not in exposed],
        "alerted_before_embargo": [member for member in members if _is_alerted(log, member, known, last_minute)],
        "alerted_at_end": at_end,
        "need_to_warn": [member for member in members if member not in at_end],
    }


def _own_range_alerts(log: Log) -> dict[str, list[str]]:
    alerts: dict[str, set[str]] = {}
    for known in log.reported:
        if known.kind != "ipv4" or known.observable is None:
            continue
        value = known.observable.removeprefix("ipv4 ")
        for member, ranges in log.scenario["ranges"].items():
            is_known = member == known.owner or decide(log, known.handling, member, log.end).is_release
            if is_known and IPv4Network(value).subnet_of(IPv4Network(ranges["isp"])):
                alerts.setdefault(member, set()).add(value)
    return {member: sorted(values) for member, values in alerts.items()}


def exposure(log: Log) -> dict[str, object]:
    """Return who is exposed to the vulnerability, and who finds its own addresses reported."""
    return {"vuln_exposure": _vuln_exposure(log), "own_range_alerts": _own_range_alerts(log)}
