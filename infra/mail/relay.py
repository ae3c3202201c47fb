"""Hands mails to our own relay, and says what became of each.

Law: the frozen bytes go out unchanged, and what became of them is one of four values. What is wrong
between us and our relay is our own fault, hence Temporary; final is only a no to the recipient or the mail.
"""

import select
import smtplib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from domain.carriage import Ambiguous, Delivered, Handover, Refused, Temporary
from domain.notice import as_recipient, mailable
from infra.mail.connection import Away, Patience, be_patient, connect, part, reason, socket_of
from infra.mail.relay_url import RelayUrl, parse_relay
from infra.mail.wire import dot_stuffed, on_the_wire

OK: Final = 250
FORWARDED: Final = 251  # the recipient is taken, and the mail will be passed on (RFC 5321, section 4.2.3)
GO_AHEAD: Final = 354
REFUSAL: Final = 5  # the first digit of a final no
NO_SMTPUTF8: Final = "no_smtputf8"  # the code of a mail that waits for a relay that offers it (RFC 6531)
BY_SMTPUTF8: Final = ("SMTPUTF8", "BODY=8BITMIME")
UNREADABLE: Final = -1  # how smtplib says that a reply had no code


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """A relay, and how to speak to it. `authorities`: a file of CA certificates; without, the system's count."""

    url: RelayUrl
    authorities: Path | None = None
    patience: Patience = field(default_factory=Patience)

    @classmethod
    def parse(cls, url: str, authorities: Path | None = None) -> Self:
        """The relay of a URL; raises WrongRelay."""
        return cls(url=parse_relay(url), authorities=authorities)

    def connect(self) -> smtplib.SMTP:
        """A connection of its own, ready for mails; raises Away."""
        return connect(self.url, self.authorities, self.patience)

    def deliver(self, message: bytes, sender: str, recipient: str, name: str) -> Handover:
        """Hand over one mail on a connection of its own."""
        with self.session() as session:
            return session.deliver(message, sender, recipient, name)

    @contextmanager
    def session(self) -> Iterator["RelaySession"]:
        """One connection for several mails, for one thread: opened by the first mail, closed at the end."""
        session = RelaySession(self)
        try:
            yield session
        finally:
            session.close()

    def check(self) -> "Manners":
        """Connect, secure and log in as a mail would."""
        try:
            client = self.connect()
        except Away as away:
            return Manners(fault=away.code)
        offers = client.has_extn("smtputf8")
        part(client)
        return Manners(smtputf8=offers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How a relay receives us. `fault` is the code of what does not work, None when all does."""

    fault: str | None = None
    smtputf8: bool = False


class RelaySession:
    """A connection to the relay, opened when needed and used again while it is good."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._client: smtplib.SMTP | None = None

    def deliver(self, message: bytes, sender: str, recipient: str, name: str) -> Handover:
        """Hand over frozen bytes. A connection that is stale before the mail begins is replaced, once."""
        del name  # the Message-ID is in the bytes
        envelope = (mailable(sender) if sender else "", as_recipient(recipient))
        options = () if envelope[1].isascii() else BY_SMTPUTF8
        body = dot_stuffed(on_the_wire(message, utf8=bool(options)))
        try:
            if options and not self._open().has_extn("smtputf8"):
                return Temporary(NO_SMTPUTF8)  # nothing has begun: the connection is good for the next mail
            client = self._begin(envelope[0], options)
            result = _hand_over(client, envelope[1], body, self._relay.patience)
        except Away as away:
            result = Temporary(away.code)
        self._tidy(result)
        return result

    def close(self) -> None:
        """Take leave of the relay, if there is a connection."""
        client, self._client = self._client, None
        if client is not None:
            part(client)

    def _open(self) -> smtplib.SMTP:
        """The connection that is held, or a new one."""
        if self._client is None:
            self._client = self._relay.connect()
        return self._client

    def _begin(self, sender: str, options: Sequence[str]) -> smtplib.SMTP:
        """A connection on which the relay has taken `sender`."""
        if self._client is not None:
            with suppress(Away):
                return _announce(self._client, sender, options)
            self.close()
        return _announce(self._open(), sender, options)

    def _tidy(self, result: Handover) -> None:
        """Leave a connection on which the next mail can begin, or none."""
        if isinstance(result, Delivered) or self._client is None:
            return
        if isinstance(result, Ambiguous):
            self._client.close()  # no word more: what comes next on it may still be about this mail
        if not isinstance(result, Refused) or not _reset(self._client):
            self.close()


def _announce(client: smtplib.SMTP, sender: str, options: Sequence[str]) -> smtplib.SMTP:
    """Begin a mail. A no to our own sender is not the recipient's doing, so never final."""
    try:
        code, _ = client.mail(sender, options)
    except (smtplib.SMTPException, OSError) as error:
        raise Away(reason(error)) from None
    if code != OK:
        raise Away(f"mail {code}")
    return client


def _hand_over(client: smtplib.SMTP, recipient: str, body: bytes, patience: Patience) -> Handover:
    """Recipient, DATA and the body. Until the final dot nothing can have been taken over."""
    try:
        code, _ = client.rcpt(recipient)
        if code not in {OK, FORWARDED}:
            return _no("rcpt", code)
        code, _ = client.docmd("DATA")
        if code != GO_AHEAD:
            return _no("data", code)
        client.send(body)
        if _has_hung_up(client):
            raise Away("disconnected")
    except (smtplib.SMTPException, OSError) as error:
        raise Away(reason(error)) from None
    return _finish(client, patience)


def _has_hung_up(client: smtplib.SMTP) -> bool:
    """Whether the relay is gone, as far as the kernel knows: before the final dot that is no reason to be in doubt."""
    poll = select.poll()
    poll.register(socket_of(client), select.POLLRDHUP)
    return bool(poll.poll(0))


def _finish(client: smtplib.SMTP, patience: Patience) -> Handover:
    """The final dot. From here on only a reply can tell what happened (RFC 1047)."""
    try:
        be_patient(client, patience.final_dot)
        client.send(b".\r\n")
        code, _ = client.getreply()
        be_patient(client, patience.reply)
    except (smtplib.SMTPException, OSError) as error:
        return Ambiguous(reason(error))
    if code == UNREADABLE:
        return Ambiguous("unreadable")
    return Delivered() if code == OK else _no("final", code)


def _no(stage: str, code: int) -> Handover:
    """A reply that is not a yes: final when its first digit is 5 (RFC 5321, section 4.2.1)."""
    return Refused(str(code)) if code // 100 == REFUSAL else Temporary(f"{stage} {code}")


def _reset(client: smtplib.SMTP) -> bool:
    """Whether the connection is free for the next mail."""
    try:
        code, _ = client.rset()
    except (smtplib.SMTPException, OSError):
        return False
    return code == OK
