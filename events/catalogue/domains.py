"""What is said of sending domains, one class for each event."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from domain.identity import Route, State
from domain.names import DomainName, spell
from domain.verdict import Outcome
from events.forms import (
    Account,
    ContactForm,
    Frozen,
    GivenDomain,
    Moment,
    OptionalText,
    Plan,
    RouteName,
    absent,
)
from events.parts import CheckedRecord, DiagnosisReport, Record

# Inbound: what upstream services tell Signet.


class AboutGivenDomain(Frozen):
    """What every inbound event about a sending domain names."""

    TYPE: ClassVar[str]

    account: Account
    domain: GivenDomain

    def is_about(self, subject: str) -> bool:
        """Whether an envelope's subject names this domain, in whatever spelling."""
        if subject == self.domain:
            return True
        name = spell(subject)
        return isinstance(name, DomainName) and name == spell(self.domain)


class DomainRegistered(AboutGivenDomain):
    """An account wants to send mail as this domain. Told again, it resets nothing; plan and contact count."""

    TYPE = "org.signet.domain.registered.v1"

    plan: Plan
    route: RouteName = Route.CLOUD
    contact: ContactForm | None = None
    """Whom Signet mails about this domain. No contact, no mail."""


class DomainVerificationRequested(AboutGivenDomain):
    """The owner asks for a look now. Exactly one domain.checked answers it, or event.refused."""

    TYPE = "org.signet.domain.verification_requested.v1"


class DomainRemovalRequested(AboutGivenDomain):
    """The account gives the domain up. Its records are never issued again."""

    TYPE = "org.signet.domain.removal_requested.v1"


class DomainRouteChanged(AboutGivenDomain):
    """The mail of the domain is to leave another way. The old route keeps sending until the new one is proven."""

    TYPE = "org.signet.domain.route_changed.v1"

    route: RouteName


# Outbound: what Signet tells.


class AboutDomain(Frozen):
    """What every outbound event about a sending domain names. The domain is spelled in A-labels."""

    TYPE: ClassVar[str]

    account: str
    domain_id: str
    domain: str
    domain_unicode: str

    @property
    def subject(self) -> str:
        """The envelope's subject."""
        return self.domain


class DomainAccepted(AboutDomain):
    """A registration was taken, taken again, or resumed: publish these records until the deadline."""

    TYPE = "org.signet.domain.accepted.v1"

    route: Route
    records: tuple[Record, ...]
    """Empty on route smtp."""
    deadline: Moment
    next_check_at: Moment | None
    """Null where no look is due, as for a domain that is verified on route smtp."""


class DomainRefused(Frozen):
    """A registration was not taken, and changed nothing. The domain is given as it came, safe to show."""

    TYPE: ClassVar[str] = "org.signet.domain.refused.v1"

    account: str
    domain_id: OptionalText = None
    """Only where the account holds this domain from an earlier registration."""
    domain: str
    domain_unicode: str
    code: str
    message: str

    @property
    def subject(self) -> str:
        """The envelope's subject."""
        return self.domain


class LookReport(AboutDomain):
    """What a look found."""

    outcome: Outcome
    state: State
    attempt: int
    next_check_at: Moment | None
    """Null where no further look is due."""
    records: tuple[CheckedRecord, ...]


class DomainChecked(LookReport):
    """The look that was asked for was made. Exactly one answers each domain.verification_requested taken."""

    TYPE = "org.signet.domain.checked.v1"


class DomainDiagnosisChanged(LookReport):
    """What stands in the way is something else than before."""

    TYPE = "org.signet.domain.diagnosis_changed.v1"


class DomainVerified(AboutDomain):
    """The domain is proven: its addresses may be confirmed, and send. Once per window."""

    TYPE = "org.signet.domain.verified.v1"

    by: Literal["dns", "smtp"]
    at: Moment


class Turn(AboutDomain):
    """What became of a domain, and why."""

    at: Moment
    diagnosis: Annotated[DiagnosisReport | None, Field(exclude_if=absent)] = None
    """What stood in the way."""
    code: OptionalText = None
    """The code of that diagnosis."""


class DomainExpired(Turn):
    """The window closed without a yes. domain.verification_requested opens it again, same records."""

    TYPE = "org.signet.domain.expired.v1"


class DomainAtRisk(Turn):
    """Three looks in a row saw clearly that a record is gone. The domain still sends; 72 hours, then it is revoked."""

    TYPE = "org.signet.domain.at_risk.v1"


class DomainRecovered(Turn):
    """A domain that was at risk is verified as before: a look saw every record in its place."""

    TYPE = "org.signet.domain.recovered.v1"


class DomainRevoked(Turn):
    """72 hours at risk without a look that passed. domain.verification_requested begins anew, same records."""

    TYPE = "org.signet.domain.revoked.v1"


class DomainRemoved(AboutDomain):
    """The registration is over. A new one gets a new id and new records."""

    TYPE = "org.signet.domain.removed.v1"

    at: Moment


class DomainClaimedElsewhere(AboutDomain):
    """Another account has proven this domain by DNS as well. Nothing changes for this one."""

    TYPE = "org.signet.domain.claimed_elsewhere.v1"

    at: Moment


class DomainRemovalRefused(AboutDomain):
    """The domain stays: it still has sender addresses, whatever their state. Remove them first."""

    TYPE = "org.signet.domain.removal_refused.v1"

    at: Moment
    code: str
    addresses: int
    """How many there are."""
