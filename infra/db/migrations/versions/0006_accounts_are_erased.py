"""Accounts that are removed: of whose events something is still to be erased."""

import sqlalchemy as sa
from alembic import op
revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply it."""
    op.create_table('erasures',
    sa.Column('account', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.PrimaryKeyConstraint('account', name=op.f('erasures_pk'))
    )
