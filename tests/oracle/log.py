"""The event log of a scenario, read into plain records (FORMAT 2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.oracle.canonical import ADVISORY, observable
from tests.oracle.clock import maybe_minute, minute
from tests.oracle.connectivity import Line, line_of
from tests.oracle.profile import SOVEREIGN, Profile, tier

DEFAULT_CHECKPOINTS = ("D3 00:00", "D5 13:00", "D8 00:00", "END")
REPORT_TLP = "amber"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handling:
    """All that a release decision reads of a submission or of a report."""

    owner: str
    tier: int
    tlp: str
    rel: frozenset[str] | None
    """The members named; None stands for ``ALL``."""
    victim: bool = False
    redactable_to: int | None = None
    embargo_until: int | None = None
    embargo_rel: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One object that one member reports."""

    id: str
    t: int
    kind: str
    observable: str | None
    """Type and canonical value; None for an advisory."""
    handling: Handling
    case: str | None
    is_routine: bool
    recalled_at: int | None
    revoked_at: int | None

    @property
    def owner(self) -> str:
        return self.handling.owner

    @property
    def withdrawn_at(self) -> int | None:
        return self.revoked_at if self.recalled_at is None else self.recalled_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What a member saw."""

    id: str
    member: str
    t: int
    observable: str
    count: int
    is_positive: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """An incident report."""

    id: str
    case: str
    aware: int
    notified: int | None
    shared: int | None
    duty_hours: float | None
    handling: Handling

    @property
    def owner(self) -> str:
        return self.handling.owner


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """A scenario together with the bloc's profile."""

    profile: Profile
    members: tuple[str, ...]
    end: int
    checkpoints: Mapping[str, int]
    submissions: tuple[Submission, ...]
    sightings: tuple[Sighting, ...]
    reports: tuple[Report, ...]
    lines: Mapping[str, Line]
    scenario: Mapping[str, Any]
    """The log as it was written, for the tables that need no reading."""

    @property
    def story(self) -> tuple[Submission, ...]:
        return tuple(submission for submission in self.submissions if not submission.is_routine)

    @property
    def reported(self) -> tuple[Submission, ...]:
        """The submissions that are observables."""
        return tuple(submission for submission in self.submissions if submission.observable is not None)

    def others(self, member: str) -> tuple[str, ...]:
        """Return the other members, in display order."""
        return tuple(other for other in self.members if other != member)


def _handling(entry: Mapping[str, Any], tlp: str, profile: Profile) -> Handling:
    redactable_to = entry.get("redactable_to")
    return Handling(
        owner=entry["member"],
        tier=profile.tier_of(entry["member"], entry["label"]),
        tlp=tlp,
        rel=None if entry["rel"] == "ALL" else frozenset(entry["rel"]),
        victim=bool(entry.get("victim")),
        redactable_to=None if redactable_to is None else tier(redactable_to),
        embargo_until=maybe_minute(entry.get("embargo_until")),
        embargo_rel=frozenset(entry.get("embargo_rel") or ()),
    )


def _submission(entry: Mapping[str, Any], profile: Profile) -> Submission:
    kind = entry["type"]
    return Submission(
        id=entry["id"],
        t=minute(entry["t"]),
        kind=kind,
        observable=None if kind == ADVISORY else observable(kind, entry["raw"]),
        handling=_handling(entry, entry["tlp"], profile),
        case=entry.get("case"),
        is_routine=bool(entry.get("routine")),
        recalled_at=maybe_minute(entry.get("recalled_at")),
        revoked_at=maybe_minute(entry.get("revoked_at")),
    )


def _sighting(entry: Mapping[str, Any]) -> Sighting:
    return Sighting(
        id=entry["id"],
        member=entry["member"],
        t=minute(entry["t"]),
        observable=observable(entry["type"], entry["raw"]),
        count=entry["count"],
        is_positive=entry["kind"] == "positive",
    )


def _report(entry: Mapping[str, Any], profile: Profile) -> Report:
    shared = maybe_minute(entry["shared"])
    sovereign = Handling(owner=entry["member"], tier=SOVEREIGN, tlp=REPORT_TLP, rel=frozenset())
    return Report(
        id=entry["id"],
        case=entry["case"],
        aware=minute(entry["aware"]),
        notified=maybe_minute(entry["notified"]),
        shared=shared,
        duty_hours=entry["duty_hours"],
        handling=sovereign if shared is None else _handling(entry, REPORT_TLP, profile),
    )


def read_log(scenario: Mapping[str, Any], profile: Profile) -> Log:
    """Return the log that a scenario tells."""
    end = minute(scenario["end"])
    members = tuple(scenario["members"])
    checkpoints = scenario.get("checkpoints", DEFAULT_CHECKPOINTS)
    return Log(
        profile=profile,
        members=members,
        end=end,
        checkpoints={text: end if text == "END" else minute(text) for text in checkpoints},
        submissions=tuple(_submission(entry, profile) for entry in scenario["submissions"]),
        sightings=tuple(map(_sighting, scenario["sightings"])),
        reports=tuple(_report(entry, profile) for entry in scenario["incident_reports"]),
        lines={member: line_of(scenario["connectivity"], member) for member in members},
        scenario=scenario,
    )
