"""What a node does when its time has come, whether or not anybody is connected."""

from comity.node import withdrawal
from comity.node.context import Node
from comity.store import operations


def run_due(node: Node) -> dict[str, int]:
    """End embargoes that are over, verify purges, purge what may be kept no longer; return how many of each."""
    lifted = node.store.keep_time()
    verified = 0
    if operations.due_receipts(node.store.read(), node.store.clock()) and node.store.database.scrub():
        with node.store.write() as connection:
            verified = withdrawal.verify_purges(node, connection)
    expired = 0
    if operations.expired(node.store.read(), node.store.clock()):
        with node.store.write() as connection:
            expired = withdrawal.expire(node, connection)
        node.store.database.scrub()
    return {"lifted": lifted, "verified": verified, "expired": expired}


def next_due(node: Node) -> int | None:
    """Return when ``run_due`` will next have something to do, in microseconds, or ``None`` when nothing waits."""
    connection = node.store.read()
    times = (
        node.store.log.next_lift(connection),
        operations.next_receipt(connection),
        operations.next_expiry(connection),
    )
    return min((time for time in times if time is not None), default=None)
