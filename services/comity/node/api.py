"""The JSON API of a node's operators: what the pages show, for programs and for the command line."""

from dataclasses import asdict
from typing import Any

import msgspec
from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field

from comity.domain.desk import Role
from comity.gateway.authentication import CHALLENGE, Authenticator
from comity.node import audit, jobs, withdrawal
from comity.node.context import FEDERATION, Node
from comity.node.desk_work import DeskWork
from comity.node.exchange import Exchange
from comity.policy import classes
from comity.policy.explain import Outcome
from comity.store import filings, operations, quarantine
from comity.store.accounts import Account
from comity.store.operations import Submission
from comity.store.pages import split_id
from comity.store.recall_states import standings

_MOST_HELD = 100


class RecallRequest(BaseModel):
    """Which object to take back, and why."""

    model_config = ConfigDict(extra="forbid")

    object_id: str = Field(max_length=200)
    reason: str = Field(max_length=1000)


class SightingRequest(BaseModel):
    """What was seen, how often, or that it is a false alarm."""

    model_config = ConfigDict(extra="forbid")

    kind: str = Field(max_length=40)
    value: str = Field(max_length=8000)
    count: int = Field(default=1, ge=0, le=999_999_999)
    refuted: bool = False


class SyncRequest(BaseModel):
    """Which ways to exchange."""

    model_config = ConfigDict(extra="forbid")

    push: bool = True
    pull: bool = True


def create_router(node: Node, work: DeskWork, exchange: Exchange | None, authenticator: Authenticator) -> APIRouter:
    """Return the routes; every one of them is for accounts of the node's CERT only."""

    def operator(request: Request) -> Account:
        account = authenticator.account(request.headers.get("authorization"))
        if account is None:
            raise HTTPException(401, "who are you?", headers={"WWW-Authenticate": CHALLENGE})
        if account.role != Role.CERT:
            raise HTTPException(403, "only the operators of the CERT may do this")
        return account

    router = APIRouter(prefix="/api", dependencies=[Depends(operator)], tags=["operators"])
    _add_views(router, node, work)
    _add_holders(router, exchange)
    _add_actions(router, node, work, exchange)
    return router


def _add_holders(router: APIRouter, exchange: Exchange | None) -> None:
    @router.get("/holders")
    def holders(object_id: str) -> list[dict[str, Any]]:
        """Ask the federation who was served one of the member's own objects, in any of its forms."""
        if exchange is None:
            raise HTTPException(409, "this node has not been admitted to a federation")
        return [msgspec.to_builtins(one) for one in exchange.holders(object_id)]


def _add_views(router: APIRouter, node: Node, work: DeskWork) -> None:
    @router.get("/submissions")
    def submissions() -> list[dict[str, Any]]:
        """List the member's own objects, also those that never left and those that were taken back."""
        return [_submission(node, one) for one in operations.all_submissions(node.store.read())]

    @router.get("/outcomes")
    def outcomes(object_id: str) -> dict[str, dict[str, Any]]:
        """Tell what becomes of an object at every other member, and why."""
        return {member: _outcome(outcome) for member, outcome in work.outcomes(object_id)}

    @router.post("/preview")
    async def preview(request: Request) -> dict[str, dict[str, Any]]:
        """Tell what would become of an object that has not been sent."""
        return {member: _outcome(outcome) for member, outcome in work.preview(await request.body())}

    @router.get("/status")
    def status() -> dict[str, Any]:
        """Tell how the exchange stands."""
        connection = node.store.read()
        return {
            "member": node.member,
            "present": node.store.clock(),
            "peer": operations.peer(connection, FEDERATION),
            "outbox": operations.outbox_states(connection),
            "letters": operations.outbox_rows(connection, limit=100),
            "quarantine": [
                {"object_id": one.object_id, "reason": one.reason, "at": one.at}
                for one in quarantine.held(connection, limit=_MOST_HELD)
            ],
            "need_to_warn": audit.hints(node),
            "filings": [asdict(one) for one in filings.every(connection) if one.filed is None],
            "next_due": jobs.next_due(node),
        }

    @router.get("/withdrawals")
    def withdrawals() -> list[dict[str, Any]]:
        """List what the member withdrew, whom it told, and who has confirmed."""
        connection = node.store.read()
        return [_told(connection, one) for one in _own(node, connection)]

    @router.get("/history")
    def history(object_id: str) -> dict[str, Any]:
        """Tell when an object came here, when it was withdrawn, and when its purge was verified."""
        found = split_id(object_id)
        connection = node.store.read()
        received, withdrawn = operations.history(connection, found[1], found[0]) if found else (None, None)
        mine = operations.receipts_by(connection, node.member, object_id)
        return {
            "received": received,
            "withdrawn": withdrawn,
            "notice_received": mine[0].received if mine else withdrawn,
            "purge_verified": mine[0].completed if mine else None,
        }


