"""What each party of a bloc can see, read over HTTP as that party."""

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from comity.demo.bloc import LocalBloc, NodePlace
from comity.demo.drafting import REFERENCE
from comity.domain.desk import Role
from comity.domain.purpose import Purpose
from comity.transport.client import ServiceClient

AUDIENCES: Mapping[str, Role] = {"soc-general": Role.SOC, "soc-cii": Role.CII, "cert": Role.CERT}
_WORKERS = 4
_ENTRY = f"{REFERENCE} "
Objects = list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What was seen at one checkpoint."""

    feeds: Mapping[str, Mapping[str, Objects]]
    """Member -> audience -> every object that the desk's collection served."""
    outcomes: Mapping[str, Mapping[str, Any]]
    """Object id -> recipient -> what the owner's node says becomes of the object there."""


@dataclass(slots=True, kw_only=True)
class Observed:
    """What was seen of a whole exercise."""

    moments: dict[str, Moment] = field(default_factory=dict)
    """By checkpoint, as the scenario writes it."""
    submissions: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """Member -> its own objects, as its operators see them at the end."""
    withdrawals: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """Member -> what it withdrew, as its operators see it at the end."""
    histories: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    """(member, object id) -> when a withdrawn object came to the member's node and when it went, as that node says."""
    audit: Mapping[str, Any] = field(default_factory=dict)
    """How the federation protected the edition that it made of all members' figures after the end."""


class Observer:
    """Reads a bloc over HTTP, each thing as the party it belongs to."""

    def __init__(self, bloc: LocalBloc, purpose: Purpose) -> None:
        self._bloc = bloc
        self._purpose = purpose

    def moment(self) -> Moment:
        """Return what desks are served and what owners are told at this moment."""
        with ThreadPoolExecutor(_WORKERS) as pool:
            feeds = dict(zip(self._bloc.nodes, pool.map(self._feeds, self._bloc.nodes.values()), strict=True))
            outcomes: dict[str, Mapping[str, Any]] = {}
            for part in pool.map(self._outcomes, self._bloc.nodes.values()):
                outcomes |= part
        return Moment(feeds=feeds, outcomes=outcomes)

    def finish(self, observed: Observed) -> None:
        """Add to *observed* what is read once, at the end."""
        for member, place in self._bloc.nodes.items():
            with place.client(Role.CERT) as client:
                observed.submissions[member] = client.get_json("/api/submissions")
                observed.withdrawals[member] = client.get_json("/api/withdrawals")
        for withdrawal in (one for each in observed.withdrawals.values() for one in each):
            for member in withdrawal["addressed"]:
                with self._bloc.nodes[member].client(Role.CERT) as client:
                    for form in withdrawal["forms"]:
                        observed.histories[member, form] = client.get_json("/api/history", {"object_id": form})

    def _feeds(self, place: NodePlace) -> dict[str, Objects]:
        found = {}
        for audience, role in AUDIENCES.items():
            with place.client(role) as client:
                found[audience] = list(_all_objects(client, f"{role}-{self._purpose}"))
        return found

    def _outcomes(self, place: NodePlace) -> dict[str, Any]:
        with place.client(Role.CERT) as client:
            return {
                one["object_id"]: client.get_json("/api/outcomes", {"object_id": one["object_id"]})
                for one in client.get_json("/api/submissions")
                if entry_of(one) is not None and not is_routine(one)
            }


def entry_of(submission: Mapping[str, Any]) -> str | None:
    """Return which entry of the scenario an object says it is, or ``None`` when it is none."""
    cited: list[str] = submission["cited"]
    return next((text.removeprefix(_ENTRY) for text in cited if text.startswith(_ENTRY)), None)


def is_routine(submission: Mapping[str, Any]) -> bool:
    """Return whether an operator's list marks one of the member's objects as background traffic."""
    return "traffic routine" in submission["cited"]


def _all_objects(client: ServiceClient, alias: str) -> Iterator[dict[str, Any]]:
    """Yield every object of a collection, page after page (TAXII 2.1, 3.5)."""
    params: dict[str, str | int] = {}
    while True:
        body, _ = client.get(f"/comity/collections/{alias}/objects/", params)
        page = json.loads(body)
        yield from page.get("objects", [])
        if not page.get("more"):
            return
        params["next"] = page["next"]
