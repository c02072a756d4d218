"""The objects that members of the bloc share in these tests."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from time import monotonic, sleep
from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

from comity.domain.identity import identity_of
from comity.domain.tlp import TLP
from comity.stix.markings import TLP_MARKINGS
from comity_schemas.extensions import RELEASE

PATIENCE = 20.0


def new_id(type_: str = "indicator") -> str:
    """Return an id that nobody has."""
    return f"{type_}--{uuid4()}"


def indicator(
    member: str | None,
    value: str,
    *,
    tlp: TLP = TLP.GREEN,
    label: str = "common:C1",
    release: Mapping[str, Any] | None = None,
    **more: Any,
) -> bytes:
    """Return an indicator of a domain name by *member*, released to everybody unless *release* says otherwise."""
    statement = {"extension_type": "property-extension", "label": label, "releasable_to": "ALL", **(release or {})}
    body = {
        "type": "indicator",
        "spec_version": "2.1",
        "id": new_id(),
        "created": "2026-03-01T10:20:30.456Z",
        "modified": "2026-03-01T10:20:30.456Z",
        "name": f"host {value}",
        "pattern": f"[domain-name:value = '{value}']",
        "pattern_type": "stix",
        "valid_from": "2026-03-01T10:20:30Z",
        "object_marking_refs": [TLP_MARKINGS[tlp]],
        "extensions": {RELEASE: statement},
        **({"created_by_ref": identity_of(member)} if member else {}),
        **more,
    }
    # The spacing is nobody's habit, so that an object that was encoded again would show it.
    return json.dumps(body, ensure_ascii=False, separators=(" ,", ":  ")).encode()


def many(member: str, count: int, *, kind: str = "host") -> list[bytes]:
    """Return *count* indicators in the size and shape in which feeds have them."""
    return [
        indicator(member, f"{kind}-{number}.example", id=f"indicator--{uuid5(NAMESPACE_URL, f'{kind} {number}')}")
        for number in range(count)
    ]


def changed(raw: bytes, **values: Any) -> bytes:
    """Return another content of an object; nothing but *values* differs, ``None`` takes a property away."""
    body = {**json.loads(raw), **values}
    return json.dumps({name: value for name, value in body.items() if value is not None}).encode()


def id_of(raw: bytes) -> str:
    """Return the id of an object."""
    found: str = json.loads(raw)["id"]
    return found


def stix_time(seconds: float) -> str:
    """Return the time that is *seconds* from now."""
    moment = datetime.fromtimestamp(datetime.now(UTC).timestamp() + seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def eventually(is_so: Callable[[], object]) -> None:
    """Return when *is_so* answers something true, for what only the passing of real time brings about."""
    deadline = monotonic() + PATIENCE
    while not is_so():
        assert monotonic() < deadline, "it never came to that"
        sleep(0.1)
