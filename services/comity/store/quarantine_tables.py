"""The table of what a node was sent and could not take."""

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, String, Table, Text

from comity.store.tables import metadata

quarantine = Table(
    "quarantine",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("object_id", String, nullable=False, index=True),
    Column("label", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    comment="objects as they came, each with the cause for which it was not taken; served to nobody",
)
