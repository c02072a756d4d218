"""The JSON API of the federation for members' nodes: receipts of recalls."""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field

from comity.federation.committee import Committee
from comity.federation.committee_api import add_committee_routes
from comity.federation.context import Federation
from comity.gateway.authentication import CHALLENGE, Authenticator
from comity.store import operations
from comity.store.accounts import Account
from comity.store.operations import Receipt

NODE = "node"
"""The role of the account of a member's node."""


class ReceiptBody(BaseModel):
    """When a member's node was told of a recall, and when it had purged the object; microseconds since 1970."""

    model_config = ConfigDict(extra="forbid")

    object_id: str = Field(max_length=200)
    member: str
    received: int
    completed: int


def create_router(federation: Federation, authenticator: Authenticator) -> APIRouter:
    """Return the routes; every one of them is for the accounts of members' nodes only."""

    def node(request: Request) -> Account:
        account = authenticator.account(request.headers.get("authorization"))
        if account is None:
            raise HTTPException(401, "who are you?", headers={"WWW-Authenticate": CHALLENGE})
        if account.role != NODE:
            raise HTTPException(403, "only the nodes of members may do this")
        return account

    router = APIRouter(prefix="/api", tags=["nodes"])
    caller = Annotated[Account, Depends(node)]

    @router.post("/receipts")
    def confirm(body: list[ReceiptBody], account: caller) -> dict[str, int]:
        """Keep the receipts with which a member's node confirms that it has purged recalled objects."""
        if any(one.member != account.member for one in body):
            raise HTTPException(403, f"a receipt names another member, expected {account.member}")
        with federation.store.write() as connection:
            kept = [operations.put_receipt(connection, _receipt(one)) for one in body]
        return {"kept": sum(kept)}

    @router.get("/receipts")
    def receipts(account: caller) -> list[ReceiptBody]:
        """List the receipts for objects of the calling member."""
        connection = federation.store.read()
        own = operations.recalled_by(connection, account.member)
        return [
            ReceiptBody(
                object_id=one.object_id, member=one.member, received=one.received, completed=one.completed or one.due
            )
            for one in operations.receipts_of(connection)
            if one.object_id in own
        ]

    add_committee_routes(router, Committee(federation=federation), node)
    return router


def _receipt(body: ReceiptBody) -> Receipt:
    return Receipt(
        object_id=body.object_id,
        member=body.member,
        received=body.received,
        due=body.received,
        completed=body.completed,
    )
