"""Private questions: what the asking node and the answering federation have in common (RFC 9497, mode VOPRF).

The node blinds what it asks about; the federation evaluates it under a key that lasts an hour, without learning it; the
node unblinds the result and looks for it in a table of the results of all that may be told. A table is made once an
hour and filled up with results of nothing, so that it shows neither when something was shared nor quite how much.
"""

from hashlib import sha256

from comity.dedup.canonical import Observable

MOST_AT_ONCE = 32
"""The most values in one request."""

SEVERAL = 3
"""From how many members up it is told that there are several; who they are is never told."""

TAG_BYTES = 16
EPOCH = 3_600_000_000
"""How long a key and its table last, in microseconds."""


def asked_about(observable: Observable) -> bytes:
    """Return an observable as it is evaluated."""
    return f"{observable.kind}\0{observable.value}".encode()


def tag_of(evaluated: bytes) -> bytes:
    """Return what stands in the table for a result."""
    return sha256(evaluated).digest()[:TAG_BYTES]
