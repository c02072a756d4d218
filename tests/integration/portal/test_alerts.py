"""Alerts tell of every new object at least once, say nothing of what it is, and stop when nobody takes them."""

import hmac
import json
import re
import socketserver
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import ClassVar

import pytest
from comity.domain.label import Label
from comity.portal.alerting import Alerting
from comity.store import alerts
from comity.store.alerts import MOST_TRIES, Alert
from comity.store.search import Search
from comity.transport.destinations import Allowed
from comity.transport.mail import MailServer

from tests.integration.portal.conftest import Seat, World

Sit = Callable[[str], Seat]
LOOPBACK = Allowed.parse(["127.0.0.1"])


class Hook(BaseHTTPRequestHandler):
    """Remembers what it is sent, and answers as it is told."""

    taken: ClassVar[list[tuple[dict[str, str], bytes]]] = []
    status: ClassVar[int] = 200

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.taken.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(self.status)
        self.send_header("location", "/elsewhere")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name where it comes from
        """Say nothing."""


@pytest.fixture
def hook() -> Iterator[str]:
    Hook.taken, Hook.status = [], 200
    with HTTPServer(("127.0.0.1", 0), Hook) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/hook"
        server.shutdown()
        thread.join()


@pytest.fixture
def alerting(world: World) -> Alerting:
    return Alerting(store=world.store, search=Search(world.store.grants), link="https://node.example", allowed=LOOPBACK)


def saved(sit: Sit, query: str, target: str, kind: str = "webhook") -> str:
    """Save a search of the CERT with an alert, and return the key of its deliveries."""
    cert = sit("cert")
    cert.post("/saved", "/search", name="watch", query=query, audience="organisation")
    search_id = cert.get("/saved?format=json").json()["searches"][0]["id"]
    page = cert.post(f"/saved/{search_id}/alert", "/saved", kind=kind, target=target).text
    keys = re.findall(r'<p class="mono">([^<]+)</p>', page)
    return keys[0] if keys else ""


def state(world: World) -> Alert:
    connection = world.store.read()
    ids = list(connection.exec_driver_sql("SELECT search_id FROM alerts").scalars())
    return alerts.of_searches(connection, ids)[ids[0]]


def test_a_webhook_is_told_of_what_is_new_once_with_a_signature_and_nothing_of_what_it_is(
    world: World, seat: Sit, green: Label, *, restricted: Label, alerting: Alerting, hook: str
) -> None:
    world.indicator("domain-name", "old.example", green)
    key = saved(seat, "kind:domain", hook)
    world.indicator("domain-name", "secret-name.example", restricted)
    world.indicator("ipv4-addr", "198.51.100.7", restricted)

    alerting.run_due()
    alerting.run_due()

    [(headers, body)] = Hook.taken
    told = json.loads(body)
    at, given = re.fullmatch(r"t=([0-9]+),v1=([0-9a-f]{64})", headers["x-comity-signature"]).groups()  # type: ignore[union-attr]  # or the test fails
    assert (told["new"], told["more"], told["link"]) == (1, False, "https://node.example/saved")
    assert given == hmac.new(key.encode(), f"{at}.".encode() + body, sha256).hexdigest()
    assert sorted(told) == ["delivery", "link", "more", "new", "search"]
    assert headers["x-comity-delivery"] == told["delivery"]
    assert state(world).last_count == 1


def test_nobody_is_told_of_what_the_desk_may_not_read(
    world: World, seat: Sit, secret: Label, *, alerting: Alerting, hook: str
) -> None:
    saved(seat, "kind:domain", hook)
    world.indicator("domain-name", "hidden.example", secret)

    alerting.run_due()

    assert Hook.taken == []


