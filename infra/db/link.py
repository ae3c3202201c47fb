"""One connection inside a unit of work, and the few ways in which statements go over it.

Hot statements take one list per column (`unnest`) as binary parameters (`%(name)b`) and go to the
driver as they are written; SQLAlchemy gives the pool, the transaction and the translation of errors.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

Row = Sequence[Any]


class Link:
    """One transaction's connection."""

    def __init__(self, connection: Connection) -> None:
        """Speak over `connection`, whose transaction others begin and end."""
        self.connection = connection
        self._now: datetime | None = None
        self._counts: list[Callable[[], None]] = []

    def count_when_true(self, count: Callable[[], None]) -> None:
        """Count something once the transaction is committed: what is rolled back never was."""
        self._counts.append(count)

    def committed(self) -> None:
        """The transaction is committed."""
        counts, self._counts = self._counts, []
        for count in counts:
            count()

    @property
    def now(self) -> datetime:
        """The database's clock at the start of the transaction, UTC."""
        if self._now is None:
            self._now = self.one("SELECT now()")[0]
        return self._now

    def rows(self, statement: str, values: Mapping[str, Any] | None = None) -> Sequence[Row]:
        """All rows that the statement answers with."""
        return self.connection.exec_driver_sql(statement, dict(values or {})).fetchall()

    def one(self, statement: str, values: Mapping[str, Any] | None = None) -> Row:
        """The one row that the statement answers with."""
        return self.connection.exec_driver_sql(statement, dict(values or {})).one()

    def first(self, statement: str, values: Mapping[str, Any] | None = None) -> Row | None:
        """The first row, if there is one."""
        return self.connection.exec_driver_sql(statement, dict(values or {})).first()

    def run(self, statement: str, values: Mapping[str, Any] | None = None) -> int:
        """How many rows the statement changed."""
        return self.connection.exec_driver_sql(statement, dict(values or {})).rowcount
