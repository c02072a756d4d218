"""Urgent releases without an approval start the clock of a report."""

import json
from typing import Any

import pytest
from comity.cli.main import app
from comity.errors import NotFoundError
from typer.testing import CliRunner

from tests.integration.sharing.objects import changed, id_of, indicator
from tests.integration.sharing.services import Bloc

URGENT = {"urgent": True}
LATER = "2026-04-01T00:00:00.000Z"
DAY = 86_400_000_000


def owed(bloc: Bloc, raw: bytes) -> list[dict[str, Any]]:
    return [one for one in bloc["XA"].status()["filings"] if one["object_id"] == id_of(raw)]


def run(bloc: Bloc, *words: str) -> Any:
    return CliRunner().invoke(app, ["node", "filings", str(bloc["XA"].folder), *words])


def test_an_urgent_release_without_an_approval_is_to_be_reported_in_time(bloc: Bloc) -> None:
    raw = indicator("XA", "urgent.example", release=URGENT)
    bloc["XA"].submit(raw)
    (first,) = owed(bloc, raw)
    bloc["XA"].submit(changed(raw, modified=LATER))

    assert first["due"] - first["released"] == 15 * DAY
    assert owed(bloc, raw) == [first]


@pytest.mark.parametrize("release", [{}, {**URGENT, "approved": True}, {**URGENT, "releasable_to": []}])
def test_what_is_approved_or_not_urgent_or_does_not_leave_is_not_to_be_reported(
    bloc: Bloc, release: dict[str, Any]
) -> None:
    raw = indicator("XA", f"calm-{len(release)}{'approved' in release}.example", release=release)
    bloc["XA"].submit(raw)

    assert owed(bloc, raw) == []


def test_a_report_that_was_made_is_owed_no_more_and_its_reference_is_kept(bloc: Bloc) -> None:
    raw = indicator("XA", "reported.example", release=URGENT)
    bloc["XA"].submit(raw)
    done = run(bloc, "--filed", id_of(raw), "--reference", "case 12")
    again = run(bloc, "--filed", id_of(raw), "--reference", "case 13")
    listed = json.loads(run(bloc, "--json").output)

    assert done.exit_code == 0
    assert isinstance(again.exception, NotFoundError)
    assert [one["reference"] for one in listed if one["object_id"] == id_of(raw)] == ["case 12"]
    assert owed(bloc, raw) == []
