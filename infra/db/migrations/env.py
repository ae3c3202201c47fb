"""What Alembic runs a migration in: the connection, and the transaction, of whoever called it."""

from typing import Any

from alembic import context

from infra.db.columns import metadata
from infra.db.schema import PAST


def is_ours(_item: object, name: str | None, kind: str, _reflected: bool, _compared: Any) -> bool:  # noqa: ANN401, FBT001 - Alembic's signature
    """Whether Alembic should compare it: the partitions of a day come and go by themselves."""
    return not (kind == "table" and (name or "").startswith(f"{PAST}_"))


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    include_object=is_ours,
    compare_server_default=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
