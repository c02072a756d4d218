"""The federation's JSON API for oversight: nodes send their members' returns and fetch editions."""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request

from comity.federation.api import NODE
from comity.federation.editions import Editions
from comity.gateway.authentication import CHALLENGE, Authenticator
from comity.store import oversight
from comity.store.accounts import Account

MOST_BYTES = 4_000_000
"""The largest return that is read."""


def create_router(editions: Editions, authenticator: Authenticator) -> APIRouter:
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

    @router.post("/returns")
    def take(raw: Annotated[bytes, Depends(_body)], account: caller) -> dict[str, bool]:
        """Keep the return of the calling member."""
        return {"new": editions.take(account.member, raw)}

    @router.get("/editions")
    def fetch(account: caller, after: int = 0) -> list[dict[str, object]]:
        """List the editions after a number, as they were signed, each with what the calling member was given."""
        connection = editions.federation.store.read()
        rows = oversight.all_editions(connection, after=after)
        return [
            {
                "number": row.number,
                "body": row.body.decode(),
                "signature": row.signature.hex(),
                "taken": editions.taken(connection, row, account.member),
            }
            for row in rows
        ]

    return router


async def _body(request: Request) -> bytes:
    length = request.headers.get("content-length", "")
    if not length.isdigit() or int(length) > MOST_BYTES:
        raise HTTPException(413, f"a return states its length and has at most {MOST_BYTES} bytes")
    return await request.body()
