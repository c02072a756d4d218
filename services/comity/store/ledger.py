"""The ledger in the database: entries are put at its end in the transaction of what they tell, and never changed.

The checkpoint is signed in that transaction too. So the log never has a leaf of something that did not happen, no
checkpoint speaks of leaves that were not committed, and there is one log only.
"""

import secrets
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Select, delete, func, insert, select

from comity.errors import LedgerError
from comity.ledger import merkle
from comity.ledger.checkpoint import Checkpoint
from comity.ledger.entries import EVERYBODY, SALT_BYTES, Entry, Opening
from comity.ledger.evidence import Evidence
from comity.ledger.notes import Key, Signer
from comity.ledger.tiles import ENTRIES, LEVEL_BITS, WIDTH, Tile
from comity.store.ledger_tables import ledger_entries, ledger_nodes, ledger_subjects
from comity.store.tables import meta

_CHECKPOINT = "ledger checkpoint"
_CHUNK = 1_000


class Ledger:
    """The log of one service, signed with its key."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer

    @property
    def key(self) -> Key:
        """The public key of the log."""
        return self._signer.key

    def append(self, connection: Connection, entries: Sequence[Entry]) -> list[int]:
        """Put *entries* at the end of the log, sign its checkpoint, and return their numbers. Needs the write lock.

        Raises:
            LedgerError: the log in the database is not as long as the checkpoint that was signed last.
        """
        if not entries:
            return []
        start = self._signed(connection).size
        if start != _size(connection):
            raise LedgerError(f"the log has {_size(connection)} leaves, its checkpoint tells of {start}")
        openings = [
            Opening(number=start + place, salt=secrets.token_bytes(SALT_BYTES), content=one.content())
            for place, one in enumerate(entries)
        ]
        self._write(connection, openings, entries)
        self._sign(connection, start + len(entries))
        return [one.number for one in openings]

    def checkpoint(self, connection: Connection) -> str:
        """Return the checkpoint of the whole log, a signed note."""
        stored = connection.execute(select(meta.c.value).where(meta.c.key == _CHECKPOINT)).scalar()
        return stored or Checkpoint(self._signer.name, 0, merkle.EMPTY_ROOT).signed(self._signer)

    def openings(
        self, connection: Connection, member: str | None, *, after: int = -1, size: int | None = None, limit: int
    ) -> list[Opening]:
        """Return the entries behind the number *after* that *member* may read, or all of them, among *size* leaves."""
        query = _readable(member).where(ledger_entries.c.number > after)
        if size is not None:
            query = query.where(ledger_entries.c.number < size)
        return [_opening(row) for row in connection.execute(query.order_by(ledger_entries.c.number).limit(limit))]

    def opening(self, connection: Connection, number: int) -> Opening:
        """Return one entry.

        Raises:
            LedgerError: there is none.
        """
        row = connection.execute(select(ledger_entries).where(ledger_entries.c.number == number)).first()
        if row is None:
            raise LedgerError(f"no entry {number}")
        return _opening(row)

    def evidence(
        self, connection: Connection, member: str | None, *, earlier: str = "", after: int = -1, limit: int
    ) -> Evidence:
        """Return entries behind *after* with their proofs, and the proof that the log continues that of *earlier*.

        Where it does not, because *earlier* is of another log or tells of more than there is, there is no proof, and
        the evidence does not hold.
        """
        note = self.checkpoint(connection)
        size = Checkpoint.opened(note, self.key).size
        nodes = Tree(connection)
        found = self.openings(connection, member, after=after, size=size, limit=limit)
        return Evidence(
            checkpoint=note,
            earlier=earlier,
            consistency=self._growth(earlier, size, nodes) if earlier else [],
            entries=[(one, merkle.inclusion(one.number, size, nodes)) for one in found],
        )

    def _growth(self, earlier: str, size: int, nodes: "Tree") -> list[bytes]:
        try:
            return merkle.consistency(Checkpoint.opened(earlier, self.key).size, size, nodes)
        except LedgerError:
            return []

    def tile(self, connection: Connection, tile: Tile) -> bytes | None:
        """Return the bytes of a tile, or ``None`` where the log has not grown so far (C2SP tlog-tiles)."""
        start = tile.number * WIDTH
        if tile.level == ENTRIES:
            within = ledger_entries.c.number.between(start, start + tile.width - 1)
            rows = connection.execute(select(ledger_entries).where(within).order_by(ledger_entries.c.number)).all()
            leaves = [_opening(row).leaf for row in rows]
            return b"".join(len(leaf).to_bytes(2) + leaf for leaf in leaves) if len(leaves) == tile.width else None
        at_level = ledger_nodes.c.level == tile.level * LEVEL_BITS
        within = ledger_nodes.c.number.between(start, start + tile.width - 1)
        query = select(ledger_nodes.c.hash).where(at_level, within).order_by(ledger_nodes.c.number)
        hashes = [bytes(found) for found in connection.execute(query).scalars()]
        return b"".join(hashes) if len(hashes) == tile.width else None

    def check(self, connection: Connection) -> Checkpoint:
        """Return the checkpoint when the database holds exactly what it was signed for: every byte is hashed again.

        Raises:
            LedgerError: something was changed, added or taken away.
        """
        checkpoint = self._signed(connection)
        frontier: dict[tuple[int, int], bytes] = {}
        size = 0
        for openings in _in_chunks(connection):
            size = self._check_chunk(connection, openings, size, frontier)
        if size != checkpoint.size or merkle.root(size, lambda *place: frontier[place]) != checkpoint.root:
            raise LedgerError(f"the {size} entries are not those of the checkpoint of {checkpoint.size} leaves")
        count = int(connection.execute(select(func.count()).select_from(ledger_nodes)).scalar_one())
        if count != 2 * size - size.bit_count():
            raise LedgerError(f"the tree of {size} leaves has {count} nodes")
        return checkpoint

    def _check_chunk(
        self, connection: Connection, openings: Sequence[Opening], size: int, frontier: dict[tuple[int, int], bytes]
    ) -> int:
        stored = _nodes_between(connection, size, size + len(openings))
        subjects = _subjects_between(connection, size, size + len(openings))
        for one in openings:
            if one.number != size:
                raise LedgerError(f"entry {size} is missing")
            if subjects.get(size, set()) != set(one.told["about"]):
                raise LedgerError(f"entry {size} is not shown to whom it is about")
            for level, number, found in merkle.appended(size, one.hash, lambda *place: frontier[place]):
                if stored.get((level, number)) != found:
                    raise LedgerError(
                        f"entry {one.number} is not the one that was written: node {level}/{number} differs"
                    )
                _grow(frontier, level, number, found)
            size += 1
        return size

    def _signed(self, connection: Connection) -> Checkpoint:
        return Checkpoint.opened(self.checkpoint(connection), self.key)

    def _write(self, connection: Connection, openings: Sequence[Opening], entries: Sequence[Entry]) -> None:
        tree = Tree(connection)
        nodes: list[dict[str, object]] = []
        for one in openings:
            for level, number, found in merkle.appended(one.number, one.hash, tree):
                tree.known[level, number] = found
                nodes.append({"level": level, "number": number, "hash": found})
        rows = [{"number": one.number, "salt": one.salt, "content": one.content} for one in openings]
        about = [
            {"member": member, "number": one.number}
            for one, entry in zip(openings, entries, strict=True)
            for member in entry.about
        ]
        for table, values in ((ledger_entries, rows), (ledger_nodes, nodes), (ledger_subjects, about)):
            if values:
                connection.execute(insert(table), values)

    def _sign(self, connection: Connection, size: int) -> None:
        root = merkle.root(size, Tree(connection))
        note = Checkpoint(self._signer.name, size, root).signed(self._signer)
        connection.execute(delete(meta).where(meta.c.key == _CHECKPOINT))
        connection.execute(insert(meta).values(key=_CHECKPOINT, value=note))


class Tree:
    """The complete subtrees in the database, as proofs ask for them; what was read once is remembered."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.known: dict[tuple[int, int], bytes] = {}

    def __call__(self, level: int, number: int) -> bytes:
        """Return the hash of a subtree.

        Raises:
            LedgerError: it is missing.
        """
        if (level, number) not in self.known:
            at = (ledger_nodes.c.level == level, ledger_nodes.c.number == number)
            found = self._connection.execute(select(ledger_nodes.c.hash).where(*at)).scalar()
            if found is None:
                raise LedgerError(f"node {level}/{number} of the log is missing")
            self.known[level, number] = bytes(found)
        return self.known[level, number]


