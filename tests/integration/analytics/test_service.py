"""Analytics at real nodes over real HTTP: what touches a member's assets, and what of it leaves the member."""

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from comity.analytics.registry import asset_of, register
from comity.cli.main import app
from comity.domain.desk import Role
from comity.domain.tlp import TLP
from comity.errors import SyncError
from comity.store.assets import KEEPER
from comity.transport.client import ServiceClient
from comity_schemas.extensions import RELEASE
from typer.testing import CliRunner

from tests.integration.sharing.objects import id_of, indicator, new_id
from tests.integration.sharing.services import Bloc, NodePlace

API = "/api/analytics"
ISP = {
    "key": "isp",
    "member": "XA",
    "kind": "internet-provider",
    "prefixes": ["203.0.113.0/28"],
    "operator": "Aria Net",
}
PORTAL = {"key": "portal", "member": "XA", "kind": "portal", "domains": ["Portal.GOV-XA.example."]}
GATE = {
    "key": "gate",
    "member": "XA",
    "kind": "software",
    "software": ["cpe:2.3:a:example:edgegate_vpn:9.1.3:*:*:*:*:*:*:*"],
}
AFFECTED = {
    "vulnerability": "CVE-2099-90001",
    "cpe": "cpe:2.3:a:example:edgegate_vpn:*:*:*:*:*:*:*:*",
    "introduced": "9.0.0",
    "fixed": "9.1.5",
}


def post(node: NodePlace, path: str, body: object) -> Any:
    with node.client() as client:
        return client.post_json(f"{API}{path}", body)


def isp(number: int) -> dict[str, Any]:
    prefix = f"203.0.113.{16 * number}/28"
    return {
        "key": f"isp {number}",
        "member": "XA",
        "kind": "internet-provider",
        "prefixes": [prefix],
        "operator": "Aria Net",
    }


def matches(node: NodePlace, *keys: str) -> list[dict[str, Any]]:
    """Return what touches any of some assets, after everything new was correlated."""
    post(node, "/run", {})
    return [one for one in node.get_json(f"{API}/matches") if one["asset"] in keys]


def address(member: str, value: str, **more: Any) -> bytes:
    return indicator(member, "unused.example", pattern=f"[ipv4-addr:value = '{value}']", **more)


def capacity(member: str, **shares: float) -> dict[str, Any]:
    on = [{"on": key.replace("_", "/"), "share": share} for key, share in shares.items()]
    kind = "international-capacity"
    return {
        "key": f"{member}/capacity",
        "member": member,
        "kind": kind,
        "depends_on": on,
        "shared": True,
        "operator": "Net",
    }


def test_what_is_shared_is_matched_as_it_comes_in(bloc: Bloc) -> None:
    node = bloc["XA"]
    post(node, "/assets", [isp(0), PORTAL])
    bloc.share("XB", address("XB", "203.0.113.5"), indicator("XB", "login.portal.gov-xa.example"))
    first = matches(node, "isp 0", "portal")
    bloc.share("XC", indicator("XC", "elsewhere.example"), address("XC", "203.0.113.0/27"))

    assert {(one["value"], one["asset"], one["rule"], one["layer"]) for one in first} == {
        ("203.0.113.5", "isp 0", "inside", "informational"),
        ("login.portal.gov-xa.example", "portal", "inside", "sovereignty"),
    }
    assert post(node, "/run", {}) == {"correlated": 2, "matches": 1}
    assert post(node, "/run", {}) == {"correlated": 0, "matches": 0}
    assert "203.0.113.5" in [one["value"] for one in node.get_json(f"{API}/alerts")]
    assert "203.0.113.0/27" not in [one["value"] for one in node.get_json(f"{API}/alerts")]


def test_an_asset_that_is_registered_later_is_matched_with_what_was_there(bloc: Bloc) -> None:
    bloc.share("XB", address("XB", "203.0.113.37"))
    assert matches(bloc["XA"], "isp 2") == []
    post(bloc["XA"], "/assets", [isp(2)])

    assert [one["value"] for one in matches(bloc["XA"], "isp 2")] == ["203.0.113.37"]


