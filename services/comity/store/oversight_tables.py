"""The tables of oversight: filings and returns of members, editions of the summary, what was spent on public ones."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table, Text

from comity.store.tables import metadata

filings = Table(
    "filings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("object_id", String, nullable=False, index=True),
    Column("duty", String, nullable=False),
    Column("filed", BigInteger),
    Column("recorded", BigInteger, nullable=False),
    Column("account", String, nullable=False),
    comment="what a member's operators recorded about duties: filed at a time, or, without one, not applicable",
)

returns = Table(
    "returns",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("member", String, nullable=False),
    Column("starts", BigInteger, nullable=False),
    Column("ends", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("received", BigInteger, nullable=False),
    Column("sent", BigInteger),
    Column("problem", Text, nullable=False),
    comment="members' figures for periods that do not overlap: a node keeps its own, the federation everybody's",
)
Index("returns_by_period", returns.c.member, returns.c.starts, unique=True)

editions = Table(
    "editions",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("starts", BigInteger, nullable=False),
    Column("ends", BigInteger, nullable=False),
    Column("made", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    Column("signature", LargeBinary, nullable=False),
    Column("audit", Text, nullable=False),
    comment="append-only; the audit says what was hidden and why, and stays where the edition was made",
)

public_tables = Table(
    "public_tables",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False),
    Column("starts", BigInteger, nullable=False),
    Column("ends", BigInteger, nullable=False),
    Column("made", BigInteger, nullable=False),
    Column("epsilon", String, nullable=False),
    Column("body", Text, nullable=False),
    comment="the budget ledger: every public table with noise, the period it tells of, and what that cost",
)
