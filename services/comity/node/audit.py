"""What a node checks of the federation: that its ledger only grows, that receipts are signed, what is still owed."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import structlog

from comity.errors import LedgerError, SyncError
from comity.ledger.evidence import Evidence
from comity.ledger.notes import Key
from comity.ledger.purges import Purge
from comity.node.context import Node
from comity.store import operations, recall_states
from comity.store.database import Connection
from comity.store.operations import signed_receipt
from comity.store.recall_states import RecallState
from comity.transport.client import ServiceClient

_CHECKPOINT = "federation checkpoint"
_PROBLEM = "federation ledger problem"
_HINTS = "need to warn"
_ASKED = "standing asked"
MOST = 1_000
logger = structlog.get_logger(__name__)


class _Duty(msgspec.Struct, forbid_unknown_fields=True):
    object_id: str
    owner: str
    recalled: int
    overdue: bool


class _Hint(msgspec.Struct, forbid_unknown_fields=True):
    object_id: str
    members: int
    at: int


class Holder(msgspec.Struct):
    """Who has an object of this node's member, as the federation tells it; microseconds since 1970."""

    object_id: str
    viewer: str
    member: str
    since: int | None = None
    entries: list[int] = []
    recalled: int | None = None
    state: str = ""
    overdue: int | None = None
    completed: int | None = None
    last_seen: int | None = None


def newest_checkpoint(node: Node, key: str) -> str:
    """Return the newest checkpoint signed with *key* that was found to continue the one before, or nothing."""
    return node.store.setting(node.store.read(), f"{_CHECKPOINT} {key}") or ""


class _Standing(msgspec.Struct, forbid_unknown_fields=True):
    now: int
    keys: dict[str, list[str]]
    receipts: list[str]
    recalls: list[Holder]
    duties: list[_Duty]
    hints: list[_Hint]


def hints(node: Node) -> list[dict[str, Any]]:
    """Return which own objects match an asset of members who are not served them, as the federation last told."""
    found: list[dict[str, Any]] = msgspec.json.decode(node.store.setting(node.store.read(), _HINTS) or "[]")
    return found


def follow(node: Node, client: ServiceClient, key: str) -> str | None:
    """Check that the federation's ledger continues what it was; return what is wrong with it, now or ever before.

    Raises:
        SyncError: the federation could not be reached.
    """
    known = newest_checkpoint(node, key)
    try:
        evidence = fetch(client, key, earlier=known, limit=0)
    except LedgerError as error:
        return _alarm(node, key, str(error))
    if evidence.checkpoint != known:
        with node.store.write() as connection:
            node.store.set_setting(connection, f"{_CHECKPOINT} {key}", evidence.checkpoint)
    return node.store.setting(node.store.read(), f"{_PROBLEM} {key}")


def fetch(client: ServiceClient, key: str, *, earlier: str, after: int = -1, limit: int = MOST) -> Evidence:
    """Return evidence about the node's member, verified with the key of the federation's ledger.

    Raises:
        SyncError: the federation could not be reached.
        LedgerError: what it answered does not hold.
    """
    body = client.post_bytes("/api/ledger", {"earlier": earlier, "after": after, "limit": limit})
    evidence = Evidence.parse(body)
    if evidence.earlier != earlier:
        raise LedgerError("the evidence does not continue the checkpoint that was asked about")
    evidence.verified(Key.parse(key))
    return evidence


def fetch_all(client: ServiceClient, key: str, *, earlier: str) -> Evidence:
    """Return all evidence about the node's member, under one checkpoint where nothing comes in between.

    Raises:
        SyncError: the federation could not be reached.
        LedgerError: what it answered does not hold, or the log grew at every try.
    """
    for _ in range(5):
        pages = [fetch(client, key, earlier=earlier)]
        while len(pages[-1].entries) == MOST:
            pages.append(fetch(client, key, earlier=earlier, after=pages[-1].entries[-1][0].number))
        if len({page.checkpoint for page in pages}) == 1:
            every = [entry for page in pages for entry in page.entries]
            return Evidence(
                checkpoint=pages[0].checkpoint,
                earlier=earlier,
                consistency=pages[0].consistency,
                entries=every,
            )
    raise LedgerError("the log grew while it was read, five times")


def recalls(node: Node, client: ServiceClient) -> str | None:
    """Fetch who confirmed what this member took back, and what this node owes others; return what is wrong.

    Raises:
        SyncError: the federation could not be reached, or answered outside the protocol.
    """
    since = node.store.setting(node.store.read(), _ASKED) or "0"
    told: _Standing = _converted(client.get_json("/api/standing", {"since": since}), _Standing)
    with node.store.write() as connection:
        for note in told.receipts:
            _keep_receipt(node, connection, note, told.keys)
        recall_states.keep(connection, [_state(one) for one in told.recalls])
        owed = _answered(node, connection, told.duties)
        node.store.set_setting(connection, _HINTS, msgspec.json.encode(told.hints).decode())
        node.store.set_setting(connection, _ASKED, str(told.now))
    if not owed:
        return None
    late = sum(one.overdue for one in owed)
    return f"the purge of {len(owed)} recalled objects is not confirmed by this node yet, {late} of them overdue"


def holders(client: ServiceClient, object_id: str) -> list[Holder]:
    """Return who was served one object, or one form of it, as the federation tells its owner.

    Raises:
        SyncError: the federation could not be reached, or answered outside the protocol.
    """
    found: list[Holder] = _converted(client.get_json("/api/holders", {"object_id": object_id}), list[Holder])
    return found


def _answered(node: Node, connection: Connection, duties: Sequence[_Duty]) -> list[_Duty]:
    """Send again what the federation says it does not have; return what this node cannot confirm yet."""
    owed = []
    for one in duties:
        mine = operations.receipts_by(connection, node.member, one.object_id)
        if any(receipt.owner == one.owner and receipt.completed is not None for receipt in mine):
            operations.send_again(connection, one.object_id, owner=one.owner, member=node.member)
        else:
            owed.append(one)
    return owed


def _keep_receipt(node: Node, connection: Connection, note: str, keys: Mapping[str, Sequence[str]]) -> None:
    try:
        purge = _opened(note, keys)
    except LedgerError as error:
        logger.warning("receipt refused", reason=str(error))
        return
    if purge.owner != node.member:
        return
    operations.put_receipt(connection, signed_receipt(purge, note))


def _opened(note: str, keys: Mapping[str, Sequence[str]]) -> Purge:
    """Return the receipt in a note that is signed with a key of the member that it names."""
    for member, texts in keys.items():
        for text in texts:
            try:
                purge = Purge.opened(note, Key.parse(text))
            except LedgerError:
                continue
            if purge.member == member:
                return purge
    raise LedgerError("a receipt is signed by no member that it could be of")


def _state(one: Holder) -> RecallState:
    return RecallState(
        object_id=one.object_id,
        viewer=one.viewer,
        member=one.member,
        state=one.state,
        since=one.completed or one.overdue or one.recalled or 0,
        last_seen=one.last_seen,
        served=one.since,
    )


def _alarm(node: Node, key: str, reason: str) -> str:
    problem = f"the federation's ledger is not what it was: {reason}"
    logger.error("ledger problem", reason=reason)
    with node.store.write() as connection:
        node.store.set_setting(connection, f"{_PROBLEM} {key}", problem)
    return problem


def _converted(told: Any, kind: Any) -> Any:  # noqa: ANN401  # JSON, and a type
    try:
        return msgspec.convert(told, kind)
    except msgspec.ValidationError as error:
        raise SyncError(f"the federation answered outside the protocol: {error}") from error
