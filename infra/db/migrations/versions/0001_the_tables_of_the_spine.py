"""The tables of the spine."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply it."""
    op.create_table('api_keys',
    sa.Column('id', sa.UUID(as_uuid=False), nullable=False),
    sa.Column('hash', sa.LargeBinary(), nullable=False),
    sa.Column('publisher', sa.Text(), nullable=False),
    sa.Column('accounts', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('rights', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('api_keys_pk')),
    sa.UniqueConstraint('hash', name=op.f('api_keys_hash_key'))
    )
    op.create_table('counters',
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('value', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('counters_pk')),
    postgresql_with={'fillfactor': 10}
    )
    op.create_table('history',
    sa.Column('number', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('identity_id', sa.UUID(as_uuid=False), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('event_id', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('number', name=op.f('history_pk'))
    )
    op.create_index('history_identity', 'history', ['identity_id', 'number'], unique=False)
    op.create_table('identities',
    sa.Column('id', sa.UUID(as_uuid=False), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('account', sa.Text(), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('generation', sa.Integer(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('plan', sa.Text(), nullable=False),
    sa.Column('route', sa.Text(), nullable=False),
    sa.Column('challenge', postgresql.JSON(astext_type=sa.Text()), nullable=False),
    sa.Column('contact', postgresql.JSON(astext_type=sa.Text()), nullable=True),
    sa.Column('findings', postgresql.JSON(astext_type=sa.Text()), nullable=False),
    sa.Column('reminded', sa.Boolean(), nullable=False),
    sa.Column('opened_by', postgresql.JSON(astext_type=sa.Text()), nullable=True),
    sa.Column('looks_made', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('window_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('acted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('deadline', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_look_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('identities_pk')),
    sa.UniqueConstraint('kind', 'account', 'subject', 'generation', name=op.f('identities_kind_account_subject_generation_key')),
    postgresql_with={'fillfactor': 85}
    )
    op.create_index('identities_account', 'identities', ['kind', 'account', 'id'], unique=False)
    op.create_index('identities_subject', 'identities', ['kind', 'subject'], unique=False)
    op.create_table('inbox',
    sa.Column('key', sa.LargeBinary(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('inbox_pk'))
    )
    op.create_index('inbox_at', 'inbox', ['at'], unique=False, postgresql_using='brin')
    op.create_table('looks',
    sa.Column('identity_id', sa.UUID(as_uuid=False), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('outcome', sa.Text(), nullable=False),
    sa.Column('findings', postgresql.JSON(astext_type=sa.Text()), nullable=False),
    sa.Column('first_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('times', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('identity_id', name=op.f('looks_pk')),
    postgresql_with={'fillfactor': 80, 'autovacuum_vacuum_scale_factor': 0.01, 'autovacuum_vacuum_cost_delay': 0, 'autovacuum_analyze_scale_factor': 0.05}
    )
    op.create_table('looks_past',
    sa.Column('identity_id', sa.UUID(as_uuid=False), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('outcome', sa.Text(), nullable=False),
    sa.Column('findings', postgresql.JSON(astext_type=sa.Text()), nullable=False),
    sa.Column('first_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('times', sa.Integer(), nullable=False),
    postgresql_partition_by='RANGE (last_at)'
    )
    op.create_index('looks_past_identity', 'looks_past', ['identity_id', 'number'], unique=False)
    op.create_table('notice_days',
    sa.Column('recipient', sa.Text(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('times', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('recipient', 'day', name=op.f('notice_days_pk'))
    )
    op.create_table('notices',
    sa.Column('id', sa.UUID(as_uuid=False), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('identity_id', sa.UUID(as_uuid=False), nullable=True),
    sa.Column('recipient', sa.Text(), nullable=False),
    sa.Column('locale', sa.Text(), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=True),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('digest_id', sa.UUID(as_uuid=False), nullable=True),
    sa.Column('planned_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('sending_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('sending_token', sa.UUID(as_uuid=False), nullable=True),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('detail', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('notices_pk')),
    sa.UniqueConstraint('key', name=op.f('notices_key_key'))
    )
    op.create_index('notices_digest', 'notices', ['digest_id'], unique=False, postgresql_where=sa.text('digest_id IS NOT NULL'))
    op.create_index('notices_identity', 'notices', ['identity_id'], unique=False)
    op.create_table('outbox',
    sa.Column('number', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('event_id', sa.Text(), nullable=False),
    sa.Column('identity_id', sa.UUID(as_uuid=False), nullable=True),
    sa.Column('sequence', sa.Integer(), nullable=True),
    sa.Column('type', sa.Text(), nullable=False),
    sa.Column('account', sa.Text(), nullable=True),
    sa.Column('subject', sa.Text(), nullable=True),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('position', sa.BigInteger(), nullable=True),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('unroutable', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.PrimaryKeyConstraint('number', name=op.f('outbox_pk')),
    sa.UniqueConstraint('event_id', name=op.f('outbox_event_id_key')),
    sa.UniqueConstraint('identity_id', 'sequence', name=op.f('outbox_identity_id_sequence_key')),
    postgresql_with={'fillfactor': 70, 'autovacuum_vacuum_scale_factor': 0.02}
    )
    op.create_index('outbox_position', 'outbox', ['position'], unique=True, postgresql_where=sa.text('position IS NOT NULL'))
    op.create_index('outbox_unnumbered', 'outbox', ['number'], unique=False, postgresql_where=sa.text('position IS NULL'))
    op.create_index('outbox_unpublished', 'outbox', ['number'], unique=False, postgresql_where=sa.text('published_at IS NULL'))
    op.create_table('redelivered',
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('times', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('redelivered_pk'))
    )
    op.create_table('requests',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('identity_id', sa.UUID(as_uuid=False), nullable=False),
    sa.Column('cause_id', sa.Text(), nullable=False),
    sa.Column('cause_source', sa.Text(), nullable=False),
    sa.Column('restarted', sa.Boolean(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('requests_pk'))
    )
    op.create_index('requests_identity', 'requests', ['identity_id', 'at'], unique=False)
    op.create_index('requests_open', 'requests', ['identity_id'], unique=False, postgresql_where=sa.text('answered_at IS NULL'))
    op.create_table('schedule',
    sa.Column('id', sa.UUID(as_uuid=False), nullable=False),
    sa.Column('work', sa.Text(), nullable=False),
    sa.Column('attempt', sa.Integer(), nullable=False),
    sa.Column('failures', sa.SmallInteger(), server_default=sa.text('0'), nullable=False),
    sa.Column('inconclusive', sa.SmallInteger(), server_default=sa.text('0'), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('lease_token', sa.UUID(as_uuid=False), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('schedule_pk')),
    postgresql_with={'fillfactor': 70, 'autovacuum_vacuum_scale_factor': 0.01, 'autovacuum_vacuum_cost_delay': 0, 'autovacuum_analyze_scale_factor': 0.05}
    )
    op.create_index('schedule_due', 'schedule', ['work', 'due_at'], unique=False, postgresql_where=sa.text('failures < 5'))
    op.create_table('tombstones',
    sa.Column('token', sa.Text(), nullable=False),
    sa.Column('identity_id', sa.UUID(as_uuid=False), nullable=False),
    sa.Column('issued_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.PrimaryKeyConstraint('token', name=op.f('tombstones_pk'))
    )
    op.execute("CREATE TABLE looks_past_rest PARTITION OF looks_past DEFAULT")
    op.execute("INSERT INTO counters (name, value) VALUES ('position', 0), ('feed_floor', 0)")
