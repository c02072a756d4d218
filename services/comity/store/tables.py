"""The tables: objects as received, the release log that orders them, the grants that decide who is served.

Times are microseconds since the Unix epoch. A release's ``seq`` is such a time too, made unique and strictly rising, so
it is at once its place in the log, the page key and the TAXII ``date_added`` (TAXII 2.1, 3.4 added_after).
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import TSVECTOR

metadata = MetaData()
tick_number = BigInteger().with_variant(Integer, "sqlite")
_number = tick_number

meta = Table("meta", metadata, Column("key", String, primary_key=True), Column("value", Text, nullable=False))

types = Table(
    "types",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("name", String, nullable=False, unique=True),
)

spaces = Table(
    "spaces",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("name", String, nullable=False, unique=True),
    comment="whose contribution an object is: a member, or a plain collection",
)

classes = Table(
    "classes",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("key", Text, nullable=False, unique=True),
    comment="label classes: everything policy may look at, interned",
)

viewers = Table(
    "viewers",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("name", String, nullable=False, unique=True),
    Column("merges", Boolean, nullable=False),
    comment="a desk reading for a purpose, a member's node, a node's own objects, or a plain collection",
)

grants = Table(
    "grants",
    metadata,
    Column("viewer_id", Integer, primary_key=True, autoincrement=False),
    Column("class_id", Integer, primary_key=True, autoincrement=False),
    Column("rules", Text, nullable=False),
    Column("since", _number, nullable=False, server_default="0"),
    Column("block", _number, nullable=False, server_default="0"),
    comment="""no row, no release; the rules are those that decided;
since: 0, or the opening that the grant came with, when the class had rows already; older rows are then served in
the block of ticks that the opening reserved for the class, each at block + class_no""",
    sqlite_with_rowid=False,
)
Index(
    "grants_late",
    grants.c.viewer_id,
    grants.c.block,
    grants.c.since,
    sqlite_where=grants.c.since > 0,
    postgresql_where=grants.c.since > 0,
)

past_grants = Table(
    "past_grants",
    metadata,
    Column("viewer_id", Integer, primary_key=True, autoincrement=False),
    Column("class_id", Integer, primary_key=True, autoincrement=False),
    Column("closed", _number, primary_key=True, autoincrement=False),
    Column("since", _number, nullable=False),
    Column("rules", Text, nullable=False),
    comment="grants that were closed, and when",
    sqlite_with_rowid=False,
)

openings = Table(
    "openings",
    metadata,
    Column("base", _number, primary_key=True, autoincrement=False),
    Column("guarded", _number, nullable=False),
    Column("last", _number, nullable=False),
    comment="""ticks reserved for rows that are older than a grant of theirs: base is before the first of them;
from guarded on, rows wait whose guard_class was opened and whose own class had been before, each at
guarded + object_no""",
)

objects = Table(
    "objects",
    metadata,
    Column("object_no", _number, primary_key=True, autoincrement=False),
    Column("uuid", LargeBinary(16), nullable=False),
    Column("type_id", SmallInteger, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("space_id", SmallInteger, nullable=False),
    Column("class_id", Integer, nullable=False),
    Column("contribution", _number, nullable=False),
    Column("twin", BigInteger),
    Column("revoked", Boolean, nullable=False),
    Column("body", LargeBinary, nullable=False),
    comment="every version of every object, byte for byte as received; its contribution is its first version's number",
)
Index("objects_by_id", objects.c.uuid, objects.c.version, objects.c.space_id, objects.c.type_id, unique=True)
Index("objects_by_twin", objects.c.twin, sqlite_where=objects.c.twin.is_not(None))

releases = Table(
    "releases",
    metadata,
    Column("seq", _number, primary_key=True, autoincrement=False),
    Column("object_no", _number, nullable=False),
    Column("class_id", Integer, nullable=False),
    Column("class_no", _number, nullable=False),
    Column("type_id", SmallInteger, nullable=False),
    Column("contribution", _number, nullable=False),
    Column("latest", Boolean, nullable=False),
    Column("special", Boolean, nullable=False),
    Column("guard_class", Integer),
    Column("past_class", Integer),
    Column("twin", BigInteger),
    Column("withdrawn", BigInteger),
    Column("heir_of", BigInteger),
    Column("since", BigInteger),
    Column("about", BigInteger),
    comment="""the append-only release log; class_no counts the rows of a class;
