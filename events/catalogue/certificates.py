"""What is said of signing certificates (S/MIME), one class for each event."""

from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field

from events.catalogue.addresses import AboutGivenAddress
from events.forms import Frozen, Moment, OptionalText, absent
from events.sealed import SealedFile, SealedText

# The data names the certificate's subject as X.509 does; an event has a subject of its own.
_Subject = Field(alias="subject")
OptionalMoment = Annotated[Moment | None, Field(exclude_if=absent)]


# Inbound: what upstream services tell Signet.


class CertificateUploaded(AboutGivenAddress):
    """Mails from a confirmed address are to be signed with this certificate. It is opened at once."""

    TYPE = "org.signet.certificate.uploaded.v1"

    pkcs12: SealedFile
    password: SealedText


class CertificateRemovalRequested(AboutGivenAddress):
    """The account no longer signs with this certificate. Its key is forgotten."""

    TYPE = "org.signet.certificate.removal_requested.v1"


# Outbound: what Signet tells.


class AboutCertificate(Frozen):
    """What every outbound event about a certificate names: itself, and the address whose mails it signs."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    TYPE: ClassVar[str]

    account: str
    certificate_id: str
    address_id: str
    address: str

    @property
    def subject(self) -> str:
        """The envelope's subject."""
        return self.address


class CertificateReport(AboutCertificate):
    """What stands in a certificate that was accepted."""

    holder: Annotated[str, _Subject]
    """The subject of the certificate (RFC 4514)."""
    issuer: str
    """Who issued it (RFC 4514)."""
    serial: str
    """Its serial number, in hexadecimal digits."""
    fingerprint: str
    """SHA-256 over all of it, in hexadecimal digits."""
    not_before: Moment
    not_after: Moment


class CertificateAccepted(CertificateReport):
    """The certificate is good: it signs the mails from this address from now on, instead of any before it."""

    TYPE = "org.signet.certificate.accepted.v1"


class CertificateRefused(Frozen):
    """The certificate is not used. One that was accepted before stays in use, except where it was revoked."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    TYPE: ClassVar[str] = "org.signet.certificate.refused.v1"

    account: str
    certificate_id: OptionalText = None
    address_id: OptionalText = None
    address: str
    code: str
    message: str
    holder: Annotated[str | None, _Subject, Field(exclude_if=absent)] = None
    """The subject of the certificate (RFC 4514), where the file could be opened; so with the rest."""
    issuer: OptionalText = None
    serial: OptionalText = None
    fingerprint: OptionalText = None
    not_before: OptionalMoment = None
    not_after: OptionalMoment = None

    @property
    def subject(self) -> str:
        """The envelope's subject."""
        return self.address


class CertificateExpiring(CertificateReport):
    """The certificate ends soon. It is told 30, 14, 7 and 1 days before; upload the next one in time."""

    TYPE = "org.signet.certificate.expiring.v1"

    days_left: int
    """Days until it ends, rounded up."""


class CertificateExpired(CertificateReport):
    """The certificate is over, and is not used any more. certificate.uploaded begins again."""

    TYPE = "org.signet.certificate.expired.v1"


class CertificateRemoved(AboutCertificate):
    """The certificate signs no more, its key is forgotten. Uploaded again, it gets a new id."""

    TYPE = "org.signet.certificate.removed.v1"

    at: Moment
