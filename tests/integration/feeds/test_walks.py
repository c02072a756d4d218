"""Walks: sources that come in pages, by servers with different habits, and from where a round was left."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from comity.errors import InvalidObjectError, RefusedError
from comity.transport.destinations import Allowed
from comity.transport.fetch import Fetcher
from comity_feeds import file_walk, misp_walk, nvd_walk, otx_walk, taxii_walk
from comity_feeds.walk import Part, Place

from tests.integration.feeds.publisher import Asked, Publisher, Reply
from tests.integration.feeds.taxii_server import ROOT, Added, Server, indicator, publish_20

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
FIRST, SECOND, THIRD = (f"2026-01-0{day}T00:00:00.000000Z" for day in (1, 2, 3))
UUIDS = [f"3a7c1f2e-5b64-4c0d-8f1a-00000000000{number}" for number in range(3)]
Walk = Callable[[Fetcher, Place], Iterator[Part]]
MIXED = [
    (FIRST, "a"),
    (FIRST, "b"),
    (FIRST, "c"),
    (FIRST, "d"),
    (FIRST, "e"),
    (SECOND, "f"),
    (THIRD, "g"),
    (THIRD, "h"),
]


def walked(walk: Walk, url: str, position: str = "", **changes: int) -> list[Part]:
    place = replace(Place(url=url, position=position, now=NOW), **changes)
    with Fetcher(allowed=Allowed.parse(["127.0.0.1"])) as fetcher:
        return list(walk(fetcher, place))


def objects(parts: list[Part]) -> set[str]:
    return {one["id"] for part in parts for one in json.loads(part.body)["objects"]}


def every(added: list[Added]) -> set[str]:
    return {str(indicator(number, "")["id"]) for number in range(1, len(added) + 1)}


@pytest.mark.parametrize("inclusive", [False, True])
@pytest.mark.parametrize("gives_next", [False, True])
@pytest.mark.parametrize("page", [1, 2, 3, 1000])
def test_every_object_is_read_however_times_tie_and_pages_fall(
    publisher: Publisher, inclusive: bool, gives_next: bool, page: int
) -> None:
    server = Server(added=MIXED, inclusive=inclusive, gives_next=gives_next, most=1000)
    parts = walked(taxii_walk.walk_21, server.publish(publisher), page=page)

    assert objects(parts) == every(MIXED)
    assert len(server.queries) < 40


@pytest.mark.parametrize("inclusive", [False, True])
def test_what_was_added_at_the_time_of_the_last_object_is_read_by_the_next_round(
    publisher: Publisher, inclusive: bool
) -> None:
    server = Server(added=MIXED[:7], inclusive=inclusive, most=1000)
    url = server.publish(publisher)
    position = walked(taxii_walk.walk_21, url)[-1].position
    server.added = MIXED

    assert str(indicator(8, "")["id"]) in objects(walked(taxii_walk.walk_21, url, position))


def test_a_round_without_anything_new_ends(publisher: Publisher) -> None:
    server = Server(added=MIXED, inclusive=True, most=1000)
    url = server.publish(publisher)
    position = walked(taxii_walk.walk_21, url)[-1].position

    assert len(walked(taxii_walk.walk_21, url, position)) <= 1
    assert position == THIRD


def test_a_cursor_is_sent_without_a_filter(publisher: Publisher) -> None:
    server = Server(added=MIXED, gives_next=True)
    walked(taxii_walk.walk_21, server.publish(publisher), page=2)

    assert all("added_after" not in query for query in server.queries if "next" in query)


def test_more_ties_than_a_server_gives_at_once_are_an_error_and_no_endless_loop(publisher: Publisher) -> None:
    server = Server(added=[(FIRST, str(number)) for number in range(9)], most=3)

    with pytest.raises(InvalidObjectError, match="share one time"):
        walked(taxii_walk.walk_21, server.publish(publisher))


def test_a_server_that_names_the_same_page_again_is_an_error(publisher: Publisher) -> None:
    Server(added=MIXED).publish(publisher)
    body = json.dumps({"objects": [indicator(1, "a")], "more": True, "next": "x"}).encode()
    publisher.replies[f"{ROOT}objects/"] = Reply(body=body)

    with pytest.raises(InvalidObjectError, match="given before"):
        walked(taxii_walk.walk_21, publisher.url(ROOT))


def test_a_collection_that_may_not_be_read_is_refused(publisher: Publisher) -> None:
    publisher.replies[ROOT] = Reply(body=b'{"id": "c1", "title": "t", "can_read": false, "can_write": true}')

    with pytest.raises(RefusedError):
        walked(taxii_walk.walk_21, publisher.url(ROOT))


@pytest.mark.parametrize("spelling", ["items ", "items="])
def test_a_taxii_2_0_collection_is_read_in_ranges_of_either_spelling(publisher: Publisher, spelling: str) -> None:
    stored = [indicator(number, "a") for number in range(1, 6)]
    parts = walked(taxii_walk.walk_20, publish_20(publisher, stored, spelling=spelling))

    assert objects(parts) == {str(one["id"]) for one in stored}


def test_a_file_is_asked_for_only_if_it_is_another(publisher: Publisher) -> None:
    headers = {"ETag": '"v1"', "Last-Modified": "Mon, 05 Jan 2026 10:00:00 GMT"}
    publisher.replies["/list"] = Reply(body=b"one", headers=headers)
    (part,) = walked(file_walk.walk, publisher.url("/list"))
    publisher.replies["/list"] = Reply(status=304)

    assert walked(file_walk.walk, publisher.url("/list"), part.position) == []
    assert part.received_at == datetime(2026, 1, 5, 10, tzinfo=UTC)
    assert publisher.asked[-1].headers["if-none-match"] == '"v1"'
    assert publisher.asked[-1].headers["if-modified-since"] == headers["Last-Modified"]


def test_a_file_with_the_same_bytes_is_the_same_though_its_publisher_does_not_say_so(publisher: Publisher) -> None:
    publisher.replies["/list"] = Reply(body=b"one")
    (part,) = walked(file_walk.walk, publisher.url("/list"))

    assert walked(file_walk.walk, publisher.url("/list"), part.position) == []


def misp(publisher: Publisher, **changes: object) -> str:
    events = [json.dumps({"Event": {"info": uuid, "uuid": uuid}}).encode() for uuid in UUIDS]
    manifest = {
        uuid: {"timestamp": 1767600000 + number, "info": uuid, "integrity:sha256": hashlib.sha256(body).hexdigest()}
        for number, (uuid, body) in enumerate(zip(UUIDS, events, strict=True))
    }
    publisher.replies["/feed/manifest.json"] = Reply(body=json.dumps({**manifest, **changes}).encode())
    publisher.replies |= {f"/feed/{uuid}.json": Reply(body=body) for uuid, body in zip(UUIDS, events, strict=True)}
    return publisher.url("/feed/manifest.json")


def test_a_misp_feed_is_read_from_its_manifest_the_oldest_event_first(publisher: Publisher) -> None:
    parts = walked(misp_walk.walk, misp(publisher))

    assert [json.loads(part.body)["Event"]["uuid"] for part in parts] == UUIDS


def test_only_events_that_are_not_older_than_the_last_are_fetched(publisher: Publisher) -> None:
    walked(misp_walk.walk, misp(publisher), "1767600001")

    assert [asked.path for asked in publisher.asked] == [
        "/feed/manifest.json",
        *(f"/feed/{uuid}.json" for uuid in UUIDS[1:]),
    ]


def test_a_misp_feed_without_a_newer_event_is_left_alone(publisher: Publisher) -> None:
    assert walked(misp_walk.walk, misp(publisher), "1767600002") == []


def test_an_event_that_is_not_the_one_of_the_manifest_is_refused(publisher: Publisher) -> None:
    url = misp(publisher)
    publisher.replies[f"/feed/{UUIDS[1]}.json"] = Reply(body=b'{"Event": {"info": "another"}}')

    with pytest.raises(InvalidObjectError, match="SHA-256"):
        walked(misp_walk.walk, url)


def test_a_manifest_cannot_name_a_path(publisher: Publisher) -> None:
    with pytest.raises(InvalidObjectError, match="expected the UUID"):
        walked(misp_walk.walk, misp(publisher, **{"../../admin": {"timestamp": 1}}))


def nvd(publisher: Publisher, total: int) -> str:
    def answer(asked: Asked) -> Reply:
        start = int(asked.query["startIndex"][0])
        page = [{"cve": {"id": f"CVE-2099-{number:04}"}} for number in range(start, min(start + 2, total))]
        return Reply(body=json.dumps({"totalResults": total, "vulnerabilities": page}).encode())

    publisher.replies["/cves"] = answer
    return publisher.url("/cves")


def test_nvd_is_read_by_start_index_and_then_by_what_changed(publisher: Publisher) -> None:
    url = nvd(publisher, 5)
    parts = walked(nvd_walk.walk, url)
    walked(nvd_walk.walk, url, parts[-1].position)

    assert [asked.query["startIndex"] for asked in publisher.asked[:3]] == [["0"], ["2"], ["4"]]
    assert publisher.asked[3].query["lastModStartDate"] == ["2026-01-05T12:00:00.000Z"]


def test_a_round_of_nvd_goes_on_where_it_was_cut_short(publisher: Publisher) -> None:
    url = nvd(publisher, 5)
    first = walked(nvd_walk.walk, url)[0]
    publisher.asked.clear()
    walked(nvd_walk.walk, url, first.position)

    assert [asked.query["startIndex"] for asked in publisher.asked] == [["2"], ["4"]]


def test_nvd_is_asked_for_at_most_120_days_at_a_time(publisher: Publisher) -> None:
    url = nvd(publisher, 1)
    position = json.dumps({"until": "2025-01-01T00:00:00Z", "began": None, "index": 0})
    walked(nvd_walk.walk, url, position)

    assert publisher.asked[0].query["lastModEndDate"] == ["2025-05-01T00:00:00.000Z"]


def test_otx_pages_are_followed_to_the_end_and_the_next_round_asks_for_what_changed(publisher: Publisher) -> None:
    second = {"results": [{"modified": "2026-01-02T00:00:00"}], "next": None}
    first = {"results": [{"modified": "2026-01-03T00:00:00"}], "next": publisher.url("/second")}
    publisher.replies |= {
        f"/{name}": Reply(body=json.dumps(page).encode()) for name, page in (("first", first), ("second", second))
    }
    parts = walked(otx_walk.walk, publisher.url("/first"))

    assert [part.position for part in parts] == ["", "2026-01-03T00:00:00"]


def test_otx_cannot_lead_to_another_host(publisher: Publisher) -> None:
    page = {"results": [], "next": "http://elsewhere.example/"}
    publisher.replies["/first"] = Reply(body=json.dumps(page).encode())

    with pytest.raises(InvalidObjectError, match="another place"):
        walked(otx_walk.walk, publisher.url("/first"))
