"""What a feed authors anew, beside what it authored before: the same again, or the next version of it.

A list is published again and again with most of its entries as they were. What a publisher says of an entry makes a new
version; that the list was fetched again does not.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from comity.store import operations
from comity.store.database import Connection

_TICK = timedelta(milliseconds=1)
_UUID_LENGTH = 36


class _Named(msgspec.Struct):
    id: str


_named = msgspec.json.Decoder(_Named)
_decode = msgspec.json.Decoder(dict[str, Any]).decode


def renewed(connection: Connection, raws: Sequence[bytes]) -> list[bytes | None]:
    """Return each of *raws*, objects that a feed authored, as the next version of what is stored under its id.

    ``None`` stands for one that says what is stored already. One that is new stays as it is.
    """
    uuids = [bytes.fromhex(_named.decode(raw).id[-_UUID_LENGTH:].replace("-", "")) for raw in raws]
    stored = operations.previous_bodies(connection, uuids)
    if not stored:
        return list(raws)
    return [_next(raw, stored[uuid]) if uuid in stored else raw for raw, uuid in zip(raws, uuids, strict=True)]


def _next(raw: bytes, stored: bytes) -> bytes | None:
    fresh, old = _decode(raw), _decode(stored)
    if fresh.get("modified", "") < old.get("modified", ""):
        return None if _alike(fresh, old) else raw
    if _alike(fresh, old):
        return None
    _keep_origin(fresh, old)
    if fresh["modified"] == old["modified"]:
        fresh["modified"] = _after(old["modified"])
    return msgspec.json.encode(fresh)


def _alike(fresh: Mapping[str, Any], old: Mapping[str, Any]) -> bool:
    same = dict(fresh)
    _keep_origin(same, old)
    same["modified"] = old.get("modified")
    return same == old


def _keep_origin(fresh: dict[str, Any], old: Mapping[str, Any]) -> None:
    """Give *fresh* the creation time of *old* (STIX 2.1, 3.6), also where another time was only taken from it."""
    for name, origin in (("valid_from", "created"), ("published", "modified")):
        if name in old and name in fresh and fresh[name] == fresh.get(origin):
            fresh[name] = old[name]
    fresh["created"] = old.get("created", fresh.get("created"))


def _after(time: str) -> str:
    moment = datetime.fromisoformat(time) + _TICK
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
