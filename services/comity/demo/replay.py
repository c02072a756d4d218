"""A scenario replayed in simulated time: what members do at their nodes, and what nodes do when they are connected."""

import heapq
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from comity.demo.bloc import LocalBloc
from comity.demo.drafting import incident_object, submission_id, submission_object
from comity.demo.scenario import Scenario, reported_at
from comity.domain.desk import Role
from comity.errors import SyncError
from comity.taxii.envelope import envelope
from comity.transport.client import ServiceClient

_WORKERS = 4
Action = Callable[[ServiceClient], None]


@dataclass(order=True, slots=True)
class _Deed:
    """Something a member does at its node at an instant."""

    instant: int
    order: int
    member: str = field(compare=False)
    do: Action = field(compare=False)


class Replay:
    """Moves the clock of a bloc from moment to moment, and lets everything happen that is due."""

    def __init__(self, scenario: Scenario, bloc: LocalBloc) -> None:
        self._scenario = scenario
        self._bloc = bloc
        self._clients = {member: place.client(Role.CERT) for member, place in bloc.nodes.items()}
        self._intakes = {member: _intake_of(client) for member, client in self._clients.items()}
        self._deeds = self._planned()
        self._moments = list(scenario.moments())
        heapq.heapify(self._moments)
        self._due: dict[str, int | None] = dict.fromkeys(self._clients)
        self.connections: dict[str, list[int]] = {member: [] for member in self._clients}
        """When each member's node fetched what was new."""

    def moments(self) -> Iterator[int]:
        """Yield every instant after all that happens at it has happened."""
        with ThreadPoolExecutor(_WORKERS) as pool:
            last = None
            while self._moments:
                instant = heapq.heappop(self._moments)
                if instant != last:
                    self._live(instant, pool)
                    yield instant
                last = instant

    @property
    def count(self) -> int:
        """How many moments are known to come."""
        return len(set(self._moments))

    def close(self) -> None:
        """Close the connections."""
        for client in self._clients.values():
            client.close()

    def _live(self, instant: int, pool: ThreadPoolExecutor) -> None:
        self._bloc.clock.set(instant)
        waking = [member for member, due in self._due.items() if due is not None and due <= instant]
        list(pool.map(self._wake, waking))
        deeds: dict[str, list[_Deed]] = defaultdict(list)
        while self._deeds and self._deeds[0].instant <= instant:
            deed = heapq.heappop(self._deeds)
            deeds[deed.member].append(deed)
        list(pool.map(self._act, deeds.values()))
        online = [member for member in self._clients if self._scenario.is_online(member, instant)]
        list(pool.map(self._sync, online))
        for member in online:
            self.connections[member].append(instant)

    def _wake(self, member: str) -> None:
        self._note(member, self._clients[member].post_json("/api/work", {}))

    def _act(self, deeds: list[_Deed]) -> None:
        client = self._clients[deeds[0].member]
        for deed in deeds:
            deed.do(client)
        self._note(deeds[0].member, client.post_json("/api/sync", {"push": True, "pull": False}))

    def _sync(self, member: str) -> None:
        self._note(member, self._clients[member].post_json("/api/sync", {"push": True, "pull": True}))

    def _note(self, member: str, answer: dict[str, int | None]) -> None:
        due = answer["next_due"]
        if due is not None and due != self._due[member]:
            heapq.heappush(self._moments, due)
        self._due[member] = due

    def _planned(self) -> list[_Deed]:
        deeds = [*self._submissions(), *self._reports(), *self._sightings()]
        heapq.heapify(deeds)
        return deeds

    def _submissions(self) -> Iterator[_Deed]:
        scenario = self._scenario
        for one in scenario.document.submissions:
            yield _Deed(scenario.at(one.t), 0, one.member, self._posting(one.member, submission_object(scenario, one)))
            if one.revoked_at:
                body = submission_object(scenario, one, revoked=True)
                yield _Deed(scenario.at(one.revoked_at), 3, one.member, self._posting(one.member, body))
            if one.recalled_at:
                recall = {"object_id": submission_id(scenario, one), "reason": one.recall_reason or "recalled"}
                yield _Deed(scenario.at(one.recalled_at), 4, one.member, _asking("/api/recall", recall))

    def _reports(self) -> Iterator[_Deed]:
        scenario = self._scenario
        for one in scenario.document.incident_reports:
            instant = scenario.at(reported_at(one))
            body = incident_object(scenario, one, reported=instant)
            yield _Deed(instant, 0, one.member, self._posting(one.member, body))

    def _sightings(self) -> Iterator[_Deed]:
        for one in self._scenario.document.sightings:
            body = {"kind": one.type, "value": one.raw, "count": one.count, "refuted": one.kind != "positive"}
            detection = _asking("/api/analytics/detections", {**body, "reference": one.id})
            yield _Deed(self._scenario.at(one.t), 1, one.member, detection)
            yield _Deed(self._scenario.at(one.t), 2, one.member, _asking_if_held("/api/sightings", body))

    def _posting(self, member: str, body: bytes) -> Action:
        def post(client: ServiceClient) -> None:
            status = json.loads(client.post_taxii(f"{self._intakes[member]}objects/", envelope(body)))
            if status["failure_count"]:
                raise SyncError(f"{member}: {status['failures'][0]['message']}")

        return post


def _asking(path: str, body: Mapping[str, object]) -> Action:
    def ask(client: ServiceClient) -> None:
        client.post_json(path, body)

    return ask


def _asking_if_held(path: str, body: Mapping[str, object]) -> Action:
    """Return the report of a sighting; a member that holds no object of what it saw tells nobody else."""

    def ask(client: ServiceClient) -> None:
        try:
            client.post_json(path, body)
        except SyncError as error:
            if "status 404" not in str(error):
                raise

    return ask


def _intake_of(client: ServiceClient) -> str:
    body, _ = client.get("/comity/collections/")
    row = next(each for each in json.loads(body)["collections"] if each.get("alias") == "own")
    return f"/comity/collections/{row['id']}/"
