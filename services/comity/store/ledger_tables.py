"""The tables of the ledger: its leaves with what is behind them, its tree, and what is remembered to write it."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, SmallInteger, String, Table, Text

from comity.store.tables import metadata

_number = BigInteger().with_variant(Integer, "sqlite")

ledger_entries = Table(
    "ledger_entries",
    metadata,
    Column("number", _number, primary_key=True, autoincrement=False),
    Column("salt", LargeBinary(32), nullable=False),
    Column("content", LargeBinary, nullable=False),
    comment="what is behind each leaf; rows are only ever added",
)

ledger_subjects = Table(
    "ledger_subjects",
    metadata,
    Column("member", String, primary_key=True),
    Column("number", _number, primary_key=True, autoincrement=False),
    comment="who may read which entry",
    sqlite_with_rowid=False,
)

ledger_nodes = Table(
    "ledger_nodes",
    metadata,
    Column("level", SmallInteger, primary_key=True, autoincrement=False),
    Column("number", _number, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary(32), nullable=False),
    comment="the hash of every complete subtree of 2 ** level leaves; rows are only ever added",
    sqlite_with_rowid=False,
)

ledger_grants = Table(
    "ledger_grants",
    metadata,
    Column("class_id", Integer, primary_key=True, autoincrement=False),
    Column("viewers", Text, nullable=False),
    comment="to whom each class is granted, as the ledger last told it",
)

page_receipts = Table(
    "page_receipts",
    metadata,
    Column("entry", _number, primary_key=True, autoincrement=False),
    Column("viewer", String, nullable=False),
    Column("owner", String, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    comment="between which ticks an entry of the kind served tells what a viewer was served of an owner's",
)
Index("page_receipts_by_owner", page_receipts.c.owner, page_receipts.c.first)

open_pages = Table(
    "open_pages",
    metadata,
    Column("process", String(32), primary_key=True),
    Column("viewer_id", Integer, primary_key=True, autoincrement=False),
    Column("since", BigInteger, nullable=False),
    comment="viewers that are being served pages whose receipts are not written yet",
)
