"""The tables of the committee: policies, proposals, signatures, and what was put in force when."""

from sqlalchemy import Boolean, Column, Integer, String, Table, Text

from comity.store.tables import metadata, tick_number

policies = Table(
    "policies",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("content", Text, nullable=False),
    comment="every policy that was proposed or in force, as its canonical text",
)

proposals = Table(
    "proposals",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("digest", String(64), nullable=False),
    Column("base", String(64), nullable=False),
    Column("title", Text, nullable=False),
    Column("proposer", String, nullable=False),
    Column("proposed", tick_number, nullable=False),
    Column("effective", tick_number, nullable=False),
    Column("chapter_of", String),
    Column("activated", tick_number),
    comment="""changes of the rules that were put forward; base: the policy in force that it is a change of;
chapter_of: the member whose own chapter is all it changes""",
)

signatures = Table(
    "signatures",
    metadata,
    Column("proposal", Integer, primary_key=True, autoincrement=False),
    Column("member", String, primary_key=True),
    Column("approves", Boolean, nullable=False),
    Column("remark", Text, nullable=False),
    Column("signed", tick_number, nullable=False),
    Column("signature", String(128), nullable=False),
    comment="who signed a proposal, for it or against it",
)

signing_keys = Table(
    "signing_keys",
    metadata,
    Column("member", String, primary_key=True),
    Column("public", String(64), nullable=False),
    comment="the key by which each member signs; the first one known stays until an operator replaces it",
)

activations = Table(
    "activations",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("kind", String, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("suspended", Text, nullable=False),
    Column("activated", tick_number, nullable=False),
    Column("proposal", Integer),
    Column("reason", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    comment="""what was in force from when on; kind: founding, change, suspension or readmission;
evidence: what was proved and who signed, as JSON""",
)
