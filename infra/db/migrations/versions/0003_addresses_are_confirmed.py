"""Sender addresses: what other kinds than domains know of themselves, when mails may leave, and their links."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply it."""
    op.alter_column('identities', 'plan', existing_type=sa.Text(), nullable=True)
    op.alter_column('identities', 'route', existing_type=sa.Text(), nullable=True)
    op.add_column('identities', sa.Column('facts', postgresql.JSON(), nullable=True))
    op.add_column('identities', sa.Column('reason', postgresql.JSON(), nullable=True))
    op.add_column('identities', sa.Column('domain_id', sa.UUID(as_uuid=False), nullable=True))
    op.create_index(
        'identities_domain', 'identities', ['domain_id'],
        postgresql_where=sa.text('domain_id IS NOT NULL'),
    )
    op.create_table('mail_slots',
    sa.Column('recipient', sa.Text(), nullable=False),
    sa.Column('account', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index('mail_slots_account', 'mail_slots', ['account', 'at'])
    op.create_index('mail_slots_recipient', 'mail_slots', ['recipient', 'at'])
    op.create_table('links',
    sa.Column('digest', sa.LargeBinary(), nullable=False),
    sa.Column('address_id', sa.UUID(as_uuid=False), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('digest', name=op.f('links_pk'))
    )
    op.create_index('links_address', 'links', ['address_id'])
