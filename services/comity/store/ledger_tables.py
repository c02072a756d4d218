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

member_keys = Table(
    "member_keys",
    metadata,
    Column("member", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger),
    comment="the keys with which members' nodes sign; one at a time, old ones stay to check old signatures",
)

recalls = Table(
    "recalls",
    metadata,
    Column("object_id", String, primary_key=True),
    Column("owner", String, primary_key=True),
    Column("at", BigInteger, nullable=False),
    comment="what owners took back through the federation",
)

recall_holders = Table(
    "recall_holders",
    metadata,
    Column("object_id", String, primary_key=True),
    Column("owner", String, primary_key=True),
    Column("viewer", String, primary_key=True),
    Column("member", String, nullable=False, index=True),
    Column("served", BigInteger),
    Column("overdue", BigInteger),
    Column("completed", BigInteger),
    comment="who had a recalled object: since when, if known; when its confirmation was overdue, when it came",
)

contacts = Table(
    "contacts",
    metadata,
    Column("member", String, primary_key=True),
    Column("at", BigInteger, nullable=False),
    comment="when each member's node last called",
)

recall_states = Table(
    "recall_states",
    metadata,
    Column("object_id", String, primary_key=True),
    Column("viewer", String, primary_key=True),
    Column("member", String, nullable=False),
    Column("state", String, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("last_seen", BigInteger),
    Column("served", BigInteger),
    comment="at a node: where its own recalls stand, as the federation last told",
)

question_counts = Table(
    "question_counts",
    metadata,
    Column("member", String, primary_key=True),
    Column("day", Integer, nullable=False),
    Column("count", Integer, nullable=False),
    comment="how many values each member has privately asked about on its last day of asking",
)
