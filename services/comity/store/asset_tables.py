"""The tables of analytics: what must be protected, what touches it, and what was seen.

At a node they hold the member's own assets, which stay there; at the federation, what members put into the registry of
what crosses borders.
"""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text

from comity.store.tables import metadata

_number = BigInteger().with_variant(Integer, "sqlite")

assets = Table(
    "assets",
    metadata,
    Column("origin", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("body", Text, nullable=False),
    comment="assets as JSON; the origin is the member that registered it, or empty for the keeper of the registry",
)

affected_software = Table(
    "affected_software",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("vulnerability", String, nullable=False, index=True),
    Column("body", Text, nullable=False),
    comment="ranges of versions that vulnerabilities affect, out of advisories, as JSON",
)

matches = Table(
    "matches",
    metadata,
    Column("object_no", _number, primary_key=True, autoincrement=False),
    Column("asset", String, primary_key=True),
    Column("evidence", Text, primary_key=True),
    Column("rule", String, nullable=False),
    Column("layer", String, nullable=False),
    Column("confidence", Integer, nullable=False),
    Column("shared_by", String, nullable=False),
    Column("since", BigInteger, nullable=False),
    comment="which object touches which asset, and why; what the object says is read from the object, or is gone",
)
Index("matches_by_asset", matches.c.asset)

detections = Table(
    "detections",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("reference", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("value", Text, nullable=False),
    Column("seen", BigInteger, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("refuted", Boolean, nullable=False),
    Column("warned", BigInteger),
    comment="what was seen at the member itself, known or not; warned is since when the member knew it from others",
)
