"""The regulator's figures."""

import json

import pytest
from comity.errors import InvalidRequestError
from comity.portal.figures import NOT_STATED, Choice, Report, figures_of, month, report_in
from comity_schemas.extensions import DUTY_CLOCK

MEMBERS = ("XA", "XB")


def report(member: str = "XA", sector: str = "energy", when: str = "2027-03") -> Report:
    return Report(member=member, sector=sector, rsit_class="fraud", month=when, aware=f"{when}-01T00:00:00Z", tick=1)


def incident(**more: object) -> bytes:
    clock = {"extension_type": "property-extension", "aware_at": "2027-03-02T00:00:00Z", **more}
    return json.dumps(
        {"type": "incident", "id": "incident--1", "name": "secret name", "extensions": {DUTY_CLOCK: clock}}
    ).encode()


def test_a_report_holds_what_is_counted_and_nothing_else() -> None:
    one = report_in(incident(rsit="fraud/phishing", sector="health", case="K1"), member="XB", tick=5)

    assert one == Report(
        member="XB", sector="health", rsit_class="fraud", month="2027-03", aware="2027-03-02T00:00:00Z", tick=5
    )


def test_what_a_report_does_not_state_is_counted_as_that() -> None:
    one = report_in(incident(), member="XB", tick=5)

    assert one is not None
    assert (one.sector, one.rsit_class) == (NOT_STATED, NOT_STATED)


@pytest.mark.parametrize("body", [b'{"type":"incident","id":"incident--1"}', incident()[:-1] + b',"revoked":true}'])
def test_an_incident_without_a_clock_or_that_is_revoked_is_not_counted(body: bytes) -> None:
    assert report_in(body, member="XB", tick=5) is None


def test_every_month_between_the_first_and_the_last_has_its_place() -> None:
    reports = [report(when="2026-11"), report(when="2027-02")]

    figures = figures_of(reports, Choice(), members=MEMBERS, sectors=("energy",), now=0)

    assert figures.by_month == {"2026-11": 1, "2026-12": 0, "2027-01": 0, "2027-02": 1}


def test_a_time_that_is_far_off_does_not_make_thousands_of_months() -> None:
    reports = [report(when="0001-01"), report(when="9999-12")]

    figures = figures_of(reports, Choice(), members=MEMBERS, sectors=("energy",), now=0)

    assert figures.by_month == {"0001-01": 1, "9999-12": 1}


def test_members_and_sectors_stand_in_the_order_of_the_bloc_whatever_their_counts() -> None:
    reports = [report("XB"), report("XB", "health"), report("XA", "unlisted")]

    figures = figures_of(reports, Choice(), members=MEMBERS, sectors=("health", "energy"), now=0)

    assert list(figures.by_member) == ["XA", "XB"]
    assert list(figures.by_sector) == ["health", "energy", "not listed"]


def test_a_cell_is_as_dark_as_its_count_and_white_for_none() -> None:
    reports = [report("XA")] * 10 + [report("XB")]

    figures = figures_of(reports, Choice(), members=MEMBERS, sectors=("energy", "health"), now=0)

    assert [figures.shade("energy", "XA"), figures.shade("energy", "XB"), figures.shade("health", "XA")] == [5, 1, 0]


@pytest.mark.parametrize(
    ("choice", "count"),
    [
        (Choice(first="2027-03"), 1),
        (Choice(last="2027-02"), 1),
        (Choice(member="XB"), 1),
        (Choice(sector="health"), 0),
        (Choice(), 2),
    ],
)
def test_a_choice_narrows_what_is_counted(choice: Choice, count: int) -> None:
    reports = [report("XA", when="2027-02"), report("XB", when="2027-03")]

    assert figures_of(reports, choice, members=MEMBERS, sectors=(), now=0).reports == count


def test_a_month_is_refused_that_the_calendar_does_not_have() -> None:
    with pytest.raises(InvalidRequestError, match="expected a month such as"):
        month("2027-13", "from")
