"""TLS between a node and its federation, and what is said when a certificate or key cannot be used."""

import json
import ssl
from pathlib import Path
from typing import Any

import httpx
import pytest
from comity.app.federation_service import admit, open_federation
from comity.app.listening import address_of, listen, tls_of
from comity.app.node_service import open_node
from comity.app.serving import federation_app
from comity.errors import SettingsError, SyncError
from comity.settings import Settings
from comity.stix.labels import Defaults
from comity.transport.client import ServiceClient
from comity.transport.tls import client_context

from tests.integration.serving.certificates import Authority, Pair
from tests.integration.serving.conftest import Serve, settings_of
from tests.integration.sharing.objects import indicator

OPEN = Defaults()


@pytest.fixture(scope="session")
def pair(authority: Authority) -> Pair:
    return authority.issue("service")


def secured(pair: Pair, **more: str) -> dict[str, str]:
    return {"tls_certificate": str(pair.certificate), "tls_key": str(pair.key), **more}


class Hub:
    """A federation that serves https and wants certificates of the private authority."""

    def __init__(self, folder: Path, serve: Serve, authority: Authority, pair: Pair) -> None:
        self.folder = folder
        settings = settings_of(folder, kind="federation", member="", **secured(pair, tls_client_ca=str(authority.file)))
        self.service = open_federation(settings)
        self.address = serve(federation_app(self.service), settings)

    def node(self, member: str, **more: str) -> Any:
        """Return the node of a member that was admitted."""
        folder = self.folder / member
        folder.mkdir()
        admission = folder / "admission.json"
        admission.write_text(json.dumps(admit(self.service, member)), "utf-8")
        return open_node(settings_of(folder, member=member, federation=self.address, admission=str(admission), **more))


@pytest.fixture
def hub(tmp_path: Path, serve: Serve, authority: Authority, pair: Pair) -> Hub:
    return Hub(tmp_path, serve, authority, pair)


@pytest.fixture
def trusting(authority: Authority) -> dict[str, str]:
    shown = authority.issue("node")
    return {
        "federation_ca": str(authority.file),
        "federation_certificate": str(shown.certificate),
        "federation_key": str(shown.key),
    }


def test_objects_travel_from_node_to_node_over_tls_of_a_private_authority(hub: Hub, trusting: dict[str, str]) -> None:
    here, there = hub.node("XA", **trusting), hub.node("XB", **trusting)
    one = indicator("XA", "drop.example")
    here.intake.take([one], OPEN)

    pushed, pulled = here.exchange.push(), there.exchange.pull()

    assert (pushed["sent"], pulled["taken"]) == (1, 1)
    here.close()
    there.close()


@pytest.mark.parametrize(
    ("without", "reason"),
    [
        ({"federation_ca"}, "certificate is not accepted"),
        ({"federation_certificate", "federation_key"}, "no answer from 127.0.0.1:"),
    ],
)
def test_neither_side_talks_to_one_it_does_not_trust(
    hub: Hub, trusting: dict[str, str], without: set[str], reason: str
) -> None:
    node = hub.node("XA", **{name: value for name, value in trusting.items() if name not in without})

    with pytest.raises(SyncError, match=reason):
        node.exchange.pull()
    node.close()


def test_a_foreign_authority_is_not_trusted(hub: Hub, tmp_path: Path, trusting: dict[str, str]) -> None:
    foreign = Authority(tmp_path, "foreign")
    node = hub.node("XA", **{**trusting, "federation_ca": str(foreign.file)})

    with pytest.raises(SyncError, match="certificate is not accepted"):
        node.exchange.pull()
    node.close()


def test_plain_http_is_not_answered_where_tls_is_spoken(hub: Hub) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(hub.address.replace("https", "http") + "/healthz", trust_env=False)


def test_the_address_that_is_told_is_https(hub: Hub) -> None:
    assert hub.address.startswith("https://127.0.0.1:")


@pytest.mark.parametrize(
    ("host", "told"),
    [("192.0.2.1", "http://192.0.2.1:8800"), ("2001:db8::1", "http://[2001:db8::1]:8800")],
)
def test_the_address_that_is_told_can_be_called(tmp_path: Path, host: str, told: str) -> None:
    assert address_of(settings_of(tmp_path, host=host), 8800) == told


