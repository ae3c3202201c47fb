"""Names that the public DNS does not, or must not, resolve. Everything under one is reserved as well."""

from typing import Final

# RFC 6761, RFC 7686, RFC 9476 and the IANA registry of special-use names; `arpa` whole (RFC 3172).
SPECIAL_USE: Final = frozenset(
    {"alt", "arpa", "example", "home.arpa", "invalid", "local", "localhost", "onion", "test"}
)

# `internal` (ICANN, 2024); `corp`, `home` and `mail` (ICANN, 2018) and those of RFC 6762, appendix G:
# never to be delegated, because private networks use them already.
PRIVATE_USE: Final = frozenset(
    {"corp", "home", "internal", "intranet", "lan", "localdomain", "mail", "private"}
)

RESERVED: Final = SPECIAL_USE | PRIVATE_USE
