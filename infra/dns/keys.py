"""Draws what a forger would have to guess: the id of a query and the socket that it leaves from.

RFC 5452, section 9: as many ids and ports as can be, and none that follows from another.
"""

import os
from collections.abc import Container
from typing import Final

from infra.dns.sockets import PER_FAMILY, Key

AT_ONCE: Final = 3 * 1024  # octets; asking the kernel for each key would cost more than sending the query


class Keys:
    """Random keys from the kernel's generator."""

    def __init__(self) -> None:
        self._octets = b""
        self._at = 0

    def draw(self, taken: Container[Key], *, six: bool) -> Key:
        """A key that is not taken."""
        while True:
            if self._at == len(self._octets):
                self._octets, self._at = os.urandom(AT_ONCE), 0
            at = self._at
            self._at = at + 3
            key = (six, self._octets[at] % PER_FAMILY, self._octets[at + 1] << 8 | self._octets[at + 2])
            if key not in taken:
                return key
