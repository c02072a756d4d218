"""A scenario file (scenario format, version 1) as values; unknown fields are ignored."""

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

import msgspec

from comity.dedup.canonical import value_of
from comity.errors import SettingsError

END = "END"
FILE = "scenario.json"
_TIME = re.compile(r"D(\d+) (\d{2}):(\d{2})")
MINUTE = 60_000_000
"""The resolution of a scenario's times, in microseconds."""

_VULNERABILITY = "vulnerability"
_CHECKPOINTS = ("D3 00:00", "D5 13:00", "D8 00:00", END)

Release = Literal["ALL"] | tuple[str, ...]


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """One member reports one object (2.1)."""

    id: str
    member: str
    t: str
    created: str | None = None
    type: str
    raw: str
    label: str
    tlp: str
    rel: Release
    case: str | None = None
    victim: bool = False
    redactable_to: str | None = None
    embargo_until: str | None = None
    embargo_rel: tuple[str, ...] = ()
    recalled_at: str | None = None
    recall_reason: str | None = None
    revoked_at: str | None = None
    revoke_reason: str | None = None
    routine: bool = False


class Sighting(msgspec.Struct, frozen=True, kw_only=True):
    """A member saw an observable, or refutes it (2.2)."""

    id: str
    member: str
    t: str
    type: str
    raw: str
    count: int
    kind: str


class IncidentReport(msgspec.Struct, frozen=True, kw_only=True):
    """A member reports an incident (2.3)."""

    id: str
    member: str
    case: str
    aware: str
    notified: str | None = None
    shared: str | None = None
    duty_hours: float | None = None
    sector: str
    rsit: str
    criticality: int
    label: str
    rel: Release
    victim: bool = False
    redactable_to: str | None = None
    organisations: int | None = None
    personal_data: bool = False


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """When a member is online, or when it is not (2.4)."""

    online: tuple[tuple[str, str], ...] | None = None
    offline: tuple[tuple[str, str], ...] | None = None


class SharedInfrastructure(msgspec.Struct, frozen=True, kw_only=True):
    """An address that many parties depend on (2.8)."""

    serves_portals_of: tuple[str, ...] = ()


class Ranges(msgspec.Struct, frozen=True, kw_only=True):
    """What a member answers for on the network (2.5)."""

    isp: str
    gov: str
    v6: str
    asn: int
    portal: str


class Cable(msgspec.Struct, frozen=True, kw_only=True):
    """A submarine cable, and the members with capacity on it (2.6)."""

    name: str = ""
    lands: tuple[str, ...] = ()


class CableFault(msgspec.Struct, frozen=True, kw_only=True):
    """That a cable was cut (2.6)."""

    cable: str


class SoftwareAsset(msgspec.Struct, frozen=True, kw_only=True):
    """Software that a member runs (2.7)."""

    id: str
    member: str
    cpe: str


class Vulnerability(msgspec.Struct, frozen=True, kw_only=True):
    """Which versions a vulnerability affects (2.7)."""

    id: str
    cpe: str
    introduced: str
    fixed: str


class CloudRegion(msgspec.Struct, frozen=True, kw_only=True):
    """Where a region of a cloud lies, whose services run in it, and the incident that touches it (2.8)."""

    member: str
    hosts_services_of: tuple[str, ...] = ()
    case: str | None = None


