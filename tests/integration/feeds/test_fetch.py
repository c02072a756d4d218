"""Fetching from a publisher that is slow, large, elsewhere, or not what it seems."""

import gzip
from collections.abc import Callable, Sequence
from itertools import count

import pytest
from comity.errors import SettingsError, SyncError
from comity.transport.destinations import Allowed, destinations
from comity.transport.fetch import Bounds, Fetcher, FetchError, Secret

from tests.integration.feeds.publisher import Publisher, Reply

HERE = Allowed.parse(["127.0.0.0/8"])
SPECIAL = (
    *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1"),  # noqa: S104
    *("198.18.0.1", "240.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1"),
    *(
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "64:ff9b::7f00:1",
        "64:ff9b::808:808",
        "2002:7f00:1::",
        "2001:0:1::1",
        "::7f00:1",
    ),
)


def at(*addresses: str) -> Callable[[str, int], Sequence[str]]:
    def lookup(host: str, port: int) -> Sequence[str]:
        return addresses

    return lookup


@pytest.mark.parametrize("address", SPECIAL)
def test_an_address_of_special_use_is_not_fetched_from(address: str) -> None:
    with pytest.raises(SyncError, match="special use"):
        destinations("https://feed.example/list", Allowed(), at(address))


def test_one_address_of_special_use_among_others_refuses_the_host() -> None:
    with pytest.raises(SyncError, match="special use"):
        destinations("https://feed.example/", Allowed(), at("1.1.1.1", "10.0.0.1"))


def test_an_address_of_the_internet_is_fetched_from() -> None:
    (one,) = destinations("https://feed.example/", Allowed(), at("1.1.1.1"))

    assert (one.address, one.port, one.secure, one.allowed) == ("1.1.1.1", 443, True, False)


@pytest.mark.parametrize("entry", ["intel.example", "10.0.0.0/8", "10.0.0.1"])
def test_an_inner_place_is_let_pass_by_name_or_network(entry: str) -> None:
    (one,) = destinations("http://intel.example/", Allowed.parse([entry]), at("10.0.0.1"))

    assert one.allowed


@pytest.mark.parametrize(
    "url",
    ["ftp://a.example/", "file:///etc/passwd", "https://", "https://u:p@a.example/", "https://a.example:x/", "list"],
)
def test_what_is_no_url_of_a_publisher_is_refused(url: str) -> None:
    with pytest.raises(SettingsError):
        destinations(url, Allowed())


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]"])
def test_the_own_host_is_not_fetched_from_in_any_spelling(publisher: Publisher, host: str) -> None:
    with Fetcher() as fetcher, pytest.raises(SyncError):
        fetcher.get(f"http://{host}:{publisher.port}/list")

    assert publisher.asked == []


def test_the_connection_goes_to_the_address_that_was_checked_and_names_the_host(publisher: Publisher) -> None:
    publisher.replies["/list"] = Reply(body=b"one")
    with Fetcher(allowed=HERE, lookup=at("127.0.0.1")) as fetcher:
        answer = fetcher.get(f"http://feed.example:{publisher.port}/list")

    assert answer.body == b"one"
    assert publisher.asked[0].headers["host"] == f"feed.example:{publisher.port}"


def test_the_name_is_looked_up_once_for_each_request(publisher: Publisher) -> None:
    publisher.replies["/list"] = Reply(body=b"one")
    seen: list[str] = []

    def lookup(host: str, port: int) -> Sequence[str]:
        seen.append(host)
        return ["127.0.0.1" if len(seen) == 1 else "10.0.0.1"]

    with Fetcher(allowed=HERE, lookup=lookup) as fetcher:
        fetcher.get(f"http://feed.example:{publisher.port}/list")

    assert seen == ["feed.example"]


def test_a_redirect_on_the_same_host_is_followed(publisher: Publisher) -> None:
    publisher.replies["/old"] = Reply(status=302, headers={"Location": "/new?a=1"})
    publisher.replies["/new"] = Reply(body=b"moved")
    with Fetcher(allowed=HERE) as fetcher:
        assert fetcher.get(publisher.url("/old")).body == b"moved"


