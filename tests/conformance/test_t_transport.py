"""Transport and plain HTTP (TAXII 2.1, 3.1, 8.2; RFC 7230, 7231, 7493)."""

import json
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx
import pytest
from comity.transport.tls import server_context
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.conformance.world import (
    HELD,
    TAXII,
    WRITER,
    NodeWorld,
    Place,
    Socket,
    address,
    indicator,
    indicators,
    served,
    status_of,
)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a self-signed certificate for loopback, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, secret = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.touch(mode=0o600)
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate, secret


@pytest.fixture(scope="session")
def secure(node: NodeWorld, certificate: tuple[Path, Path]) -> Iterator[Socket]:
    tls = server_context(str(certificate[0]), str(certificate[1]))
    with served(node.caller.app, ssl_context_factory=lambda _config, _default: tls) as running:
        yield running


def context(certificate: Path, version: ssl.TLSVersion) -> ssl.SSLContext:
    made = ssl.create_default_context(cafile=str(certificate))
    made.set_ciphers("ALL:@SECLEVEL=0")
    made.minimum_version = made.maximum_version = version
    return made


def discovery_over(secure: Socket, made: ssl.SSLContext) -> httpx.Response:
    with httpx.Client(verify=made) as client:
        return client.get(f"https://127.0.0.1:{secure.port}/taxii2/", headers={"Accept": TAXII})


def test_t_01_requests_are_accepted_over_https(secure: Socket, certificate: tuple[Path, Path]) -> None:
    trusted = ssl.create_default_context(cafile=str(certificate[0]))

    assert discovery_over(secure, trusted).status_code == 200


def test_t_02_tls_1_2_is_accepted(secure: Socket, certificate: tuple[Path, Path]) -> None:
    assert discovery_over(secure, context(certificate[0], ssl.TLSVersion.TLSv1_2)).status_code == 200


def test_t_03_tls_1_3_is_accepted(secure: Socket, certificate: tuple[Path, Path]) -> None:
    assert discovery_over(secure, context(certificate[0], ssl.TLSVersion.TLSv1_3)).status_code == 200


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
@pytest.mark.filterwarnings("ignore:ssl.*TLS:DeprecationWarning")
def test_t_04_old_tls_is_refused(secure: Socket, certificate: tuple[Path, Path], version: ssl.TLSVersion) -> None:
    made = context(certificate[0], version)

    with pytest.raises(httpx.ConnectError):
        discovery_over(secure, made)


def test_t_05_a_request_without_a_user_agent_is_served(live: Socket) -> None:
    answer = live.answer(f"GET /taxii2/ HTTP/1.1\r\nHost: n\r\nAccept: {TAXII}\r\n\r\n".encode())

    assert status_of(answer) == 200


@pytest.mark.parametrize(
    "path",
    ["", "objects/", "manifest/", "objects/{id}/", "objects/{id}/versions/", "objects/indicator--x/", "../", "../../"],
)
def test_t_06_head_answers_as_get_does_without_a_body(shelf: Place, path: str) -> None:
    one = indicator()
    shelf.store(one)
    url = httpx.URL("http://n" + shelf.url).join(path.format(id=one["id"])).path

    got, head = shelf.caller.get(url), shelf.caller.request("HEAD", url)

    assert head.status_code == got.status_code
    assert head.headers["content-type"] == got.headers["content-type"]
    assert head.content == b""


@pytest.mark.parametrize("method", ["PUT", "PATCH", "OPTIONS", "TRACE", "POST", "DELETE", "BREW"])
@pytest.mark.parametrize("path", ["/taxii2/", "/plain/", "/plain/collections/", "{url}", "{url}manifest/"])
def test_t_07_other_methods_are_not_allowed(place: Place, method: str, path: str) -> None:
    answer = place.caller.request(method, path.format(url=place.url), headers={"Content-Type": TAXII}, content=b"{}")

    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("objects/", "GET, POST, HEAD"),
        (f"objects/{HELD}/", "GET, DELETE, HEAD"),
        (f"objects/{HELD}/versions/", "GET, HEAD"),
    ],
)
def test_t_07_allow_lists_what_the_endpoint_has(place: Place, path: str, allowed: str) -> None:
    answer = place.caller.request("PUT", place.url + path)

    assert answer.status_code == 405
    assert answer.headers["allow"] == allowed


@pytest.mark.parametrize("path", ["/taxii2", "/plain", "/plain/collections", "{url}", "{url}objects", "{url}manifest"])
def test_t_08_a_path_without_its_last_slash_is_served(place: Place, path: str) -> None:
    place.store(indicator())
    url = path.format(url=place.url).rstrip("/")

    assert place.caller.get(url).content == place.caller.get(url + "/").content


@pytest.mark.parametrize("name", ["match[type]", "match%5Btype%5D", "match%5btype%5d"])
def test_t_09_brackets_may_be_escaped(shelf: Place, name: str) -> None:
    one = indicator()
    shelf.store(one)

    assert shelf.ids(f"{name}=malware") == []
    assert shelf.ids(f"{name}=indicator") == [one["id"]]


def distinct(pairs: list[tuple[str, object]]) -> dict[str, object]:
    names = [name for name, _ in pairs]
    assert len(set(names)) == len(names)
    return dict(pairs)


def no_constant(text: str) -> object:
    raise AssertionError(text)


