"""What operators see and do about duties and returns: countdowns, filings, what was reported for which period."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response

from comity.errors import ComityError
from comity.oversight.duties import Clock, Countdown
from comity.oversight.moments import microseconds, moment
from comity.portal.access import OPERATORS
from comity.portal.answers import Page, Table
from comity.portal.site import Site, onward, refused, say
from comity.store import oversight

_MINUTE = 60_000_000


def add_duty_routes(router: APIRouter, site: Site) -> None:
    """Add the routes."""
    _add_duties(router, site)
    _add_returns(router, site)


def _add_duties(router: APIRouter, site: Site) -> None:
    @router.get("/operator/duties")
    def duties(request: Request) -> Response:
        """Show each incident with the countdown of every regime."""
        caller = site.gate.caller(request, OPERATORS)
        return site.renderer.page(request, duties_page(site), caller)

    @router.post("/operator/duties")
    def file(  # noqa: PLR0917  # the fields of a form
        request: Request,
        object_id: Annotated[str, Form()] = "",
        duty: Annotated[str, Form()] = "",
        filed: Annotated[str, Form()] = "",
        what: Annotated[str, Form()] = "",
        token: Annotated[str, Form()] = "",
    ) -> Response:
        """Record that a duty was fulfilled, or that it does not apply."""
        site.gate.check_form(request, token)
        caller = site.gate.caller(request, OPERATORS)
        try:
            time = None if what == "not-applicable" else _time(site, filed)
            site.services.oversight.file(object_id, duty, filed=time, account=caller.account.name)
            say(caller, "done", f"Recorded for {duty}. A filing is never changed.")
        except ComityError as error:
            refused(caller, error)
        return onward("/operator/duties")


def _add_returns(router: APIRouter, site: Site) -> None:
    @router.get("/operator/returns")
    def returns(request: Request) -> Response:
        """List the periods that the member reported for the cross-border summary."""
        caller = site.gate.caller(request, OPERATORS)
        return site.renderer.page(request, returns_page(site), caller)

    @router.post("/operator/returns")
    def report(
        request: Request,
        first: Annotated[str, Form(alias="from")] = "",
        last: Annotated[str, Form(alias="to")] = "",
        token: Annotated[str, Form()] = "",
    ) -> Response:
        """Make the return of a period, and send it."""
        site.gate.check_form(request, token)
        caller = site.gate.caller(request, OPERATORS)
        try:
            site.services.oversight.report(microseconds(first), microseconds(last))
            say(caller, "done", "The return was made. It is sent with the next push, if it was not sent at once.")
        except ComityError as error:
            refused(caller, error)
        return onward("/operator/returns")


def duties_page(site: Site) -> Page:
    """Return the page of countdowns."""
    listed = [_told(one, site.services.member) for one in site.services.oversight.countdowns()]
    rows = [
        (
            one["object_id"],
            clock["member"],
            clock["regime"],
            clock["stage"],
            clock["state"],
            clock["due"],
            clock["filed"],
        )
        for one in listed
        for clock in one["clocks"]
    ]
    return Page(
        template="operator_duties.html",
        title="Duties to notify",
        data={"present": moment(site.services.clock()), "incidents": listed},
        table=Table(header=("incident", "member", "regime", "stage", "state", "due", "filed"), rows=rows),
    )


def returns_page(site: Site) -> Page:
    """Return the page of the member's returns."""
    rows = [
        {
            "from": moment(one.start),
            "to": moment(one.end),
            "made": moment(one.received),
            "sent": None if one.sent is None else moment(one.sent),
            "problem": one.problem,
        }
        for one in reversed(oversight.all_returns(site.services.store.read()))
    ]
    month = datetime.fromtimestamp(site.services.clock() / 1_000_000, UTC).replace(day=1)
    before = (month - timedelta(days=1)).replace(day=1)
    return Page(
        template="operator_returns.html",
        title="Returns",
        data=rows,
        table=Table(header=("from", "to", "made", "sent", "problem"), rows=[list(row.values()) for row in rows]),
        more={"first": f"{before:%Y-%m-%d}", "last": f"{month:%Y-%m-%d}"},
    )


def _time(site: Site, text: str) -> int:
    """Return the time that was typed, in UTC unless it says otherwise; nothing typed is the present."""
    if not text.strip():
        return site.services.clock()
    written = text.strip().replace(" ", "T")
    return microseconds(written if written.endswith("Z") or "+" in written else f"{written}Z")


def _told(one: Countdown, member: str) -> dict[str, Any]:
    return {
        "object_id": one.object_id,
        "name": one.name,
        "aware": moment(one.aware),
        "clocks": [_clock(clock, member) for clock in one.clocks],
    }


def _clock(clock: Clock, member: str) -> dict[str, Any]:
    return {
        "duty": clock.duty.id,
        "member": clock.duty.member,
        "regime": clock.duty.regime,
        "stage": clock.duty.stage,
        "applies_to": clock.duty.applies_to,
        "notify": clock.duty.notify,
        "state": str(clock.state),
        "due": None if clock.due is None else moment(clock.due),
        "filed": None if clock.filed is None else moment(clock.filed),
        "left": None if clock.remaining is None else _in_words(clock.remaining),
        "is_open": clock.duty.member == member and clock.filed is None and str(clock.state) != "not applicable",
    }


def _in_words(remaining: int) -> str:
    minutes = abs(remaining) // _MINUTE
    hours, rest = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    text = f"{days} d {hours} h" if days else f"{hours} h {rest:02d} min"
    return f"{text} left" if remaining >= 0 else f"{text} over"
