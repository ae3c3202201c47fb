"""Opens and judges uploads: the container is walked, opened in a child process, and what came out is judged.

Law: no key derivation and no certificate of a stranger is computed in this process.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from domain.certificates import ChainPolicy, Revocation, SigningMaterial
from domain.judges.certificate import CertificateVerdict
from domain.mail_address import MailAddress
from domain.secrets import Secret


class ChildFailed(Exception):  # noqa: N818 - it names what happened; nothing of the file is in it
    """The child process could not do its work for a reason of ours. The same upload may be tried again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What became of an upload. `material` only where it passed."""

    verdict: CertificateVerdict
    material: SigningMaterial | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Whom certificates are believed. `authorities`: a PEM file of roots besides those for e-mail."""

    policy: ChainPolicy = ChainPolicy.TRUSTED
    authorities: Path | None = None


class Examiner:
    """Examines uploads for any number of threads, two at a time."""

    def __init__(self, trust: Trust) -> None:
        """Nothing is started before the first upload."""
        self._trust = trust

    def examine(self, pkcs12: Secret, password: Secret, address: MailAddress, now: datetime) -> Examined:
        """Open an upload and judge it; `password` is UTF-8. Raises ChildFailed."""
        raise NotImplementedError

    def look_again(self, certificate: bytes, intermediates: tuple[bytes, ...], now: datetime) -> Revocation:
        """Ask the issuer of a certificate in use whether it was revoked."""
        raise NotImplementedError
