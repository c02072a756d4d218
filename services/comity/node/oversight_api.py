"""The operators' JSON API for duties, returns and editions of the summary; every route is for the CERT only."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field

from comity.domain.desk import Role
from comity.errors import SyncError
from comity.gateway.authentication import CHALLENGE, Authenticator
from comity.node.context import Node
from comity.node.duty_work import DutyWork
from comity.node.oversight_exchange import OversightExchange
from comity.node.returns import make_return
from comity.oversight.duties import Clock, Countdown
from comity.store import oversight
from comity.store.accounts import Account


class FilingRequest(BaseModel):
    """Which duty was fulfilled for which incident, and when; without a time it does not apply."""

    model_config = ConfigDict(extra="forbid")

    object_id: str = Field(max_length=200)
    duty: str = Field(max_length=200)
    filed: int | None


class ReturnRequest(BaseModel):
    """The period to report, in microseconds since 1970, and what only the member itself can count."""

    model_config = ConfigDict(extra="forbid")

    start: int
    end: int
    cases: dict[str, Annotated[int, Field(ge=0)] | None] | None = Field(default=None, max_length=200)
    publish_zeros: bool = False


def create_router(node: Node, exchange: OversightExchange | None, authenticator: Authenticator) -> APIRouter:
    """Return the routes."""

    def operator(request: Request) -> Account:
        account = authenticator.account(request.headers.get("authorization"))
        if account is None:
            raise HTTPException(401, "who are you?", headers={"WWW-Authenticate": CHALLENGE})
        if account.role != Role.CERT:
            raise HTTPException(403, "only the operators of the CERT may do this")
        return account

    router = APIRouter(prefix="/api", dependencies=[Depends(operator)], tags=["oversight"])
    caller = Annotated[Account, Depends(operator)]
    work = DutyWork(node=node)

    @router.get("/duties")
    def duties() -> list[dict[str, Any]]:
        """List the member's incidents with the countdown of every regime."""
        return [told(one) for one in work.countdowns()]

    @router.post("/filings")
    def file(body: FilingRequest, account: caller) -> dict[str, str]:
        """Record that a duty was fulfilled, or that it does not apply."""
        work.file(body.object_id, body.duty, filed=body.filed, account=account.name)
        return {"recorded": body.duty}

    @router.post("/returns")
    def report(body: ReturnRequest) -> dict[str, Any]:
        """Make the member's return for a period, and send it if the federation can be reached."""
        make_return(node, body.start, body.end, ordinary=body.cases, publishes_zeros=body.publish_zeros)
        return {"made": True, **_sent(exchange)}

    @router.post("/editions")
    def fetch() -> dict[str, int]:
        """Fetch new editions of the summary."""
        if exchange is None:
            raise HTTPException(409, "this node has not been admitted to a federation")
        return {"fetched": exchange.fetch_editions()}

    @router.get("/editions")
    def editions() -> list[dict[str, Any]]:
        """List the editions that are kept here."""
        rows = oversight.all_editions(node.store.read())
        return [{"number": one.number, "start": one.start, "end": one.end, "digest": one.digest} for one in rows]

    return router


def _sent(exchange: OversightExchange | None) -> dict[str, Any]:
    if exchange is None:
        return {"sent": 0, "problem": "this node has not been admitted to a federation"}
    try:
        return {"sent": exchange.send_returns(), "problem": None}
    except SyncError as error:
        return {"sent": 0, "problem": str(error)}


def told(one: Countdown) -> dict[str, Any]:
    """Return an incident and its clocks as plain values; times are microseconds."""
    return {
        "object_id": one.object_id,
        "name": one.name,
        "aware": one.aware,
        "clocks": [_clock(clock) for clock in one.clocks],
    }


def _clock(clock: Clock) -> dict[str, Any]:
    return {
        "duty": clock.duty.id,
        "member": clock.duty.member,
        "regime": clock.duty.regime,
        "stage": clock.duty.stage,
        "notify": clock.duty.notify,
        "applies_to": clock.duty.applies_to,
        "state": str(clock.state),
        "due": clock.due,
        "filed": clock.filed,
        "remaining": clock.remaining,
    }
