"""The tables of need-to-warn hints."""

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, String, Table, Text

from comity.store.tables import metadata

exposures = Table(
    "exposures",
    metadata,
    Column("member", String, primary_key=True),
    Column("value", Text, primary_key=True),
    comment="what members have registered as their own: networks, host names, vulnerabilities; shown to nobody",
)

hints = Table(
    "hints",
    metadata,
    Column("uuid", LargeBinary(16), primary_key=True),
    Column("owner", String, primary_key=True),
    Column("object_id", String, nullable=False),
    Column("members", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    comment="objects that match what so many members registered who are not served them",
)