def test_what_was_not_taken_is_told_again_later_and_then_with_what_came_since(
    world: World, seat: Sit, green: Label, *, alerting: Alerting, hook: str
) -> None:
    saved(seat, "kind:domain", hook)
    world.indicator("domain-name", "one.example", green)
    Hook.status = 503
    alerting.run_due()
    alerting.run_due()
    failed = state(world)
    Hook.status = 200
    world.indicator("domain-name", "two.example", green)
    with world.store.write() as connection:
        alerts.put(connection, replace(failed, next_try=0))

    alerting.run_due()

    assert (failed.failures, failed.problem.partition("?")[0].rpartition(":")[2]) == (1, " status 503")
    assert failed.next_try > (failed.last_try or 0)
    assert [json.loads(body)["new"] for _, body in Hook.taken] == [1, 2]
    assert state(world).failures == 0


@pytest.mark.parametrize("status", [302, 307])
def test_a_webhook_is_never_followed_elsewhere(
    world: World, seat: Sit, green: Label, *, alerting: Alerting, hook: str, status: int
) -> None:
    saved(seat, "kind:domain", hook)
    world.indicator("domain-name", "one.example", green)
    Hook.status = status

    alerting.run_due()

    assert len(Hook.taken) == 1
    assert "redirects" in state(world).problem


def test_nothing_is_sent_to_an_inner_address_that_the_operator_did_not_name(
    world: World, seat: Sit, green: Label, *, alerting: Alerting, hook: str
) -> None:
    saved(seat, "kind:domain", hook)
    world.indicator("domain-name", "one.example", green)

    replace(alerting, allowed=Allowed()).run_due()

    assert Hook.taken == []
    assert "address of special use" in state(world).problem


def test_an_alert_that_nobody_takes_is_switched_off_and_waits_ever_longer() -> None:
    one = Alert(search_id="x", kind="webhook", target="x", secret="x", enabled=True, position=0)
    waits = []
    while one.enabled:
        one = one.failed("no answer", now=0)
        waits.append(one.next_try)

    assert (len(waits), waits == sorted(waits), waits[-1]) == (MOST_TRIES, True, 21_600_000_000)
    assert one.problem == f"switched off after {MOST_TRIES} tries: no answer"


class Mail(socketserver.StreamRequestHandler):
    """Takes one note as a mail server does."""

    taken: ClassVar[list[str]] = []

    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        for line in iter(self.rfile.readline, b""):
            if line.upper().startswith(b"DATA"):
                self.wfile.write(b"354 go on\r\n")
                note = b"".join(iter(self.rfile.readline, b".\r\n"))
                self.taken.append(note.decode())
            self.wfile.write(b"221 bye\r\n" if line.upper().startswith(b"QUIT") else b"250 ok\r\n")


def test_an_e_mail_says_how_many_and_where_to_look(
    world: World, seat: Sit, restricted: Label, alerting: Alerting
) -> None:
    Mail.taken = []
    saved(seat, "kind:domain", "duty@cert.example", "email")
    world.indicator("domain-name", "secret-name.example", restricted)
    with socketserver.TCPServer(("127.0.0.1", 0), Mail) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        port = server.server_address[1]
        mail = MailServer(host="127.0.0.1", port=port, tls="none", sender="node@cert.example")
        replace(alerting, mail=mail).run_due()
        thread.join()

    [note] = Mail.taken
    assert "1 new for a saved search. Log in to look: https://node.example/saved" in note
    assert "To: duty@cert.example" in note
    assert "secret-name" not in note
    assert "watch" not in note


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("webhook", "ftp://x.example/"),
        ("webhook", "https://u:p@x.example/"),
        ("email", "a@b.example\r\nBcc: c@d.example"),
    ],
)
def test_a_target_that_is_none_is_refused(world: World, seat: Sit, kind: str, target: str) -> None:
    saved(seat, "kind:domain", target, kind)

    assert world.store.read().exec_driver_sql("SELECT count(*) FROM alerts").scalar() == 0


def test_the_alert_of_another_account_is_as_good_as_none(world: World, seat: Sit, hook: str) -> None:
    saved(seat, "kind:domain", hook)
    search_id = state(world).search_id

    answers = [
        seat("soc").post(f"/saved/{search_id}/{what}", "/saved", kind="webhook", target=hook).status_code
        for what in ("alert", "quiet")
    ]

    assert answers == [404, 404]
