import json

from comity.taxii.status import Fate, Outcome, status_body, status_of

STATUS = "0f9a8a3c-8a46-4c0b-9a5e-0d5a3b1c2d3e"


def test_every_object_is_listed_under_its_fate() -> None:
    outcomes = [
        Outcome(fate=Fate.SUCCESS, object_id="tool--a", version="2024-01-02T03:04:05.1Z"),
        Outcome(fate=Fate.FAILURE, object_id="tool--b", message="type is missing"),
        Outcome(fate=Fate.PENDING, object_id="tool--c", version="2024-01-02T03:04:05.2Z"),
        Outcome(fate=Fate.SUCCESS, object_id="tool--d", version="2024-01-02T03:04:05.3Z", message="already present"),
    ]

    assert json.loads(status_body(status_of(STATUS, outcomes, requested=7))) == {
        "id": STATUS,
        "status": "pending",
        "request_timestamp": "1970-01-01T00:00:00.000007Z",
        "total_count": 4,
        "success_count": 2,
        "successes": [
            {"id": "tool--a", "version": "2024-01-02T03:04:05.1Z"},
            {"id": "tool--d", "version": "2024-01-02T03:04:05.3Z", "message": "already present"},
        ],
        "failure_count": 1,
        "failures": [{"id": "tool--b", "version": "1970-01-01T00:00:00.000007Z", "message": "type is missing"}],
        "pending_count": 1,
        "pendings": [{"id": "tool--c", "version": "2024-01-02T03:04:05.2Z"}],
    }


def test_a_request_without_objects_is_complete_and_lists_nothing() -> None:
    assert json.loads(status_body(status_of(STATUS, [], requested=0))) == {
        "id": STATUS,
        "status": "complete",
        "request_timestamp": "1970-01-01T00:00:00.000000Z",
        "total_count": 0,
        "success_count": 0,
        "failure_count": 0,
        "pending_count": 0,
    }


def test_a_failed_object_that_has_no_id_is_listed_all_the_same() -> None:
    status = status_of(STATUS, [Outcome(fate=Fate.FAILURE)], requested=0)

    assert status.failures[0].id == "unknown"


def test_failures_do_not_keep_a_request_from_being_complete() -> None:
    assert status_of(STATUS, [Outcome(fate=Fate.FAILURE)], requested=0).status == "complete"
