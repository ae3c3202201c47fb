"""How often an event was begun, each count committed at once: the process may die in the next moment."""

from sqlalchemy import Engine

from infra.db.unit_of_work import SqlUnitOfWork


class Beginnings:
    """The counts of intake (events/delivery.py), each in a transaction of its own."""

    def __init__(self, engine: Engine) -> None:
        """Count in the database of `engine`."""
        self._engine = engine

    def begin(self, fingerprint: str) -> int:
        """Count one more beginning; answer how many there were, this one included."""
        with SqlUnitOfWork(self._engine) as work:
            times = work.redelivered.count(fingerprint)
            work.commit()
        return times

    def forget(self, fingerprint: str) -> None:
        """Its end was reached."""
        with SqlUnitOfWork(self._engine) as work:
            work.redelivered.forget(fingerprint)
            work.commit()
