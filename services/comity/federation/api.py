"""The JSON API of the federation for members' nodes: keys, receipts of recalls, and who has an object."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field

from comity.errors import InvalidRequestError, LedgerError, RefusedError
from comity.federation.committee import Committee
from comity.federation.committee_api import add_committee_routes
from comity.federation.context import Federation
from comity.federation.warnings import MOST
from comity.gateway.authentication import CHALLENGE, Authenticator
from comity.gateway.viewers import node_viewer
from comity.ledger.notes import Key
from comity.ledger.purges import RECALL, RETENTION, Purge
from comity.store import member_keys, operations, recalls
from comity.store.accounts import Account
from comity.store.database import Connection
from comity.store.operations import Receipt, signed_receipt
from comity.store.pages import split_id

NODE = "node"
"""The role of the account of a member's node."""

_CONTACT_INTERVAL = 60_000_000
_MOST_RECEIPTS = 1_000
NodeOf = Callable[[Request], Account]


class KeyBody(BaseModel):
    """The key with which a member's node signs."""

    model_config = ConfigDict(extra="forbid")

    key: str = Field(max_length=4_000)


class ReceiptBody(BaseModel):
    """A receipt: the signed word of a node that it has purged a recalled object."""

    model_config = ConfigDict(extra="forbid")

    note: str = Field(max_length=8_000)


class HolderBody(BaseModel):
    """Who has an object, or had one that was recalled; times are microseconds since 1970."""

    object_id: str
    viewer: str
    member: str
    since: int | None
    """When it was first served it; nothing where it may have been, but it is not certain."""
    entries: list[int] = []
    """The entries of the ledger that say so."""
    recalled: int | None = None
    state: str = ""
    overdue: int | None = None
    completed: int | None = None
    last_seen: int | None = None


class ExposureBody(BaseModel):
    """A member's own networks, host names and vulnerabilities."""

    model_config = ConfigDict(extra="forbid")

    values: list[Annotated[str, Field(max_length=300)]] = Field(max_length=MOST)


class HintBody(BaseModel):
    """So many members have an asset that an object is about, and are not served it."""

    object_id: str
    members: int
    at: int


class DutyBody(BaseModel):
    """A confirmation that the calling node still owes."""

    object_id: str
    owner: str
    recalled: int
    overdue: bool


class StandingBody(BaseModel):
    """What a member's node has to know of its recalls and duties."""

    now: int
    """When this was so; what to ask from the next time."""
    keys: dict[str, list[str]]
    """The keys of every member's node, the old ones too."""
    receipts: list[str]
    """Signed notes about objects of the calling member."""
    recalls: list[HolderBody]
    duties: list[DutyBody]
    hints: list[HintBody]


def node_of(federation: Federation, authenticator: Authenticator) -> NodeOf:
    """Return what finds out which member's node is calling, and keeps that it did."""
    contacts: dict[str, int] = {}

    def node(request: Request) -> Account:
        account = authenticator.account(request.headers.get("authorization"))
        if account is None:
            raise HTTPException(401, "who are you?", headers={"WWW-Authenticate": CHALLENGE})
        if account.role != NODE:
            raise HTTPException(403, "only the nodes of members may do this")
        now = federation.store.clock()
        if abs(now - contacts.get(account.member, 0)) >= _CONTACT_INTERVAL:
            contacts[account.member] = now
            with federation.store.write() as connection:
                member_keys.saw(connection, account.member, now)
        return account

    return node


def create_router(federation: Federation, node: NodeOf) -> APIRouter:
    """Return the routes; every one of them is for the accounts of members' nodes only."""
    router = APIRouter(prefix="/api", tags=["nodes"])
    _add_keys(router, federation, node)
    _add_receipts(router, federation, node)
    _add_holders(router, federation, node)
    _add_exposures(router, federation, node)
    _add_standing(router, federation, node)
    add_committee_routes(router, Committee(federation=federation), node)
    return router


def _add_keys(router: APIRouter, federation: Federation, node: NodeOf) -> None:
    caller = Annotated[Account, Depends(node)]

    @router.post("/key")
    def register(body: KeyBody, account: caller) -> dict[str, str]:
        """Register the key of the calling node; there is one for each admission."""
        key = _readable_key(body.key)
        with federation.store.write() as connection:
            known = member_keys.registered(connection, account.member)
            if known is not None and known != str(key):
                raise RefusedError(f"another key of {account.member} is registered, expected it or a new admission")
            if known is None:
                federation.chronicle.registered(connection, account.member, str(key))
        return {"key": str(key)}


