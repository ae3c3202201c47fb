"""The form in which a mail may leave: 7-bit, CRLF only, short lines.

Only the header of a mail to an address beyond ASCII is UTF-8 (RFC 6532, section 3.2), and only where that is asked for.

Law: bytes that break it are never frozen and never sent. A bare CR or LF is how one mail is
made into two (SMTP smuggling), because servers disagree about where a line ends.
"""

from typing import Final

LONGEST_LINE: Final = 998  # RFC 5322, section 2.1.1


def on_the_wire(message: bytes, *, utf8: bool = False) -> bytes:
    """The same bytes, if they may leave as they are; ValueError says which rule they break.

    `utf8`: they go by SMTPUTF8, so that the header may hold more than ASCII.
    """
    if not message.count(b"\r\n") == message.count(b"\r") == message.count(b"\n"):
        raise ValueError("a mail has CR or LF standing alone")
    if not message.endswith(b"\r\n"):
        raise ValueError("a mail does not end with CRLF")
    if b"\0" in message or not (_in_ascii(message) if utf8 else message).isascii():
        raise ValueError("a mail is not 7-bit text")
    if max(map(len, message.split(b"\r\n"))) > LONGEST_LINE:
        raise ValueError(f"a mail has a line of more than {LONGEST_LINE} octets")
    return message


def dot_stuffed(message: bytes) -> bytes:
    """The bytes as they go after DATA, without the final dot (RFC 5321, section 4.5.2)."""
    stuffed = message.replace(b"\r\n.", b"\r\n..")
    return b"." + stuffed if stuffed.startswith(b".") else stuffed


def _in_ascii(message: bytes) -> bytes:
    """The mail with a sign in place of all in its header that is well-formed UTF-8 beyond ASCII."""
    header, end, body = message.partition(b"\r\n\r\n")
    try:
        return header.decode().encode("ascii", "replace") + end + body
    except UnicodeDecodeError:
        return message
