"""Opens an uploaded certificate, or looks again at one in use: examines, judges, advances, announces, writes.

Law: no transaction is open while a file is examined or an issuer asked. Key and chain go into the vault in the
transaction that makes them true, and there file and password leave it. A fault of ours is never a refusal.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

import structlog

from domain.certificate_life import opened, watched
from domain.certificates import Revocation, SigningMaterial
from domain.identity import State
from domain.judges.certificate import CertificateVerdict, looked_at_again
from domain.lifecycle import Step
from domain.mail_address import MailAddress, parse_address
from domain.mailing import PlannedNotice
from domain.ports import Awaited, Looked, Ticket
from domain.schedule import Moment
from domain.secrets import Secret, SecretPlace
from domain.signing_certificate import SigningCertificate
from domain.unit_of_work import UnitOfWork
from domain.verdict import Outcome, Verdict
from events.announce import Telling, announce
from workers.apart import each_apart
from workers.certificate_places import CHAIN, KEY, PASSWORD, PKCS12, chain_from, chain_to, place_of

log = structlog.get_logger()


class Examined(Protocol):
    """What became of an upload."""

    @property
    def verdict(self) -> CertificateVerdict:
        """How it was judged."""

    @property
    def material(self) -> SigningMaterial | None:
        """What mails are signed with, where it passed."""


class Examiner(Protocol):
    """What opens uploads, and asks issuers. It raises where it could not do its work for a reason of ours."""

    def examine(self, pkcs12: Secret, password: Secret, address: MailAddress, now: datetime) -> Examined:
        """Open an upload and judge it."""

    def look_again(self, certificate: bytes, intermediates: Sequence[bytes], now: datetime) -> Revocation:
        """Ask the issuer of a certificate in use whether it was revoked (all DER)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certifying:
    """What looking at certificates takes; `plan` plans what the contact is mailed."""

    unit_of_work: Callable[[], AbstractContextManager[UnitOfWork]]
    examiner: Examiner
    dice: Callable[[], float]
    source: str
    plan: Callable[[Step, datetime], tuple[PlannedNotice, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """A certificate that is awaited, with the secrets that it takes: file and password, or the chain, or none."""

    awaited: Awaited
    identity: SigningCertificate
    secrets: tuple[Secret, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What a look came to: how it was judged, and what is to be kept."""

    verdict: CertificateVerdict
    material: SigningMaterial | None = None


def look_at_certificates(tickets: Sequence[Ticket], certifying: Certifying) -> None:
    """Look at each certificate whose token is still awaited."""
    each_apart(
        tickets, lambda ticket: _look(ticket, certifying), certifying.unit_of_work, "certificate.failed"
    )


def _look(ticket: Ticket, certifying: Certifying) -> None:
    with certifying.unit_of_work() as work:
        wanted = _wanted(ticket, work)
    if wanted is None:
        log.info("certificate.not_awaited", identity=ticket.id)
        return
    seen = _opened(wanted, certifying) if wanted.identity.waits else _seen_again(wanted, certifying)
    with certifying.unit_of_work() as work:
        _write(wanted, seen, work, certifying)
        work.commit()
    log.info("certificate.done", identity=ticket.id, code=seen.verdict.code)


def _wanted(ticket: Ticket, work: UnitOfWork) -> _Wanted | None:
    awaited = work.looks.awaited([ticket])
    if not awaited or not isinstance(awaited[0].identity, SigningCertificate):
        return None
    identity = awaited[0].identity
    places = _places(identity, work.now)
    secrets = tuple(secret for place in places if (secret := work.secrets.open(place)) is not None)
    if len(secrets) != len(places):
        raise LookupError("the vault does not hold what was put there")
    return _Wanted(awaited=awaited[0], identity=identity, secrets=secrets)


def _places(certificate: SigningCertificate, now: datetime) -> Sequence[SecretPlace]:
    """What a look takes from the vault. What is over takes nothing: it ends even where the key is missing."""
    if certificate.waits:
        return [place_of(certificate, field, certificate.tried) for field in (PKCS12, PASSWORD)]
    assert certificate.accepted is not None
    if now >= certificate.accepted.facts.not_after:
        return []
    return [place_of(certificate, CHAIN, certificate.accepted.number)]


def _opened(wanted: _Wanted, certifying: Certifying) -> _Seen:
    """Examine the upload that waits."""
    pkcs12, password = wanted.secrets
    address = parse_address(wanted.identity.address)
    if address is None:
        raise ValueError("an address that was stored is none")
    examined = certifying.examiner.examine(pkcs12, password, address, wanted.awaited.read_at)
    if (examined.material is None) is (examined.verdict.code is None):
        raise ValueError("what passed has a key, and nothing else has")
    return _Seen(verdict=examined.verdict, material=examined.material)


def _seen_again(wanted: _Wanted, certifying: Certifying) -> _Seen:
    """Look at the certificate in use; one that ended needs no asking."""
    assert wanted.identity.accepted is not None
    facts, now = wanted.identity.accepted.facts, wanted.awaited.read_at
    revocation = Revocation.UNASKED
    if wanted.secrets:
        certificate, *intermediates = chain_from(wanted.secrets[0])
        revocation = certifying.examiner.look_again(certificate, intermediates, now)
    return _Seen(verdict=looked_at_again(facts, revocation, now))


def _write(wanted: _Wanted, seen: _Seen, work: UnitOfWork, certifying: Certifying) -> None:
    before, moment = wanted.identity, Moment(work.now, certifying.dice())
    live = opened if before.waits else watched
    step = live(before, seen.verdict, wanted.awaited.progress, moment)
    if not work.looks.write([_looked(wanted, step, seen, work.now, certifying)]):
        return
    after = step.identity
    assert isinstance(after, SigningCertificate)
    if before.waits:
        for field in (PKCS12, PASSWORD):
            work.secrets.drop(place_of(before, field, before.tried))
    ends = after.state is not State.VERIFIED or seen.material is not None
    if before.accepted is not None and ends:
        for field in (KEY, CHAIN):
            work.secrets.drop(place_of(before, field, before.accepted.number))
    if seen.material is not None:
        work.secrets.put(place_of(after, KEY, after.tried), seen.material.key)
        work.secrets.put(place_of(after, CHAIN, after.tried), chain_to(seen.material))


def _looked(wanted: _Wanted, step: Step, seen: _Seen, at: datetime, certifying: Certifying) -> Looked:
    """The certificate as it is written, with the news of it."""
    outcome = Outcome.PASSED if seen.verdict.code is None else Outcome.REFUSED
    telling = Telling(
        source=certifying.source,
        at=at,
        attempt=wanted.awaited.progress.attempt,
        verdict=Verdict(outcome, reason=seen.verdict.reason),
        certificate=seen.verdict,
    )
    told, events = announce(step, telling)
    return Looked(
        awaited=wanted.awaited,
        step=replace(step, identity=told),
        outcome=outcome,
        findings=(),
        at=at,
        events=events,
        notices=certifying.plan(step, at),
    )
