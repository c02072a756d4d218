"""Status resources (TAXII 2.1, 4.3)."""

from collections.abc import Callable
from pathlib import Path

import pytest
from anyio.from_thread import BlockingPortal
from comity.store.clock import ExerciseClock

from tests.conformance.world import STAMP, Json, NodeWorld, Place, indicator, open_node_world

HOUR = 3_600_000_000
BEGIN = 1_790_000_000_000_000
INVALID = {"type": "indicator", "id": "indicator--not-a-uuid"}


def posted(shelf: Place) -> Json:
    return shelf.post(indicator(), INVALID)


@pytest.mark.every_database
def test_s_01_a_status_is_what_the_post_was_answered_with(shelf: Place) -> None:
    status = posted(shelf)

    answer = shelf.door.status(status["id"])

    assert answer.status_code == 200
    assert answer.json() == status
    assert (status["status"], status["pending_count"]) == ("complete", 0)


def test_s_01_a_status_outlives_the_process(new_database: Callable[[], str], loop: BlockingPortal) -> None:
    world = open_node_world(new_database(), loop)
    status = posted(world.collection())

    again = world.restarted()
    kept = again.caller.get(f"/plain/status/{status['id']}/").json()
    again.service.close()

    assert kept == status


@pytest.mark.parametrize(("hours", "found"), [(24, 200), (72, 404)])
def test_s_01_a_status_is_kept_for_a_day_at_least_and_not_for_ever(
    new_database: Callable[[], str], loop: BlockingPortal, tmp_path: Path, hours: int, found: int
) -> None:
    clock = ExerciseClock(tmp_path / "clock")
    clock.set(BEGIN)
    world = open_node_world(new_database(), loop, clock=str(tmp_path / "clock"))
    place = world.collection()
    status = posted(place)

    clock.set(BEGIN + hours * HOUR)
    posted(place)
    answer = place.door.status(status["id"])
    world.service.close()

    assert answer.status_code == found


@pytest.mark.parametrize(
    "status_id", ["5f3c1b7a-8e0d-4d0c-9a55-6b1f2c3d4e5f", "5f3c1b7a8e0d4d0c9a556b1f2c3d4e5f", "0" * 36]
)
def test_s_02_an_unknown_status_is_not_found(shelf: Place, status_id: object) -> None:
    assert shelf.door.status(str(status_id)).status_code == 404


@pytest.mark.parametrize("root", ["elsewhere", "comity", "nowhere"])
def test_s_03_a_status_is_not_found_under_another_root(node: NodeWorld, root: str) -> None:
    status = posted(node.collection())

    assert node.caller.get(f"/{root}/status/{status['id']}/").status_code == 404


def test_s_03_a_status_of_own_objects_is_not_found_under_another_root(node: NodeWorld) -> None:
    shelf = node.desk()
    status = posted(shelf)

    assert shelf.caller.get(f"/plain/status/{status['id']}/").status_code == 404


def test_s_04_the_time_of_the_request_is_a_timestamp(shelf: Place) -> None:
    assert STAMP.fullmatch(posted(shelf)["request_timestamp"])


def test_s_05_complete_is_final(shelf: Place) -> None:
    status = posted(shelf)
    first = shelf.door.status(status["id"]).content
    posted(shelf)

    assert shelf.door.status(status["id"]).content == first


@pytest.mark.parametrize(
    "status_id",
    ["' OR 1=1 --", "%00", "%F0%9F%98%80", "a" * 10_000, "..%2f..", "%ff", "*", "{}", "-1", "null", "%25", "x%0d%0ay"],
)
def test_s_06_odd_status_ids_are_not_found(shelf: Place, status_id: str) -> None:
    assert shelf.door.status(status_id).status_code in {400, 404}