def test_a_recalled_object_touches_nothing(bloc: Bloc) -> None:
    object_id = new_id()
    post(bloc["XA"], "/assets", [isp(3)])
    bloc.share("XB", address("XB", "203.0.113.53", id=object_id))
    assert len(matches(bloc["XA"], "isp 3")) == 1
    bloc["XB"].recall(object_id)
    bloc.exchange()

    assert matches(bloc["XA"], "isp 3") == []


def test_two_contributions_of_one_value_touch_once(bloc: Bloc) -> None:
    post(bloc["XA"], "/assets", [isp(4)])
    bloc.share("XB", address("XB", "203.0.113.69"))
    bloc.share("XC", address("XC", "203.0.113.69"))

    assert len(matches(bloc["XA"], "isp 4")) == 1


def test_a_vulnerability_touches_what_runs_affected_software(bloc: Bloc) -> None:
    body = json.loads(indicator("XB", "unused.example"))
    for name in ("pattern", "pattern_type", "valid_from"):
        del body[name]
    vulnerability = {**body, "type": "vulnerability", "id": new_id("vulnerability"), "name": "CVE-2099-90001"}
    post(bloc["XA"], "/assets", [GATE])
    post(bloc["XA"], "/affected", [AFFECTED])
    bloc.share("XB", json.dumps(vulnerability).encode())

    assert [one["rule"] for one in matches(bloc["XA"], "gate")] == ["runs"]
    assert post(bloc["XA"], "/exposure", [AFFECTED]) == {"gate": GATE["software"]}
    assert post(bloc["XA"], "/exposure", [{**AFFECTED, "fixed": "9.1.3"}]) == {}


def test_a_detection_says_since_when_the_member_was_warned(bloc: Bloc) -> None:
    node = bloc["XA"]
    before = post(node, "/detections", {"kind": "domain", "value": "drop.example", "reference": "G1"})
    bloc.share("XB", indicator("XB", "drop.example"))
    after = post(node, "/detections", {"kind": "domain", "value": "DROP[.]example.", "count": 3})
    node.submit(indicator("XA", "drop.example"))
    own = post(node, "/detections", {"kind": "domain", "value": "drop.example"})

    assert before["warned"] is None
    assert after["value"] == "drop.example"
    assert before["seen"] < after["warned"] < after["seen"]
    assert own["warned"] is None
    assert [one["count"] for one in node.get_json(f"{API}/detections")][-3:] == [1, 3, 1]


def test_a_loss_runs_through_members_by_what_they_share(bloc: Bloc) -> None:
    with bloc.hub.running.federation.store.write() as connection:
        cable = asset_of({"key": "cable", "member": "", "kind": "submarine-cable", "landing_points": ["XB"]})
        register(connection, KEEPER, [cable])
    post(bloc["XA"], "/assets", [isp(0), capacity("XA", XB_capacity=0.5, other=0.5)])
    post(bloc["XB"], "/assets", [capacity("XB", cable=0.6, other=0.4)])
    for member in ("XA", "XB", "XA"):
        post(bloc[member], "/registry", {})
    answer = bloc["XA"].get_json(f"{API}/cascade", lost="cable")

    assert answer["losses"] == pytest.approx({"cable": 1.0, "XB/capacity": 0.6, "XA/capacity": 0.3})
    assert answer["paths"] == {"XA/capacity": [[["XA/capacity", "XB/capacity", "cable"], pytest.approx(0.3)]]}
    assert answer["assets"]["cable"]["landing_points"] == ["XB"]
    assert b"Aria Net" not in bloc.hub.files()
    assert b"isp 0" not in bloc.hub.files()


def test_operators_are_pseudonyms_at_the_federation(bloc: Bloc) -> None:
    for member in ("XA", "XB"):
        post(bloc[member], "/assets", [capacity(member, other=1.0)])
        post(bloc[member], "/registry", {})
    with bloc.hub.client("XC") as client:
        listed = client.get_json("/api/registry")
    operators = {one["operator"] for member in ("XA", "XB") for one in listed[member]}

    assert len(operators) == 2
    assert all(text.startswith("p-") for text in operators)


def test_a_key_of_another_member_is_refused(bloc: Bloc) -> None:
    post(bloc["XA"], "/assets", [capacity("XA", other=1.0)])
    post(bloc["XA"], "/registry", {})

    with bloc.hub.client("XB") as client, pytest.raises(SyncError, match="registered by another"):
        client.put_json("/api/registry", [{**capacity("XB", other=1.0), "key": "XA/capacity"}])


