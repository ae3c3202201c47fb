"""Signing certificates and what is judged of them, spelled out."""

from dataclasses import replace
from datetime import datetime, timedelta

from domain.certificate_life import opened, upload
from domain.certificate_sentences import Saying
from domain.certificates import CertificateFacts
from domain.challenge import NOTHING
from domain.identity import Address, Cause, Contact, State
from domain.judges.certificate import CertificateVerdict
from domain.lifecycle import FIRST
from domain.registration import NewLife
from domain.signing_certificate import SigningCertificate
from domain.verdict import Outcome
from tests.domain.building import START, after

DAY = timedelta(days=1)
UPLOADED = Cause(id="u1", source="urn:shop")
LIFE = NewLife(id="c1", generation=1, challenge=NOTHING, opened_by=UPLOADED)
OPENED_AT = after(timedelta(seconds=2))


def an_address(state: State = State.VERIFIED) -> Address:
    """A sender address with a Czech contact."""
    return Address(
        id="a1",
        account="acme",
        subject="info@example.org",
        generation=1,
        contact=Contact(email="owner@example.net", locale="cs"),
        created_at=START,
        window_at=START,
        acted_at=START,
        deadline=START,
        last_look_at=START,
        state=state,
        address="Info@example.org",
        domain_id="d1",
    )


def facts(ends_at: datetime = START + 365 * DAY, serial: str = "5c4b") -> CertificateFacts:
    """What stands in a certificate that ends then."""
    return CertificateFacts(
        subject="CN=Info",
        issuer="CN=Example S/MIME CA,O=Example Trust\\, Inc.,C=CZ",
        serial=serial,
        fingerprint="9f" * 32,
        not_before=START - DAY,
        not_after=ends_at,
    )


def good(of: CertificateFacts | None = None) -> CertificateVerdict:
    """The judgement of an upload that passed."""
    return CertificateVerdict(outcome=Outcome.PASSED, saying=Saying.PASSED, facts=of or facts())


def bad(saying: Saying = Saying.WRONG_PASSWORD, of: CertificateFacts | None = None) -> CertificateVerdict:
    """The judgement of an upload that did not."""
    return CertificateVerdict(outcome=Outcome.REFUSED, saying=saying, facts=of)


def uploaded() -> SigningCertificate:
    """A certificate whose first upload waits to be opened."""
    return of(upload(None, an_address(), LIFE, after(timedelta(0))).identity)


def in_use(of_facts: CertificateFacts | None = None) -> SigningCertificate:
    """A certificate that was accepted."""
    return of(opened(uploaded(), good(of_facts), FIRST, OPENED_AT).identity)


def renewed(of_facts: CertificateFacts | None = None) -> SigningCertificate:
    """A certificate in use, beside which a newer upload waits."""
    newer = of(upload(in_use(of_facts), an_address(), LIFE, after(timedelta(hours=1))).identity)
    return replace(newer, opened_by=Cause(id="u2", source="urn:shop"))


def of(identity: object) -> SigningCertificate:
    """The identity, which is a certificate."""
    assert isinstance(identity, SigningCertificate)
    return identity
