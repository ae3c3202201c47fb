"""Opens and judges uploads: the container is walked, opened in a child process, and what came out is judged.

Law: no key derivation and no certificate of a stranger is computed in this process; what a child may have opened
shows itself in no log.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from threading import BoundedSemaphore
from typing import Final

import structlog

from domain.certificates import (
    CertificateObservation,
    Chain,
    ChainPolicy,
    Opening,
    Revocation,
    SigningMaterial,
)
from domain.judges.certificate import CertificateVerdict, judge
from domain.mail_address import MailAddress
from domain.secrets import Secret
from domain.verdict import Outcome
from infra.x509 import wire
from infra.x509.container import unopened
from infra.x509.fetching import Network
from infra.x509.passwords import candidates
from infra.x509.process import ChildFailed, run
from infra.x509.revocation import ask

__all__ = ["ChildFailed", "Examined", "Examiner", "Trust"]

log = structlog.get_logger()

AT_A_TIME: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What became of an upload. `material` only where it passed."""

    verdict: CertificateVerdict
    material: SigningMaterial | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Whom certificates are believed. `authorities`: a PEM file of roots besides those for e-mail."""

    policy: ChainPolicy = ChainPolicy.TRUSTED
    authorities: Path | None = None


class Examiner:
    """Examines uploads for any number of threads, two at a time."""

    def __init__(self, trust: Trust, network: Network | None = None) -> None:
        """Nothing is started before the first upload; without a network no issuer is asked."""
        self._trust = trust
        self._network = network
        self._turns = BoundedSemaphore(AT_A_TIME)

    def examine(self, pkcs12: Secret, password: Secret, address: MailAddress, now: datetime) -> Examined:
        """Open an upload and judge it; `password` is UTF-8. Raises ChildFailed for a fault of ours."""
        answer = self._open(pkcs12.octets, password.octets, now)
        verdict = judge(answer.seen, address, now, self._trust.policy)
        if verdict.outcome is Outcome.PASSED and answer.seen.chain is Chain.TRUSTED:
            seen = replace(answer.seen, revocation=self._ask(answer, now))
            verdict = judge(seen, address, now, self._trust.policy)
        log.info(
            "certificate.examined",
            opening=answer.seen.opening.value,
            saying=verdict.saying.value,
            revocation=verdict.revocation.value,
        )
        passed = verdict.outcome is Outcome.PASSED
        return Examined(verdict=verdict, material=answer.material if passed else None)

    def look_again(self, certificate: bytes, intermediates: Sequence[bytes], now: datetime) -> Revocation:
        """Ask the issuer of a certificate in use whether it was revoked (all DER, as in SigningMaterial).

        UNASKED where any chain is taken: nobody vouches for the places that such a certificate names.
        """
        if self._network is None or not intermediates or self._trust.policy is not ChainPolicy.TRUSTED:
            return Revocation.UNASKED
        return ask(certificate, intermediates[0], self._network, now)

    def _ask(self, answer: wire.Answer, now: datetime) -> Revocation:
        if self._network is None or answer.material is None or answer.above is None:
            return Revocation.UNASKED
        return ask(answer.material.certificate, answer.above, self._network, now)

    def _open(self, pkcs12: bytes, password: bytes, now: datetime) -> wire.Answer:
        cost = unopened(pkcs12)
        if isinstance(cost, Opening):
            return _closed(cost)
        try:
            tried = candidates(password.decode(), cost)
        except UnicodeDecodeError:
            return _closed(Opening.WRONG_PASSWORD)
        with self._turns:
            said = run(self._arguments(), wire.request(pkcs12, tried, now))
        if isinstance(said, Opening):
            return _closed(said)
        try:
            return wire.answer(said)
        except (ValueError, KeyError, TypeError):
            raise ChildFailed("its answer cannot be read") from None

    def _arguments(self) -> list[str]:
        openssl = shutil.which("openssl")
        if openssl is None:
            raise ChildFailed("the program openssl is not installed: signatures cannot be tried")
        authorities = self._trust.authorities
        return [openssl, *([str(authorities.absolute())] if authorities else [])]


def _closed(opening: Opening) -> wire.Answer:
    return wire.Answer(seen=CertificateObservation(opening=opening))