def _add_receipts(router: APIRouter, federation: Federation, node: NodeOf) -> None:
    caller = Annotated[Account, Depends(node)]

    @router.post("/receipts")
    def confirm(body: list[ReceiptBody], account: caller) -> dict[str, int]:
        """Keep the receipts with which a member's node confirms that it has purged recalled objects."""
        if len(body) > _MOST_RECEIPTS:
            raise InvalidRequestError(f"{len(body)} receipts, expected at most {_MOST_RECEIPTS}")
        receipts = [_receipt(federation, account, one.note) for one in body]
        with federation.store.write() as connection:
            # Of a purge for which there was no cause, nothing is kept; the answer does not tell.
            kept = [one for one in receipts if _has_cause(connection, one) and operations.put_receipt(connection, one)]
            operations.mark_receipts_sent(connection, kept, federation.store.clock())
            federation.chronicle.confirmed(connection, kept)
        return {"received": len(receipts)}


def _add_exposures(router: APIRouter, federation: Federation, node: NodeOf) -> None:
    caller = Annotated[Account, Depends(node)]

    @router.put("/exposures")
    def expose(body: ExposureBody, account: caller) -> dict[str, int]:
        """Register the calling member's own networks and names, in place of what it had registered."""
        return {"registered": federation.warnings.register(account.member, body.values)}


def _add_holders(router: APIRouter, federation: Federation, node: NodeOf) -> None:
    caller = Annotated[Account, Depends(node)]

    @router.get("/holders")
    def holders(object_id: str, account: caller) -> list[HolderBody]:
        """Tell who was served an object of the calling member; of anything else the same as of what is not there."""
        type_name, uuid = split_id(object_id) or ("", b"")
        federation.page_receipts.write()
        connection = federation.store.read()
        found = federation.page_receipts.holders(connection, account.member, uuid, type_name)
        receipts = operations.receipts_of(connection, account.member, [object_id], cause=RETENTION)
        purged = {node_viewer(one.member): one.completed for one in receipts}
        return [
            HolderBody(
                object_id=object_id,
                viewer=one.viewer,
                member=one.member,
                since=one.since if one.is_certain else None,
                entries=list(one.entries),
                state="expired" if one.viewer in purged else "",
                completed=purged.get(one.viewer),
            )
            for one in found
        ]


def _add_standing(router: APIRouter, federation: Federation, node: NodeOf) -> None:
    caller = Annotated[Account, Depends(node)]

    @router.get("/standing")
    def standing(account: caller, since: int = 0) -> StandingBody:
        """Tell what has come or changed for the calling member since a time, and what it owes."""
        connection = federation.store.read()
        now = federation.store.clock()
        receipts = operations.receipts_since(connection, account.member, since)
        owed = recalls.owed(connection, member=account.member, viewer=node_viewer(account.member))
        return StandingBody(
            now=now,
            keys=member_keys.every(connection),
            receipts=[one.note for one in receipts],
            recalls=_recalled(connection, account.member, since),
            duties=[
                DutyBody(object_id=one.object_id, owner=one.owner, recalled=one.at, overdue=one.overdue is not None)
                for one in owed
            ],
            hints=[
                HintBody(object_id=one.object_id, members=one.members, at=one.at)
                for one in federation.warnings.hints_for(account.member)
            ],
        )


def _recalled(connection: Connection, owner: str, since: int) -> list[HolderBody]:
    """Return where recalls stand at each who had the object: of all that changed since a time, or is not settled."""
    seen = member_keys.last_seen(connection)
    held = [
        HolderBody(
            object_id=one.object_id,
            viewer=one.viewer,
            member=one.member,
            since=one.served,
            recalled=one.at,
            state=one.state,
            overdue=one.overdue,
            completed=one.completed,
            last_seen=seen.get(one.member),
        )
        for one in recalls.unsettled(connection, owner, since)
    ]
    return held + [
        HolderBody(object_id=object_id, viewer="", member="", since=None, recalled=at, state=recalls.NEVER)
        for object_id, at in recalls.unheld(connection, owner)
        if at >= since
    ]


def _readable_key(text: str) -> Key:
    try:
        return Key.parse(text)
    except LedgerError as error:
        raise InvalidRequestError(str(error)) from error


def _receipt(federation: Federation, account: Account, note: str) -> Receipt:
    key = member_keys.registered(federation.store.read(), account.member)
    if key is None:
        raise RefusedError(f"no key of {account.member} is registered, so that nothing it signs can be checked")
    try:
        purge = Purge.opened(note, Key.parse(key))
    except LedgerError as error:
        raise RefusedError(str(error)) from error
    if purge.member != account.member:
        raise RefusedError(f"a receipt names another member, expected {account.member}")
    return signed_receipt(purge, note)


def _has_cause(connection: Connection, receipt: Receipt) -> bool:
    if receipt.cause == RECALL:
        return recalls.is_recalled(connection, receipt.object_id, receipt.owner)
    found = split_id(receipt.object_id)
    return found is not None and operations.is_stored(connection, found[1], owner=receipt.owner)
