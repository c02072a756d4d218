"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "20261125_first"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table."""
    op.create_table('accounts',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('member', sa.String(), nullable=False),
    sa.Column('role', sa.String(), nullable=False),
    sa.Column('password', sa.String(), nullable=True),
    sa.Column('token', sa.String(length=64), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('name')
    )
    op.create_index(op.f('ix_accounts_token'), 'accounts', ['token'], unique=False)
    op.create_table('activations',
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('suspended', sa.Text(), nullable=False),
    sa.Column('activated', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('proposal', sa.Integer(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('evidence', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('number'),
    comment='what was in force from when on; kind: founding, change, suspension or readmission;\nevidence: what was proved and who signed, as JSON'
    )
    op.create_table('classes',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('key'),
    comment='label classes: everything policy may look at, interned'
    )
    op.create_table('collections',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('root', sa.String(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('description', sa.Text(), nullable=False),
    sa.Column('alias', sa.String(), nullable=True),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('viewer_id', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('root', 'alias'),
    sa.UniqueConstraint('root', 'title')
    )
    op.create_table('embargoes',
    sa.Column('object_no', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('due', sa.BigInteger(), nullable=False),
    sa.Column('class_id', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('object_no'),
    comment='releases that wait for the end of an embargo, and the class they have from then on'
    )
    op.create_index(op.f('ix_embargoes_due'), 'embargoes', ['due'], unique=False)
    op.create_table('grants',
    sa.Column('viewer_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('class_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('rules', sa.Text(), nullable=False),
    sa.Column('since', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), server_default='0', nullable=False),
    sa.Column('block', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), server_default='0', nullable=False),
    sa.PrimaryKeyConstraint('viewer_id', 'class_id'),
    comment='no row, no release; the rules are those that decided;\nsince: 0, or the opening that the grant came with, when the class had rows already; older rows are then served in\nthe block of ticks that the opening reserved for the class, each at block + class_no',
    sqlite_with_rowid=False
    )
    op.create_index('grants_late', 'grants', ['viewer_id', 'block', 'since'], unique=False, sqlite_where=sa.text('since > 0'), postgresql_where=sa.text('since > 0'))
    op.create_table('meta',
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('value', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('key')
    )
    op.create_table('objects',
    sa.Column('object_no', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('uuid', sa.LargeBinary(length=16), nullable=False),
    sa.Column('type_id', sa.SmallInteger(), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('space_id', sa.SmallInteger(), nullable=False),
    sa.Column('class_id', sa.Integer(), nullable=False),
    sa.Column('contribution', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('twin', sa.BigInteger(), nullable=True),
    sa.Column('revoked', sa.Boolean(), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('object_no'),
    comment="every version of every object, byte for byte as received; its contribution is its first version's number"
    )
    op.create_index('objects_by_id', 'objects', ['uuid', 'version', 'space_id', 'type_id'], unique=True)
    op.create_index('objects_by_twin', 'objects', ['twin'], unique=False, sqlite_where=sa.text('twin IS NOT NULL'))
    op.create_table('openings',
    sa.Column('base', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('guarded', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('last', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.PrimaryKeyConstraint('base'),
    comment='ticks reserved for rows that are older than a grant of theirs: base is before the first of them;\nfrom guarded on, rows wait whose guard_class was opened and whose own class had been before, each at\nguarded + object_no'
    )
    op.create_table('outbox',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('object_id', sa.String(), nullable=False),
    sa.Column('label', sa.Text(), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('queued', sa.BigInteger(), nullable=False),
    sa.Column('sent', sa.BigInteger(), nullable=True),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('next_try', sa.BigInteger(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    comment='what waits to be sent, and what became of what was; a body is kept only while it waits'
    )
    op.create_index(op.f('ix_outbox_object_id'), 'outbox', ['object_id'], unique=False)
    op.create_index(op.f('ix_outbox_state'), 'outbox', ['state'], unique=False)
    op.create_table('past_grants',
    sa.Column('viewer_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('class_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('closed', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('since', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('rules', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('viewer_id', 'class_id', 'closed'),
    comment='grants that were closed, and when',
    sqlite_with_rowid=False
    )
    op.create_table('peers',
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('position', sa.Text(), nullable=False),
    sa.Column('last_push', sa.BigInteger(), nullable=True),
    sa.Column('last_pull', sa.BigInteger(), nullable=True),
    sa.Column('problem', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('name'),
    comment='how far the exchange with another service has come'
    )
    op.create_table('policies',
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('content', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('digest'),
    comment='every policy that was proposed or in force, as its canonical text'
    )
    op.create_table('proposals',
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('base', sa.String(length=64), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('proposer', sa.String(), nullable=False),
    sa.Column('proposed', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('effective', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('chapter_of', sa.String(), nullable=True),
    sa.Column('activated', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.PrimaryKeyConstraint('number'),
    comment='changes of the rules that were put forward; base: the policy in force that it is a change of;\nchapter_of: the member whose own chapter is all it changes'
    )
    op.create_table('receipts',
    sa.Column('object_id', sa.String(), nullable=False),
    sa.Column('member', sa.String(), nullable=False),
    sa.Column('received', sa.BigInteger(), nullable=False),
    sa.Column('due', sa.BigInteger(), nullable=False),
    sa.Column('completed', sa.BigInteger(), nullable=True),
    sa.Column('sent', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('object_id', 'member'),
    comment='when a recalled object was purged at a member, and whether the owner knows'
    )
    op.create_table('releases',
    sa.Column('seq', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('object_no', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('class_id', sa.Integer(), nullable=False),
    sa.Column('class_no', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('type_id', sa.SmallInteger(), nullable=False),
    sa.Column('contribution', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('latest', sa.Boolean(), nullable=False),
    sa.Column('special', sa.Boolean(), nullable=False),
    sa.Column('guard_class', sa.Integer(), nullable=True),
    sa.Column('past_class', sa.Integer(), nullable=True),
    sa.Column('twin', sa.BigInteger(), nullable=True),
    sa.Column('withdrawn', sa.BigInteger(), nullable=True),
    sa.Column('heir_of', sa.BigInteger(), nullable=True),
    sa.Column('since', sa.BigInteger(), nullable=True),
    sa.Column('about', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('seq'),
    comment='the append-only release log; class_no counts the rows of a class;\nspecial rows carry conditions in the columns after that:\nguard_class: served only to whom this class is granted as well (a sighting: the class of what was sighted);\npast_class: served only to whom this class is not granted (the end of an embargo: the class under it);\ntwin: one of several contributions of one observable; withdrawn: the seq at which it ceased to be one;\nheir_of, since: served only where that contribution was the one served when it was withdrawn, at that seq;\nabout: the contribution that a sighting is about'
    )
    op.create_index('releases_about', 'releases', ['about'], unique=False, sqlite_where=sa.text('about IS NOT NULL'), postgresql_where=sa.text('about IS NOT NULL'))
    op.create_index('releases_by_class', 'releases', ['class_id', 'class_no'], unique=True)
    op.create_index('releases_by_contribution', 'releases', ['contribution'], unique=False)
    op.create_index('releases_by_guard', 'releases', ['guard_class', 'object_no'], unique=False, sqlite_where=sa.text('guard_class IS NOT NULL'), postgresql_where=sa.text('guard_class IS NOT NULL'))
    op.create_index('releases_by_object', 'releases', ['object_no'], unique=False)
    op.create_index('releases_by_twin', 'releases', ['twin', 'seq'], unique=False, sqlite_where=sa.text('twin IS NOT NULL'), postgresql_where=sa.text('twin IS NOT NULL'))
    op.create_index('releases_by_type', 'releases', ['type_id', 'seq'], unique=False)
    op.create_table('signatures',
    sa.Column('proposal', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('member', sa.String(), nullable=False),
    sa.Column('approves', sa.Boolean(), nullable=False),
    sa.Column('remark', sa.Text(), nullable=False),
    sa.Column('signed', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('signature', sa.String(length=128), nullable=False),
    sa.PrimaryKeyConstraint('proposal', 'member'),
    comment='who signed a proposal, for it or against it'
    )
    op.create_table('signing_keys',
    sa.Column('member', sa.String(), nullable=False),
    sa.Column('public', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('member'),
    comment='the key by which each member signs; the first one known stays until an operator replaces it'
    )
    op.create_table('spaces',
    sa.Column('id', sa.SmallInteger(), autoincrement=False, nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('name'),
    comment='whose contribution an object is: a member, or a plain collection'
    )
    op.create_table('statuses',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('root', sa.String(), nullable=False),
    sa.Column('collection_id', sa.String(length=36), nullable=False),
    sa.Column('created', sa.BigInteger(), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_statuses_created'), 'statuses', ['created'], unique=False)
    op.create_table('submissions',
    sa.Column('object_id', sa.String(), nullable=False),
    sa.Column('received', sa.BigInteger(), nullable=False),
    sa.Column('labels', sa.Text(), nullable=False),
    sa.Column('lifts_at', sa.BigInteger(), nullable=True),
    sa.Column('outline', sa.Text(), nullable=False),
    sa.Column('forms', sa.Text(), nullable=False),
    sa.Column('cited', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('object_id'),
    comment="a node's own objects, as its operators see them: also those that never leave, and those taken back"
    )
    op.create_table('terms',
    sa.Column('object_no', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('value', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('object_no'),
    comment='the observable that an object states, in canonical form, for search'
    )
    op.create_index(op.f('ix_terms_value'), 'terms', ['value'], unique=False)
    op.create_table('tombstones',
    sa.Column('uuid', sa.LargeBinary(length=16), nullable=False),
    sa.Column('space_id', sa.SmallInteger(), autoincrement=False, nullable=False),
    sa.Column('type_id', sa.SmallInteger(), nullable=False),
    sa.Column('received', sa.BigInteger(), nullable=True),
    sa.Column('withdrawn', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('uuid', 'space_id'),
    comment='objects that were recalled: their value is gone, and they never come back'
    )
    op.create_table('types',
    sa.Column('id', sa.SmallInteger(), autoincrement=False, nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('name')
    )
    op.create_table('viewers',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('merges', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('name'),
    comment="a desk reading for a purpose, a member's node, a node's own objects, or a plain collection"
    )
    op.create_table('withdrawals',
    sa.Column('object_id', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('notice_id', sa.String(), nullable=False),
    sa.Column('origin', sa.String(), nullable=False),
    sa.Column('withdrawn', sa.BigInteger(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('forms', sa.Text(), nullable=False),
    sa.Column('addressed', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('object_id'),
    comment='objects taken back (recall) or declared invalid (revocation) by their owner, and who is told'
    )
    op.create_table('rights',
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('collection_id', sa.String(length=36), nullable=False),
    sa.Column('can_read', sa.Boolean(), nullable=False),
    sa.Column('can_write', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['collection_id'], ['collections.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('account_id', 'collection_id')
    )
