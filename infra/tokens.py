"""Identifiers and secrets that were never there before, from the operating system's dice."""

import random
import secrets
import time
from typing import Final

from domain.challenge import TOKEN_OCTETS, token_of

_RANDOM_BITS: Final = 74
_LOW_BITS: Final = 62
_VERSION: Final = 0x7 << 76
_VARIANT: Final = 0b10 << 62
_DICE: Final = random.Random()  # noqa: S311 - nothing depends on its not being guessed


def new_id() -> str:
    """A UUID of version 7 (RFC 9562, section 5.7): those made later sort later, so indexes grow at their end."""
    milliseconds = time.time_ns() // 1_000_000
    dice = secrets.randbits(_RANDOM_BITS)
    high, low = dice >> _LOW_BITS, dice & ((1 << _LOW_BITS) - 1)
    digits = f"{(milliseconds << 80) | _VERSION | (high << 64) | _VARIANT | low:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def new_tokens() -> tuple[str, str]:
    """Two tokens of 128 bits, one for each selector."""
    dice = secrets.token_bytes(2 * TOKEN_OCTETS)
    return token_of(dice[:TOKEN_OCTETS]), token_of(dice[TOKEN_OCTETS:])


def new_link_token() -> str:
    """256 bits for a link, as 43 URL-safe characters."""
    return secrets.token_urlsafe(32)


def roll() -> float:
    """A roll of dice in [0, 1), for jitter: no secret, so the kernel is not asked at every look."""
    return _DICE.random()
