"""Until when a connection waits for what, by a loop and a transport that the test moves."""

import asyncio
from typing import Any

import pytest
import uvicorn
from comity.gateway.connections import Patience, protocol_of
from uvicorn.server import ServerState

PATIENCE = Patience(head_seconds=5, request_seconds=60, answer_seconds=30, connections=3)
GET = b"GET / HTTP/1.1\r\nHost: n\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: n\r\nContent-Length: 4\r\n\r\n"


class Transport(asyncio.Transport):
    """A transport that keeps what is written, and says whether it was closed or cut."""

    def __init__(self) -> None:
        super().__init__({"peername": ("192.0.2.1", 1), "sockname": ("192.0.2.2", 2)})
        self.written = b""
        self.ended = ""

    def write(self, data: Any) -> None:
        self.written += data

    def close(self) -> None:
        self.ended = self.ended or "closed"

    def abort(self) -> None:
        self.ended = "cut"

    def is_closing(self) -> bool:
        return bool(self.ended)

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


class Loop(asyncio.SelectorEventLoop):
    """A loop whose time the test sets."""

    now = 100.0

    def time(self) -> float:
        return self.now


async def _answer(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


class House:
    """A server's side of some connections."""

    def __init__(self) -> None:
        self.loop = Loop()
        self.kind = protocol_of(PATIENCE)
        self.state = ServerState()
        self.config = uvicorn.Config(_answer, http=self.kind, ws="none", log_config=None)
        self.config.load()

    def connect(self) -> tuple[Any, Transport]:
        made: Any = self.kind(config=self.config, server_state=self.state, app_state={}, _loop=self.loop)  # type: ignore[call-arg]
        transport = Transport()
        made.connection_made(transport)
        return made, transport

    def answer(self) -> None:
        """Let the application answer what has arrived."""
        self.loop.run_until_complete(asyncio.gather(*self.state.tasks))

    def wait(self, seconds: float) -> None:
        """Let time pass, and the times be looked at."""
        self.loop.now += seconds
        for each in list(self.state.connections):
            each.check(self.loop.now)  # type: ignore[union-attr]


@pytest.fixture
def house() -> Any:
    made = House()
    yield made
    for connection in list(made.state.connections):
        connection.connection_lost(None)
    if made.state.tasks:
        made.answer()
    made.loop.close()


@pytest.mark.parametrize("sent", [b"", b"GET", GET[:-2]])
def test_a_head_that_does_not_arrive_is_answered_408(house: House, sent: bytes) -> None:
    connection, transport = house.connect()
    if sent:
        connection.data_received(sent)
    house.wait(4.9)
    waited = transport.ended
    house.wait(0.2)

    assert (waited, transport.ended) == ("", "closed")
    assert transport.written.startswith(b"HTTP/1.1 408 ")


def test_sending_a_little_now_and_then_does_not_help(house: House) -> None:
    connection, transport = house.connect()
    for letter in b"GET / HTTP":
        connection.data_received(bytes([letter]))
        house.wait(0.6)

    assert transport.ended == "closed"


def test_a_second_head_is_waited_for_no_longer_than_the_first(house: House) -> None:
    connection, transport = house.connect()
    connection.data_received(GET)
    house.answer()
    house.wait(4)
    connection.data_received(GET[:9])
    house.wait(4)
    waited = transport.ended
    house.wait(2)

    assert (waited, transport.ended) == ("", "closed")


def test_a_body_may_take_longer_than_a_head(house: House) -> None:
    connection, transport = house.connect()
    connection.data_received(POST)
    house.answer()
    house.wait(61)
    waited = transport.ended
    house.wait(3)

    assert (waited, transport.ended) == ("", "cut")
    assert transport.written.count(b"HTTP/1.1 ") == 1


def test_a_request_that_is_there_has_all_the_time_it_needs(house: House) -> None:
    connection, transport = house.connect()
    connection.data_received(POST + b"body")
    house.wait(10_000)

    assert transport.ended == ""
    house.answer()
    assert transport.written.startswith(b"HTTP/1.1 200 ")


def test_an_answer_that_nobody_reads_is_cut_off(house: House) -> None:
    connection, transport = house.connect()
    connection.data_received(GET)
    connection.pause_writing()
    house.wait(29)
    waited = transport.ended
    house.wait(2)

    assert (waited, transport.ended) == ("", "cut")
    connection.resume_writing()
    house.answer()


def test_a_client_that_reads_again_is_forgiven(house: House) -> None:
    connection, transport = house.connect()
    connection.data_received(GET)
    connection.pause_writing()
    house.wait(29)
    connection.resume_writing()
    house.wait(29)
    house.answer()

    assert transport.ended == ""


@pytest.mark.parametrize("part", [b"X: " + b"a" * 70_000, b"X-Many: a\r\n" * 7_000])
def test_a_head_without_an_end_is_refused(house: House, part: bytes) -> None:
    connection, transport = house.connect()
    connection.data_received(GET[:-2])
    connection.data_received(part)
    first = transport.ended
    connection.data_received(part)

    assert (first, transport.ended) == ("", "closed")
    assert transport.written.startswith(b"HTTP/1.1 431 ")


def test_a_large_body_is_no_large_head(house: House) -> None:
    connection, transport = house.connect()
    connection.data_received(b"POST / HTTP/1.1\r\nHost: n\r\nContent-Length: 300000\r\n\r\n" + b"a" * 100_000)
    connection.data_received(b"a" * 200_000)
    connection.data_received(GET[:9])
    house.answer()

    assert transport.ended == ""


def test_when_there_are_too_many_the_one_that_waited_longest_makes_room(house: House) -> None:
    transports = []
    for _ in range(4):
        transports.append(house.connect()[1])
        house.loop.now += 1

    assert [each.ended for each in transports] == ["cut", "", "", ""]


def test_who_is_being_answered_makes_no_room(house: House) -> None:
    busy = [house.connect() for _ in range(3)]
    for connection, _ in busy:
        connection.data_received(GET)
    newest = house.connect()[1]

    assert [transport.ended for _, transport in busy] == ["", "", ""]
    assert newest.ended == "cut"
    house.answer()


CHUNKED = b"POST / HTTP/1.1\r\nHost: n\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize("sent", [b"\x16\x03\x01\r\n\r\n", b"GET /\xff HTTP/1.1\r\n\r\n", CHUNKED + b"zz\r\n"])
def test_what_cannot_be_read_is_refused(house: House, sent: bytes) -> None:
    connection, transport = house.connect()
    connection.data_received(sent)

    assert transport.ended == "closed"
    assert transport.written.startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(("sent", "status"), [(b"BREW / HTTP/1.1\r\n\r\n", 501), (b"B" * 99 + b" / HTTP/1.1\r\n", 400)])
def test_a_method_that_is_not_known_is_not_implemented(house: House, sent: bytes, status: int) -> None:
    connection, transport = house.connect()
    connection.data_received(sent)

    assert transport.written.startswith(f"HTTP/1.1 {status} ".encode())


@pytest.mark.parametrize("sent", [GET + b"\x16\x03\x01\r\n", GET + CHUNKED + b"zz\r\n"])
def test_a_refusal_never_stands_for_the_answer_to_an_earlier_request(house: House, sent: bytes) -> None:
    connection, transport = house.connect()
    connection.data_received(sent)

    assert (transport.written, transport.ended) == (b"", "cut")


def test_a_refusal_never_breaks_into_an_answer(house: House) -> None:
    connection, transport = house.connect()
    connection.data_received(CHUNKED)
    connection.cycle.response_started = True
    connection.data_received(b"zz\r\n")

    assert (transport.written, transport.ended) == (b"", "cut")
