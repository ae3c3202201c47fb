"""What was seen of a mail server by talking to it: facts, not yet judged.

Law: the ways in which a dialogue can end stay different values. What a server said is kept for the judge and for the
operator's log; it is never shown to anybody else.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from domain.mail_server import Login, Way


class Stage(StrEnum):
    """How far a dialogue came. The greeting belongs to `ehlo`, STARTTLS to `tls`."""

    RESOLVE = "resolve"
    GUARD = "guard"
    CONNECT = "connect"
    TLS = "tls"
    EHLO = "ehlo"
    AUTH = "auth"
    MAIL_FROM = "mail_from"


class Ending(StrEnum):
    """How a stage ended that did not lead to the next."""

    DONE = "done"  # there was no next
    NO_NAME = "no_name"
    NO_ADDRESS = "no_address"
    UNSEEN = "unseen"  # our own resolver could not tell
    BLOCKED_ADDRESS = "blocked_address"
    BLOCKED_PORT = "blocked_port"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    BROKEN_OFF = "broken_off"  # closed or reset by the other side
    NO_STARTTLS = "no_starttls"
    NO_TLS = "no_tls"  # the handshake failed
    CERTIFICATE = "certificate"
    NO_AUTH = "no_auth"
    NO_MECHANISM = "no_mechanism"  # none of those offered is known here, or was taken
    ONLY_TOKENS = "only_tokens"  # OAuth alone (RFC 7628)
    REPLY = "reply"  # not the one that leads on
    NOT_SMTP = "not_smtp"  # no replies, too long ones, unasked ones, a false proof


class CertificateFault(StrEnum):
    """Why a certificate was not taken."""

    EXPIRED = "expired"  # or not valid yet
    OTHER_NAME = "other_name"
    UNTRUSTED = "untrusted"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A reply (RFC 5321, section 4.2). `enhanced` is its status code (RFC 3463), empty where there is none.

    `text` holds no invisible characters, nothing of the login, and 256 characters at most.
    """

    code: int
    enhanced: str = ""
    text: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogue:
    """One dialogue: the stage in which it ended, and how.

    `works`: another way to the same server that came to a login by TLS, where one was sought and found.
    """

    stage: Stage
    ending: Ending
    reply: Reply | None = None
    certificate: CertificateFault | None = None
    works: Way | None = None


class Interrupted(Exception):  # noqa: N818 - it names what happened
    """The dialogue was dropped by us, for this process ends: nothing was seen."""


class MailServers(Protocol):
    """Talks to mail servers."""

    def look(self, login: Login, sender: str | None = None) -> Dialogue:
        """Log in, and ask whether mail from `sender` is taken; no mail is sent. Raises Interrupted."""

    def drop(self) -> None:
        """End every dialogue that is under way, and begin no other: Interrupted is raised where they were begun."""
