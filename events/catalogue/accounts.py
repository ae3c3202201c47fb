"""What is said of accounts as a whole, one class for each event."""

from typing import ClassVar

from events.forms import Account, Frozen, Moment


class AccountRemovalRequested(Frozen):
    """Everything of this account is to be erased: what it registered, what was said and mailed of it, every secret."""

    TYPE: ClassVar[str] = "org.signet.account.removal_requested.v1"

    account: Account

    def is_about(self, subject: str) -> bool:
        """Whether an envelope's subject names this account."""
        return subject == self.account


class AccountRemoved(Frozen):
    """Nothing of the account is left but tokens that are never issued again, and this event."""

    TYPE: ClassVar[str] = "org.signet.account.removed.v1"

    account: str
    at: Moment

    @property
    def subject(self) -> str:
        """The envelope's subject."""
        return self.account
