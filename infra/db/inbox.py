"""Every inbound event that was taken, remembered in the transaction of its effect."""

import hashlib
from collections.abc import Collection, Sequence
from typing import Final

from domain.ports import EventKey
from infra.db.link import Link

_TAKE: Final = """
    INSERT INTO inbox (key) SELECT * FROM unnest(%(keys)b::bytea[]) AS given (key) ORDER BY key
    ON CONFLICT DO NOTHING RETURNING key
"""
_FORGET: Final = "DELETE FROM inbox WHERE key = ANY(%(keys)b::bytea[])"


class SqlInbox:
    """The inbox of one transaction."""

    def __init__(self, link: Link) -> None:
        """Work inside the transaction of `link`."""
        self._link = link

    def take(self, keys: Sequence[EventKey]) -> frozenset[EventKey]:
        """Remember the keys; answer those that were remembered before."""
        if not keys:
            return frozenset()
        digests = {_digest(key): key for key in keys}
        new = {bytes(row[0]) for row in self._link.rows(_TAKE, {"keys": list(digests)})}
        return frozenset(key for digest, key in digests.items() if digest not in new)

    def forget(self, keys: Collection[EventKey]) -> None:
        """Let go of keys answered with `event.refused`."""
        if keys:
            self._link.run(_FORGET, {"keys": [_digest(key) for key in keys]})


def _digest(key: EventKey) -> bytes:
    """Lengths are part of what is hashed, so that no two keys read alike."""
    parts = [part.encode("utf-8", "surrogatepass") for part in (key.publisher, key.source, key.id)]
    return hashlib.sha256(b"".join(b"%d:%b" % (len(part), part) for part in parts)).digest()
