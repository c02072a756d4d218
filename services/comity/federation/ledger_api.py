"""The ledger over HTTP: evidence for members' nodes, and the log in tiles (C2SP tlog-tiles) for whoever watches it."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field

from comity.errors import NotFoundError
from comity.federation.api import NodeOf
from comity.federation.context import Federation
from comity.ledger.tiles import parse_path
from comity.store.accounts import Account

MOST_ENTRIES = 1_000
"""The most entries in one answer."""


class EvidenceQuery(BaseModel):
    """Which entries, and since which checkpoint the log has only grown."""

    model_config = ConfigDict(extra="forbid")

    earlier: str = Field(default="", max_length=8_000)
    after: int = Field(default=-1, ge=-1)
    limit: int = Field(default=MOST_ENTRIES, ge=0, le=MOST_ENTRIES)


def create_router(federation: Federation, node: NodeOf) -> APIRouter:
    """Return the routes; every one of them is for the accounts of members' nodes only."""
    router = APIRouter(tags=["ledger"])
    caller = Annotated[Account, Depends(node)]

    @router.post("/api/ledger")
    def evidence(body: EvidenceQuery, account: caller) -> Response:
        """Return entries that the calling member may read, with proofs, and the proof that the log has only grown."""
        if body.limit:
            federation.page_receipts.write()
        found = federation.ledger.evidence(
            federation.store.read(), account.member, earlier=body.earlier, after=body.after, limit=body.limit
        )
        return Response(found.text(), media_type="application/json")

    @router.get("/ledger/checkpoint")
    def checkpoint(account: caller) -> Response:
        """Return the newest checkpoint."""
        del account
        return Response(federation.ledger.checkpoint(federation.store.read()), media_type="text/plain; charset=utf-8")

    @router.get("/ledger/tile/{path:path}")
    def tile(path: str, account: caller) -> Response:
        """Return a tile of hashes, or of leaves: digests that tell nothing without their openings."""
        del account
        found: Any = parse_path(path)
        body = None if found is None else federation.ledger.tile(federation.store.read(), found)
        if body is None:
            raise NotFoundError("there is no such tile")
        return Response(body, media_type="application/octet-stream")

    return router
