"""What is said of logins at the owners' own mail servers, one class for each event."""

from typing import Annotated, ClassVar

from pydantic import Field

from domain.mail_server import Security
from events.catalogue.domains import AboutGivenDomain
from events.forms import Frozen, Moment, OptionalText, absent
from events.login_fields import GivenHost, PortNumber, SecurityName, Username
from events.sealed import SealedText

# Inbound: what upstream services tell Signet.


class SmtpConfigured(AboutGivenDomain):
    """The mail of a domain is to leave over its owner's own server. The login is tried at once; no mail is sent."""

    TYPE = "org.signet.smtp.configured.v1"

    host: GivenHost
    port: PortNumber
    username: Username
    password: SealedText
    security: SecurityName = Security.AUTO


class SmtpVerificationRequested(AboutGivenDomain):
    """The owner asks for a login now. smtp.verified or smtp.failed answers it."""

    TYPE = "org.signet.smtp.verification_requested.v1"


class SmtpRemovalRequested(AboutGivenDomain):
    """The account no longer sends over this server. Its password is forgotten."""

    TYPE = "org.signet.smtp.removal_requested.v1"


# Outbound: what Signet tells.


class AboutLogin(Frozen):
    """What every outbound event about a login names: itself, and the domain whose mail leaves by it."""

    TYPE: ClassVar[str]

    account: str
    smtp_id: str
    domain_id: str
    domain: str
    domain_unicode: str

    @property
    def subject(self) -> str:
        """The envelope's subject."""
        return self.domain


class LoginReport(AboutLogin):
    """How far a login came."""

    stage: OptionalText = None
    """How far it came: resolve, guard, connect, tls, ehlo, auth or mail_from."""
    code: OptionalText = None
    """What stood in the way."""
    message: str
    suggestion: OptionalText = None
    """The setting that answered, where another one was tried."""
    retry_at: Annotated[Moment | None, Field(exclude_if=absent)] = None
    """When it is tried again by itself."""


class SmtpVerified(LoginReport):
    """The login works: these credentials are in use from now on."""

    TYPE = "org.signet.smtp.verified.v1"


class SmtpFailed(LoginReport):
    """The login did not pass. With retry_at it is tried again; without, only a change helps."""

    TYPE = "org.signet.smtp.failed.v1"


class SmtpExpired(LoginReport):
    """The window closed without a login that passed. smtp.configured or smtp.verification_requested begins again."""

    TYPE = "org.signet.smtp.expired.v1"


class SmtpRemoved(AboutLogin):
    """The login is over, its password forgotten."""

    TYPE = "org.signet.smtp.removed.v1"

    at: Moment
