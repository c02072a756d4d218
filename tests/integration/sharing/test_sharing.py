"""What leaves a node, what arrives at another, and what never does."""

import json
from typing import Any

import httpx
import pytest
from comity.domain.desk import Role
from comity.domain.identity import identity_of
from comity.domain.tlp import TLP
from comity.errors import SyncError
from comity.transport.client import ServiceClient

from tests.integration.sharing.conftest import Bloc, failures, indicator

JSON = {"content-type": "application/taxii+json;version=2.1"}


def test_what_one_node_pushes_another_pulls_byte_for_byte(bloc: Bloc) -> None:
    raw = (
        b'{ "type":"indicator", "x_kept": [1, 2.50, "\\u00e9"],' + json.dumps(indicator("XA", "a.example")).encode()[1:]
    )
    raw = raw.replace(b', "type": "indicator"', b"", 1).replace(b'"type": "indicator", ', b"", 1)
    bloc["XA"].post(raw)
    bloc.sync()

    assert bloc["XB"].raw_objects() == [raw]


def test_a_desk_reads_only_what_it_is_cleared_for(bloc: Bloc) -> None:
    bloc["XA"].post(indicator("XA", "a.example", tlp=TLP.AMBER, label="GUARDED"))
    bloc.sync()

    assert [len(bloc["XB"].objects(role)) for role in (Role.CERT, Role.CII, Role.SOC, Role.REGULATOR)] == [1, 1, 0, 0]


@pytest.mark.parametrize(("label", "rel"), [("CROWN", "ALL"), ("common:C4", "ALL"), ("common:C1", [])])
def test_what_is_sovereign_or_released_to_nobody_never_reaches_the_federation(bloc: Bloc, label: str, rel: Any) -> None:
    bloc["XA"].post(indicator("XA", "never-leaves.example", label=label, rel=rel))
    bloc.sync()

    assert b"never-leaves" not in bloc.federation_bytes()
    assert b"never-leaves" in bloc["XA"].database_bytes()


def test_a_victim_is_named_nowhere_outside_its_state(bloc: Bloc) -> None:
    victim = indicator("XA", "mail.victim-host.example", tlp=TLP.AMBER, release={"personal": "direct"})
    bloc["XA"].post({**victim, "name": "Victim Hospital", "description": "Victim Hospital's gateway"})
    bloc.sync()
    outside = bloc.federation_bytes() + bloc["XB"].database_bytes() + bloc["XC"].database_bytes()

    assert len(bloc["XB"].objects()) == 1
    assert b"victim-host" not in outside
    assert b"Hospital" not in outside


def test_a_victims_observable_still_merges_with_what_another_member_reports(bloc: Bloc) -> None:
    bloc["XA"].post(indicator("XA", "mail.victim-host.example", release={"personal": "direct"}))
    bloc["XC"].post(indicator("XC", "Mail.Victim-Host.example."))
    bloc.sync()
    kinds = sorted(one["type"] for one in bloc["XB"].objects())

    assert kinds == ["indicator", "sighting"]


def test_a_recall_purges_the_value_everywhere_and_is_confirmed(bloc: Bloc) -> None:
    one = indicator("XA", "taken-back.example")
    bloc["XA"].post(one)
    bloc.sync()
    assert b"taken-back" in bloc["XB"].database_bytes()

    with bloc["XA"].client(Role.CERT) as client:
        client.post_json("/api/recall", {"object_id": one["id"], "reason": "shared by mistake"})
    bloc.sync()
    bloc.sync()
    with bloc["XA"].client(Role.CERT) as client:
        told = client.get_json("/api/withdrawals")
    served = [each["type"] for each in bloc["XB"].objects()]

    assert served == ["x-comity-recall"]
    assert {"XB", "XC"} == set(told[0]["confirmed"]) < set(told[0]["addressed"])
    assert b"taken-back" not in bloc["XB"].database_bytes() + bloc.federation_bytes()


def test_a_recalled_object_never_comes_back(bloc: Bloc) -> None:
    one = indicator("XA", "taken-back.example")
    bloc["XA"].post(one)
    with bloc["XA"].client(Role.CERT) as client:
        client.post_json("/api/recall", {"object_id": one["id"], "reason": "mistake"})

    assert "recalled" in failures(bloc["XA"].post({**one, "modified": "2026-04-01T00:00:00.000Z"}))[0]["message"]


def test_when_the_served_contribution_is_recalled_the_next_one_takes_its_place(bloc: Bloc) -> None:
    first, second = indicator("XA", "both.example"), indicator("XC", "BOTH.example")
    bloc["XA"].post(first)
    bloc.sync()
    bloc["XC"].post(second)
    bloc.sync()
    with bloc["XA"].client(Role.CERT) as client:
        client.post_json("/api/recall", {"object_id": first["id"], "reason": "mistake"})
    bloc.sync()

    assert [one["id"] for one in bloc["XB"].objects() if one["type"] == "indicator"] == [second["id"]]