@pytest.mark.parametrize(
    "target", ["http://elsewhere.example/", "http://127.0.0.1:1/", "//10.0.0.1/", "file:///etc/passwd"]
)
def test_a_redirect_to_another_place_is_not_followed(publisher: Publisher, target: str) -> None:
    publisher.replies["/old"] = Reply(status=302, headers={"Location": target})
    with Fetcher(allowed=HERE) as fetcher, pytest.raises((FetchError, SettingsError)):
        fetcher.get(publisher.url("/old"))

    assert len(publisher.asked) == 1


def test_redirects_that_never_end_are_given_up(publisher: Publisher) -> None:
    publisher.replies["/loop"] = Reply(status=302, headers={"Location": "/loop"})
    with Fetcher(allowed=HERE) as fetcher, pytest.raises(FetchError, match="more than 3 redirects"):
        fetcher.get(publisher.url("/loop"))


def test_an_answer_above_the_bound_is_refused(publisher: Publisher) -> None:
    publisher.replies["/list"] = Reply(body=b"x" * 1001)
    with (
        Fetcher(allowed=HERE, bounds=Bounds(body_bytes=1000)) as fetcher,
        pytest.raises(FetchError, match="1000 bytes"),
    ):
        fetcher.get(publisher.url("/list"))


def test_an_answer_that_unpacks_above_the_bound_is_refused(publisher: Publisher) -> None:
    publisher.replies["/list"] = Reply(body=gzip.compress(b" " * 50_000_000), headers={"Content-Encoding": "gzip"})
    with (
        Fetcher(allowed=HERE, bounds=Bounds(body_bytes=1000)) as fetcher,
        pytest.raises(FetchError, match="1000 bytes"),
    ):
        fetcher.get(publisher.url("/list"))


def test_a_packed_answer_is_unpacked(publisher: Publisher) -> None:
    publisher.replies["/list"] = Reply(body=gzip.compress(b"one" * 9_000), headers={"Content-Encoding": "gzip"})
    with Fetcher(allowed=HERE) as fetcher:
        assert fetcher.get(publisher.url("/list")).body == b"one" * 9_000


@pytest.mark.parametrize(("encoding", "body"), [("br", b"x"), ("gzip", b"no gzip at all")])
def test_an_encoding_that_cannot_be_unpacked_is_refused(publisher: Publisher, encoding: str, body: bytes) -> None:
    publisher.replies["/list"] = Reply(body=body, headers={"Content-Encoding": encoding})
    with Fetcher(allowed=HERE) as fetcher, pytest.raises(FetchError, match=encoding):
        fetcher.get(publisher.url("/list"))


def test_an_answer_that_takes_too_long_is_given_up(publisher: Publisher) -> None:
    publisher.replies["/list"] = Reply(body=b"x")
    ticks = count(0.0, 100.0)
    with (
        Fetcher(allowed=HERE, bounds=Bounds(seconds=50), seconds=lambda: next(ticks)) as fetcher,
        pytest.raises(FetchError, match="not done after 50 seconds"),
    ):
        fetcher.get(publisher.url("/list"))


@pytest.mark.parametrize(("stated", "seconds"), [("120", 120), ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("", None)])
def test_a_publisher_may_ask_to_wait(publisher: Publisher, stated: str, seconds: int | None) -> None:
    publisher.replies["/list"] = Reply(status=429, headers={"Retry-After": stated})
    with Fetcher(allowed=HERE) as fetcher, pytest.raises(FetchError) as caught:
        fetcher.get(publisher.url("/list"))

    assert (caught.value.status, caught.value.retry_after) == (429, seconds)


def test_a_secret_goes_into_its_header_and_into_no_message(publisher: Publisher) -> None:
    secret = Secret(header="Auth-Key", value="do-not-tell")
    with Fetcher(allowed=HERE, secret=secret) as fetcher, pytest.raises(FetchError) as caught:
        fetcher.get(publisher.url("/absent?key=also-secret"))

    assert publisher.asked[0].headers["auth-key"] == "do-not-tell"
    assert "secret" not in str(caught.value)
    assert "do-not-tell" not in f"{caught.value}{secret!r}"


def test_a_secret_is_not_sent_in_clear_over_the_internet() -> None:
    fetcher = Fetcher(secret=Secret(header="Auth-Key", value="x"), lookup=at("1.1.1.1"))
    with fetcher, pytest.raises(SettingsError, match="expected https"):
        fetcher.get("http://feed.example/")
