"""One transaction: the new state and the news of it land together, or not at all."""

from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, Engine

from infra.db.api_keys import SqlApiKeys
from infra.db.confirmations import SqlConfirmations
from infra.db.directory import SqlDirectory
from infra.db.dkim_pairs import SqlDkimPairs
from infra.db.erasure import SqlAccounts
from infra.db.feed import SqlFeed
from infra.db.identities import SqlIdentities
from infra.db.inbox import SqlInbox
from infra.db.link import Link
from infra.db.logins import SqlLogins
from infra.db.looks import SqlLooks
from infra.db.mails import SqlMails
from infra.db.notices import SqlNotices
from infra.db.outbox import SqlOutbox
from infra.db.redelivered import SqlRedelivered
from infra.db.schedule import SqlSchedule
from infra.db.sealing_keys import SqlSeals
from infra.db.secrets import SqlSecrets
from infra.db.uploads import SqlUploads
from infra.vault.vault import Vault


class SqlUnitOfWork:
    """A transaction and everything that can be done in it. Leave it without `commit` and nothing happened."""

    inbox: SqlInbox
    identities: SqlIdentities
    schedule: SqlSchedule
    looks: SqlLooks
    outbox: SqlOutbox
    feed: SqlFeed
    notices: SqlNotices
    confirmations: SqlConfirmations
    mails: SqlMails
    directory: SqlDirectory
    api_keys: SqlApiKeys
    accounts: SqlAccounts
    redelivered: SqlRedelivered
    logins: SqlLogins
    uploads: SqlUploads
    secrets: SqlSecrets
    seals: SqlSeals
    dkim: SqlDkimPairs

    def __init__(self, engine: Engine, vault: Vault | None = None) -> None:
        """Take a connection from `engine` when entered; without a `vault` there are no secrets in it."""
        self._engine = engine
        self._vault = vault
        self._level: str | None = None
        self._connection: Connection
        self._link: Link

    @property
    def now(self) -> datetime:
        """The database's clock at the start of this transaction, UTC."""
        return self._link.now

    def at_once(self) -> Self:
        """Without a transaction: each statement is committed when it is answered. To be called before it is entered."""
        self._level = "AUTOCOMMIT"
        return self

    def __enter__(self) -> Self:
        self._connection = self._engine.connect()
        if self._level is not None:
            self._connection.execution_options(isolation_level=self._level)
        link = self._link = Link(self._connection)
        self.inbox = SqlInbox(link)
        self.identities = SqlIdentities(link)
        self.schedule = SqlSchedule(link)
        self.outbox = SqlOutbox(link)
        self.feed = SqlFeed(link)
        self.notices = SqlNotices(link)
        self.confirmations = SqlConfirmations(link)
        self.looks = SqlLooks(link, self.outbox, self.notices)
        self.mails = SqlMails(link)
        self.directory = SqlDirectory(link)
        self.api_keys = SqlApiKeys(link)
        self.accounts = SqlAccounts(link)
        self.redelivered = SqlRedelivered(link)
        self.logins = SqlLogins(link)
        self.uploads = SqlUploads(link)
        self.secrets = SqlSecrets(link, self._vault)
        self.seals = SqlSeals(link, self._vault)
        self.dkim = SqlDkimPairs(link)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Whatever was not committed is rolled back."""
        self._connection.close()

    def commit(self) -> None:
        """Make all of it true at once."""
        self._connection.commit()
        self._link.committed()


def units(engine: Engine, vault: Vault | None = None) -> Callable[[], SqlUnitOfWork]:
    """Make units of work on `engine`: `with unit() as work: …; work.commit()`."""
    return lambda: SqlUnitOfWork(engine, vault)
