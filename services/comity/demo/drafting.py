"""From a scenario to the STIX objects that a member's operators would write."""

from datetime import UTC, datetime
from uuid import UUID, uuid5

import msgspec
from comity_schemas.extensions import DUTY_CLOCK, EXERCISE_MARKING, RELEASE

from comity.dedup.canonical import observable_of
from comity.dedup.pattern_observables import PATHS
from comity.dedup.patterns import pattern_for
from comity.demo.scenario import IncidentReport, Release, Scenario, Submission
from comity.domain.identity import identity_of
from comity.domain.tlp import TLP
from comity.stix.markings import TLP_MARKINGS

REFERENCE = "exercise"
"""The source name under which an object says which entry of the scenario it is."""

_NAMESPACE = UUID("6f0a7b1c-95d3-4c6e-8a52-0d4b7e1f3c68")
_PROPERTY = {"extension_type": "property-extension"}
_MILLISECOND = 1_000


def submission_object(scenario: Scenario, one: Submission, *, revoked: bool = False) -> bytes:
    """Return the object that *one* is: an indicator of the value as its member wrote it, or what fits its type."""
    body = {**_common(scenario, one.id, one.member, _stix_type(one.type)), **_content(scenario, one)}
    body["created"] = stix_time(scenario.at(one.created or one.t))
    body["modified"] = stix_time(scenario.at(one.t))
    body["object_marking_refs"] = _markings(scenario, TLP.parse(one.tlp))
    if revoked:
        revoked_at = max(scenario.at(one.revoked_at or one.t), scenario.at(one.t) + _MILLISECOND)
        body |= {"revoked": True, "modified": stix_time(revoked_at), "description": one.revoke_reason or ""}
    release = _release(one.label, one.rel, victim=one.victim, offers=one.redactable_to)
    if one.embargo_until:
        release |= {
            "embargo_until": stix_time(scenario.at(one.embargo_until)),
            "embargo_exempt": list(one.embargo_rel),
        }
    body["extensions"] = {RELEASE: release}
    marks = [("case", one.case), ("traffic", "routine" if one.routine else None)]
    body["external_references"] = [
        {"source_name": REFERENCE, "external_id": one.id},
        *({"source_name": name, "external_id": text} for name, text in marks if text),
    ]
    return msgspec.json.encode({name: value for name, value in body.items() if value not in ("", [])})


def incident_object(scenario: Scenario, one: IncidentReport, *, reported: int) -> bytes:
    """Return the incident that *one* reports; one that is never shared is released to nobody."""
    times = {"aware_at": one.aware, "notified_at": one.notified, "shared_at": one.shared}
    clock = {
        **_PROPERTY,
        **{name: stix_time(scenario.at(time)) for name, time in times.items() if time is not None},
        "case": one.case,
        "rsit": one.rsit,
        "sector": one.sector,
        "criticality": one.criticality,
        "organisations": one.organisations,
        "deadline_hours": one.duty_hours,
        "personal_data": one.personal_data,
    }
    rel: Release = one.rel if one.shared is not None else ()
    release = _release(one.label, rel, victim=one.victim, offers=one.redactable_to)
    if reached := scenario.reached_by(one.case):
        release["victims"] = reached
    body = {
        **_common(scenario, one.id, one.member, "incident"),
        "name": f"Incident {one.id}",
        "created": stix_time(reported),
        "modified": stix_time(reported),
        "object_marking_refs": _markings(scenario, TLP.AMBER),
        "extensions": {
            RELEASE: {**release, "sector": one.sector},
            DUTY_CLOCK: {name: value for name, value in clock.items() if value is not None},
        },
    }
    return msgspec.json.encode(body)


def stix_time(instant: int) -> str:
    """Return an instant in microseconds as STIX writes it."""
    return datetime.fromtimestamp(instant / 1_000_000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def object_id(scenario: Scenario, entry: str, stix_type: str) -> str:
    """Return the id of the object that an entry of the scenario becomes."""
    return f"{stix_type}--{uuid5(_NAMESPACE, f'{scenario.document.name}/{entry}')}"


def submission_id(scenario: Scenario, one: Submission) -> str:
    """Return the id of the object that *one* becomes."""
    return object_id(scenario, one.id, _stix_type(one.type))


def _common(scenario: Scenario, entry: str, member: str, stix_type: str) -> dict[str, object]:
    return {
        "type": stix_type,
        "spec_version": "2.1",
        "id": object_id(scenario, entry, stix_type),
        "created_by_ref": identity_of(member),
        "external_references": [{"source_name": REFERENCE, "external_id": entry}],
    }


def _stix_type(kind: str) -> str:
    return {"vulnerability": "vulnerability", "advisory": "course-of-action"}.get(kind, "indicator")


def _content(scenario: Scenario, one: Submission) -> dict[str, object]:
    match one.type:
        case "vulnerability":
            return {"name": observable_of("vulnerability", one.raw).value}
        case "advisory":
            return {"name": "Advisory", "description": one.raw}
        case _:
            return {
                "name": f"Observed in {one.case}" if one.case else "Observed",
                "indicator_types": ["malicious-activity"],
                "pattern": _pattern(one),
                "pattern_type": "stix",
                "valid_from": stix_time(scenario.at(one.t)),
            }


def _pattern(one: Submission) -> str:
    path = PATHS.get(one.type)
    if path is None:
        return pattern_for(observable_of(one.type, one.raw))
    value = one.raw.replace("\\", "\\\\").replace("'", "\\'")
    return f"[{path} = '{value}']"


def _release(label: str, rel: Release, *, victim: bool, offers: str | None) -> dict[str, object]:
    release: dict[str, object] = {**_PROPERTY, "label": label, "releasable_to": rel}
    if victim:
        release["personal"] = "direct"
    if offers:
        release["offers_tier"] = offers
    return release


def _markings(scenario: Scenario, tlp: TLP) -> list[str]:
    return [TLP_MARKINGS[tlp], *([EXERCISE_MARKING] if scenario.document.exercise_marking else [])]
