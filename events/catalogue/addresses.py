"""What is said of sender addresses, one class for each event."""

from typing import Annotated, ClassVar

from pydantic import Field

from domain.identity import WhenExpired
from domain.mail_address import parse_address
from events.forms import (
    Account,
    ContactForm,
    DisplayName,
    Frozen,
    GivenAddress,
    Moment,
    OptionalText,
    WhenExpiredName,
    absent,
)

OptionalMoment = Annotated[Moment | None, Field(exclude_if=absent)]


# Inbound: what upstream services tell Signet.


class AboutGivenAddress(Frozen):
    """What every inbound event about a sender address names."""

    TYPE: ClassVar[str]

    account: Account
    address: GivenAddress

    def is_about(self, subject: str) -> bool:
        """Whether an envelope's subject names this address, in whatever spelling."""
        if subject == self.address:
            return True
        named, address = parse_address(subject), parse_address(self.address)
        return named is not None and address is not None and named.key == address.key


class AddressAdded(AboutGivenAddress):
    """An account wants to send from this address, which gets a mail with a link. Told again, it resets nothing."""

    TYPE = "org.signet.address.added.v1"

    display_name: DisplayName | None = None
    """The name beside the address in the mails sent from it."""
    contact: ContactForm | None = None
    """Whom Signet mails about this address; without, the contact of its domain."""
    when_certificate_expired: WhenExpiredName = WhenExpired.FAIL


class AddressConfirmationRequested(AboutGivenAddress):
    """The owner asks for another mail with a link. It ends the link before it when it leaves."""

    TYPE = "org.signet.address.confirmation_requested.v1"


class AddressRemovalRequested(AboutGivenAddress):
    """The account gives the address up."""

    TYPE = "org.signet.address.removal_requested.v1"


# Outbound: what Signet tells.


class AboutAddress(Frozen):
    """What every outbound event about a sender address names: the address as it was first added."""

    TYPE: ClassVar[str]

    account: str
    address_id: str
    address: str

    @property
    def subject(self) -> str:
        """The envelope's subject."""
        return self.address


class AddressAccepted(AboutAddress):
    """The address was added, or asked for again. While it waits, its link is good until expires_at."""

    TYPE = "org.signet.address.accepted.v1"

    expires_at: OptionalMoment = None
    next_mail_at: OptionalMoment = None
    """When the mail leaves, where it is postponed: too many were asked for before it."""


class AddressRefused(Frozen):
    """The address was not taken, or no mail reaches it. With address_id it is one that was taken before."""

    TYPE: ClassVar[str] = "org.signet.address.refused.v1"

    account: str
    address_id: OptionalText = None
    address: str
    code: str
    message: str

    @property
    def subject(self) -> str:
        """The envelope's subject."""
        return self.address


class AddressConfirmationSent(AboutAddress):
    """The mail with the link has left; earlier links are over."""

    TYPE = "org.signet.address.confirmation_sent.v1"

    expires_at: Moment


class AddressConfirmed(AboutAddress):
    """Whoever reads this address pressed the button: it may send."""

    TYPE = "org.signet.address.confirmed.v1"

    at: Moment


class AddressConfirmationExpired(AboutAddress):
    """Nobody pressed the button in time. address.added or address.confirmation_requested begins again."""

    TYPE = "org.signet.address.confirmation_expired.v1"

    at: Moment


class AddressRemoved(AboutAddress):
    """The address may send no more. Added again, it gets a new id."""

    TYPE = "org.signet.address.removed.v1"

    at: Moment