class RoutineCases(msgspec.Struct, frozen=True, kw_only=True):
    """Ordinary cases by member, one count a class (2.9)."""

    classes: tuple[str, ...]
    rows: dict[str, tuple[int, ...]]


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """The file."""

    epoch: datetime
    end: str
    members: tuple[str, ...]
    name: str = ""
    note: str = ""
    exercise_marking: bool = False
    checkpoints: tuple[str, ...] = _CHECKPOINTS
    submissions: tuple[Submission, ...] = ()
    sightings: tuple[Sighting, ...] = ()
    incident_reports: tuple[IncidentReport, ...] = ()
    connectivity: dict[str, Connection] = {}
    ranges: dict[str, Ranges] = {}
    international_capacity_gbps: dict[str, dict[str, float]] = {}
    cables: dict[str, Cable] = {}
    cable_fault: CableFault | None = None
    cable_faults: tuple[CableFault, ...] = ()
    software_assets: tuple[SoftwareAsset, ...] = ()
    vulnerability: Vulnerability | None = None
    cloud_regions: dict[str, CloudRegion] = {}
    shared_infrastructure: dict[str, SharedInfrastructure] = {}
    routine_cases: RoutineCases | None = None


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario and its calendar; instants are microseconds since the Unix epoch."""

    document: Document

    def at(self, moment: str) -> int:
        """Return the instant of a time such as ``D3 12:30``, or of ``END``.

        Raises:
            SettingsError: it is none.
        """
        found = _TIME.fullmatch(self.document.end if moment == END else moment)
        if found is None:
            raise SettingsError(f"scenario time is {moment!r}, expected 'D<day> HH:MM' or 'END'")
        day, hour, minute = map(int, found.groups())
        time = self.document.epoch + timedelta(days=day - 1, hours=hour, minutes=minute)
        return int(time.timestamp()) * 1_000_000

    @property
    def end(self) -> int:
        """The instant at which the observed period ends."""
        return self.at(END)

    def reached_by(self, case: str) -> tuple[str, ...]:
        """Return the members that a case touches through a region of a cloud, where those are several."""
        regions = [one for one in self.document.cloud_regions.values() if one.case == case]
        reached = [{one.member, *one.hosts_services_of} for one in regions]
        found = set[str]().union(*(members for members in reached if len(members) > 1))
        return tuple(code for code in self.document.members if code in found)

    def is_online(self, member: str, instant: int) -> bool:
        """Return whether the member is connected in the minute of *instant*."""
        stated = self.document.connectivity.get(member, Connection())
        if stated.online is not None:
            return any(self.at(start) <= instant <= self.at(stop) for start, stop in stated.online)
        return not any(self.at(start) <= instant < self.at(stop) for start, stop in stated.offline or ())

    def moments(self) -> set[int]:
        """Return every instant at which something begins, ends or happens."""
        texts = {END, *self.document.checkpoints}
        for one in self.document.submissions:
            texts |= {one.t, *(text for text in (one.embargo_until, one.recalled_at, one.revoked_at) if text)}
        texts |= {one.t for one in self.document.sightings}
        texts |= {reported_at(one) for one in self.document.incident_reports}
        for connection in self.document.connectivity.values():
            windows = connection.online if connection.online is not None else connection.offline or ()
            texts |= {text for window in windows for text in window}
        return {self.at(text) for text in texts} | {self.last_minute_of_embargo()}

    @property
    def faulty_cables(self) -> tuple[str, ...]:
        """The cables that are cut, the first fault first."""
        faults = (self.document.cable_fault, *self.document.cable_faults)
        return tuple(dict.fromkeys(fault.cable for fault in faults if fault is not None))

    @property
    def vulnerability(self) -> str | None:
        """The vulnerability that the scenario tells of, in canonical form."""
        stated = self.document.vulnerability
        return None if stated is None else value_of(_VULNERABILITY, stated.id)

    def last_minute_of_embargo(self) -> int:
        """Return the last minute in which the vulnerability is under an embargo; the epoch if it never is."""
        ends = [
            self.at(one.embargo_until)
            for one in self.document.submissions
            if one.embargo_until and one.type == _VULNERABILITY and value_of(one.type, one.raw) == self.vulnerability
        ]
        return max(ends) - MINUTE if ends else self.at("D1 00:00")


def reported_at(report: IncidentReport) -> str:
    """Return when a report reaches its owner's node: when it is shared, else when the authority was notified."""
    return report.shared or report.notified or report.aware


def read_scenario(folder: Path) -> Scenario:
    """Return the scenario in *folder*.

    Raises:
        SettingsError: there is none, or a field of it is unusable.
    """
    path = folder / FILE if folder.is_dir() else folder
    try:
        document = msgspec.json.decode(path.read_bytes(), type=Document)
    except OSError as error:
        raise SettingsError(f"no scenario {str(path)!r}, expected a folder with {FILE}") from error
    except (msgspec.MsgspecError, json.JSONDecodeError) as error:
        raise SettingsError(f"{FILE}: {error}") from error
    scenario = Scenario(document)
    scenario.moments()
    return scenario