def _add_actions(router: APIRouter, node: Node, work: DeskWork, exchange: Exchange | None) -> None:
    @router.post("/recall")
    def recall(body: RecallRequest) -> dict[str, str]:
        """Take one of the member's own objects back from everybody."""
        work.recall(body.object_id, body.reason)
        return {"recalled": body.object_id}

    @router.post("/sightings")
    def sightings(body: SightingRequest) -> dict[str, str]:
        """Record that an observable was seen, or refuted, here."""
        work.sight(body.kind, body.value, count=body.count, refuted=body.refuted)
        return {"sighted": body.value}

    @router.post("/sync")
    def sync(body: SyncRequest) -> dict[str, Any]:
        """Push and pull now."""
        if exchange is None:
            raise HTTPException(409, "this node has not been admitted to a federation")
        done: dict[str, Any] = {"work": jobs.run_due(node)}
        if body.push:
            done["push"] = exchange.push()
        if body.pull:
            done["pull"] = exchange.pull()
        return {**done, "next_due": jobs.next_due(node)}

    @router.post("/work")
    def work_due() -> dict[str, Any]:
        """Do whatever is due that needs no connection."""
        return {"work": jobs.run_due(node), "next_due": jobs.next_due(node)}


def _own(node: Node, connection: Any) -> list[operations.Withdrawal]:  # noqa: ANN401  # a connection
    return [one for one in operations.all_withdrawals(connection) if one.origin == node.member]


def _submission(node: Node, one: Submission) -> dict[str, Any]:
    label = classes.parse(one.labels[0])
    found = split_id(one.object_id)
    stored = operations.newest(node.store.read(), found[1]) if found else None
    kind, _, value = one.outline.partition(" ")
    return {
        "object_id": one.object_id,
        "received": one.received,
        "type": one.object_id.partition("--")[0],
        "kind": kind,
        "value": value,
        "tier": label.tier.name,
        "tlp": str(label.tlp),
        "forms": list(one.forms),
        "cited": list(one.cited),
        "lifts_at": one.lifts_at,
        "embargo_exempt": sorted(label.embargo_exempt or ()),
        "left": operations.was_sent(node.store.read(), one.forms),
        "object": None if stored is None else stored[1].decode("utf-8"),
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "effect": outcome.effect,
        "reason": outcome.reason,
        "rules": list(outcome.rules),
        "why": list(outcome.why),
    }


def _told(connection: Any, one: operations.Withdrawal) -> dict[str, Any]:  # noqa: ANN401  # a connection
    confirmed: dict[str, int] = {}
    for receipt in operations.receipts_of(connection, one.origin, one.forms):
        if receipt.completed is not None:
            confirmed[receipt.member] = max(confirmed.get(receipt.member, 0), receipt.completed)
    return {
        "object_id": one.object_id,
        "kind": one.kind,
        "withdrawn": one.withdrawn,
        "reason": one.reason,
        "forms": list(one.forms),
        "addressed": list(one.addressed),
        "confirmed": confirmed,
        "standing": [asdict(each) for each in standings(connection, one)] if one.kind == withdrawal.RECALL else [],
    }
