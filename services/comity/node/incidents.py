"""The member's own incidents as oversight needs them: what clocks turn on, and words by which they are counted."""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
from comity_schemas.extensions import DUTY_CLOCK, RELEASE

from comity.domain.label import Label
from comity.node.context import Node
from comity.node.withdrawal import present_labels
from comity.oversight.duties import Facts
from comity.oversight.moments import microseconds
from comity.stix.headers import read_header
from comity.store import operations
from comity.store.database import Connection
from comity.store.operations import Submission
from comity.store.pages import split_id

_INCIDENT = "incident"


class Stated(msgspec.Struct, frozen=True, kw_only=True):
    """What the duty clock of an incident states (extension ``x-comity-duty-clock``)."""

    aware_at: str
    notified_at: str | None = None
    shared_at: str | None = None
    case: str | None = None
    rsit: str | None = None
    sector: str | None = None
    root_cause: str | None = None
    asset_kind: str | None = None
    organisations: int | None = None
    user_hours: float | None = None


class _Release(msgspec.Struct, frozen=True):
    victims: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """An incident of the member that stands: neither revoked nor recalled, and with a clock."""

    submission: Submission
    name: str
    label: Label
    stated: Stated
    victims: tuple[str, ...]
    """The members whose constituents are affected, as far as the report says."""

    @property
    def facts(self) -> Facts:
        """What clocks turn on."""
        notified = self.stated.notified_at
        return Facts(
            aware=microseconds(self.stated.aware_at), notified=None if notified is None else microseconds(notified)
        )


_stated = msgspec.json.Decoder(Stated).decode
_release = msgspec.json.Decoder(_Release).decode


def incidents_of(node: Node, connection: Connection) -> Iterator[Incident]:
    """Yield the member's incidents in the order in which they came."""
    for one in operations.all_submissions(connection):
        if one.object_id.startswith(f"{_INCIDENT}--") and (found := _incident(node, connection, one)):
            yield found


def incident_of(node: Node, connection: Connection, object_id: str) -> Incident | None:
    """Return the member's incident with an id."""
    one = operations.submission(connection, object_id) if object_id.startswith(f"{_INCIDENT}--") else None
    return None if one is None else _incident(node, connection, one)


def _incident(node: Node, connection: Connection, one: Submission) -> Incident | None:
    found = split_id(one.object_id)
    stored = operations.newest(connection, found[1]) if found else None
    if stored is None:
        return None
    header = read_header(stored[1])
    clock = header.extensions.get(DUTY_CLOCK)
    if clock is None or header.revoked:
        return None
    release = header.extensions.get(RELEASE)
    return Incident(
        submission=one,
        name=header.name or "",
        label=present_labels(one, node.store.clock())[0],
        stated=_stated(clock),
        victims=_release(release).victims if release is not None else (),
    )
