"""Builds the chain of a certificate, and verifies it up to a root (RFC 5280, section 6; RFC 8550, section 4).

The library builds and verifies; what it does not know about mail is added: the extended key usage of those above. Its
own walk, by names and signatures, only tells where a chain ends that does not verify.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509 import verification
from cryptography.x509.oid import ExtendedKeyUsageOID

from infra.x509.reading import called

LONGEST: Final = 8  # certificates above the leaf
_FOR_MAIL: Final = frozenset(
    {ExtendedKeyUsageOID.EMAIL_PROTECTION, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}
)
_BEYOND_THE_LIBRARY: Final = "unsupported"  # said of name constraints that it cannot compare


@dataclass(frozen=True, slots=True, kw_only=True)
class Led:
    """Where a certificate leads. `chain` is a value of `domain.certificates.Chain`.

    `above`: from the issuer upwards, without `root`. `end`: the name of whom the chain ends in, or of who is missing.
    `unsure`: the library cannot tell, so that OpenSSL has to.
    """

    chain: str
    above: tuple[x509.Certificate, ...]
    root: x509.Certificate | None
    end: str
    unsure: bool = False


def lead(
    leaf: x509.Certificate,
    others: Sequence[x509.Certificate],
    roots: Sequence[x509.Certificate],
    now: datetime,
) -> Led:
    """Where a certificate leads by the others of its container."""
    walked = _walk(leaf, others, roots)
    top = walked[-1]
    if top in roots:
        verified = _verify(leaf, others, [*roots], now)
        if isinstance(verified, list):
            return Led(
                chain="trusted", above=tuple(verified[1:-1]), root=verified[-1], end=called(top.subject)
            )
        return Led(
            chain="trusted" if verified else "invalid",
            above=tuple(walked[1:-1]),
            root=top,
            end=called(top.subject),
            unsure=verified,
        )
    if not _issued(top, top):
        chain = "incomplete" if len(walked) == 1 else "untrusted"
        return Led(chain=chain, above=tuple(walked[1:]), root=None, end=called(top.issuer))
    if len(walked) == 1:
        return Led(chain="self_signed", above=(), root=top, end=called(top.subject))
    valid = _verify(leaf, others, [top], now)
    return Led(
        chain="untrusted" if valid else "invalid",
        above=tuple(walked[1:-1]),
        root=top,
        end=called(top.subject),
    )


def _walk(
    leaf: x509.Certificate, others: Sequence[x509.Certificate], roots: Sequence[x509.Certificate]
) -> list[x509.Certificate]:
    """From issuer to issuer as far as they are there, roots first."""
    walked = [leaf]
    while len(walked) <= LONGEST and walked[-1] not in roots:
        issuer = next((one for one in (*roots, *others) if _issued(walked[-1], one)), None)
        if issuer is None or issuer in walked:
            break
        walked.append(issuer)
    return walked


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    if certificate.issuer != issuer.subject:
        return False
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True


def _verify(
    leaf: x509.Certificate,
    others: Sequence[x509.Certificate],
    roots: Collection[x509.Certificate],
    now: datetime,
) -> list[x509.Certificate] | bool:
    """The chain as the library verified it; else whether it could not tell."""
    builder = verification.PolicyBuilder().store(verification.Store([*roots])).time(now)
    verifier = (
        builder.max_chain_depth(LONGEST)
        .extension_policies(ca_policy=_above(), ee_policy=verification.ExtensionPolicy.permit_all())
        .build_client_verifier()
    )
    try:
        return verifier.verify(leaf, list(others)).chain
    except verification.VerificationError as error:
        return _BEYOND_THE_LIBRARY in str(error)


def _above() -> verification.ExtensionPolicy:
    """What those above a leaf must say of themselves. Of the leaf the judge wants to know more than this."""
    either = verification.Criticality.AGNOSTIC
    return (
        verification.ExtensionPolicy.permit_all()
        .require_present(x509.BasicConstraints, either, _may_issue)
        .may_be_present(x509.KeyUsage, either, _signs_certificates)
        .may_be_present(x509.ExtendedKeyUsage, either, _for_mail)
    )


def _may_issue(
    _policy: verification.Policy, _certificate: x509.Certificate, found: x509.BasicConstraints
) -> None:
    if not found.ca:
        raise ValueError("no authority")


def _signs_certificates(
    _policy: verification.Policy, _certificate: x509.Certificate, found: x509.KeyUsage | None
) -> None:
    if found is not None and not found.key_cert_sign:
        raise ValueError("no key to issue with")


def _for_mail(
    _policy: verification.Policy, _certificate: x509.Certificate, found: x509.ExtendedKeyUsage | None
) -> None:
    """Whoever is limited to usages has to have this one among them (Baseline Requirements, section 7.1.2.2)."""
    if found is not None and not _FOR_MAIL & set(found):
        raise ValueError("not for mail")
