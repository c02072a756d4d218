"""Rounds of feeds: what comes in, what is remembered, and what happens when a publisher fails or a round is cut."""

import asyncio
import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from comity.app.node_service import NodeService, open_node
from comity.app.serving import node_app
from comity.cli.main import app
from comity.errors import ComityError, SettingsError, SyncError
from comity.node.catalogue import MINUTE, parse_catalogue
from comity.node.feeding import BATCH, Tally
from comity.node.fetching import Feeds
from comity.settings import load
from typer.testing import CliRunner, Result

from tests.integration.feeds.publisher import Asked, Publisher, Reply
from tests.integration.feeds.taxii_server import Server

LIST = b"one.feed.example\ntwo.feed.example # note\nno host\n"


@pytest.fixture
def service(node: Path) -> Iterator[NodeService]:
    """The node, open."""
    opened = open_node(load(node))
    yield opened
    opened.close()


def feeds(service: NodeService, publisher: Publisher, **changes: object) -> Feeds:
    source = {"url": publisher.url("/list"), "format": "list", "tlp": "green", **changes}
    return replace(service.feeds, catalogue=parse_catalogue({"feed": {"hosts": source}, "allow": ["127.0.0.1"]}))


def stored(service: NodeService) -> list[dict[str, Any]]:
    rows = service.node.store.read().exec_driver_sql("SELECT body FROM objects ORDER BY object_no").all()
    return [json.loads(row[0]) for row in rows]


def content(service: NodeService) -> list[dict[str, Any]]:
    """Return what is stored but for its place and the moment at which it was first read."""
    times = ("created", "modified", "valid_from")
    found = [{name: value for name, value in body.items() if name not in times} for body in stored(service)]
    return sorted(found, key=lambda body: str(body["id"]))


def later(service: NodeService, *, minutes: int) -> None:
    present = service.node.store.clock
    service.node.store.clock = lambda: present() + minutes * MINUTE


def test_a_round_takes_in_what_is_published_and_remembers_how_it_went(
    service: NodeService, publisher: Publisher
) -> None:
    publisher.replies["/list"] = Reply(body=LIST)
    one = feeds(service, publisher)
    tally = one.run("hosts")
    state = one.state_of("hosts")

    assert (tally.taken, tally.errors) == (2, 1)
    assert (state.taken, state.errors, state.failures, state.problem) == (2, 1, 0, "")
    assert state.last_success is not None
    assert [body["name"] for body in stored(service)] == ["one.feed.example", "two.feed.example"]


def test_what_is_published_again_as_it_was_makes_no_version(service: NodeService, publisher: Publisher) -> None:
    one = feeds(service, publisher)
    publisher.replies["/list"] = Reply(body=LIST, headers={"Last-Modified": "Mon, 05 Jan 2026 10:00:00 GMT"})
    one.run("hosts")
    publisher.replies["/list"] = Reply(
        body=LIST + b"three.feed.example\n", headers={"Last-Modified": "Tue, 06 Jan 2026 10:00:00 GMT"}
    )
    tally = one.run("hosts")

    assert tally.taken == 3
    assert [body["name"].partition(".")[0] for body in stored(service)] == ["one", "two", "three"]


def test_what_is_said_anew_of_a_value_is_a_version_with_the_creation_time_of_the_first(
    service: NodeService, publisher: Publisher
) -> None:
    one = feeds(service, publisher)
    publisher.replies["/list"] = Reply(body=LIST, headers={"Last-Modified": "Mon, 05 Jan 2026 10:00:00 GMT"})
    one.run("hosts")
    publisher.replies["/list"] = Reply(
        body=LIST.replace(b"# note", b"# another note"), headers={"Last-Modified": "Tue, 06 Jan 2026 10:00:00 GMT"}
    )
    one.run("hosts")
    _, first, second = stored(service)

    assert (first["id"], first["created"], first["valid_from"]) == (
        second["id"],
        second["created"],
        second["valid_from"],
    )
    assert (first["modified"], second["modified"]) == ("2026-01-05T10:00:00.000Z", "2026-01-06T10:00:00.000Z")


def test_only_feeds_whose_time_has_come_are_read(service: NodeService, publisher: Publisher) -> None:
    publisher.replies["/list"] = Reply(body=LIST)
    one = feeds(service, publisher, every_minutes=60)
    one.run_due()
    one.run_due()
    asked_at_once = len(publisher.asked)
    later(service, minutes=61)
    one.run_due()

    assert (asked_at_once, len(publisher.asked)) == (1, 2)


