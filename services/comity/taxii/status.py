"""The status resource: what became of the objects of one request (TAXII 2.1, 4.3.1).

The counts are the lengths of the lists, so they always add up; clients refuse a status whose counts do not.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Literal

import msgspec

from comity.taxii.timestamps import format_timestamp

_UNKNOWN_ID = "unknown"


class Fate(StrEnum):
    """What became of one object."""

    SUCCESS = "success"
    FAILURE = "failure"
    PENDING = "pending"


class Outcome(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The fate of one object; its id and version are empty where it had none."""

    fate: Fate
    object_id: str = ""
    version: str = ""
    message: str | None = None


class StatusDetails(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One object of a status resource."""

    id: str
    version: str
    message: str | None = None


class Status(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of a request to add objects."""

    id: str
    status: Literal["complete", "pending"]
    request_timestamp: str
    total_count: int
    success_count: int
    successes: tuple[StatusDetails, ...] = ()
    failure_count: int
    failures: tuple[StatusDetails, ...] = ()
    pending_count: int
    pendings: tuple[StatusDetails, ...] = ()


_encoder = msgspec.json.Encoder()


def status_of(status_id: str, outcomes: Iterable[Outcome], *, requested: int) -> Status:
    """Return the status of a request that came at *requested*, in microseconds since the Unix epoch.

    It is complete once no object is pending. An object without a version of its own has the time of the request.
    """
    arrival = format_timestamp(requested)
    lists: dict[Fate, list[StatusDetails]] = {fate: [] for fate in Fate}
    for outcome in outcomes:
        lists[outcome.fate].append(_details(outcome, arrival))
    successes, failures, pendings = lists[Fate.SUCCESS], lists[Fate.FAILURE], lists[Fate.PENDING]
    return Status(
        id=status_id,
        status="pending" if pendings else "complete",
        request_timestamp=arrival,
        total_count=len(successes) + len(failures) + len(pendings),
        success_count=len(successes),
        successes=tuple(successes),
        failure_count=len(failures),
        failures=tuple(failures),
        pending_count=len(pendings),
        pendings=tuple(pendings),
    )


def status_body(status: Status) -> bytes:
    """Return the body of an answer, which is also how a status is stored."""
    return _encoder.encode(status)


def _details(outcome: Outcome, arrival: str) -> StatusDetails:
    return StatusDetails(
        id=outcome.object_id or _UNKNOWN_ID,
        version=outcome.version or arrival,
        message=outcome.message,
    )
