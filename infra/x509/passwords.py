"""As what octets a password may have gone into a file. Pure.

The first is what everybody means. The others are what old programs made of letters outside ASCII: they took the octets
of the terminal's character set for characters (OpenSSL before 1.1.0 did).
"""

import unicodedata
from typing import Final

from infra.x509.container import MOST_ITERATIONS

OLD_SETS: Final = ("utf-8", "iso8859-2", "cp1250")


def candidates(password: str, cost: int) -> list[bytes | None]:
    """What to try, in this order; no more than fit into the iterations that one file may ask for."""
    if not password:
        return [b"", None]  # RFC 7292, appendix B.1: two zero octets, or nothing at all
    normal = unicodedata.normalize("NFC", password)
    texts = [normal, password]
    if not normal.isascii():
        texts.append(unicodedata.normalize("NFD", normal))
        texts += [normal.encode(one).decode("latin-1") for one in OLD_SETS if _fits(normal, one)]
    tries = max(1, MOST_ITERATIONS // max(cost, 1))
    return [text.encode() for text in list(dict.fromkeys(texts))[:tries]]


def _fits(text: str, character_set: str) -> bool:
    try:
        text.encode(character_set)
    except UnicodeEncodeError:
        return False
    return True