def test_a_feed_that_is_switched_off_is_not_read(service: NodeService, publisher: Publisher) -> None:
    feeds(service, publisher, enabled=False).run_due()

    assert publisher.asked == []


def test_a_feed_that_fails_is_tried_at_growing_intervals(service: NodeService, publisher: Publisher) -> None:
    one = feeds(service, publisher, every_minutes=10)
    waits = []
    for _ in range(3):
        with pytest.raises(SyncError):
            one.run("hosts")
        state = one.state_of("hosts")
        waits.append((state.next_try - (state.last_try or 0)) // MINUTE)

    assert waits == [10, 20, 40]


def test_a_publisher_that_asks_to_wait_is_left_alone_as_long(service: NodeService, publisher: Publisher) -> None:
    publisher.replies["/list"] = Reply(status=429, headers={"Retry-After": "7200"})
    one = feeds(service, publisher, every_minutes=10)
    with pytest.raises(SyncError):
        one.run("hosts")
    state = one.state_of("hosts")

    assert state.next_try - (state.last_try or 0) == 120 * MINUTE


def test_one_feed_that_fails_keeps_no_other_from_being_read(service: NodeService, publisher: Publisher) -> None:
    publisher.replies["/list"] = Reply(body=LIST)
    table = {
        "feed": {
            "gone": {"url": publisher.url("/absent"), "format": "list"},
            "hosts": {"url": publisher.url("/list"), "format": "list"},
        },
        "allow": ["127.0.0.1"],
    }
    replace(service.feeds, catalogue=parse_catalogue(table)).run_due()

    assert len(stored(service)) == 2


@pytest.mark.parametrize(("minutes", "alarm"), [(5, "failing"), (40, "dead")])
def test_a_feed_that_fails_for_three_rounds_is_dead(
    service: NodeService, publisher: Publisher, minutes: int, alarm: str
) -> None:
    one = feeds(service, publisher, every_minutes=10)
    with pytest.raises(SyncError):
        one.run("hosts")
    later(service, minutes=minutes)

    assert [each.alarm for each in one.health()] == [alarm]


def test_a_feed_that_brings_nothing_new_for_long_is_silent(service: NodeService, publisher: Publisher) -> None:
    publisher.replies["/list"] = Reply(body=LIST)
    one = feeds(service, publisher, silent_days=2)
    one.run("hosts")
    fresh = [each.alarm for each in one.health()]
    later(service, minutes=3 * 1440)
    one.run("hosts")

    assert (fresh, [each.alarm for each in one.health()]) == ([""], ["silent"])


class CutError(Exception):
    """The process ends here."""


@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_round_that_is_cut_short_anywhere_ends_with_the_same_content_when_it_is_run_again(
    service: NodeService, publisher: Publisher, at: int
) -> None:
    hosts = [(f"2026-01-0{day}T00:00:00.000000Z", f"h{day}.example") for day in range(1, 6)]
    url = Server(added=hosts, gives_next=True, most=2).publish(publisher)
    one = feeds(service, publisher, url=url, format="stix", walk="taxii21")
    shown: list[Tally] = []

    def cut(tally: Tally) -> None:
        shown.append(tally)
        if len(shown) == at:
            raise CutError

    with pytest.raises(CutError):
        one.run("hosts", cut)
    one.run("hosts")

    assert [body["pattern"] for body in stored(service)] == [f"[domain-name:value = '{host}']" for _, host in hosts]


def test_a_list_that_was_cut_short_ends_with_the_content_of_one_that_was_not(
    service: NodeService, publisher: Publisher
) -> None:
    count = BATCH + 500
    body = b"".join(b"host-%d.feed.example\n" % number for number in range(count))
    publisher.replies["/list"] = Reply(body=body)
    one = feeds(service, publisher)

    def cut(tally: Tally) -> None:
        raise CutError

    with pytest.raises(CutError):
        one.run("hosts", cut)
    partly = len(stored(service))
    one.run("hosts")
    whole = content(service)
    one.run("hosts")

    assert (partly, len(whole)) == (BATCH, count)
    assert content(service) == whole


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"feed": {"x": {"url": "ftp://a.example/", "format": "list"}}}, "url is not as expected"),
        ({"feed": {"x": {"url": "https://a.example/"}}}, "format"),
        ({"feed": {"x": {"url": "https://a.example/", "format": "list", "colour": 1}}}, "colour"),
        ({"feed": {"x": {"url": "https://a.example/", "format": "list", "every_minutes": 0}}}, "above 0"),
    ],
)
def test_a_catalogue_that_is_not_understood_is_refused(table: dict[str, object], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        parse_catalogue(table)


def test_a_feed_of_a_format_that_is_not_there_fails_and_says_so(service: NodeService, publisher: Publisher) -> None:
    one = feeds(service, publisher, format="carrier-pigeon")
    with pytest.raises(ComityError, match="carrier-pigeon"):
        one.run("hosts")

    assert "carrier-pigeon" in one.state_of("hosts").problem


def command(node: Path, publisher: Publisher, *words: str, **changes: str) -> Result:
    values = {
        "url": publisher.url("/list"),
        "format": "list",
        "tlp": "green",
        "label": "common:C1",
        "releasable": "ALL",
    }
    lines = [f'{name} = "{value}"' for name, value in {**values, **changes}.items()]
    (node / "feeds.toml").write_text('allow = ["127.0.0.1"]\n[feed.hosts]\n' + "\n".join(lines) + "\n", "utf-8")
    settings = node / "comity.toml"
    text = settings.read_text("utf-8")
    if "feeds =" not in text:
        settings.write_text(f'feeds = "feeds.toml"\n{text}', "utf-8")
    return CliRunner().invoke(app, ["feed", words[0], str(node), *words[1:]])


def test_the_command_reads_the_feeds_of_the_catalogue(node: Path, publisher: Publisher) -> None:
    publisher.replies["/list"] = Reply(body=LIST)
    result = command(node, publisher, "run")
    standing = command(node, publisher, "status", "--json")

    assert "hosts: 2 taken, 0 refused, 1 without an object" in result.stdout
    assert json.loads(standing.stdout)[0]["taken"] == 2


def test_the_command_ends_with_1_and_the_cause_when_a_feed_fails(node: Path, publisher: Publisher) -> None:
    result = command(node, publisher, "run", "--json")

    assert result.exit_code == 1
    assert "status 404" in json.loads(result.stdout)["failed"]["hosts"]


def test_trying_a_feed_shows_its_first_object_and_stores_nothing(node: Path, publisher: Publisher) -> None:
    publisher.replies["/list"] = Reply(body=LIST)
    result = json.loads(command(node, publisher, "try", "hosts", "--json").stdout)
    standing = json.loads(command(node, publisher, "status", "--json").stdout)

    assert (result["places"], result["object"]["name"]) == (["line 1"], "one.feed.example")
    assert set(result["receives"].values()) == {"PERMIT"}
    assert (standing[0]["taken"], standing[0]["last success"]) == (0, "")


def test_a_secret_of_the_catalogue_stays_in_its_file(node: Path, publisher: Publisher) -> None:
    publisher.replies["/list"] = Reply(body=LIST)
    (node / "key").write_text("do-not-tell\n", "utf-8")
    result = command(node, publisher, "run", secret_file="key", secret_header="Auth-Key")

    assert publisher.asked[0].headers["auth-key"] == "do-not-tell"
    assert "do-not-tell" not in result.output


def test_a_serving_node_reads_its_feeds_by_itself(service: NodeService, publisher: Publisher) -> None:
    read = Event()

    def answer(asked: Asked) -> Reply:
        del asked
        read.set()
        return Reply(body=LIST)

    publisher.replies["/list"] = answer
    settings = service.settings.model_copy(update={"sync_seconds": 1})
    served = node_app(replace(service, feeds=feeds(service, publisher), settings=settings))

    async def wait() -> bool:
        async with served.router.lifespan_context(served):
            return await asyncio.to_thread(read.wait, 30)

    assert asyncio.run(wait())


def test_a_load_whose_process_is_killed_ends_with_the_same_content_when_it_is_run_again(
    node: Path, tmp_path: Path
) -> None:
    file = tmp_path / "list.txt"
    file.write_bytes(b"".join(b"host-%d.feed.example\n" % number for number in range(3_000)))
    words = [
        sys.executable,
        "-m",
        "comity.cli.main",
        "feed",
        "load",
        str(node),
        str(file),
        "--format",
        "list",
        "--json",
    ]
    killed = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with closing(sqlite3.connect(f"file:{node / 'node.db'}?mode=ro", uri=True, timeout=30)) as connection:
        while killed.poll() is None and not connection.execute("SELECT count(*) FROM objects").fetchone()[0]:
            with suppress(subprocess.TimeoutExpired):
                killed.wait(0.02)
    killed.kill()
    killed.wait()
    again = json.loads(CliRunner().invoke(app, words[3:]).stdout)
    service = open_node(load(node))
    names = [body["name"] for body in stored(service)]
    service.close()

    assert (again["taken"], again["refused"]) == (3_000, 0)
    assert sorted(names) == sorted(f"host-{number}.feed.example" for number in range(3_000))
