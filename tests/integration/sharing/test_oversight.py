"""Members report, the federation makes an edition, nodes fetch it; and a regulator reaches no object by any route."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from comity.app.federation_service import add_desk
from comity.domain.desk import Desk, Role
from comity.domain.identity import identity_of
from comity.domain.purpose import Purpose
from comity.domain.tlp import TLP
from comity.errors import RefusedError, SyncError
from comity.oversight.duties import HOUR
from comity.stix.markings import TLP_MARKINGS
from comity.store import accounts, oversight
from comity.store.oversight_tables import editions
from comity_schemas.extensions import DUTY_CLOCK, RELEASE
from sqlalchemy import update

from tests.integration.sharing.objects import id_of, indicator, new_id
from tests.integration.sharing.services import Bloc, make_bloc

_PLACE = re.compile(r"\{(\w+)(:\w+)?\}")
STIX_ID = re.compile(r"[a-z-]+--[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
MEMBERS = ("XA", "XB", "NO")
CASES = {"XA": (4, 1, 9), "XB": (7, 2, 30), "NO": (5, 8, 21)}


def incident(member: str, name: str, *, label: str = "common:C2", victims: tuple[str, ...] = ()) -> bytes:
    clock = {
        "extension_type": "property-extension",
        "aware_at": "2026-03-04T05:00:00Z",
        "notified_at": "2026-03-04T09:00:00Z",
        "case": f"case {name}",
        "sector": "energy",
        "rsit": "availability/outage",
        "organisations": 0,
    }
    release = {"extension_type": "property-extension", "label": label, "releasable_to": "ALL", "sector": "energy"}
    body = {
        "type": "incident",
        "spec_version": "2.1",
        "id": new_id("incident"),
        "created_by_ref": identity_of(member),
        "created": "2026-03-04T05:06:07.000Z",
        "modified": "2026-03-04T05:06:07.000Z",
        "name": name,
        "object_marking_refs": [TLP_MARKINGS[TLP.AMBER]],
        "extensions": {DUTY_CLOCK: clock, RELEASE: {**release, **({"victims": victims} if victims else {})}},
    }
    return json.dumps(body).encode()


@dataclass(frozen=True, slots=True)
class Told:
    """A bloc after an edition, and what was in it."""

    bloc: Bloc
    start: int
    end: int
    harbour: bytes
    value: bytes


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    folder: Path = tmp_path_factory.mktemp("oversight")
    with make_bloc(folder, profile="five", members=MEMBERS) as bloc:
        start = bloc["XA"].running.node.store.clock() - 24 * HOUR
        harbour = incident("XA", "Harbour down", victims=("XA", "XB"))
        value = indicator("XA", "harbour-value.example", release={"releasable_to": ["XB"]})
        bloc.share("XA", harbour, value, incident("XA", "Crown", label="CROWN"))
        bloc.share("XB", incident("XB", "Harbour down"))
        end = bloc["XA"].running.node.store.clock()
        for member in MEMBERS:
            report(bloc, member, start, end)
        bloc.hub.running.editions.make(start, end)
        for member in MEMBERS:
            with bloc[member].client() as client:
                assert client.post_json("/api/editions", {}) == {"fetched": 1}
        yield Told(bloc, start, end, harbour, value)


def report(bloc: Bloc, member: str, start: int, end: int) -> dict[str, Any]:
    cases = dict(zip(("fraud", "intrusions", "availability"), CASES[member], strict=True))
    with bloc[member].client() as client:
        answer: dict[str, Any] = client.post_json("/api/returns", {"start": start, "end": end, "cases": cases})
    return answer


def edition_at(bloc: Bloc, member: str) -> dict[str, Any]:
    row = oversight.last_edition(bloc[member].running.node.store.read())
    assert row is not None
    found: dict[str, Any] = json.loads(row.body)
    return found


def facts(document: dict[str, Any], number: int) -> dict[str, Any]:
    return {fact["name"]: fact["value"] for fact in document["sections"][number - 1]["facts"]}


def sheet(document: dict[str, Any], name: str) -> dict[str, list[Any]]:
    sheets = [each for section in document["sections"] for each in section["sheets"]]
    return {row["name"]: row["cells"] for each in sheets if each["id"] == name for row in each["rows"]}


def test_every_node_has_the_same_edition(told: Told) -> None:
    bodies = {json.dumps(edition_at(told.bloc, member)) for member in MEMBERS}

    assert len(bodies) == 1
    assert len(edition_at(told.bloc, "XA")["sections"]) == 11


def test_a_member_that_did_not_report_is_not_told_to_have_nothing(told: Told) -> None:
    document = edition_at(told.bloc, "XA")

    assert sheet(document, "members") == {
        "XA": ["reported"], "XB": ["reported"], "XC": ["not shared"], "XD": ["not shared"], "NO": ["reported"]
    }  # fmt: skip
    assert set(sheet(document, "cases")["XC"]) == {"not shared"}


def test_what_few_members_contributed_is_suppressed(told: Told) -> None:
    document = edition_at(told.bloc, "XA")

    assert sheet(document, "sector")["energy"] == ["suppressed"]
    assert sheet(document, "sector")["health"] == [0]
    assert facts(document, 5)["Reports shared"] == "suppressed"


def test_saying_none_is_not_the_same_as_not_saying(told: Told) -> None:
    impact = sheet(edition_at(told.bloc, "XA"), "impact")

    assert impact["organisations"][0] == 0
    assert impact["user hours"][0] == "not shared"


def test_a_sovereign_incident_is_counted_as_withheld_and_nowhere_else(told: Told) -> None:
    own = oversight.all_returns(told.bloc["XA"].running.node.store.read())[0]
    figures = json.loads(own.body)

    assert figures["reports"]["sector"] == {"energy": 1}
    assert figures["never_shared"] == 0
    assert figures["withheld"]["tier-sovereign"] == 1


def test_a_return_holds_no_id_no_value_and_no_name(told: Told) -> None:
    text = b"".join(row.body for row in oversight.all_returns(told.bloc.hub.running.federation.store.read())).decode()

    assert STIX_ID.findall(text) == []
    assert [word for word in ("arbour", "Crown", "example", "case Harbour") if word in text] == []


def test_reports_of_one_case_by_two_members_are_one_case(told: Told) -> None:
    tokens = [
        {case["token"] for case in json.loads(row.body)["cases"]}
        for row in oversight.all_returns(told.bloc.hub.running.federation.store.read())
    ]

    assert [len(each) for each in tokens if each] == [1, 1]
    assert len(set().union(*tokens)) == 1


def test_a_period_is_told_once(told: Told) -> None:
    with pytest.raises(RefusedError, match="has an edition"):
        told.bloc.hub.running.editions.make(told.start, told.end)
    with pytest.raises(SyncError, match="status 403"):
        report(told.bloc, "XA", told.start + HOUR, told.end)


def test_a_node_reports_for_its_own_member_and_for_what_is_over(told: Told) -> None:
    body = json.loads(oversight.all_returns(told.bloc["XB"].running.node.store.read())[0].body)
    later = {**body, "member": "XA", "start": told.end, "end": told.end + 10**15}
    with told.bloc.hub.client("XA") as client:
        for wrong in (body, later, {}, {**body, "member": "XA", "withheld": {"198.51.100.1": 1}}):
            with pytest.raises(SyncError, match="status 400"):
                client.post_json("/api/returns", wrong)


def test_an_edition_that_was_changed_on_the_way_is_not_kept(told: Told) -> None:
    hub = told.bloc.hub.running.federation.store
    with told.bloc["NO"].client() as client:
        report(told.bloc, "NO", told.end, told.end + 1)
        told.bloc.hub.running.editions.make(told.end, told.end + 1)
        with hub.write() as connection:
            row = oversight.edition(connection, 2)
            assert row is not None
            forged = row.body.replace(b"suppressed", b"supprEssed", 1)
            connection.execute(update(editions).where(editions.c.number == 2).values(body=forged))
        with pytest.raises(SyncError, match="status 502"):
            client.post_json("/api/editions", {})

    assert edition_at(told.bloc, "NO")["number"] == 1


def test_every_regime_of_affected_members_has_a_clock_and_filings_are_kept(told: Told) -> None:
    object_id = id_of(told.harbour)
    with told.bloc["XA"].client() as client:
        before = {one["object_id"]: one for one in client.get_json("/api/duties")}[object_id]
        client.post_json("/api/filings", {"object_id": object_id, "duty": "xa-net", "filed": None})
        after = {one["object_id"]: one for one in client.get_json("/api/duties")}[object_id]
        with pytest.raises(SyncError, match="status 403"):
            client.post_json("/api/filings", {"object_id": object_id, "duty": "xa-net", "filed": told.end})
        with pytest.raises(SyncError, match="status 404"):
            client.post_json("/api/filings", {"object_id": object_id, "duty": "xb-net", "filed": told.end})

    assert [(clock["duty"], clock["state"]) for clock in before["clocks"]] == [("xa-net", "met"), ("xb-net", "missed")]
    assert [clock["state"] for clock in after["clocks"]] == ["not applicable", "missed"]


def patterns_of(found: Sequence[Any]) -> set[str]:
    """Return the paths of routes, those of routers in routers as well."""
    inner = {
        path for one in found if hasattr(one, "original_router") for path in patterns_of(one.original_router.routes)
    }
    return inner | {one.path for one in found if hasattr(one, "path") and hasattr(one, "methods")}


def routes(told: Told, object_id: str, value: str) -> list[str]:
    """Return every address that a node has, asked about an object and a value in every way that there is."""
    node = told.bloc["XB"]
    app = node.listener._server.config.app  # type: ignore[union-attr]  # the application that is served
    patterns = sorted(patterns_of(app.routes))
    paths = [_PLACE.sub(lambda part: object_id if part[1] == "object_id" else "nothing", each) for each in patterns]
    rows = accounts.every_collection(node.running.node.store.read())
    names = [name for row in rows for name in (row.id, row.alias) if name]
    ends = ("", "objects/", "manifest/", f"objects/{object_id}/", f"objects/{object_id}/versions/")
    taxii = [f"/comity/collections/{name}/{end}" for name in names for end in ends]
    asked = [f"{path}?object_id={object_id}&q={value}&values={value}" for path in paths]
    as_data = [f"{path}?format=json" for path in paths]
    fixed = ["/taxii2/", "/comity/", "/comity/collections/", f"/comity/status/{object_id[-36:]}/"]
    return [*paths, *asked, *as_data, *taxii, *fixed]


def answers(
    told: Told, role: Role, object_id: str, value: str, *, methods: tuple[str, ...] = ("GET", "POST")
) -> dict[str, tuple[int, str]]:
    """Return what a desk is answered by every route, with what was asked for struck out."""
    node = told.bloc["XB"]
    headers = {"authorization": f"Bearer {node.tokens[role]}", "accept": "*/*"}
    found = {}
    with httpx.Client(base_url=node.listener.address, headers=headers, trust_env=False) as client:
        for path in routes(told, object_id, value):
            for method in methods:
                answer = client.request(method, path, json={} if method == "POST" else None)
                text = answer.text.replace(object_id, "ID").replace(object_id[-36:], "ID").replace(value, "VALUE")
                plain = path.replace(object_id, "ID").replace(object_id[-36:], "ID").replace(value, "VALUE")
                found[f"{method} {plain}"] = (answer.status_code, re.sub('value="[0-9a-f]{64}"', "", text))
    return found


def test_no_route_of_a_node_tells_a_regulator_what_exists(told: Told) -> None:
    there = answers(told, Role.REGULATOR, id_of(told.value), "harbour-value.example")
    absent = answers(told, Role.REGULATOR, new_id(), "absent-value.example")

    assert len(there) > 150
    assert {path for path in there if there[path] != absent[path]} == set()
    assert {path: found for path, (_, text) in there.items() if (found := STIX_ID.findall(text))} == {}
    assert [path for path, (_, text) in there.items() if "Harbour down" in text or id_of(told.harbour) in text] == []
    assert there["GET /comity/collections/"] == (200, "{}")
    assert there["GET /regulator"][0] == 200


def test_the_same_routes_tell_a_cert_what_is_its_own(told: Told) -> None:
    """The attack can fail: it is the role that makes the difference."""
    there = answers(told, Role.CERT, id_of(told.value), "harbour-value.example", methods=("GET",))
    absent = answers(told, Role.CERT, new_id(), "absent-value.example", methods=("GET",))

    assert len({path for path in there if there[path] != absent[path]}) > 5


def test_a_desk_of_a_regulator_at_the_federation_has_no_collection_either(told: Told) -> None:
    token = accounts.new_token()
    desk = Desk("XB", Role.REGULATOR)
    add_desk(told.bloc.hub.running, "overseer", desk, purposes=tuple(Purpose), password=None, token=token)
    headers = {"authorization": f"Bearer {token}", "accept": "*/*"}
    with httpx.Client(base_url=told.bloc.hub.listener.address, headers=headers, trust_env=False) as client:
        listed = client.get("/comity/collections/").json()
        read = client.get("/comity/collections/xb-regulator-regulatory-oversight/objects/")
        fetched = client.get("/api/editions")

    assert (listed, read.status_code, fetched.status_code) == ({}, 404, 403)
