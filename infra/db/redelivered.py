"""How often an event came back from the broker, counted before it is read.

Law: a count is committed on its own, so that the event that kills its reader is counted nevertheless.
"""

from typing import Final

from infra.db.link import Link

_COUNT: Final = """
    INSERT INTO redelivered (key, times) VALUES (%(key)s, 1)
    ON CONFLICT (key) DO UPDATE SET times = redelivered.times + 1, at = now() RETURNING times
"""
_FORGET: Final = "DELETE FROM redelivered WHERE key = %(key)s"


class SqlRedelivered:
    """The counts, in one transaction."""

    def __init__(self, link: Link) -> None:
        """Work inside the transaction of `link`."""
        self._link = link

    def count(self, key: str) -> int:
        """Count one more delivery of `key` (a digest of the message); answer how many there were."""
        return int(self._link.one(_COUNT, {"key": key})[0])

    def forget(self, key: str) -> None:
        """Let go of the count of an event that was taken."""
        self._link.run(_FORGET, {"key": key})
