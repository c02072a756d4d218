"""What is seen of a bloc's correlation over HTTP, each thing as the party it belongs to."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from comity.analytics.registry import as_json, asset_of
from comity.correlation.matching import own_range_alerts
from comity.demo.assets import affected_in, assets_of, cable_key, range_key
from comity.demo.bloc import LocalBloc
from comity.demo.scenario import Scenario
from comity.domain.asset import Asset
from comity.domain.desk import Role
from comity.transport.client import ServiceClient

_WORKERS = 4
_API = "/api/analytics"
_Value = TypeVar("_Value")
_Submission = Mapping[str, Any]
Outcomes = dict[str, Mapping[str, Any]]
"""Object id -> recipient -> what the owner's node says becomes of the object there."""


@dataclass(slots=True, kw_only=True)
class Correlated:
    """What was seen of correlation in a whole exercise."""

    assets: dict[str, list[Asset]] = field(default_factory=dict)
    """Member -> its assets, as its node lists them."""
    exposed: dict[str, list[str]] = field(default_factory=dict)
    """Member -> its assets that run affected software, as its node answers."""
    cascades: dict[str, dict[str, Mapping[str, Any]]] = field(default_factory=dict)
    """Cable -> member -> what the member's node says is lost with it."""
    detections: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """Member -> what it saw, as its node keeps it."""
    submissions: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """Member -> its own objects, as its node lists them."""
    outcomes_in_embargo: Outcomes = field(default_factory=dict)
    """Of the vulnerability, in the last minute of its embargo."""
    outcomes_at_end: Outcomes = field(default_factory=dict)
    """Of the vulnerability, and of addresses in anybody's access networks, at the end of the exercise."""
    outcomes_later: Outcomes = field(default_factory=dict)
    """Of what was detected, after all that the scenario tells of."""
    arrivals: dict[tuple[str, str], int | None] = field(default_factory=dict)
    """(member, object id) -> when an object that was detected there came to the member's node in any form."""


