"""The DKIM keys of domains. Those that were verified before get theirs from upkeep, a few every second."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply it."""
    op.create_table('dkim_pairs',
    sa.Column('id', sa.UUID(as_uuid=False), nullable=False),
    sa.Column('domain_id', sa.UUID(as_uuid=False), nullable=False),
    sa.Column('account', sa.Text(), nullable=False),
    sa.Column('targets', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('keys', postgresql.JSON(), nullable=False),
    sa.Column('made', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('removed', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('fault', sa.Text(), nullable=True),
    sa.Column('begun_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('dkim_pairs_pk')),
    sa.UniqueConstraint('domain_id', name=op.f('dkim_pairs_domain_id_key'))
    )
    op.create_index('dkim_pairs_account', 'dkim_pairs', ['account'], unique=False)
    op.create_index('dkim_pairs_fault', 'dkim_pairs', ['fault'], unique=False, postgresql_where=sa.text('fault IS NOT NULL'))
