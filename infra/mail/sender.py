"""Who our mails are from, read once."""

from dataclasses import dataclass
from email import policy
from email.headerregistry import Address
from typing import Final, Self

from domain.notice import mailable

NOWHERE: Final = "signet.localhost"  # RFC 6761, section 6.3: never the name of somebody else's host


class WrongSender(ValueError):  # noqa: N818 - it names what is wrong, in one sentence for the operator
    """A text that is not one mail address."""


@dataclass(frozen=True, slots=True)
class Sender:
    """The From of our mails. Its domain also ends our Message-IDs."""

    name: str
    address: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `Signet <no-reply@example.com>`, or the address alone."""
        wrong = WrongSender("The sender is given as one address: Signet <no-reply@example.com>.")
        try:
            header = policy.default.header_factory("From", text)
        except ValueError:
            raise wrong from None
        if header.defects or len(header.addresses) != 1:
            raise wrong
        (found,) = header.addresses
        try:
            return cls(found.display_name, mailable(found.addr_spec))
        except ValueError:
            raise wrong from None

    @classmethod
    def at(cls, host: str) -> Self:
        """The sender where the operator named none: on our public host, if that is a name in the DNS."""
        try:
            return cls("Signet", mailable(f"no-reply@{host}"))
        except ValueError:
            return cls("Signet", f"no-reply@{NOWHERE}")

    @property
    def domain(self) -> str:
        """The part behind the @."""
        return self.address.rpartition("@")[2]

    @property
    def header(self) -> Address:
        """The form that goes into From."""
        return Address(display_name=self.name, addr_spec=self.address)
