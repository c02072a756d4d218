"""What stands in front of every route, around a small application, without a server."""

import asyncio
import json
import zlib
from collections.abc import Hashable, Mapping
from typing import Any

import pytest
from comity.gateway.caching import Tags
from comity.gateway.front import WRONG_PASSWORD, Front
from comity.gateway.http import App, Message, Receive, Scope, Send, UnreadableError
from comity.gateway.limiting import Allowance, Limiter

TAXII = b"application/taxii+json;version=2.1"
Pairs = list[tuple[bytes, bytes]]
Answer = tuple[int, Pairs, bytes]


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def says(body: bytes, *headers: tuple[bytes, bytes], status: int = 200, parts: int = 1) -> App:
    """Return an application that says *body*, in so many parts."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        told = [*headers, (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": told})
        size = len(body) // parts
        for number in range(parts):
            more = number < parts - 1
            part = body[number * size : None if not more else (number + 1) * size]
            await send({"type": "http.response.body", "body": part, "more_body": more})

    return app


PAGE = b'{"objects":[' + b"1," * 600 + b"1]}"
page = says(PAGE, (b"content-type", TAXII))


def front(app: App = page, **how: Any) -> Front:
    generous = Allowance(per_second=1, burst=1_000, concurrency=10)
    usual: dict[str, Any] = {
        "tags": Tags(b"secret"),
        "desks": Limiter(generous, Clock()),
        "addresses": Limiter(generous, Clock()),
        "desk_of": desk_of,
        "body_bytes": 10,
        "request_seconds": 60.0,
    }
    return Front(app, **{**usual, **how})


def desk_of(asked: Mapping[bytes, bytes]) -> Hashable:
    """Know whoever brings a name that begins with ``desk``."""
    name = asked.get(b"authorization", b"")
    return name if name.startswith(b"desk") else None


def parts_of(body: bytes, *more: bytes) -> Receive:
    waiting = [body, *more]

    async def receive() -> Message:
        part = waiting.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(waiting)}

    return receive


async def never() -> Message:
    await asyncio.Event().wait()
    raise AssertionError


def ask(
    app: App,
    *headers: tuple[bytes, bytes],
    method: str = "GET",
    receive: Receive = never,
    client: str = "192.0.2.1",
    host: bytes = b"n",
) -> Answer:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "http_version": "1.1", "method": method, "path": "/", "client": (client, 1)}
    scope["headers"] = [(b"host", host), *headers] if host else list(headers)
    asyncio.run(asyncio.wait_for(_run(app, scope, receive, send), 30))
    return sent[0]["status"], sent[0]["headers"], b"".join(each.get("body", b"") for each in sent[1:])


async def _run(app: App, scope: Scope, receive: Receive, send: Send) -> None:
    await app(scope, receive, send)


def test_an_answer_carries_its_tag_and_comes_in_the_coding_that_is_asked_for() -> None:
    status, headers, body = ask(front(), (b"accept-encoding", b"gzip"))

    assert status == 200
    assert dict(headers)[b"etag"]
    assert (dict(headers)[b"content-encoding"], int(dict(headers)[b"content-length"])) == (b"gzip", len(body))
    assert zlib.decompress(body, 31) == PAGE


def test_a_large_answer_is_compressed_as_well() -> None:
    body = ask(front(says(PAGE * 100, (b"content-type", TAXII))), (b"accept-encoding", b"gzip"))[2]

    assert zlib.decompress(body, 31) == PAGE * 100


def test_nothing_is_compressed_where_that_is_turned_off() -> None:
    assert ask(front(compression=False), (b"accept-encoding", b"gzip"))[2] == PAGE


def test_the_tag_is_the_same_in_every_coding() -> None:
    plain, packed = ask(front()), ask(front(), (b"accept-encoding", b"zstd"))

    assert dict(plain[1])[b"etag"] == dict(packed[1])[b"etag"]


def test_what_the_caller_has_is_answered_304_without_length_and_body() -> None:
    status, headers, body = ask(front(), (b"if-none-match", b"*"), (b"accept-encoding", b"gzip"))

    assert (status, body) == (304, b"")
    assert {name for name, _ in headers} == {b"etag", b"cache-control", b"vary"}


def test_a_write_is_carried_out_whatever_its_caller_has() -> None:
    status, headers, body = ask(front(), (b"if-none-match", b"*"), method="POST")

    assert (status, body) == (200, PAGE)
    assert dict(headers)[b"cache-control"] == b"no-store"


@pytest.mark.parametrize("parts", [1, 3])
@pytest.mark.parametrize("coding", [b"identity", b"gzip"])
def test_head_is_answered_as_get_is_without_the_body(parts: int, coding: bytes) -> None:
    asked: list[str] = []
    app = says(PAGE, (b"content-type", TAXII), parts=parts)

    async def noting(scope: Scope, receive: Receive, send: Send) -> None:
        asked.append(scope["method"])
        await app(scope, receive, send)

    got = ask(front(noting), (b"accept-encoding", coding))
    head = ask(front(noting), (b"accept-encoding", coding), method="HEAD")

    assert asked == ["GET", "GET"]
    assert head == (got[0], got[1], b"")


def test_an_answer_in_parts_passes_as_it_is() -> None:
    status, headers, body = ask(front(says(PAGE, (b"content-type", TAXII), parts=4)), (b"accept-encoding", b"gzip"))

    assert (status, body) == (200, PAGE)
    assert headers == [(b"content-type", TAXII), (b"content-length", str(len(PAGE)).encode())]


def test_every_cookie_of_an_answer_is_kept() -> None:
    cookies = [(b"set-cookie", b"a=1"), (b"set-cookie", b"b=2"), (b"set-cookie", b"c=3")]
    headers = ask(front(says(b"x", (b"vary", b"A"), *cookies, (b"vary", b"B"))))[1]

    assert [pair for pair in headers if pair[0] == b"set-cookie"] == cookies
    assert dict(headers)[b"vary"] == b"A, B"


@pytest.mark.parametrize("name", [b"authorization", b"host", b"content-type"])
def test_a_field_that_can_be_sent_only_once_is_refused_when_it_comes_twice(name: bytes) -> None:
    assert ask(front(), (name, b"desk 1"), (name, b"desk 2"))[0] == 400


def test_a_request_without_a_host_is_refused() -> None:
    assert ask(front(), host=b"")[0] == 400


def test_no_answer_may_be_taken_for_something_of_another_type() -> None:
    answers = [ask(front()), ask(front(), host=b""), ask(front(), method="POST", receive=parts_of(b""))]

    assert [dict(each[1])[b"x-content-type-options"] for each in answers] == [b"nosniff"] * 3


def test_other_fields_may_come_twice() -> None:
    tag = dict(ask(front())[1])[b"etag"]

    assert ask(front(), (b"if-none-match", b'"x"'), (b"if-none-match", tag))[0] == 304


# --- how much is let in


def few(burst: float, concurrency: int = 10) -> Limiter:
    return Limiter(Allowance(per_second=0.25, burst=burst, concurrency=concurrency), Clock())


def test_a_desk_that_asks_too_much_is_told_when_to_come_back() -> None:
    app = front(desks=few(1))
    answers = [ask(app, (b"authorization", b"desk 1")) for _ in range(3)]
    _, headers, body = answers[2]

    assert [each[0] for each in answers] == [200, 200, 429]
    assert dict(headers)[b"retry-after"] == b"4"
    assert dict(headers)[b"content-type"] == TAXII
    assert json.loads(body) == {"title": "too many requests", "http_status": "429"}


def test_a_desk_is_known_by_its_account_and_not_by_its_address() -> None:
    app = front(desks=few(0), addresses=few(0))
    statuses = [
        ask(app, (b"authorization", name), client=client)[0]
        for name, client in (
            (b"desk 1", "192.0.2.1"),
            (b"desk 1", "192.0.2.2"),
            (b"desk 2", "192.0.2.1"),
            (b"unknown", "192.0.2.1"),
            (b"unknown", "192.0.2.1"),
            (b"unknown", "192.0.2.2"),
        )
    ]

    assert statuses == [200, 429, 200, 200, 429, 200]


@pytest.mark.parametrize(
    ("header", "statuses"),
    [
        (b"Basic d3Jvbmc6d3Jvbmc=", [401, 401, 429]),
        (b"BASIC d3Jvbmc6d3Jvbmc=", [401, 401, 429]),
        (b"Bearer wrong", [401, 401, 401]),
        (b"", [401, 401, 401]),
    ],
)
def test_a_wrong_password_costs_more_than_what_is_cheap_to_refuse(header: bytes, statuses: list[int]) -> None:
    app = front(says(b"", status=401), addresses=few(WRONG_PASSWORD + 1))

    assert [ask(app, (b"authorization", header))[0] for _ in range(3)] == statuses


def test_requests_at_the_same_time_are_counted_until_they_end() -> None:
    go = asyncio.Event()

    async def waiting(scope: Scope, receive: Receive, send: Send) -> None:
        await go.wait()
        await page(scope, receive, send)

    app = front(waiting, desks=few(100, concurrency=2))

    async def run() -> list[int]:
        statuses: list[int] = []

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        headers = [(b"host", b"n"), (b"authorization", b"desk")]
        scope = {"type": "http", "http_version": "1.1", "method": "GET", "headers": headers, "client": None}
        tasks = [asyncio.ensure_future(app(dict(scope), never, send)) for _ in range(3)]
        await asyncio.sleep(0)
        go.set()
        await asyncio.gather(*tasks)
        await app(dict(scope), never, send)
        return statuses

    assert asyncio.run(run()) == [429, 200, 200, 200]


def test_a_request_that_fails_is_counted_no_longer() -> None:
    async def failing(scope: Scope, receive: Receive, send: Send) -> None:
        raise ValueError("broken")

    app = front(failing, desks=few(100, concurrency=1))
    for _ in range(3):
        with pytest.raises(ValueError, match="broken"):
            ask(app, (b"authorization", b"desk"))


# --- what comes in


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message["body"], message["more_body"]
    await says(body)(scope, receive, send)


async def swallowing(scope: Scope, receive: Receive, send: Send) -> None:
    """Take every failure to read the body for a bad request, as web frameworks do."""
    try:
        await echo(scope, receive, send)
    except UnreadableError:
        await says(b"bad", status=400)(scope, receive, send)


CHUNKED = (b"transfer-encoding", b"chunked")


def test_a_body_within_the_limit_comes_through() -> None:
    assert ask(front(echo), CHUNKED, method="POST", receive=parts_of(b"12345", b"67890"))[2] == b"1234567890"


@pytest.mark.parametrize("app", [echo, swallowing])
@pytest.mark.parametrize("length", [(b"content-length", b"11"), (b"content-length", b"9" * 400), CHUNKED])
def test_a_body_above_the_limit_is_refused_whatever_the_route_makes_of_it(
    app: App, length: tuple[bytes, bytes]
) -> None:
    status, headers, body = ask(front(app), length, method="POST", receive=parts_of(b"12345", b"67890", b"1"))

    assert (status, dict(headers)[b"connection"]) == (413, b"close")
    assert "larger than 10 bytes" in json.loads(body)["title"]


def test_who_is_refused_for_another_reason_is_not_asked_for_a_body_that_is_too_large() -> None:
    app = front(says(b"who?", status=401))
    status, headers, _ = ask(app, (b"content-length", b"11"), method="POST")

    assert (status, dict(headers)[b"connection"]) == (401, b"close")


@pytest.mark.parametrize("app", [echo, swallowing])
def test_a_body_that_does_not_come_in_time_is_not_waited_for(app: App) -> None:
    status, headers, body = ask(front(app, request_seconds=0.0), CHUNKED, method="POST")

    assert (status, dict(headers)[b"connection"]) == (408, b"close")
    assert json.loads(body)["http_status"] == "408"


def test_what_comes_after_the_body_may_take_its_time() -> None:
    ended = asyncio.Event()

    async def watching(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        waiting = asyncio.ensure_future(receive())
        await asyncio.sleep(0)
        assert not waiting.done()
        waiting.cancel()
        ended.set()
        await says(b"done")(scope, receive, send)

    async def receive() -> Message:
        calls.append(1)
        return {"type": "http.request", "body": b"x", "more_body": False} if len(calls) == 1 else await never()

    calls: list[int] = []

    assert (
        ask(front(watching, request_seconds=0.0), (b"content-length", b"1"), method="POST", receive=receive)[0] == 200
    )


def test_other_scopes_pass() -> None:
    seen: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    async def nowhere(message: Message) -> None:
        raise AssertionError

    asyncio.run(_run(front(app), {"type": "lifespan"}, never, nowhere))

    assert seen == ["lifespan"]
