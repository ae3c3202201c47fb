"""Asks the issuer of a certificate whether it was revoked: by OCSP (RFC 6960), else by its list (RFC 5280, section 5).

Law: only of a certificate whose chain is trusted, so that a stranger names no place for us to go. What cannot be
asked or believed is UNKNOWN, and never the owner's fault.
"""

from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from domain.certificates import Revocation
from infra.x509.fetching import Network, fetch
from infra.x509.reading import extension

MOST_ASKED: Final = 2  # places of a kind
SKEW: Final = timedelta(minutes=10)  # by which clocks may differ
_UNBELIEVABLE: Final = (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm)


def ask(certificate: bytes, issuer: bytes, network: Network, now: datetime) -> Revocation:
    """What the issuer says of a certificate (both DER) now."""
    leaf, above = map(x509.load_der_x509_certificate, (certificate, issuer))
    responders, lists = _responders(leaf), _lists(leaf)
    for url in responders:
        found = _by_ocsp(leaf, above, fetch(url, network, _question(leaf, above)), now)
        if found is not Revocation.UNKNOWN:
            return found
    for url in lists:
        found = _by_list(leaf, above, fetch(url, network), now)
        if found is not Revocation.UNKNOWN:
            return found
    return Revocation.UNKNOWN if responders or lists else Revocation.UNASKED


def _responders(leaf: x509.Certificate) -> list[str]:
    access = extension(leaf, x509.AuthorityInformationAccess)
    found = [one for one in access or () if one.access_method == AuthorityInformationAccessOID.OCSP]
    return _urls([one.access_location for one in found])


def _lists(leaf: x509.Certificate) -> list[str]:
    points = extension(leaf, x509.CRLDistributionPoints)
    return _urls([name for point in points or () for name in point.full_name or ()])


def _urls(names: list[x509.GeneralName]) -> list[str]:
    return [one.value for one in names if isinstance(one, x509.UniformResourceIdentifier)][:MOST_ASKED]


def _question(leaf: x509.Certificate, issuer: x509.Certificate) -> bytes:
    """SHA-1 only names the issuer here: it is what every responder knows."""
    builder = ocsp.OCSPRequestBuilder().add_certificate(leaf, issuer, hashes.SHA1())  # noqa: S303
    return builder.build().public_bytes(serialization.Encoding.DER)


def _by_ocsp(
    leaf: x509.Certificate, issuer: x509.Certificate, octets: bytes | None, now: datetime
) -> Revocation:
    if octets is None:
        return Revocation.UNKNOWN
    try:
        answer = ocsp.load_der_ocsp_response(octets)
        if answer.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            return Revocation.UNKNOWN
        _believe(answer, issuer, now)
        is_ours = answer.serial_number == leaf.serial_number
        is_now = _is_now(answer.this_update_utc, answer.next_update_utc, now)
        status = answer.certificate_status
    except _UNBELIEVABLE:
        return Revocation.UNKNOWN
    return _SAID.get(status, Revocation.UNKNOWN) if is_ours and is_now else Revocation.UNKNOWN


_SAID: Final = {
    ocsp.OCSPCertStatus.GOOD: Revocation.GOOD,
    ocsp.OCSPCertStatus.REVOKED: Revocation.REVOKED,
}


def _believe(answer: ocsp.OCSPResponse, issuer: x509.Certificate, now: datetime) -> None:
    """Raise unless the issuer signed it, or somebody whom it made its responder (RFC 6960, section 4.2.2.2)."""
    signer = next((one for one in answer.certificates if one != issuer), issuer)
    if signer != issuer:
        signer.verify_directly_issued_by(issuer)
        usage = extension(signer, x509.ExtendedKeyUsage)
        if usage is None or ExtendedKeyUsageOID.OCSP_SIGNING not in usage:
            raise ValueError("no responder")
        if not _is_now(signer.not_valid_before_utc, signer.not_valid_after_utc, now):
            raise ValueError("a responder that is over")
    key, algorithm = signer.public_key(), answer.signature_hash_algorithm
    if isinstance(key, rsa.RSAPublicKey) and algorithm is not None:
        key.verify(answer.signature, answer.tbs_response_bytes, padding.PKCS1v15(), algorithm)
    elif isinstance(key, ec.EllipticCurvePublicKey) and algorithm is not None:
        key.verify(answer.signature, answer.tbs_response_bytes, ec.ECDSA(algorithm))
    else:
        raise ValueError("a signature that cannot be checked")


def _by_list(
    leaf: x509.Certificate, issuer: x509.Certificate, octets: bytes | None, now: datetime
) -> Revocation:
    if octets is None:
        return Revocation.UNKNOWN
    try:
        found = x509.load_der_x509_crl(octets)
        is_theirs = found.issuer == issuer.subject and found.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]
        is_now = _is_now(found.last_update_utc, found.next_update_utc, now)
        listed = found.get_revoked_certificate_by_serial_number(leaf.serial_number)
    except _UNBELIEVABLE:
        return Revocation.UNKNOWN
    if not is_theirs or not is_now:
        return Revocation.UNKNOWN
    return Revocation.REVOKED if listed is not None else Revocation.GOOD


def _is_now(begins: datetime, ends: datetime | None, now: datetime) -> bool:
    """Whether it says how things are now: an older answer may be one that somebody kept."""
    return begins - SKEW <= now and ends is not None and now < ends + SKEW
