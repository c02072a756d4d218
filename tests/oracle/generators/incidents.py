"""Random incident reports and sightings (FORMAT 2.2 and 2.3)."""

from collections.abc import Sequence

from tests.oracle.clock import DAY, HOUR, text_of
from tests.oracle.generators.handling import lower_tier, release_list
from tests.oracle.generators.spellings import Observable, spelling
from tests.oracle.generators.stage import Entry, Stage
from tests.oracle.profile import TIERS

CLASSES = (
    "fraud/phishing",
    "availability/outage",
    "intrusions/application-compromise",
    "malicious-code/infected-system",
)
DUTIES = (1, 2, 6, 24, 72, 1.5)
NEVER_SEEN = Observable("domain", "never-reported.example")


def random_reports(stage: Stage, sectors: Sequence[str]) -> list[Entry]:
    """Return reports about a few cases, some with several reports, and note who owns which case."""
    reports = []
    for number in range(1, stage.rng.randint(5, 9)):
        case = f"K{number}"
        for _ in range(stage.rng.choice((1, 1, 1, 2, 3))):
            owner = stage.rng.choice(list(stage.members))
            reports.append(_report(stage, owner, case, stage.rng.choice(list(sectors))))
            known = stage.cases.setdefault(owner, [])
            known += [] if case in known else [case]
    stage.rng.shuffle(reports)
    return reports


def _report(stage: Stage, owner: str, case: str, sector: str) -> Entry:
    aware = stage.moment(0, stage.end - HOUR)
    duty = stage.rng.choice((None, *DUTIES))
    report: Entry = {"id": stage.id("I"), "member": owner, "case": case, "aware": text_of(aware)}
    report |= {"notified": _notified(stage, aware, duty), "duty_hours": duty, "sector": sector}
    report |= {"rsit": stage.rng.choice(CLASSES), "criticality": stage.rng.randint(0, 100)}
    report["organisations"] = stage.rng.randint(0, 70)
    if stage.chance(0.2):
        report["personal_data"] = True
    shared = None if stage.chance(0.2) else stage.online_moment(owner, aware)
    if shared is None:
        return report | {"shared": None, "label": stage.label(owner, "C4"), "rel": []}
    return report | {"shared": text_of(shared)} | _policy(stage, owner)


def _notified(stage: Stage, aware: int, duty: float | None) -> str | None:
    if duty is None:
        return None if stage.chance(0.5) else text_of(stage.moment(aware, stage.end))
    last = aware + int(duty * HOUR)
    return text_of(min(stage.end, stage.rng.choice((last - 1, last, last + 1, aware, last + DAY))))


def _policy(stage: Stage, owner: str) -> Entry:
    tier = stage.rng.choices(TIERS, weights=(10, 30, 30, 25, 5))[0]
    policy: Entry = {"label": stage.label(owner, tier), "rel": release_list(stage, owner)}
    if stage.chance(0.25):
        policy["victim"] = True
    if tier in TIERS[1:4] and stage.chance(0.35):
        policy["redactable_to"] = lower_tier(stage, tier)
    return policy


def random_sightings(stage: Stage, observables: Sequence[Observable]) -> list[Entry]:
    """Return sightings of what was reported, and of what was not."""
    return [_sighting(stage, stage.rng.choice([*observables, NEVER_SEEN])) for _ in range(stage.rng.randint(10, 25))]


def _sighting(stage: Stage, subject: Observable) -> Entry:
    is_positive = stage.chance(0.85)
    return {
        "id": stage.id("G"),
        "member": stage.rng.choice(list(stage.members)),
        "t": text_of(stage.moment(0, stage.end)),
        "type": subject.kind,
        "raw": spelling(stage.rng, subject),
        "count": stage.rng.randint(1, 40) if is_positive else stage.rng.choice((0, 1, 3)),
        "kind": "positive" if is_positive else "false-positive",
    }
