"""Header tables that a stranger may send us, made harmless.

Law: whatever stands in a header, it ends neither our connection (reading) nor our dead letter (writing).
"""

import struct
from collections.abc import Mapping
from typing import Any, Final

from pika import data
from pika.exceptions import AMQPError

UNREADABLE: Final = "x-signet-headers"
MOST_OCTETS: Final = 65_536

# RabbitMQ routes copies by these (sender-selected distribution).
_ACTED_UPON: Final = frozenset({"CC", "BCC"})
# How a letter died is the broker's word and ours, never that of its sender; with a replay it is over.
_OF_DEATH: Final = ("x-death", "x-first-death-", "x-last-death-", "x-delivery-count", "x-opt-", "x-signet-")

# A time stamp beyond year 9999, NaN, or a table nested a thousand deep: pika 1.4.4 lets these escape from its
# reader, the connection breaks, the message comes back, and the queue stands still for ever.
_BREAKS: Final = (ValueError, OverflowError, RecursionError, OSError, struct.error, AMQPError)

_decode_table = data.decode_table


def read_table(encoded: bytes, offset: int) -> tuple[dict[Any, Any], int]:
    """Read a header table, or pass over it and say so in its place."""
    try:
        return _decode_table(encoded, offset)
    except _BREAKS:
        (length,) = struct.unpack_from(">I", encoded, offset)
        return {UNREADABLE: "unreadable"}, offset + 4 + length


def shield() -> None:
    """Let pika read every header table through `read_table`."""
    data.decode_table = read_table


def text_of(value: object) -> str | None:
    """A short string as text; pika hands over octets where they are not UTF-8."""
    return value.decode("latin-1") if isinstance(value, bytes) else None if value is None else str(value)


def named(headers: Mapping[Any, Any] | None) -> dict[str, Any]:
    """The headers under names that are text."""
    return {text_of(name) or "": value for name, value in (headers or {}).items()}


def repeatable(headers: Mapping[str, Any]) -> dict[str, Any]:
    """The sender's own headers as they may be sent again, or a word where they cannot be written."""
    kept = {
        name: value
        for name, value in headers.items()
        if name not in _ACTED_UPON and not name.startswith(_OF_DEATH)
    }
    try:
        size = data.encode_table([], kept)
    except _BREAKS:
        return {UNREADABLE: "cannot be written again"}
    return kept if size <= MOST_OCTETS else {UNREADABLE: f"left out: {size} octets"}
