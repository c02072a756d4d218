"""The tables of feeds: how far each was read, what is noted of values on warning lists, and searches that are kept."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, String, Table, Text, UniqueConstraint

from comity.store.tables import metadata

feed_states = Table(
    "feed_states",
    metadata,
    Column("name", String, primary_key=True),
    Column("position", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("last_try", BigInteger),
    Column("last_success", BigInteger),
    Column("last_content", BigInteger),
    Column("next_try", BigInteger, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("taken", BigInteger, nullable=False),
    Column("refused", BigInteger, nullable=False),
    Column("errors", BigInteger, nullable=False),
    Column("problem", Text, nullable=False),
    comment="how far each feed was read, and how its last round went",
)

warned = Table(
    "warned",
    metadata,
    Column("object_id", String, primary_key=True),
    Column("lists", Text, nullable=False),
    comment="a node's own objects that stood on warning lists when they were taken in",
)

searches = Table(
    "searches",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("account_id", Integer, nullable=False, index=True),
    Column("viewer_id", Integer, nullable=False),
    Column("name", String, nullable=False),
    Column("query", Text, nullable=False),
    Column("audience", String, nullable=False),
    Column("token", String(64)),
    Column("created", BigInteger, nullable=False),
    UniqueConstraint("account_id", "name"),
    comment="searches that are kept; the digest of the token by which programs read one, and how far it goes",
)

alerts = Table(
    "alerts",
    metadata,
    Column("search_id", String(36), ForeignKey("searches.id", ondelete="CASCADE"), primary_key=True),
    Column("kind", String, nullable=False),
    Column("target", Text, nullable=False),
    Column("secret", String(64), nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("last_try", BigInteger),
    Column("last_success", BigInteger),
    Column("last_count", BigInteger, nullable=False),
    Column("next_try", BigInteger, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("problem", Text, nullable=False),
    comment="""who is told when a saved search finds something new;
position: the tick up to which it was told; secret: what deliveries to a webhook are signed with""",
)
