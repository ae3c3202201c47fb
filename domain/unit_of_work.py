"""One transaction, and everything that the workers may do in it (port).

Law: nothing in a unit of work touches the network, and what is not committed never happened.
"""

from typing import Protocol

from domain.allowance import Uploads
from domain.dkim_ports import DkimPairs
from domain.mailing import Confirmations, Notices
from domain.ports import Accounts, Identities, Inbox, Looks, Outbox, Schedule
from domain.secrets import Seals, Secrets
from domain.transaction import Transaction


class UnitOfWork(Transaction, Protocol):
    """One transaction, and all that is stored."""

    @property
    def inbox(self) -> Inbox:
        """What was taken."""

    @property
    def identities(self) -> Identities:
        """The truth."""

    @property
    def schedule(self) -> Schedule:
        """What is due."""

    @property
    def looks(self) -> Looks:
        """What was seen."""

    @property
    def outbox(self) -> Outbox:
        """What is to be said."""

    @property
    def notices(self) -> Notices:
        """What is to be mailed."""

    @property
    def confirmations(self) -> Confirmations:
        """When mails with links may leave, and who pressed them."""

    @property
    def uploads(self) -> Uploads:
        """When uploads of certificates may be opened."""

    @property
    def secrets(self) -> Secrets:
        """What must never be seen."""

    @property
    def seals(self) -> Seals:
        """What others seal for us."""

    @property
    def dkim(self) -> DkimPairs:
        """The keys that mail is signed with."""

    @property
    def accounts(self) -> Accounts:
        """Accounts as a whole."""
