"""Incident reports: how fast, in time, of which case, and across which borders."""

from collections.abc import Iterable
from itertools import combinations
from math import ceil

from tests.oracle.clock import HOUR, duration, middle
from tests.oracle.log import Log, Report


def share(part: int, whole: int) -> float | None:
    """Return a share to four decimals, or None of nothing."""
    return round(part / whole, 4) if whole else None


def _time_to_share(log: Log) -> dict[str, object]:
    delays = sorted(report.shared - report.aware for report in log.reports if report.shared is not None)
    rank = ceil(9 * len(delays) / 10)
    return {
        "n": len(delays),
        "median": middle(delays),
        "p90_nearest_rank": duration(delays[rank - 1]) if delays else None,
    }


def _is_met(report: Report, duty_hours: float) -> bool:
    return report.notified is not None and report.notified - report.aware <= duty_hours * HOUR


def _is_missed(report: Report, duty_hours: float, end: int) -> bool:
    if report.notified is None:
        return report.aware + duty_hours * HOUR < end
    return not _is_met(report, duty_hours)


def _deadline_compliance(log: Log) -> dict[str, object]:
    duties = [(report, report.duty_hours) for report in log.reports if report.duty_hours is not None]
    met = sum(_is_met(report, hours) for report, hours in duties)
    return {
        "with_duty": len(duties),
        "met": met,
        "rate": share(met, len(duties)),
        "missed": [report.id for report, hours in duties if _is_missed(report, hours, log.end)],
        "no_duty": [report.id for report in log.reports if report.duty_hours is None],
    }


def _by_case(log: Log) -> dict[str, list[Report]]:
    cases: dict[str, list[Report]] = {}
    for report in log.reports:
        cases.setdefault(report.case, []).append(report)
    return cases


def _visible(log: Log) -> dict[str, list[Report]]:
    return {
        case: reports for case, reports in _by_case(log).items() if any(report.shared is not None for report in reports)
    }


def _cases(log: Log) -> dict[str, object]:
    by_case = _by_case(log)
    return {
        "reports": len(log.reports),
        "cases": len(by_case),
        "visible": len(_visible(log)),
        "merged": {case: [report.owner for report in reports] for case, reports in by_case.items() if len(reports) > 1},
    }


def _campaign_links(log: Log) -> list[tuple[str, str, int]]:
    observables: dict[str, set[str]] = {}
    for known in log.story:
        if known.case is not None and known.observable is not None:
            observables.setdefault(known.case, set()).add(known.observable)
    pairs = ((one, two, len(observables[one] & observables[two])) for one, two in combinations(sorted(observables), 2))
    return [pair for pair in pairs if pair[2]]


def _regional(log: Log) -> set[str]:
    regions = log.scenario.get("cloud_regions", {}).values()
    return {region["case"] for region in regions if len({region["member"], *region["hosts_services_of"]}) > 1}


def _cross_border(log: Log, linked: Iterable[str]) -> dict[str, object]:
    visible = _visible(log)
    confirmed = {case for case, reports in visible.items() if len({report.owner for report in reports}) > 1}
    inferred = (_regional(log) & visible.keys()) - confirmed
    campaign_linked = set(linked) & visible.keys()
    some = confirmed | inferred | campaign_linked
    return {
        "confirmed": sorted(confirmed),
        "inferred": sorted(inferred),
        "campaign_linked": sorted(campaign_linked),
        "any": sorted(some),
        "share_confirmed": share(len(confirmed), len(visible)),
        "share_any": share(len(some), len(visible)),
    }


def incidents(log: Log) -> dict[str, object]:
    """Return what the incident reports tell."""
    links = _campaign_links(log)
    return {
        "time_to_share": _time_to_share(log),
        "deadline_compliance": _deadline_compliance(log),
        "cases": _cases(log),
        "campaign_links": [list(link) for link in links],
        "cross_border": _cross_border(log, (case for one, two, _ in links for case in (one, two))),
    }
