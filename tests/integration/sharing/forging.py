"""A member's node that keeps to no rule: it has a real token, and sends the federation whatever it likes."""

import json
from typing import Any

from comity.domain.label import RELEASE_ALL, Kind, Label
from comity.domain.tier import Tier
from comity.domain.tlp import TLP
from comity.policy import classes
from comity.taxii.envelope import envelope
from comity.taxii.labels import label_members

from tests.integration.sharing.services import Bloc


def label_of(member: str, **values: Any) -> str:
    """Return the text of a label: green, C1, for everybody, unless *values* say otherwise."""
    usual: dict[str, Any] = {"tlp": TLP.GREEN, "tier": Tier.C1, "kind": Kind.INDICATOR, "releasable": RELEASE_ALL}
    return classes.key(Label(origin=member, **{**usual, **values}))


def answer_to(bloc: Bloc, member: str, *raws: bytes, label: str) -> dict[str, Any]:
    """Return the status with which the federation answers a node that submits objects under a label."""
    with bloc.hub.client(member) as client:
        body = envelope(b",".join(raws), custom=label_members([label for _ in raws]))
        status: dict[str, Any] = json.loads(
            client.post_taxii(f"{bloc.hub.admission(member)['collection']}objects/", body)
        )
    return status


def told(status: dict[str, Any], object_id: str) -> dict[str, Any]:
    """Return what a status says, without what differs from one request to the next and without the object's id."""
    text = json.dumps({**status, "id": "", "request_timestamp": ""}).replace(object_id, "ID")
    found: dict[str, Any] = json.loads(text)
    return found