class CorrelationObserver:
    """Lets members register what they must protect, and asks their nodes at the right moments."""

    def __init__(self, scenario: Scenario, bloc: LocalBloc) -> None:
        self._scenario = scenario
        self._bloc = bloc
        self._seen = Correlated()
        self._values: dict[str, str] = {}
        """Object id -> its value, as its owner's node told it before it was taken back."""
        self._to_note = {(scenario.at(one.t), one.member) for one in scenario.document.submissions if one.recalled_at}

    def declare(self) -> None:
        """Register every member's assets at its node, and let all nodes know what crosses borders."""
        self._at_every_node(self._declare)
        self._at_every_node(lambda _member, client: client.post_json(f"{_API}/registry", {}))

    def look(self, instant: int) -> None:
        """Ask what can only be asked at this moment."""
        for moment, member in [each for each in self._to_note if each[0] <= instant]:
            self._to_note.remove((moment, member))
            with self._bloc.nodes[member].client(Role.CERT) as client:
                self._submissions(member, client)
        if instant == self._scenario.last_minute_of_embargo():
            self._seen.outcomes_in_embargo = self._outcomes_of(self.is_vulnerability)
        if instant == self._scenario.end:
            self._seen.assets = self._at_every_node(_assets)
            access = [one for member in self._seen.assets for one in access_networks(self._seen, member)]
            self._seen.outcomes_at_end = self._outcomes_of(
                lambda one: self.is_vulnerability(one) or _is_within(access, one)
            )

    def finish(self) -> Correlated:
        """Ask what can be asked at any time, and return all that was seen."""
        seen = self._seen
        self._at_every_node(lambda _member, client: client.post_json(f"{_API}/run", {}))
        seen.detections = self._at_every_node(lambda _member, client: client.get_json(f"{_API}/detections"))
        seen.submissions = self._at_every_node(self._submissions)
        seen.exposed = self._at_every_node(self._exposed)
        seen.cascades = {cable: self._at_every_node(_cascade(cable)) for cable in self._scenario.faulty_cables}
        detected = {(one["kind"], one["value"]) for several in seen.detections.values() for one in several}
        seen.outcomes_later = self._outcomes_of(lambda one: (one["kind"], one["value"]) in detected)
        for member, several in seen.detections.items():
            self._add_arrivals(member, {(one["kind"], one["value"]) for one in several})
        return seen

    def is_vulnerability(self, one: _Submission) -> bool:
        """Return whether a submission is the vulnerability that the scenario tells of."""
        return (one["kind"], one["value"]) == ("vulnerability", self._scenario.vulnerability)

    def _declare(self, member: str, client: ServiceClient) -> None:
        client.post_json(f"{_API}/assets", as_json(assets_of(self._scenario, member)))
        client.post_json(f"{_API}/affected", affected_in(self._scenario))
        client.post_json(f"{_API}/registry", {})

    def _submissions(self, _member: str, client: ServiceClient) -> list[dict[str, Any]]:
        """Return a member's own objects; the value of what it has taken back is that of before."""
        told: list[dict[str, Any]] = client.get_json("/api/submissions")
        self._values |= {one["object_id"]: one["value"] for one in told if one["value"]}
        return [{**one, "value": one["value"] or self._values.get(one["object_id"], "")} for one in told]

    def _exposed(self, _member: str, client: ServiceClient) -> list[str]:
        return list(client.post_json(f"{_API}/exposure", affected_in(self._scenario)))

    def _outcomes_of(self, is_asked: Callable[[_Submission], bool]) -> Outcomes:
        def ask(member: str, client: ServiceClient) -> Outcomes:
            asked = [one["object_id"] for one in self._submissions(member, client) if is_asked(one)]
            return {object_id: client.get_json("/api/outcomes", {"object_id": object_id}) for object_id in asked}

        return {object_id: one for part in self._at_every_node(ask).values() for object_id, one in part.items()}

    def _add_arrivals(self, member: str, detected: set[tuple[str, str]]) -> None:
        with self._bloc.nodes[member].client(Role.CERT) as client:
            for owner, several in self._seen.submissions.items():
                for one in several:
                    if owner != member and (one["kind"], one["value"]) in detected:
                        found = [client.get_json("/api/history", {"object_id": form}) for form in one["forms"]]
                        times = [each["received"] for each in found if each["received"] is not None]
                        self._seen.arrivals[member, one["object_id"]] = min(times, default=None)

    def _at_every_node(self, ask: Callable[[str, ServiceClient], _Value]) -> dict[str, _Value]:
        def asked(member: str) -> _Value:
            with self._bloc.nodes[member].client(Role.CERT) as client:
                return ask(member, client)

        with ThreadPoolExecutor(_WORKERS) as pool:
            return dict(zip(self._bloc.nodes, pool.map(asked, self._bloc.nodes), strict=True))


def access_networks(seen: Correlated, member: str) -> list[Asset]:
    """Return the constituency of a member's access providers, as its node has it."""
    return [one for one in seen.assets[member] if one.key == range_key(member)]


def _is_within(networks: Sequence[Asset], one: _Submission) -> bool:
    """Return whether an object is about a place in one of the networks; what was taken back has no value any more."""
    return bool(one["value"]) and bool(own_range_alerts(networks, [(one["kind"], one["value"])]))


def _assets(_member: str, client: ServiceClient) -> list[Asset]:
    return [asset_of(one) for one in client.get_json(f"{_API}/assets")]


def _cascade(cable: str) -> Callable[[str, ServiceClient], Mapping[str, Any]]:
    def ask(_member: str, client: ServiceClient) -> Mapping[str, Any]:
        found: Mapping[str, Any] = client.get_json(f"{_API}/cascade", {"lost": cable_key(cable)})
        return found

    return ask
