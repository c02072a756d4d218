"""The table of reports that are owed after emergency releases."""

from sqlalchemy import BigInteger, Column, String, Table, Text

from comity.store.tables import metadata

urgent_filings = Table(
    "urgent_filings",
    metadata,
    Column("object_id", String, primary_key=True),
    Column("released", BigInteger, nullable=False),
    Column("due", BigInteger, nullable=False),
    Column("filed", BigInteger),
    Column("reference", Text, nullable=False),
    comment="objects that left because they are urgent, before their export was approved",
)
