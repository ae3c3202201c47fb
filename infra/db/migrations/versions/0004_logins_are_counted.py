"""Logins to mail servers are counted."""

import sqlalchemy as sa
from alembic import op
revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply it."""
    op.create_table('logins',
    sa.Column('number', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('account', sa.Text(), nullable=False),
    sa.Column('host', sa.Text(), nullable=False),
    sa.Column('user_digest', sa.LargeBinary(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('ended', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('number', name=op.f('logins_pk'))
    )
    op.create_index('logins_account', 'logins', ['account', 'at'], unique=False)
    op.create_index('logins_host', 'logins', ['host', 'at'], unique=False)
    op.create_index('logins_passed', 'logins', ['host', 'at'], unique=False, postgresql_where=sa.text("ended = 'passed'"))
