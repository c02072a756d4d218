"""Sending the member's returns to the federation, and fetching the editions that it makes of everybody's."""

import json
from dataclasses import dataclass

import msgspec
import structlog

from comity.errors import ComityError, SyncError
from comity.node.context import Node
from comity.oversight.edition import Signed, verify
from comity.oversight.moments import microseconds
from comity.store import oversight
from comity.store.oversight import EditionRow
from comity.transport.client import ServiceClient

logger = structlog.get_logger(__name__)


class _Told(msgspec.Struct):
    number: int
    body: str
    signature: str
    taken: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OversightExchange:
    """A node's side; *key* is the federation's public key for editions, empty where the node was never given it."""

    node: Node
    client: ServiceClient
    key: bytes

    def send_returns(self) -> int:
        """Send every return that the federation does not have yet; return how many it took.

        Raises:
            SyncError: the federation could not be reached, or refused one; the reason is kept with it.
        """
        waiting = [one for one in oversight.all_returns(self.node.store.read()) if one.sent is None]
        for one in waiting:
            try:
                self.client.post_json("/api/returns", msgspec.json.decode(one.body))
            except SyncError as error:
                with self.node.store.write() as connection:
                    oversight.note_return(connection, one, sent=None, problem=str(error))
                raise
            with self.node.store.write() as connection:
                oversight.note_return(connection, one, sent=self.node.store.clock(), problem="")
        return len(waiting)

    def fetch_editions(self) -> int:
        """Fetch and keep every new edition whose signature and place in the chain hold; return how many.

        Raises:
            SyncError: the federation could not be reached, or an edition is not what it must be; nothing of it is kept.
        """
        last = oversight.last_edition(self.node.store.read())
        number, previous = (last.number, last.digest) if last else (0, "")
        answer = self.client.get_json("/api/editions", {"after": number})
        fetched = 0
        for told in self._parsed(answer):
            number += 1
            row = self._checked(told, number=number, previous=previous)
            with self.node.store.write() as connection:
                oversight.put_edition(connection, row)
            previous = row.digest
            fetched += 1
        return fetched

    def _parsed(self, answer: object) -> list[_Told]:
        try:
            return msgspec.convert(answer, list[_Told])
        except msgspec.ValidationError as error:
            raise SyncError(f"the federation answered outside the protocol: {error}") from error

    def _checked(self, told: _Told, *, number: int, previous: str) -> EditionRow:
        if not self.key:
            raise SyncError("this node was not given the key of editions: have the member admitted again")
        try:
            signed = Signed(body=told.body.encode(), signature=bytes.fromhex(told.signature))
            edition = verify(signed, self.key, number=number, previous=previous)
            times = [microseconds(text) for text in (edition.start, edition.end, edition.made)]
        except (ComityError, ValueError) as error:
            raise SyncError(f"the federation sent an edition that cannot be trusted: {error}") from error
        return EditionRow(
            number=number,
            start=times[0],
            end=times[1],
            made=times[2],
            body=signed.body,
            digest=signed.digest,
            signature=signed.signature,
            audit=json.dumps({"taken": told.taken}),
        )