def _grow(frontier: dict[tuple[int, int], bytes], level: int, number: int, found: bytes) -> None:
    """Keep what later leaves are hashed with: a subtree takes the place of its two halves."""
    frontier[level, number] = found
    if level:
        frontier.pop((level - 1, 2 * number))
        frontier.pop((level - 1, 2 * number + 1))


def _size(connection: Connection) -> int:
    highest = connection.execute(select(func.max(ledger_entries.c.number))).scalar()
    return 0 if highest is None else int(highest) + 1


def _readable(member: str | None) -> Select[Any]:
    query = select(ledger_entries)
    if member is None:
        return query
    own = select(ledger_subjects.c.number).where(ledger_subjects.c.member.in_((member, EVERYBODY)))
    return query.where(ledger_entries.c.number.in_(own))


def _in_chunks(connection: Connection) -> Iterator[list[Opening]]:
    after = -1
    while rows := connection.execute(
        select(ledger_entries).where(ledger_entries.c.number > after).order_by(ledger_entries.c.number).limit(_CHUNK)
    ).all():
        yield [_opening(row) for row in rows]
        after = rows[-1].number


def _nodes_between(connection: Connection, start: int, end: int) -> dict[tuple[int, int], bytes]:
    found: dict[tuple[int, int], bytes] = {}
    for level in range(end.bit_length()):
        within = ledger_nodes.c.number.between(start >> level, (end - 1) >> level)
        rows = connection.execute(select(ledger_nodes).where(ledger_nodes.c.level == level, within))
        found |= {(row.level, row.number): bytes(row.hash) for row in rows}
    return found


def _subjects_between(connection: Connection, start: int, end: int) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    query = select(ledger_subjects).where(ledger_subjects.c.number.between(start, end - 1))
    for row in connection.execute(query):
        found.setdefault(row.number, set()).add(row.member)
    return found


def _opening(row: Any) -> Opening:  # noqa: ANN401  # a row
    if not isinstance(row.salt, bytes) or not isinstance(row.content, bytes):
        raise LedgerError(f"entry {row.number} is not the one that was written: it is no bytes")
    return Opening(number=row.number, salt=bytes(row.salt), content=bytes(row.content))