def test_an_address_in_use_is_said_to_be(tmp_path: Path, hub: Hub) -> None:
    port = int(hub.address.rpartition(":")[2])

    with pytest.raises(SettingsError, match=f"'127.0.0.1' and port {port} cannot be listened at"):
        listen(federation_app(hub.service), settings_of(tmp_path, port=port), tell=lambda _: None)


# --- files that cannot be used


def refused(tmp_path: Path, **files: str) -> str:
    settings: Settings = settings_of(tmp_path, **files)
    with pytest.raises(SettingsError) as error:
        tls_of(settings)
    return str(error.value)


def test_without_files_there_is_no_tls(tmp_path: Path) -> None:
    assert tls_of(settings_of(tmp_path)) is None


@pytest.mark.parametrize("missing", ["tls_certificate", "tls_key"])
def test_a_certificate_and_its_key_come_together(tmp_path: Path, pair: Pair, missing: str) -> None:
    files = {name: value for name, value in secured(pair).items() if name != missing}

    assert refused(tmp_path, **files).startswith(f"{missing} is empty")


@pytest.mark.parametrize("setting", ["tls_certificate", "tls_key", "tls_client_ca"])
def test_a_file_that_is_not_there_is_named(tmp_path: Path, pair: Pair, authority: Authority, setting: str) -> None:
    files = {**secured(pair, tls_client_ca=str(authority.file)), setting: str(tmp_path / "nothing")}

    assert refused(tmp_path, **files).startswith(f"{setting}: '{tmp_path}/nothing' cannot be read")


@pytest.mark.parametrize("setting", ["tls_certificate", "tls_key", "tls_client_ca"])
@pytest.mark.parametrize(
    "text", ["", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "\0\xff"]
)
def test_a_file_that_holds_something_else_is_named(
    tmp_path: Path, pair: Pair, authority: Authority, setting: str, text: str
) -> None:
    wrong = tmp_path / "wrong.pem"
    wrong.write_text(text, "utf-8")
    wrong.chmod(0o600)

    said = refused(tmp_path, **{**secured(pair, tls_client_ca=str(authority.file)), setting: str(wrong)})

    assert said.startswith(f"{setting}: '{wrong}'")


def test_a_key_of_another_certificate_is_noticed(tmp_path: Path, pair: Pair, authority: Authority) -> None:
    other = authority.issue("other")

    assert "is not the key of the certificate" in refused(tmp_path, **secured(Pair(pair.certificate, other.key)))


def test_a_key_with_a_passphrase_is_refused_instead_of_asked_for(tmp_path: Path, authority: Authority) -> None:
    hidden = authority.issue("hidden", passphrase=b"secret words")

    assert "without a passphrase" in refused(tmp_path, **secured(hidden))


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o620, 0o666])
def test_a_key_that_others_can_read_is_refused(tmp_path: Path, authority: Authority, mode: int) -> None:
    bare = authority.issue(f"bare-{mode:o}")
    bare.key.chmod(mode)

    assert f"has mode {mode:04o}, expected 0600" in refused(tmp_path, **secured(bare))


def test_a_file_for_tls_beside_an_address_without_it_is_noticed(tmp_path: Path, authority: Authority) -> None:
    admission = tmp_path / "admission.json"
    keys = {"twin_key": "00", "edition_key": "00" * 32, "ledger_key": "k"}
    admission.write_text(json.dumps({"collection": "/x/", "token": "t", **keys}), "utf-8")
    settings = settings_of(
        tmp_path, federation="http://hub.example", admission=str(admission), federation_ca=str(authority.file)
    )

    with pytest.raises(SettingsError, match="expected https:// beside a certificate"):
        open_node(settings)


def test_what_is_offered_has_forward_secrecy_and_no_old_version(tmp_path: Path, pair: Pair) -> None:
    context = tls_of(settings_of(tmp_path, **secured(pair)))
    assert context is not None
    old = [each["name"] for each in context.get_ciphers() if each["protocol"] != "TLSv1.3"]

    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert old
    assert all(name.startswith("ECDHE-") and ("GCM" in name or "CHACHA20" in name) for name in old)


def test_a_client_checks_names_and_certificates() -> None:
    context = client_context()

    assert (context.check_hostname, context.verify_mode) == (True, ssl.CERT_REQUIRED)
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2


def test_a_client_takes_a_trust_of_its_own(hub: Hub, trusting: dict[str, str]) -> None:
    tls = client_context(**{name.removeprefix("federation_"): value for name, value in trusting.items()})

    with ServiceClient(hub.address, tls=tls) as client:
        assert client.get_json("/healthz") == {"status": "ok"}
