"""What may become of a mail that is handed over, and the port through which it is.

Exactly once cannot be had: between the final dot and its reply nobody knows (RFC 1047). That
case has a value of its own, so that it is never mistaken for a failure and sent again.
"""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Delivered:
    """The next server has taken the mail over."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A final no to this mail or this recipient. `code` is the reply code, such as `550`."""

    code: str


@dataclass(frozen=True, slots=True)
class Temporary:
    """The mail was certainly not taken over, and may be later. `code` says where it stopped: `rcpt 451`."""

    code: str


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Perhaps taken over: no reply to the final dot came. Never to be sent again by itself."""

    code: str


Handover = Delivered | Refused | Temporary | Ambiguous


class CarrierSession(Protocol):
    """A held connection, for several mails one after the other."""

    def deliver(self, message: bytes, sender: str, recipient: str, name: str) -> Handover:
        """Hand over frozen bytes. An empty `sender` is the null return path; `name` is the notice's key."""


class Carrier(CarrierSession, Protocol):
    """Takes mails away: a relay, or the mailbox folder."""

    def session(self) -> AbstractContextManager[CarrierSession]:
        """One connection for several mails, closed at the end of the block."""
