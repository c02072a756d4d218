"""How much earlier a member was warned than it saw (REPORT, ``early_warning``)."""

from tests.oracle.clock import duration, middle
from tests.oracle.decisions import decide
from tests.oracle.delivery import delivered
from tests.oracle.log import Log, Sighting


def _lead(log: Log, sighting: Sighting) -> int | None:
    same = [known for known in log.reported if known.observable == sighting.observable]
    if any(known.owner == sighting.member and known.t <= sighting.t for known in same):
        return None
    arrivals = (
        delivered(log, known, sighting.member)
        for known in same
        if known.owner != sighting.member and decide(log, known.handling, sighting.member, sighting.t).is_release
    )
    warned = min((at for at in arrivals if at is not None and at <= sighting.t), default=None)
    return None if warned is None else sighting.t - warned


def early_warning(log: Log) -> dict[str, object]:
    """Return which positive sightings had been warned of, and how long before."""
    positive = [sighting for sighting in log.sightings if sighting.is_positive]
    found = {sighting.id: _lead(log, sighting) for sighting in positive}
    leads = {name: minutes for name, minutes in found.items() if minutes is not None}
    return {
        "early_warning": {
            "positive_sightings": len(positive),
            "refutations": len(log.sightings) - len(positive),
            "sighting_events": sum(sighting.count for sighting in log.sightings),
            "leads": {name: duration(minutes) for name, minutes in leads.items()},
            "count": len(leads),
            "median_lead": middle(leads.values()),
        }
    }