def test_a_node_registers_assets_of_its_own_member_only(bloc: Bloc) -> None:
    with pytest.raises(SyncError, match="status 403"):
        post(bloc["XA"], "/assets", [{**isp(9), "member": "XB"}])
    with bloc.hub.client("XA") as client, pytest.raises(SyncError, match="status 403"):
        client.put_json("/api/registry", [{**isp(9), "member": "XB"}])


@pytest.mark.parametrize("role", [Role.CII, Role.SOC, Role.REGULATOR])
@pytest.mark.parametrize("path", ["/assets", "/matches", "/alerts", "/detections", "/campaigns", "/cascade?lost=x"])
def test_only_the_cert_asks(bloc: Bloc, role: Role, path: str) -> None:
    with bloc["XA"].client(role) as client, pytest.raises(SyncError, match="status 403"):
        client.get_json(f"{API}{path}")


def test_desks_have_no_part_in_the_registry_of_the_federation(bloc: Bloc) -> None:
    stranger = ServiceClient(bloc.hub.listener.address, token=bloc["XA"].tokens[Role.CERT])
    with stranger as client, pytest.raises(SyncError, match="status 401"):
        client.get_json("/api/registry")


def test_a_desk_is_shown_matches_of_what_it_may_read_only(bloc: Bloc) -> None:
    post(bloc["XA"], "/assets", [isp(5)])
    hidden = address("XB", "203.0.113.86", tlp=TLP.AMBER, label="common:C3")
    bloc.share("XB", address("XB", "203.0.113.85"), hidden)
    assert len(matches(bloc["XA"], "isp 5")) == 2
    with bloc["XA"].client(Role.CII) as client:
        shown = client.get_json("/infrastructure", {"format": "json"})
    with bloc["XA"].client(Role.SOC) as client, pytest.raises(SyncError, match="status 404"):
        client.get_json("/infrastructure", {"format": "json"})

    with bloc["XA"].client(Role.CII) as client:
        page = client.get("/infrastructure", {"layer": "informational"}, accept="text/html")[0].decode()

    assert 'lies inside <bdi class="mono">203.0.113.80/28</bdi>' in page
    assert "203.0.113.86" not in page
    assert [one["value"] for one in shown["matches"] if one["asset"] == "isp 5"] == ["203.0.113.85"]
    assert shown["by_layer"].keys() == {"physical", "informational", "sovereignty"}


def test_cases_of_several_members_make_a_campaign(bloc: Bloc) -> None:
    def of_case(case: str) -> dict[str, Any]:
        return {"external_references": [{"source_name": "case", "external_id": case}]}

    for member, case in (("XB", "K1"), ("XC", "K3")):
        bloc.share(member, *(indicator(member, f"drop-{number}.example", **of_case(case)) for number in range(2)))
    bloc.share("XC", indicator("XC", "hidden.example", release={"releasable_to": []}, **of_case("K1")))
    (found,) = bloc["XA"].get_json(f"{API}/campaigns")

    assert (found["cases"], found["members"]) == (["K1", "K3"], ["XB", "XC"])
    assert found["links"][0]["reads"] == "2.00 = 2 observables in common 2.00"
    assert RELEASE not in json.dumps(found)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/assets", [{"key": "a"}]),
        ("/assets", [{**isp(10), "prefixes": ["203.0.113.1/28"]}]),
        ("/assets", [{**PORTAL, "domains": ["not a host"]}]),
        ("/affected", [{"vulnerability": "X"}]),
        ("/affected", [{**AFFECTED, "fixed": "-"}]),
        ("/exposure", [{**AFFECTED, "cpe": "cpe:/a:b"}]),
        ("/detections", {"kind": "ipv4", "value": "1.2"}),
    ],
)
def test_bad_input_is_refused_and_leaves_nothing(bloc: Bloc, path: str, body: object) -> None:
    before = bloc["XA"].get_json(f"{API}/assets")
    with pytest.raises(SyncError, match="status 422"):
        post(bloc["XA"], path, body)

    assert bloc["XA"].get_json(f"{API}/assets") == before


