"""Pagination (TAXII 2.1, 3.2, 3.5 and appendix B)."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from anyio.from_thread import BlockingPortal

from tests.conformance.world import (
    PAGE_OBJECTS,
    HubWorld,
    NodeWorld,
    Object,
    Place,
    flat,
    indicator,
    indicators,
    malware,
    open_node_world,
    versions_of,
)

FIRST, LAST = "x-taxii-date-added-first", "x-taxii-date-added-last"
BOTH = ["objects/", "manifest/"]


def ids_of(objects: list[Object]) -> list[str]:
    return [each["id"] for each in objects]


def cursor_of(shelf: Place, query: str = "limit=1", path: str = "objects/") -> str:
    value: str = shelf.read(path, query)["next"]
    return value


@pytest.mark.parametrize("path", BOTH)
@pytest.mark.parametrize("limit", [1, 3, 7])
def test_p_01_following_next_gives_everything_once_and_in_order(shelf: Place, path: str, limit: int) -> None:
    sent = indicators(7)
    shelf.store(*sent[:4])
    shelf.store(*sent[4:])

    pages = shelf.pages(f"limit={limit}", path)

    assert ids_of(flat(pages)) == ids_of(sent)
    assert {len(page) for page in pages[:-1]} <= {limit}
    assert 0 < len(pages[-1]) <= limit


@pytest.mark.parametrize("path", BOTH)
@pytest.mark.parametrize("limit", [3, 4, PAGE_OBJECTS])
def test_p_02_the_last_page_says_that_it_is_the_last(shelf: Place, path: str, limit: int) -> None:
    shelf.store(*indicators(3))

    page = shelf.read(path, f"limit={limit}")

    assert not page.get("more")
    assert "next" not in page


@pytest.mark.parametrize("path", BOTH)
@pytest.mark.parametrize("limit", [1, 4])
def test_p_03_following_dates_added_gives_everything_once(shelf: Place, path: str, limit: int) -> None:
    sent = indicators(9)
    shelf.store(*sent[:6])
    shelf.store(*sent[6:])

    assert ids_of(flat(shelf.steps(f"limit={limit}", path))) == ids_of(sent)


@pytest.mark.every_database
def test_p_03_every_version_has_a_date_of_its_own_to_go_on_from(shelf: Place) -> None:
    versions = versions_of(indicator(), 5)
    shelf.store(*versions)

    walked = flat(shelf.steps("limit=1&match[version]=all"))

    assert [each["modified"] for each in walked] == [each["modified"] for each in versions]


@pytest.mark.parametrize("path", BOTH)
def test_p_04_headers_describe_the_page(shelf: Place, path: str) -> None:
    shelf.store(*indicators(5))
    dates = [record["date_added"] for record in shelf.manifest()]

    first = shelf.get(path, "limit=2")
    second = shelf.get(path, f"limit=2&next={first.json()['next']}")

    assert (first.headers[FIRST], first.headers[LAST]) == (dates[0], dates[1])
    assert (second.headers[FIRST], second.headers[LAST]) == (dates[2], dates[3])


@pytest.mark.parametrize(
    "value", ["x", "0", "-1", "null", "%00", "%F0%9F%98%80", "' OR 1=1 --", "A" * 24, "A" * 5000, "====", "..%2f", "{}"]
)
def test_p_05_a_garbled_next_is_refused(shelf: Place, value: str) -> None:
    assert shelf.get("objects/", f"next={value}").status_code == 400


@pytest.mark.parametrize("place_of_change", [0, 5, 11, 12, 23])
def test_p_05_a_changed_next_is_refused(shelf: Place, place_of_change: int) -> None:
    shelf.store(*indicators(2))
    good = cursor_of(shelf)
    other = "B" if good[place_of_change] != "B" else "C"

    bad = good[:place_of_change] + other + good[place_of_change + 1 :]

    assert shelf.get("objects/", f"next={bad}").status_code == 400


@pytest.mark.parametrize("change", [lambda good: good[:-1], lambda good: good + "A", str.lower, lambda good: good * 2])
def test_p_05_a_cut_or_stretched_next_is_refused(shelf: Place, change: Callable[[str], str]) -> None:
    shelf.store(*indicators(2))

    assert shelf.get("objects/", f"next={change(cursor_of(shelf))}").status_code == 400


ABSENT = "malware--5f3c1b7a-8e0d-4d0c-9a55-6b1f2c3d4e5f"


@pytest.mark.parametrize(
    "other", ["match[type]=malware", "match[version]=all", "match[spec_version]=2.0", f"match[id]={ABSENT}"]
)
@pytest.mark.parametrize("path", BOTH)
def test_p_06_next_gives_nothing_outside_the_query_it_comes_with(shelf: Place, other: str, path: str) -> None:
    shelf.store(*indicators(3))
    cursor = cursor_of(shelf, "limit=1&match[type]=indicator", path)

    assert shelf.get(path, f"{other}&next={cursor}").status_code == 400


def test_p_06_next_of_another_collection_is_refused(node: NodeWorld) -> None:
    here, there = node.collection(), node.collection()
    here.store(*indicators(3))
    there.store(*indicators(3))

    assert there.get("objects/", f"next={cursor_of(here)}").status_code == 400


def test_p_06_next_of_another_endpoint_is_refused(shelf: Place) -> None:
    shelf.store(*indicators(3))

    assert shelf.get("manifest/", f"next={cursor_of(shelf)}").status_code == 400


def test_p_06_next_of_another_service_is_refused(node: NodeWorld, hub: HubWorld) -> None:
    here, there = node.collection(), hub.desk()
    here.store(*indicators(2))

    assert there.get("objects/", f"next={cursor_of(here)}").status_code == 400


def test_p_06_next_gives_an_account_nothing_that_it_may_not_read(node: NodeWorld) -> None:
    place = node.collection()
    place.store(*indicators(3))
    cursor = cursor_of(place)
    node.grant(place.id, "writer", "write-only")

    assert place.get("objects/", f"next={cursor}").status_code == 403


@pytest.mark.parametrize("query", ["", "limit=1", "limit=3", f"limit={PAGE_OBJECTS * 10}"])
@pytest.mark.parametrize("path", BOTH)
def test_p_07_next_works_with_another_limit_and_without(shelf: Place, query: str, path: str) -> None:
    sent = indicators(7)
    shelf.store(*sent)

    first = shelf.read(path, "limit=2")
    rest = shelf.pages(f"{query}&next={first['next']}".lstrip("&"), path)[0]

    assert ids_of(rest) == ids_of(sent)[2 : 2 + len(rest)]
    assert len(rest) == {"limit=1": 1, "limit=3": 3}.get(query, 5)


@pytest.mark.parametrize("path", BOTH)
def test_p_08_a_page_asked_for_twice_is_the_same_page(shelf: Place, path: str) -> None:
    shelf.store(*indicators(5))
    query = f"limit=2&next={cursor_of(shelf, 'limit=2', path)}"

    assert shelf.get(path, query).content == shelf.get(path, query).content


def test_p_09_what_is_added_on_the_way_comes_at_the_end(shelf: Place) -> None:
    early, late = indicators(5), indicators(4)
    shelf.store(*early)
    first = shelf.read("objects/", "limit=2")
    shelf.store(*late)

    rest = flat(shelf.pages(f"limit=2&next={first['next']}"))

    assert ids_of(first["objects"] + rest) == ids_of(early + late)


@pytest.mark.every_database
def test_p_09_a_new_version_on_the_way_moves_its_object_to_the_end(shelf: Place) -> None:
    first, second = versions_of(indicator(), 2)
    others = indicators(4)
    shelf.store(*others[:2], first, *others[2:])
    begun = shelf.read("objects/", "limit=2")
    shelf.store(second)

    rest = flat(shelf.pages(f"limit=2&next={begun['next']}"))

    assert ids_of(begun["objects"] + rest) == ids_of([*others, second])


@pytest.mark.every_database
@pytest.mark.parametrize("gone", [0, 1, 2, 4])
def test_p_10_what_is_deleted_on_the_way_hides_nothing_else(shelf: Place, gone: int) -> None:
    sent = indicators(6)
    shelf.store(*sent)
    first = shelf.read("objects/", "limit=2&match[type]=indicator")
    shelf.door.remove(sent[gone]["id"])

    rest = flat(shelf.pages(f"limit=2&match[type]=indicator&next={first['next']}"))

    assert ids_of(first["objects"]) == ids_of(sent[:2])
    assert ids_of(rest) == ids_of([each for place, each in enumerate(sent) if place >= 2 and place != gone])


@pytest.mark.every_database
@pytest.mark.parametrize("limit", [1, 2, 5])
def test_p_11_the_versions_of_an_object_come_in_pages(shelf: Place, limit: int) -> None:
    versions = versions_of(indicator(), 5)
    shelf.store(*versions)
    path = f"objects/{versions[0]['id']}/"

    objects = shelf.pages(f"limit={limit}&match[version]=all", path)
    texts = shelf.pages(f"limit={limit}", f"{path}versions/", "versions")

    assert [each["modified"] for each in flat(objects)] == [each["modified"] for each in versions]
    assert flat(texts) == [each["modified"] for each in versions]
    assert [len(page) for page in objects] == [len(page) for page in texts]
    assert max(map(len, texts)) == limit


@pytest.mark.every_database
@pytest.mark.parametrize("path", BOTH)
def test_p_12_filters_hold_on_every_page(shelf: Place, path: str) -> None:
    seen, bad = indicators(5), [malware() for _ in range(5)]
    shelf.store(seen[0], bad[0])
    after = shelf.get().headers[LAST]
    shelf.store(*(each for pair in zip(seen[1:], bad[1:], strict=True) for each in pair))

    pages = shelf.pages(f"limit=2&match[type]=indicator&added_after={after}", path)

    assert ids_of(flat(pages)) == ids_of(seen[1:])


@pytest.mark.parametrize("path", BOTH)
def test_p_13_a_walk_by_the_servers_own_page_size_is_complete(shelf: Place, path: str) -> None:
    sent = indicators(2 * PAGE_OBJECTS + 5)
    shelf.store(*sent)

    pages = shelf.pages(path=path)

    assert ids_of(flat(pages)) == ids_of(sent)
    assert [len(page) for page in pages] == [PAGE_OBJECTS, PAGE_OBJECTS, 5]


@pytest.mark.every_database
@pytest.mark.parametrize("path", BOTH)
def test_p_14_limit_and_more_count_versions(shelf: Place, path: str) -> None:
    shelf.store(*versions_of(indicator(), 3), *versions_of(malware(), 2))

    pages = shelf.pages("limit=2&match[version]=all", path)

    assert [len(page) for page in pages] == [2, 2, 1]


def test_p_15_next_outlives_the_process(new_database: Callable[[], str], loop: BlockingPortal) -> None:
    world = open_node_world(new_database(), loop)
    place = world.collection()
    sent = indicators(3)
    place.store(*sent)
    cursor = cursor_of(place)

    again = world.restarted()
    found = replace(place, caller=again.caller).ids(f"next={cursor}")
    again.service.close()

    assert found == ids_of(sent[1:])
