"""What is proven is watched: absences in a row, and when a look would have come unasked."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply it."""
    op.add_column('schedule', sa.Column('absences', postgresql.ARRAY(sa.DateTime(timezone=True)), nullable=True))
    op.add_column('requests', sa.Column('unasked_at', sa.DateTime(timezone=True), nullable=True))