def test_red_reaches_only_the_cert_of_those_named(bloc: Bloc) -> None:
    bloc["XA"].post(indicator("XA", "red.example", tlp=TLP.RED, rel=["XB"]))
    bloc["XA"].post(indicator("XA", "red-to-all.example", tlp=TLP.RED))
    bloc.sync()

    assert [len(bloc[code].objects()) for code in ("XB", "XC")] == [1, 0]
    assert bloc["XB"].objects(Role.CII) == []


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"pattern": "[domain-name:value = ]"}, "pattern"),
        ({"label": "COSMIC"}, "COSMIC"),
        ({"created_by_ref": identity_of("XB")}, "XB"),
        ({"modified": "2020-01-01T00:00:00.000Z"}, "modified"),
        ({"id": "indicator--nonsense"}, "id"),
        ({"release": {"releasable_to": ["ZZ"]}}, "ZZ"),
        ({"object_marking_refs": ["marking-definition--11111111-1111-4111-8111-111111111111"]}, "marking"),
        ({"valid_from": 7}, "valid_from"),
    ],
)
def test_a_bad_object_is_named_with_its_cause_and_the_rest_is_kept(
    bloc: Bloc, changes: dict[str, Any], cause: str
) -> None:
    status = bloc["XA"].post(indicator("XA", "bad.example", **changes), indicator("XA", "good.example"))

    assert (status["success_count"], status["failure_count"]) == (1, 1)
    assert cause in status["failures"][0]["message"]
    assert [one["name"] for one in bloc["XA"].objects()] == ["seen in an exercise"]


def test_a_version_older_than_the_stored_one_is_refused(bloc: Bloc) -> None:
    newer = indicator("XA", "a.example", modified="2026-05-01T00:00:00.000Z")
    bloc["XA"].post(newer)

    assert "older" in failures(bloc["XA"].post(indicator("XA", "a.example")))[0]["message"]


def test_an_id_of_another_members_object_cannot_be_taken(bloc: Bloc) -> None:
    theirs = indicator("XB", "theirs.example")
    bloc["XB"].post(theirs)
    bloc.sync()
    squatting = {**theirs, "created_by_ref": identity_of("XA"), "modified": "2026-06-01T00:00:00.000Z"}

    assert theirs["id"] in failures(bloc["XA"].post(squatting))[0]["message"]
    assert bloc["XC"].objects()[0]["created_by_ref"] == identity_of("XB")


def test_a_squatter_that_never_saw_the_object_is_refused_by_the_federation(bloc: Bloc) -> None:
    theirs = indicator("XB", "theirs.example", rel=["XC"])
    bloc["XB"].post(theirs)
    bloc.sync()
    bloc["XA"].post({**theirs, "created_by_ref": identity_of("XA")})

    assert bloc["XA"].sync()["push"]["refused"] == 1


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"{", JSON, 400),
        (b"[]", JSON, 400),
        (b'{"objects": 7}', JSON, 400),
        (b'{"objects": []}', {"content-type": "text/plain"}, 415),
        (b"\xff\xfe", JSON, 400),
    ],
)
def test_a_body_that_is_no_envelope_is_refused_as_a_whole(
    bloc: Bloc, body: bytes, headers: dict[str, str], status: int
) -> None:
    url = f"{bloc['XA'].server.address}/comity/collections/own/objects/"
    authorised = {"authorization": f"Bearer token of XA {Role.CERT}", **headers}

    assert httpx.post(url, content=body, headers=authorised).status_code == status


def test_what_cannot_be_pushed_waits_with_its_reason_and_is_sent_once(bloc: Bloc) -> None:
    bloc.hub.stop()
    bloc["XA"].post(indicator("XA", "waits.example"))
    with pytest.raises(SyncError, match="502"):
        bloc["XA"].sync()
    with bloc["XA"].client(Role.CERT) as client:
        letters = client.get_json("/api/status")["letters"]

    assert [(one["state"], one["tries"]) for one in letters] == [("waiting", 1)]
    assert "no answer" in letters[0]["reason"]


def test_a_node_reaches_no_collection_but_its_own_at_the_federation(bloc: Bloc) -> None:
    exchange = bloc["XA"].service.exchange
    assert exchange is not None
    with ServiceClient(bloc.hub.address, token=exchange.admission.token) as client:
        own = json.loads(client.get("/comity/collections/")[0])["collections"]

        assert [one["title"] for one in own] == ["XA node"]
        with pytest.raises(SyncError, match="404"):
            client.get("/comity/collections/node-xb/objects/")


def test_nobody_reaches_anything_but_discovery_without_credentials(bloc: Bloc) -> None:
    paths = ("/taxii2/", "/comity/", "/comity/collections/", "/comity/collections/node-xa/objects/", "/api/receipts")
    answers = [httpx.get(f"{bloc.hub.address}{path}").status_code for path in paths]

    assert answers == [200, 401, 401, 401, 401]


def test_a_node_cannot_speak_for_another_member(bloc: Bloc) -> None:
    exchange = bloc["XA"].service.exchange
    assert exchange is not None
    bloc["XB"].post(indicator("XB", "theirs.example"))
    letter = bloc["XB"].service.exchange
    assert letter is not None
    label = bloc["XB"].service.node.store.grants.classes.name(bloc["XB"].service.node.store.read(), 1)
    raw = json.dumps(indicator("XB", "forged.example")).encode()
    body = b'{"x_comity_labels":[%s],"x_comity_label_of":[0],"objects":[%s]}' % (json.dumps(label).encode(), raw)
    with ServiceClient(bloc.hub.address, token=exchange.admission.token) as client:
        status = json.loads(client.post_taxii(f"{exchange.admission.collection}objects/", body))

    assert "'XB'" in status["failures"][0]["message"]
    assert b"forged" not in bloc.federation_bytes()
