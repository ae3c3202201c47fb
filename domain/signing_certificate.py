"""The certificate that signs the mails from one sender address: one identity, with what stands in it."""

from dataclasses import dataclass

from domain.certificates import CertificateFacts
from domain.identity import Cause, Identity, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedCertificate:
    """A certificate that was found good; the vault keeps its key under the `number` of its upload.

    `told` is the reminder that was told last, in days before its end. `uploaded_by` is the event that brought it.
    """

    number: int
    facts: CertificateFacts
    told: int | None = None
    uploaded_by: Cause | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningCertificate(Identity):
    """The certificate that signs the mails from one sender address, whose key is its subject.

    `tried` counts the uploads; `waits` says whether the newest is still to be opened. `accepted` is the one that was
    accepted last: it signs as long as the state is verified, also while a newer upload waits or was refused.
    """

    kind = Kind.CERTIFICATE

    address: str
    address_id: str
    tried: int = 1
    waits: bool = True
    accepted: AcceptedCertificate | None = None

    @property
    def shown(self) -> str:
        """The address as it was first written."""
        return self.address