@pytest.mark.parametrize(
    "path", ["/taxii2/", "/plain/", "/plain/collections/", "{url}", "{url}objects/", "{url}manifest/", "/none/"]
)
def test_t_10_bodies_are_strict_json(place: Place, path: str) -> None:
    place.store(indicator(name="ü \U0001f600"), address())

    content = place.caller.get(path.format(url=place.url)).content

    assert not content.startswith(b"\xef\xbb\xbf")
    assert json.loads(content.decode("utf-8"), object_pairs_hook=distinct, parse_constant=no_constant)


@pytest.mark.parametrize(
    "query", ["limit=%ff", "next=%ed%a0%80", "match[version]=%F0%9F%98%80", 'limit="\\ud800', "added_after=%22%5C"]
)
def test_t_10_errors_are_strict_json_whatever_they_quote(place: Place, query: str) -> None:
    answer = place.get("objects/", query)

    assert answer.status_code == 400
    assert json.loads(answer.content.decode("utf-8"), parse_constant=no_constant)["http_status"] == "400"


def framed(*lines: str, body: bytes = b"") -> bytes:
    head = [f"POST /plain/collections/{HELD}/objects/ HTTP/1.1", "Host: n", f"Authorization: {WRITER}", *lines]
    return "\r\n".join((*head, f"Content-Type: {TAXII}", f"Accept: {TAXII}", "", "")).encode() + body


WELL_FRAMED = framed("Content-Length: 2", "Connection: close", body=b"{}")


@pytest.mark.parametrize(
    "request_bytes",
    [
        framed("Content-Length: x", body=b"{}"),
        framed("Content-Length: -1", body=b"{}"),
        framed("Content-Length: 99999999999999999999999999", body=b"{}"),
        framed("Content-Length: 2", "Content-Length: 3", body=b"{}"),
        framed("Content-Length: 2", "Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
        framed("Transfer-Encoding: chunked", body=b"zz\r\n{}\r\n0\r\n\r\n"),
        framed("Transfer-Encoding: chunked", body=b"FFFFFFFFFFFFFFFFFF\r\n{}\r\n0\r\n\r\n"),
        framed("Transfer-Encoding: gzip, identity", body=b"{}"),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET\r\n\r\n",
        b"GET /taxii2/ HTTP/9.9\r\n\r\n",
        b"\x00\x00\x00\x00\r\n\r\n",
        b"GET /taxii2/ HTTP/1.1\r\nHost: n\r\nX-Field : x\r\n\r\n",
        b"GET /\xff/ HTTP/1.1\r\nHost: n\r\n\r\n",
        b"GET /taxii2/ HTTP/1.1\r\nAccept: */*\r\nConnection: close\r\n\r\n",
    ],
    ids=range(15),
)
def test_t_11_broken_framing_is_refused_with_a_taxii_error_and_survived(live: Socket, request_bytes: bytes) -> None:
    answer = live.exchange(request_bytes)
    head, _, body = answer.partition(b"\r\n\r\n")

    assert 400 <= (status_of(answer) or 0) < 500
    assert f"content-type: {TAXII}".encode() in head.split(b"\r\n")
    assert json.loads(body)["http_status"] == str(status_of(answer))
    assert status_of(live.answer(WELL_FRAMED)) == 404


@pytest.mark.parametrize("method", ["BREW", "get", "PROPFIND-"])
def test_t_07_a_method_that_nobody_knows_is_not_implemented(live: Socket, method: str) -> None:
    answer = live.answer(f"{method} /taxii2/ HTTP/1.1\r\nHost: n\r\n\r\n".encode())

    assert status_of(answer) == 501
    assert TAXII.encode() in answer


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET /taxii2/?" + b"a" * 1_000_000 + b" HTTP/1.1\r\nHost: n\r\n\r\n",
        b"GET /" + b"a/" * 100_000 + b" HTTP/1.1\r\nHost: n\r\n\r\n",
        b"GET /taxii2/ HTTP/1.1\r\nHost: n\r\nX-Long: " + b"a" * 1_000_000 + b"\r\n\r\n",
        b"GET /taxii2/ HTTP/1.1\r\nHost: n\r\n" + b"X-Many: a\r\n" * 20_000 + b"\r\n",
    ],
    ids=["query", "path", "field", "fields"],
)
def test_t_12_very_long_heads_are_refused_and_survived(live: Socket, request_bytes: bytes) -> None:
    status = status_of(live.exchange(request_bytes))

    assert status is None or 400 <= status < 500
    assert status_of(live.answer(WELL_FRAMED)) == 404


def test_t_13_sixteen_clients_at_once_see_no_torn_state(place: Place) -> None:
    batches = [indicators(5) for _ in range(16)]

    def work(batch: list[dict[str, Any]]) -> list[int]:
        statuses = [place.put(*batch).status_code]
        statuses += [place.get("objects/", "limit=7").status_code for _ in range(3)]
        return [*statuses, place.get("manifest/").status_code, place.delete(batch[0]["id"]).status_code]

    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(work, batches))

    left = {one["id"] for batch in batches for one in batch[1:]}
    walked = [one["id"] for page in place.pages("limit=9") for one in page]
    assert statuses == [[202, 200, 200, 200, 200, 200]] * 16
    assert len(walked) == len(left)
    assert set(walked) == left
