"""The authorities that are trusted for mail: Mozilla's as dated data, and those that the operator adds.

The roots for TLS are others, and no substitute.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography import x509

BUNDLED: Final = Path(__file__).parent.parent / "lists" / "email_roots.pem"
_ROOT: Final = re.compile(
    rb"(?:# Distrusted after: (?P<until>\S+)\n)?"
    rb"(?P<pem>-----BEGIN CERTIFICATE-----\n.*?-----END CERTIFICATE-----)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Root:
    """An authority; `until`: it is trusted for certificates that begin no later."""

    certificate: x509.Certificate
    until: datetime | None = None


def read_roots(file: Path) -> list[Root]:
    """The roots in a file of our own form; in any other PEM file none has an end. Raises ValueError, OSError."""
    return list(_roots(file.read_bytes()))


def allowed(roots: Sequence[Root], begins: datetime) -> list[x509.Certificate]:
    """Those that are trusted for a certificate that begins then."""
    return [root.certificate for root in roots if root.until is None or begins <= root.until]


def _roots(text: bytes) -> Iterator[Root]:
    for found in _ROOT.finditer(text):
        until = found["until"]
        yield Root(
            x509.load_pem_x509_certificate(found["pem"]),
            datetime.fromisoformat(until.decode()) if until else None,
        )
