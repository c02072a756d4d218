"""What a member holds, and how withdrawals end it (FORMAT 5), on a log of three members."""

import json
from typing import Any

import pytest

from tests.oracle.feeds import feeds
from tests.oracle.log import Log, read_log
from tests.oracle.profile import Profile
from tests.oracle.sightings import early_warning
from tests.oracle.withdrawals import withdrawals

PROFILE = Profile(
    {
        "platform_labels": {f"common:C{rank}": f"C{rank}" for rank in range(5)},
        "recognition": {
            "default_ceiling": "C2",
            "owner_ceiling": {},
            "handling_max": {},
            "handling_max_default": "C3",
            "bilateral_c3": [["XA", "XB"]],
        },
    }
)
SCENARIO = json.dumps(
    {
        "members": ["XA", "XB", "XC"],
        "end": "D3 00:00",
        "checkpoints": ["D1 12:00", "D2 12:00", "END"],
        "connectivity": {"XC": {"offline": [["D1 06:00", "D2 00:00"]]}},
        "submissions": [],
        "sightings": [],
        "incident_reports": [],
    }
)
SUBMISSION: dict[str, Any] = {
    "id": "S1",
    "member": "XA",
    "t": "D1 01:00",
    "type": "domain",
    "raw": "a.example",
    "label": "common:C1",
    "tlp": "green",
    "rel": "ALL",
}


def _log(submission: dict[str, Any], **sections: Any) -> Log:
    return read_log(json.loads(SCENARIO) | {"submissions": [SUBMISSION | submission]} | sections, PROFILE)


def _sizes(log: Log, checkpoint: str, audience: str) -> list[int]:
    found: Any = feeds(log)["feeds"]
    return [found[checkpoint][member][audience]["all"] for member in log.members]


@pytest.mark.parametrize(
    ("submission", "checkpoint", "sizes"),
    [
        ({"t": "D1 12:00"}, "D1 12:00", [1, 1, 0]),
        ({"t": "D1 12:00"}, "D2 12:00", [1, 1, 1]),
        ({"recalled_at": "D1 12:00"}, "D1 12:00", [0, 0, 1]),
        ({"recalled_at": "D1 12:00"}, "D2 12:00", [0, 0, 0]),
        ({"revoked_at": "D1 12:01"}, "D1 12:00", [1, 1, 1]),
        ({"revoked_at": "D1 01:00"}, "D1 12:00", [0, 0, 0]),
        ({"embargo_until": "D2 12:00", "embargo_rel": ["XC"]}, "D1 12:00", [1, 0, 1]),
        ({"embargo_until": "D2 12:00", "embargo_rel": []}, "D2 12:00", [1, 1, 1]),
        ({"embargo_until": "D2 12:00", "embargo_rel": [], "recalled_at": "D2 00:00"}, "END", [0, 0, 0]),
        ({"embargo_until": "D4 00:00", "embargo_rel": []}, "END", [1, 0, 0]),
        ({"label": "common:C4"}, "END", [0, 0, 0]),
    ],
)
def test_a_submission_is_active_from_its_delivery_to_the_notice(
    submission: dict[str, Any], checkpoint: str, sizes: list[int]
) -> None:
    assert _sizes(_log(submission), checkpoint, "cert") == sizes


@pytest.mark.parametrize(
    ("audience", "sizes"), [("soc-general", [0, 0, 0]), ("soc-cii", [1, 1, 1]), ("cert", [1, 1, 1])]
)
def test_who_has_the_full_object_has_the_derivative_as_well(audience: str, sizes: list[int]) -> None:
    log = _log({"label": "common:C3", "tlp": "clear", "redactable_to": "C1"})

    assert _sizes(log, "END", audience) == sizes


def test_a_recall_is_acknowledged_when_the_notice_has_arrived() -> None:
    found = withdrawals(_log({"recalled_at": "D1 12:00"}))["recalls"]

    assert found == [
        {
            "object": "S1",
            "member": "XA",
            "recipients": 2,
            "acks": {"XB": "0h05m", "XC": "12h05m"},
            "acked_at": {"D1 12:00": 0, "D2 12:00": 2, "END": 2},
            "pending_at_end": [],
            "complete": "12h05m",
            "p50": "6h05m",
        }
    ]


def test_a_recall_in_the_embargo_is_told_only_to_those_inside_it() -> None:
    embargo = {"embargo_until": "D2 12:00", "embargo_rel": ["XC"], "recalled_at": "D2 23:58"}
    early: Any = withdrawals(_log(embargo | {"recalled_at": "D2 00:00"}))["recalls"]
    late: Any = withdrawals(_log(embargo))["recalls"]

    assert early[0]["acks"] == {"XC": "0h05m"}
    assert (late[0]["recipients"], late[0]["complete"]) == (2, None)


def test_an_object_revoked_before_it_arrives_is_never_active() -> None:
    found: Any = withdrawals(_log({"t": "D1 07:00", "revoked_at": "D1 09:00"}))["revocations"]

    assert found[0]["exposures"] == {"XB": "2h00m", "XC": "0h00m"}
    assert found[0]["never_active_at"] == ["XC"]


@pytest.mark.parametrize(
    ("member", "seen", "leads"),
    [
        ("XB", "D1 01:00", {"G1": "0h00m"}),
        ("XB", "D1 00:59", {}),
        ("XC", "D2 01:00", {"G1": "24h00m"}),
        ("XA", "D2 00:00", {}),
    ],
)
def test_a_lead_counts_from_the_first_arrival(member: str, seen: str, leads: dict[str, str]) -> None:
    sighting = {"id": "G1", "member": member, "t": seen, "type": "domain", "raw": "A.example.", "count": 2}
    found: Any = early_warning(_log({}, sightings=[sighting | {"kind": "positive"}]))["early_warning"]

    assert found["leads"] == leads
