"""Mails to people, planned with what became true.

Law: the octets are frozen when the notice is planned, once per its key.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from domain.certificates import CertificateFacts
from domain.dialogue import Stage
from domain.identity import Address, Domain, Identity, Kind, OwnLogin, Route
from domain.judges.smtp import LoginVerdict
from domain.lifecycle import News, Step
from domain.mail_server import MailServer
from domain.mailing import PlannedNotice
from domain.names import DomainName, spell
from domain.notice import NoticeContent, NoticeKind, mailable
from domain.schedule import revocable_at
from domain.signing_certificate import SigningCertificate
from domain.smtp_sentences import Saying
from domain.verdict import Outcome
from events.of_logins import verdict_of

log = structlog.get_logger()

MAILED: Final[Mapping[Kind, Mapping[News, NoticeKind]]] = {
    Kind.DOMAIN: {
        News.VERIFIED: NoticeKind.DOMAIN_VERIFIED,
        News.EXPIRED: NoticeKind.DOMAIN_EXPIRED,
        News.STILL_WAITING: NoticeKind.DOMAIN_WAITING,
        News.AT_RISK: NoticeKind.DOMAIN_AT_RISK,
        News.RECOVERED: NoticeKind.DOMAIN_RECOVERED,
        News.REVOKED: NoticeKind.DOMAIN_REVOKED,
    },
    Kind.SMTP: {
        News.VERIFIED: NoticeKind.SMTP_VERIFIED,
        News.FAILED: NoticeKind.SMTP_FAILED,
        News.EXPIRED: NoticeKind.SMTP_EXPIRED,
    },
    Kind.ADDRESS: {News.VERIFIED: NoticeKind.ADDRESS_CONFIRMED},
    Kind.CERTIFICATE: {
        News.VERIFIED: NoticeKind.CERTIFICATE_ACCEPTED,
        News.EXPIRING: NoticeKind.CERTIFICATE_EXPIRING,
        News.EXPIRED: NoticeKind.CERTIFICATE_EXPIRED,
    },
}
# All others are once per window.
PER_OCCURRENCE: Final = frozenset(
    {NoticeKind.DOMAIN_AT_RISK, NoticeKind.DOMAIN_RECOVERED, NoticeKind.DOMAIN_REVOKED}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """How a notice is put into words and octets, and where its id comes from."""

    compose: Callable[[NoticeContent], bytes]
    new_id: Callable[[], str]


def plan(step: Step, at: datetime, writing: Writing) -> tuple[PlannedNotice, ...]:
    """The mails of a step: to the contact, where there is one."""
    mailed = MAILED[step.identity.kind]
    kinds = [mailed[news] for news in step.news if news in mailed]
    if not kinds or step.identity.contact is None:
        return ()
    try:
        recipient = mailable(step.identity.contact.email)
    except ValueError:
        log.warning("notice.unmailable", identity=step.identity.id)
        return ()
    return tuple(_planned(_content(kind, step, recipient, at), step.identity, writing) for kind in kinds)


def _content(kind: NoticeKind, step: Step, recipient: str, at: datetime) -> NoticeContent:
    identity = step.identity
    domain = identity.subject.rpartition("@")[2]
    return NoticeContent(
        kind=kind,
        key=f"{identity.id}.{_once_per(kind, identity, at)}.{kind}",
        recipient=recipient,
        locale=identity.contact.locale if identity.contact else "en",
        domain=domain,
        domain_unicode=in_unicode(domain),
        address=identity.address if isinstance(identity, (Address, SigningCertificate)) else "",
        login=_login(identity) if isinstance(identity, OwnLogin) else None,
        certificate=_certificate(identity),
        at=at,
        deadline=_time_to_act(kind, step),
        route=identity.route if isinstance(identity, Domain) else Route.CLOUD,
        findings=identity.findings,
    )


def _once_per(kind: NoticeKind, identity: Identity, at: datetime) -> str:
    """A mail of a kind comes once per window; per occurrence; of a login once per credentials.

    Of a certificate once per certificate, and per reminder of it.
    """
    if isinstance(identity, OwnLogin):
        return f"credentials-{identity.tried.number}"
    if isinstance(identity, SigningCertificate) and identity.accepted is not None:
        told = f"-{identity.accepted.told}" if kind is NoticeKind.CERTIFICATE_EXPIRING else ""
        return f"certificate-{identity.accepted.number}{told}"
    return f"{at if kind in PER_OCCURRENCE else identity.window_at:%Y%m%dT%H%M%S.%f}"


def _login(login: OwnLogin) -> tuple[MailServer, LoginVerdict]:
    reason = login.reason
    if reason is None or not reason.stage:
        passed = LoginVerdict(outcome=Outcome.PASSED, stage=Stage.AUTH, saying=Saying.PASSED)
        return login.tried.server, passed
    return login.tried.server, verdict_of(reason)


def _certificate(identity: Identity) -> CertificateFacts | None:
    accepted = identity.accepted if isinstance(identity, SigningCertificate) else None
    return None if accepted is None else accepted.facts


def _time_to_act(kind: NoticeKind, step: Step) -> datetime:
    """Until the window closes; at risk, until the first look that may revoke the domain."""
    if kind is not NoticeKind.DOMAIN_AT_RISK:
        return step.identity.deadline
    ends_at = revocable_at(step.progress.absences[0])
    return ends_at if step.due_at is None else max(ends_at, step.due_at)


def _planned(content: NoticeContent, identity: Identity, writing: Writing) -> PlannedNotice:
    return PlannedNotice(
        id=writing.new_id(),
        key=content.key,
        kind=content.kind,
        identity_id=identity.id,
        recipient=content.recipient,
        locale=content.locale,
        body=writing.compose(content),
    )


def in_unicode(subject: str) -> str:
    """A domain as people read it."""
    name = spell(subject)
    return name.unicode if isinstance(name, DomainName) else subject
