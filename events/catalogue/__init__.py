"""Every event, one class each. A class is a promise: fields are added, never changed.

What would break a reader becomes a new class, with the next number in its type. The
docstrings here are what the generated pages in docs/events say.
"""

from collections.abc import Mapping
from typing import Final, get_args

from events.catalogue.accounts import AccountRemovalRequested, AccountRemoved
from events.catalogue.addresses import (
    AddressAccepted,
    AddressAdded,
    AddressConfirmationExpired,
    AddressConfirmationRequested,
    AddressConfirmationSent,
    AddressConfirmed,
    AddressRefused,
    AddressRemovalRequested,
    AddressRemoved,
)
from events.catalogue.certificates import (
    CertificateAccepted,
    CertificateExpired,
    CertificateExpiring,
    CertificateRefused,
    CertificateRemovalRequested,
    CertificateRemoved,
    CertificateUploaded,
)
from events.catalogue.domains import (
    DomainAccepted,
    DomainAtRisk,
    DomainChecked,
    DomainClaimedElsewhere,
    DomainDiagnosisChanged,
    DomainExpired,
    DomainRecovered,
    DomainRefused,
    DomainRegistered,
    DomainRemovalRefused,
    DomainRemovalRequested,
    DomainRemoved,
    DomainRevoked,
    DomainRouteChanged,
    DomainVerificationRequested,
    DomainVerified,
)
from events.catalogue.logins import (
    SmtpConfigured,
    SmtpExpired,
    SmtpFailed,
    SmtpRemovalRequested,
    SmtpRemoved,
    SmtpVerificationRequested,
    SmtpVerified,
)
from events.catalogue.refused import EventRefused, FieldError

__all__ = ["FieldError"]

DomainRequest = DomainRegistered | DomainVerificationRequested | DomainRemovalRequested | DomainRouteChanged
AddressRequest = AddressAdded | AddressConfirmationRequested | AddressRemovalRequested
LoginRequest = SmtpConfigured | SmtpVerificationRequested | SmtpRemovalRequested
CertificateRequest = CertificateUploaded | CertificateRemovalRequested
InboundEvent = DomainRequest | LoginRequest | AddressRequest | CertificateRequest | AccountRemovalRequested

OutboundEvent = (
    DomainAccepted
    | DomainRefused
    | DomainChecked
    | DomainDiagnosisChanged
    | DomainVerified
    | DomainExpired
    | DomainAtRisk
    | DomainRecovered
    | DomainRevoked
    | DomainRemoved
    | DomainRemovalRefused
    | DomainClaimedElsewhere
    | SmtpVerified
    | SmtpFailed
    | SmtpExpired
    | SmtpRemoved
    | AddressAccepted
    | AddressRefused
    | AddressConfirmationSent
    | AddressConfirmed
    | AddressConfirmationExpired
    | AddressRemoved
    | CertificateAccepted
    | CertificateRefused
    | CertificateExpiring
    | CertificateExpired
    | CertificateRemoved
    | AccountRemoved
    | EventRefused
)

INBOUND: Final[Mapping[str, type[InboundEvent]]] = {event.TYPE: event for event in get_args(InboundEvent)}

OUTBOUND: Final[Mapping[str, type[OutboundEvent]]] = {event.TYPE: event for event in get_args(OutboundEvent)}
