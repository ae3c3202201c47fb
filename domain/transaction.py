"""What every transaction has (port), whatever may be done in it."""

from datetime import datetime
from types import TracebackType
from typing import Protocol, Self


class Transaction(Protocol):
    """Leave it without `commit` and nothing happened."""

    @property
    def now(self) -> datetime:
        """The database's clock at the start of this transaction, UTC."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def commit(self) -> None:
        """Make all of it true at once."""
