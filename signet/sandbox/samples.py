"""What the sandbox registers, of every kind: what their owners do, and the event that each must lead to."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final

from domain.certificates import CertificateCode
from domain.challenge import ExpectedRecord
from domain.confirmation import AddressCode
from domain.diagnosis import Code
from domain.identity import Kind
from domain.names import NameCode
from domain.smtp_sentences import SmtpCode
from signet.sandbox.own_servers import HIDDEN_HOST, MAIL_HOST, PASSWORD
from signet.sandbox.signatures import Signatures, ended, good, made_to_cost, of_another

ACCOUNT: Final = "sandbox"
# Mails to one recipient are few in six hours, logins of one account in one: and runs may be many.
RUN: Final = secrets.token_hex(2)
LOGIN_ACCOUNT: Final = f"{ACCOUNT}-{RUN}"
ACCOUNTS: Final = frozenset({ACCOUNT, LOGIN_ACCOUNT})
OWNER: Final = {"en": "owner@signet.test", "cs": "majitel@signet.test"}
# Of their own, for a recipient gets ten notices a day: those who look after the certificates.
KEEPER: Final = {"en": "keys@signet.test", "cs": "klice@signet.test"}

Published = Mapping[str, str]
"""The target of the CNAME at each name."""


def as_told(record: ExpectedRecord) -> Published:
    """The owner publishes what Signet said."""
    return {record.name: record.value}


def with_the_domain_twice(record: ExpectedRecord) -> Published:
    """The owner types the whole name where the panel appends the domain by itself."""
    return {f"{record.name}.{record.name.partition('._domainkey.')[2]}": record.value}


def to_somebody_else(record: ExpectedRecord) -> Published:
    """The owner points the record at another service."""
    return {record.name: f"{record.name.partition('.')[0]}.dkim.elsewhere.test"}


def not_at_all(_record: ExpectedRecord) -> Published:
    """Nothing is published."""
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One identity: what it is called, its `story`, and the event that is expected."""

    kind: ClassVar[Kind]

    name: str
    story: str
    event: str
    code: str | None = None
    locale: str = "en"

    @property
    def expected(self) -> str:
        """The event, as people read it."""
        return f"{self.event} {self.code}" if self.code else self.event

    @property
    def domain(self) -> str:
        """The domain behind the @ of an address."""
        return self.name.rpartition("@")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainSample(Sample):
    """A sending domain, and what is published `after` so many seconds."""

    kind = Kind.DOMAIN

    publish: Callable[[ExpectedRecord], Published] = as_told
    after: float = 0
    dead: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressSample(Sample):
    """A sender address, which is added as soon as that `event_before` was said of its domain."""

    kind = Kind.ADDRESS

    event_before: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginSample(Sample):
    """A login at an own mail server, for a domain of its own: which server, and with which password."""

    kind = Kind.SMTP

    server: str = "good"
    host: str = MAIL_HOST
    password: str = PASSWORD


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateSample(Sample):
    """A certificate for an address of its own, whose reader has confirmed it: what kind of `file` is uploaded."""

    kind = Kind.CERTIFICATE

    file: Callable[[Signatures, str, datetime], bytes] = good


DOMAINS: Final = (
    DomainSample(name="good.signet.test", story="the records are there at once", event="domain.verified"),
    DomainSample(
        name="late.signet.test",
        story="the records appear after 20 seconds",
        event="domain.verified",
        after=20,
        locale="cs",
    ),
    DomainSample(
        name="doubled.signet.test",
        story="the panel added the domain to the name again",
        event="domain.diagnosis_changed",
        code=Code.NAME_DOUBLED,
        publish=with_the_domain_twice,
    ),
    DomainSample(
        name="wrong.signet.test",
        story="the records point to another service",
        event="domain.diagnosis_changed",
        code=Code.WRONG_TARGET,
        publish=to_somebody_else,
        locale="cs",
    ),
    DomainSample(
        name="dead.signet.test",
        story="the name servers do not answer",
        event="domain.diagnosis_changed",
        code=Code.TIMEOUT,
        publish=not_at_all,
        dead=True,
    ),
    DomainSample(
        name="gmail.com",
        story="nobody's own domain",
        event="domain.refused",
        code=NameCode.FREEMAIL,
        publish=not_at_all,
    ),
)
ADDRESSES: Final = (
    AddressSample(
        name=f"Info+{RUN}@good.signet.test",
        story="its reader presses the button behind the link",
        event="address.confirmed",
        event_before="domain.verified",
    ),
    AddressSample(
        name="info@wrong.signet.test",
        story="added before its domain is verified",
        event="address.refused",
        code=AddressCode.DOMAIN_NOT_VERIFIED,
        event_before="domain.diagnosis_changed",
        locale="cs",
    ),
)
LOGINS: Final = (
    LoginSample(name="own.signet.test", story="its own mail server takes the login", event="smtp.verified"),
    LoginSample(
        name="typo.signet.test",
        story="the password has a typing error",
        event="smtp.failed",
        code=SmtpCode.CREDENTIALS,
        password="not this one",  # noqa: S106 - it opens nothing
        locale="cs",
    ),
    LoginSample(
        name="bare.signet.test",
        story="the mail server speaks without encryption",
        event="smtp.failed",
        code=SmtpCode.NO_TLS,
        server="bare",
    ),
    LoginSample(
        name="hidden.signet.test",
        story="the mail server stands in a private network",
        event="smtp.failed",
        code=SmtpCode.BLOCKED_ADDRESS,
        host=HIDDEN_HOST,
    ),
    LoginSample(
        name="silent.signet.test",
        story="the mail server never says a word",
        event="smtp.failed",
        code=SmtpCode.TIMEOUT,
        server="silent",
    ),
)
CERTIFICATES: Final = (
    CertificateSample(
        name=f"sign+{RUN}@good.signet.test",
        story="its certificate is good",
        event="certificate.accepted",
    ),
    CertificateSample(
        name=f"old+{RUN}@good.signet.test",
        story="its certificate ended yesterday",
        event="certificate.refused",
        code=CertificateCode.EXPIRED,
        file=ended,
        locale="cs",
    ),
    CertificateSample(
        name=f"other+{RUN}@good.signet.test",
        story="the certificate is somebody else's",
        event="certificate.refused",
        code=CertificateCode.ADDRESS_MISMATCH,
        file=of_another,
    ),
    CertificateSample(
        name=f"bomb+{RUN}@good.signet.test",
        story="to open the file would take minutes",
        event="certificate.refused",
        code=CertificateCode.TOO_EXPENSIVE,
        file=made_to_cost,
    ),
)
SAMPLES: Final[tuple[Sample, ...]] = (*DOMAINS, *ADDRESSES, *LOGINS, *CERTIFICATES)
