"""The least that a server can do: ready bytes, or one query of one table, as plain ASGI without rights or rules.

``python reference_server.py PORT DATABASE`` serves a table ``objects(seq, id, body)`` under ``/ready/small``,
``/ready/page``, ``/after/SEQ`` (a page of 100) and ``/objects/ID``.
"""

import sqlite3
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn

POLL = 100
PAGE = 1000
JOINED = (
    "SELECT CAST(group_concat(body, ',') AS BLOB) FROM (SELECT body FROM objects WHERE seq > ? ORDER BY seq LIMIT ?)"
)
ONE = "SELECT body FROM objects WHERE id = ?"

Send = Callable[[dict[str, Any]], Awaitable[None]]


def application(database: str) -> Callable[[dict[str, Any], object, Send], Awaitable[None]]:
    """Return the server of one database."""
    connection = sqlite3.connect(database, isolation_level=None)

    def page(after: int, limit: int) -> bytes:
        return b'{"objects":[' + connection.execute(JOINED, (after, limit)).fetchone()[0] + b"]}"

    ready = {"small": page(0, 1), "page": page(0, PAGE)}

    def body(kind: str, value: str) -> bytes:
        if kind == "ready":
            return ready[value]
        if kind == "after":
            return page(int(value), POLL)
        return b'{"objects":[' + connection.execute(ONE, (value,)).fetchone()[0] + b"]}"

    async def answer(scope: dict[str, Any], _receive: object, send: Send) -> None:
        if scope["type"] != "http":
            return
        _, kind, value = scope["path"].split("/", 2)
        content = body(kind, value)
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    return answer


if __name__ == "__main__":
    uvicorn.run(application(sys.argv[2]), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", lifespan="off")
