"""Logging in: by the safest way that both sides know, and with one try.

Law: nothing of a login is said but by TLS. A server may turn down a mechanism, then the next one is tried; once it
has refused user name and password, nothing is.
"""

import base64
import re
from collections.abc import Sequence
from typing import Final

from domain.dialogue import Ending
from domain.mail_server import Login
from infra.smtp.ended import Ended
from infra.smtp.line import Line, Said
from infra.smtp.mechanism import FalseProof, Steps
from infra.smtp.mechanisms import MECHANISMS, TOKENS, Mechanism

LOGGED_IN: Final = 235
CONTINUE: Final = 334
EMPTY: Final = b"="  # as a first response (RFC 4954, section 4)
TOO_WEAK: Final = 534

# The command, its parameter or the mechanism is not known or not allowed (RFC 5321, section 4.2.2; RFC 4954).
_NOT_THIS_WAY: Final = frozenset({500, 501, 502, 503, 504, 538})
_ABOUT_MECHANISM: Final = re.compile(rb"mechanism|too weak", re.IGNORECASE)


def log_in(line: Line, offered: str | None, login: Login) -> None:
    """Log in; raises Ended. `offered`: the mechanisms as EHLO named them, None where it did not."""
    if not line.is_secure:
        raise ValueError("a login is said by TLS alone")
    for name in _usable(offered):
        said = _exchange(line, name, MECHANISMS[name], login)
        if said.code == LOGGED_IN:
            return
        if not _is_about_mechanism(said):
            raise Ended(Ending.REPLY, reply=line.reply(said))
    raise Ended(Ending.NO_MECHANISM)


def _usable(offered: str | None) -> Sequence[str]:
    if not offered:
        raise Ended(Ending.NO_AUTH)
    names = set(offered.upper().split())
    usable = [name for name in MECHANISMS if name in names]
    if not usable and names & TOKENS:
        raise Ended(Ending.ONLY_TOKENS)
    return usable


def _exchange(line: Line, name: str, mechanism: Mechanism, login: Login) -> Said:
    """Say one mechanism; answer the reply that ended it."""
    steps = mechanism.say(login.username.encode(), login.password.encode())
    first = next(steps)
    command = b"AUTH " + name.encode()
    if mechanism.speaks_first:
        command += b" " + (base64.b64encode(first) or EMPTY)
    said = line.ask(command)
    try:
        while said.code == CONTINUE:
            said = line.ask(base64.b64encode(steps.send(_challenge(said))))
        if said.code == LOGGED_IN and not _is_at_end(steps):
            raise Ended(Ending.NOT_SMTP)
    except (FalseProof, StopIteration):
        raise Ended(Ending.NOT_SMTP) from None
    return said


def _challenge(said: Said) -> bytes:
    """What the server asks; what is no base64 is as good as nothing: LOGIN's prompts come in every form."""
    try:
        return base64.b64decode(said.lines[0].strip())
    except ValueError:
        return b""


def _is_at_end(steps: Steps) -> bool:
    try:
        steps.send(b"")
    except StopIteration:
        return True
    return False


def _is_about_mechanism(said: Said) -> bool:
    """Whether only the way to log in was turned down. Google's 534 is about the password (5.7.9, 5.7.14)."""
    if said.code == TOO_WEAK:
        return _ABOUT_MECHANISM.search(b" ".join(said.lines)) is not None
    return said.code in _NOT_THIS_WAY