_KILLED = """
import os, signal, sys
from pathlib import Path
from comity.analytics import worker
from comity.app.node_service import open_node
from comity.settings import load

worker.PORTION = 4
left = int(sys.argv[2])
keep = worker.stored.set_position

def set_position(connection, seq):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)  # matches are written, the position is not, nothing is committed
    keep(connection, seq)

worker.stored.set_position = set_position
worker.run(open_node(load(Path(sys.argv[1]))).analytics)
"""


def test_a_worker_that_is_killed_goes_on_and_finds_everything_once(bloc: Bloc) -> None:
    node = bloc["XA"]
    post(node, "/run", {})
    values = [f"203.0.113.{number}" for number in range(12)]
    bloc.share("XB", *(address("XB", value) for value in values))
    for portions in (1, 2):
        killed = subprocess.run([sys.executable, "-c", _KILLED, str(node.folder), str(portions)], check=False)
        assert killed.returncode == -signal.SIGKILL
    done = post(node, "/run", {})
    again = post(node, "/run", {})
    found = [one["value"] for one in matches(node, "isp 0") if one["value"] in values]

    # The second had committed one portion of four before it was killed in the next.
    assert (done["correlated"], again["correlated"]) == (8, 0)
    assert sorted(found) == sorted(values)


def test_operators_hunt_beside_the_answers_and_what_is_recalled_is_no_longer_shown(bloc: Bloc) -> None:
    node, raw = bloc["XA"], address("XB", "198.51.100.77")
    bloc.share("XB", indicator("XB", "paged.example"), raw)
    hunts = node.running.hunts
    incoming = Path(node.running.settings.telemetry) / "incoming"
    incoming.mkdir(parents=True)
    event = {"src_ip": "203.0.113.5", "dest_ip": "198.51.100.77", "tls": {"sni": "a.paged.example"}}
    (incoming / "eve.json").write_text(json.dumps(event), encoding="utf-8")
    (incoming / "outside").symlink_to("/etc/hostname")
    assert [one["name"] for one in node.get_json(f"{API}/telemetry")] == ["eve.json"]

    post(node, "/telemetry", {"name": "eve.json", "format": "eve"})
    hunts.wait()
    post(node, "/hunt", {})
    hunts.wait()
    found = node.get_json(f"{API}/hunt")
    bloc["XB"].recall(id_of(raw))
    bloc["XB"].push()
    node.pull()
    after = node.get_json(f"{API}/hunt")
    shutil.rmtree(incoming.parent)

    assert (found["state"], found["done"], found["total"]) == ("done", 1, 1)
    assert {"paged.example", "198.51.100.77"} <= {one["value"] for one in found["hits"]}
    assert "198.51.100.77" not in {one["value"] for one in after["hits"]} >= {"paged.example"}


@pytest.mark.parametrize("name", ["../node.db", "outside", "", "/etc/hostname"])
def test_only_files_of_the_folder_for_them_are_loaded(bloc: Bloc, name: str) -> None:
    with pytest.raises(SyncError, match="status 400"):
        post(bloc["XA"], "/telemetry", {"name": name, "format": "eve"})


def test_the_commands_from_assets_to_a_hunt(bloc: Bloc, tmp_path: Path) -> None:
    node = bloc["XA"]
    bloc.share("XB", indicator("XB", "hunted.example"), address("XB", "198.51.100.23"))
    table = tmp_path / "assets.csv"
    table.write_text("key,kind,prefixes\nisp 15,internet-provider,203.0.113.240/28\n", encoding="utf-8")
    log = tmp_path / "eve.json"
    event = {"src_ip": "203.0.113.245", "dest_ip": "198.51.100.23", "tls": {"sni": "a.hunted.example"}}
    log.write_text(json.dumps(event), encoding="utf-8")

    def run(*words: str) -> Any:
        result = CliRunner().invoke(app, [*words, "--json"], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    folder = str(node.folder)
    assert run("assets", "import", folder, str(table), "--format", "csv")["read"] == 1
    assert "isp 15" in [one["key"] for one in run("assets", "list", folder)]
    assert run("analytics", "load", folder, str(log), "--format", "eve")["events"] == 1
    hits = run("analytics", "hunt", folder)["hits"]
    assert {(one["value"], one["rule"], one["asset"]) for one in hits} == {
        ("hunted.example", "inside", "isp 15"),
        ("198.51.100.23", "same", "isp 15"),
    }
    assert run("analytics", "hunt", folder, "--new")["indicators"] == 0
