"""Uploads of certificates are counted, so that no account keeps the others waiting."""

import sqlalchemy as sa
from alembic import op
revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply it."""
    op.create_table('upload_slots',
    sa.Column('account', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False)
    )
    op.create_index('upload_slots_account', 'upload_slots', ['account', 'at'], unique=False)
