"""What is told of signing certificates."""

from datetime import datetime
from typing import Final, TypedDict

from domain.certificate_life import days_left, sentence_of
from domain.certificates import CertificateFacts
from domain.identity import Cause
from domain.lifecycle import News, Step
from domain.signing_certificate import SigningCertificate
from events.catalogue.certificates import (
    CertificateAccepted,
    CertificateExpired,
    CertificateExpiring,
    CertificateRefused,
    CertificateRemoved,
)
from events.telling import Said, Telling

UNASKED: Final = frozenset({News.EXPIRING, News.EXPIRED})  # time alone led to them; what ends is an upload


def told(certificate: SigningCertificate, step: Step, telling: Telling) -> list[Said]:
    """The events of a step in the life of a certificate, each with the event that led to it."""
    return [
        (event, _cause(news, certificate, telling))
        for news in step.news
        if (event := _event(news, certificate, telling)) is not None
    ]


def _event(
    news: News, certificate: SigningCertificate, telling: Telling
) -> (
    CertificateAccepted
    | CertificateRefused
    | CertificateExpiring
    | CertificateExpired
    | CertificateRemoved
    | None
):
    about = _about(certificate)
    match news:
        case News.VERIFIED:
            return CertificateAccepted(**about, **_report(certificate))
        case News.FAILED:
            return _refused(certificate, telling)
        case News.EXPIRING:
            left = days_left(_facts(certificate).not_after, telling.at)
            return CertificateExpiring(**about, **_report(certificate), days_left=left)
        case News.EXPIRED:
            return CertificateExpired(**about, **_report(certificate))
        case News.REMOVED:
            return CertificateRemoved(**about, at=telling.at)
        case _:
            return None


def _refused(certificate: SigningCertificate, telling: Telling) -> CertificateRefused:
    verdict = telling.certificate
    if verdict is None or verdict.code is None:
        raise ValueError("nothing refused the certificate")
    refused = CertificateRefused(
        **_about(certificate), code=verdict.code, message=sentence_of(verdict, certificate.address)
    )
    return refused.model_copy(update=dict(_reported(verdict.facts))) if verdict.facts else refused


def _cause(news: News, certificate: SigningCertificate, telling: Telling) -> Cause | None:
    if telling.cause is not None:
        return telling.cause
    accepted = certificate.accepted
    return accepted.uploaded_by if news in UNASKED and accepted is not None else certificate.opened_by


def _facts(certificate: SigningCertificate) -> CertificateFacts:
    assert certificate.accepted is not None
    return certificate.accepted.facts


class _About(TypedDict):
    account: str
    certificate_id: str
    address_id: str
    address: str


def _about(certificate: SigningCertificate) -> _About:
    return {
        "account": certificate.account,
        "certificate_id": certificate.id,
        "address_id": certificate.address_id,
        "address": certificate.address,
    }


class _Report(TypedDict):
    holder: str
    issuer: str
    serial: str
    fingerprint: str
    not_before: datetime
    not_after: datetime


def _report(certificate: SigningCertificate) -> _Report:
    return _reported(_facts(certificate))


def _reported(facts: CertificateFacts) -> _Report:
    return {
        "holder": facts.subject,
        "issuer": facts.issuer,
        "serial": facts.serial,
        "fingerprint": facts.fingerprint,
        "not_before": facts.not_before,
        "not_after": facts.not_after,
    }
