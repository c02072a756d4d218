"""What follows the exercise: members report figures, the federation makes an edition, nodes fetch it."""

import json
from collections.abc import Mapping
from typing import Any

from comity.app.federation_service import open_federation
from comity.demo.bloc import LocalBloc
from comity.demo.scenario import Scenario
from comity.domain.desk import Role
from comity.errors import SyncError
from comity.settings import load


def report_all(scenario: Scenario, bloc: LocalBloc) -> Mapping[str, Any]:
    """Return the audit of the edition that is made of all members' figures; every node ends with the edition.

    Raises:
        SyncError: a node or the federation refused.
    """
    start, end = scenario.at("D1 00:00"), scenario.end
    table = scenario.document.routine_cases
    for member, place in bloc.nodes.items():
        cases = dict(zip(table.classes, table.rows.get(member, ()), strict=False)) if table else None
        with place.client(Role.CERT) as client:
            body = {"start": start, "end": end, "cases": cases or None, "publish_zeros": True}
            answer = client.post_json("/api/returns", body)
        if answer["problem"]:
            raise SyncError(f"{member}: {answer['problem']}")
    service = open_federation(load(bloc.folder / "federation"))
    try:
        row = service.editions.make(start, end)
    finally:
        service.close()
    for place in bloc.nodes.values():
        with place.client(Role.CERT) as client:
            client.post_json("/api/editions", {})
    found: Mapping[str, Any] = json.loads(row.audit)
    return found