special rows carry conditions in the columns after that:
guard_class: served only to whom this class is granted as well (a sighting: the class of what was sighted);
past_class: served only to whom this class is not granted (the end of an embargo: the class under it);
twin: one of several contributions of one observable; withdrawn: the seq at which it ceased to be one;
heir_of, since: served only where that contribution was the one served when it was withdrawn, at that seq;
about: the contribution that a sighting is about""",
)
Index("releases_by_object", releases.c.object_no)
Index("releases_by_class", releases.c.class_id, releases.c.class_no, unique=True)
Index("releases_of_class", releases.c.class_id, releases.c.seq)
Index(
    "releases_by_guard",
    releases.c.guard_class,
    releases.c.object_no,
    sqlite_where=releases.c.guard_class.is_not(None),
    postgresql_where=releases.c.guard_class.is_not(None),
)
Index("releases_by_type", releases.c.type_id, releases.c.seq)
Index(
    "releases_by_twin",
    releases.c.twin,
    releases.c.seq,
    sqlite_where=releases.c.twin.is_not(None),
    postgresql_where=releases.c.twin.is_not(None),
)
Index("releases_by_contribution", releases.c.contribution)
Index(
    "releases_about",
    releases.c.about,
    sqlite_where=releases.c.about.is_not(None),
    postgresql_where=releases.c.about.is_not(None),
)

embargoes = Table(
    "embargoes",
    metadata,
    Column("object_no", _number, primary_key=True, autoincrement=False),
    Column("due", BigInteger, nullable=False, index=True),
    Column("class_id", Integer, nullable=False),
    comment="releases that wait for the end of an embargo, and the class they have from then on",
)

tombstones = Table(
    "tombstones",
    metadata,
    Column("uuid", LargeBinary(16), primary_key=True),
    Column("space_id", SmallInteger, primary_key=True, autoincrement=False),
    Column("type_id", SmallInteger, nullable=False),
    Column("received", BigInteger),
    Column("withdrawn", BigInteger, nullable=False),
    comment="objects that were recalled: their value is gone, and they never come back",
)

terms = Table(
    "terms",
    metadata,
    Column("object_no", _number, primary_key=True, autoincrement=False),
    Column("kind", String, nullable=False),
    Column("value", Text().with_variant(Text(collation="C"), "postgresql"), nullable=False),
    Column("span", String),
    comment="""the observable that an object states, in canonical form, for search;
span: of an address or a network, digits that sort as addresses do (search_terms.span_of)""",
)
Index("terms_by_value", terms.c.value)
Index(
    "terms_by_span",
    terms.c.span,
    sqlite_where=terms.c.span.is_not(None),
    postgresql_where=terms.c.span.is_not(None),
)

words = Table(
    "words",
    metadata,
    Column("object_no", _number, primary_key=True, autoincrement=False),
    Column("text", Text().with_variant(TSVECTOR(), "postgresql"), nullable=False),
    comment="the words of the newest version of each object; with SQLite a table of FTS5 (store.words)",
)
Index("words_by_text", words.c.text, postgresql_using="gin")

collections = Table(
    "collections",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("root", String, nullable=False),
    Column("title", String, nullable=False),
    Column("description", Text, nullable=False),
    Column("alias", String),
    Column("kind", String, nullable=False),
    Column("viewer_id", Integer, nullable=False),
    UniqueConstraint("root", "alias"),
    UniqueConstraint("root", "title"),
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False, unique=True),
    Column("member", String, nullable=False),
    Column("role", String, nullable=False),
    Column("password", String),
    Column("token", String(64), index=True),
)

rights = Table(
    "rights",
    metadata,
    Column("account_id", Integer, ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    Column("collection_id", String(36), ForeignKey("collections.id", ondelete="CASCADE"), primary_key=True),
    Column("can_read", Boolean, nullable=False),
    Column("can_write", Boolean, nullable=False),
)

statuses = Table(
    "statuses",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("root", String, nullable=False),
    Column("collection_id", String(36), nullable=False),
    Column("created", BigInteger, nullable=False, index=True),
    Column("body", LargeBinary, nullable=False),
)

submissions = Table(
    "submissions",
    metadata,
    Column("object_id", String, primary_key=True),
    Column("received", BigInteger, nullable=False),
    Column("labels", Text, nullable=False),
    Column("lifts_at", BigInteger),
    Column("outline", Text, nullable=False),
    Column("forms", Text, nullable=False),
    Column("cited", Text, nullable=False),
    comment="a node's own objects, as its operators see them: also those that never leave, and those taken back",
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("object_id", String, nullable=False, index=True),
    Column("label", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("state", String, nullable=False, index=True),
    Column("queued", BigInteger, nullable=False),
    Column("sent", BigInteger),
    Column("tries", Integer, nullable=False),
    Column("next_try", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    comment="what waits to be sent, and what became of what was; a body is kept only while it waits",
    # What is dropped while it is on its way must not be taken for what is queued next.
    sqlite_autoincrement=True,
)

peers = Table(
    "peers",
    metadata,
    Column("name", String, primary_key=True),
    Column("position", Text, nullable=False),
    Column("last_push", BigInteger),
    Column("last_pull", BigInteger),
    Column("problem", Text),
    comment="how far the exchange with another service has come",
)

withdrawals = Table(
    "withdrawals",
    metadata,
    Column("object_id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("notice_id", String, nullable=False),
    Column("origin", String, nullable=False),
    Column("withdrawn", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("forms", Text, nullable=False),
    Column("addressed", Text, nullable=False),
    comment="objects taken back (recall) or declared invalid (revocation) by their owner, and who is told",
)

receipts = Table(
    "receipts",
    metadata,
    Column("object_id", String, primary_key=True),
    Column("member", String, primary_key=True),
    Column("owner", String, primary_key=True),
    Column("cause", String, primary_key=True),
    Column("received", BigInteger, nullable=False),
    Column("due", BigInteger, nullable=False),
    Column("completed", BigInteger),
    Column("sent", BigInteger),
    Column("note", Text, nullable=False),
    comment="when a recalled object was purged at a member, in its node's signed words, and whether the owner knows",
)

retentions = Table(
    "retentions",
    metadata,
    Column("uuid", LargeBinary(16), primary_key=True),
    Column("owner", String, primary_key=True),
    Column("object_id", String, nullable=False),
    Column("received", BigInteger, nullable=False),
    Column("due", BigInteger, nullable=False, index=True),
    comment="until when objects of others may be kept",
)
