"""What can be said of an uploaded certificate: each case with its code, what is the case and what to do next.

The English sentences are also the keys of the translation catalogues. Law: plain words, no blame, always the next
step; what a certificate says of itself is put in as {seen}, safe to show.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from domain.certificates import CertificateCode
from domain.sentences import Sentences


class Saying(StrEnum):
    """The cases of a code that need different advice."""

    PASSED = "passed"
    TOO_LARGE = "too_large"
    TOO_EXPENSIVE = "too_expensive"
    NOT_PKCS12 = "not_pkcs12"
    WITHOUT_CONTAINER = "without_container"
    WRONG_PASSWORD = "wrong_password"  # noqa: S105 - a case, and no password
    NO_KEY = "no_key"
    NO_CERTIFICATE = "no_certificate"
    KEY_MISMATCH = "key_mismatch"
    NO_TRIAL = "no_trial"
    FOR_SERVERS = "for_servers"
    NOT_FOR_MAIL = "not_for_mail"
    OF_AUTHORITY = "of_authority"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    OTHER_ADDRESS = "other_address"
    NO_ADDRESS = "no_address"
    NO_DIGITAL_SIGNATURE = "no_digital_signature"
    SHORT_KEY = "short_key"
    UNUSABLE_KEY = "unusable_key"
    WEAK_AUTHORITY = "weak_authority"
    WEAK_HASH = "weak_hash"
    CHAIN_INCOMPLETE = "chain_incomplete"
    SELF_SIGNED = "self_signed"
    CHAIN_UNTRUSTED = "chain_untrusted"
    CHAIN_EXPIRED = "chain_expired"
    CHAIN_INVALID = "chain_invalid"
    REVOKED = "revoked"


CODE_OF: Final[Mapping[Saying, CertificateCode | None]] = {
    Saying.PASSED: None,
    Saying.TOO_LARGE: CertificateCode.TOO_LARGE,
    Saying.TOO_EXPENSIVE: CertificateCode.TOO_EXPENSIVE,
    Saying.NOT_PKCS12: CertificateCode.NOT_PKCS12,
    Saying.WITHOUT_CONTAINER: CertificateCode.NOT_PKCS12,
    Saying.WRONG_PASSWORD: CertificateCode.WRONG_PASSWORD,
    Saying.NO_KEY: CertificateCode.NO_KEY,
    Saying.NO_CERTIFICATE: CertificateCode.KEY_MISMATCH,
    Saying.KEY_MISMATCH: CertificateCode.KEY_MISMATCH,
    Saying.NO_TRIAL: CertificateCode.KEY_MISMATCH,
    Saying.FOR_SERVERS: CertificateCode.NO_EMAIL_PROTECTION,
    Saying.NOT_FOR_MAIL: CertificateCode.NO_EMAIL_PROTECTION,
    Saying.OF_AUTHORITY: CertificateCode.NO_EMAIL_PROTECTION,
    Saying.EXPIRED: CertificateCode.EXPIRED,
    Saying.NOT_YET_VALID: CertificateCode.NOT_YET_VALID,
    Saying.OTHER_ADDRESS: CertificateCode.ADDRESS_MISMATCH,
    Saying.NO_ADDRESS: CertificateCode.ADDRESS_MISMATCH,
    Saying.NO_DIGITAL_SIGNATURE: CertificateCode.NO_DIGITAL_SIGNATURE,
    Saying.SHORT_KEY: CertificateCode.WEAK_KEY,
    Saying.UNUSABLE_KEY: CertificateCode.WEAK_KEY,
    Saying.WEAK_AUTHORITY: CertificateCode.WEAK_KEY,
    Saying.WEAK_HASH: CertificateCode.WEAK_HASH,
    Saying.CHAIN_INCOMPLETE: CertificateCode.CHAIN_INCOMPLETE,
    Saying.SELF_SIGNED: CertificateCode.CHAIN_UNTRUSTED,
    Saying.CHAIN_UNTRUSTED: CertificateCode.CHAIN_UNTRUSTED,
    Saying.CHAIN_EXPIRED: CertificateCode.CHAIN_UNTRUSTED,
    Saying.CHAIN_INVALID: CertificateCode.CHAIN_UNTRUSTED,
    Saying.REVOKED: CertificateCode.REVOKED,
}

_EXPORT_AGAIN: Final = (
    "Export the certificate again from the program that it is in, as PKCS#12 (a file that ends with .p12 or .pfx), "
    "with its private key and all certificates of the chain."
)
_ASK_FOR_SMIME: Final = (
    "Ask your certificate authority for an S/MIME certificate for {address}, and upload that one. It is also called "
    "a certificate for secure e-mail."
)
_ASK_FOR_NEWER: Final = (
    "Ask your certificate authority for a new S/MIME certificate for {address} with an RSA key of 2048 bits or more, "
    "or with an elliptic curve key P-256 or P-384."
)

SENTENCES: Final[Mapping[Saying, Sentences]] = {
    Saying.PASSED: Sentences(
        "The certificate is good until {not_after}, and ready to sign mails from {address}.",
        "You need not do anything. We write to you before it ends.",
    ),
    Saying.TOO_LARGE: Sentences(
        "The file is larger than 64 kB, so we did not open it.",
        "Export the certificate again, with its private key and the certificates of its own chain only.",
    ),
    Saying.TOO_EXPENSIVE: Sentences(
        "To open this file takes far more computing than usual, so we stopped.",
        "Export the certificate again with the usual settings for the protection of the file. If you chose a "
        "number of iterations, choose 600000 or less.",
    ),
    Saying.NOT_PKCS12: Sentences(
        "We cannot read this file: it is not PKCS#12, or it is damaged.", _EXPORT_AGAIN
    ),
    Saying.WITHOUT_CONTAINER: Sentences(
        "This file is not PKCS#12: it holds a certificate or a key in another form.", _EXPORT_AGAIN
    ),
    Saying.WRONG_PASSWORD: Sentences(
        "The password does not open this file.",
        "Enter the password that was chosen when the file was exported. If you do not know it, export the "
        "certificate again with a new password.",
    ),
    Saying.NO_KEY: Sentences(
        "There is no private key in this file, and nothing can be signed without one.",
        "Export the certificate again and choose that the private key goes along. This works only where the "
        "certificate was requested; elsewhere the key is missing.",
    ),
    Saying.NO_CERTIFICATE: Sentences(
        "There is a private key in this file, but no certificate.",
        "Export the certificate again together with its private key.",
    ),
    Saying.KEY_MISMATCH: Sentences(
        "The private key in this file belongs to none of the certificates in it.", _EXPORT_AGAIN
    ),
    Saying.NO_TRIAL: Sentences(
        "What we signed with this certificate on trial could not be verified.",
        "Export the certificate again with its private key. If that does not help, ask your certificate authority "
        "for a new one.",
    ),
    Saying.FOR_SERVERS: Sentences(
        "This is a certificate for a web server (TLS): it may not be used for mail.", _ASK_FOR_SMIME
    ),
    Saying.NOT_FOR_MAIL: Sentences("This certificate may not be used for mail.", _ASK_FOR_SMIME),
    Saying.OF_AUTHORITY: Sentences(
        "This is the certificate of an authority, which issues others, and not the one of a mailbox.",
        _ASK_FOR_SMIME,
    ),
    Saying.EXPIRED: Sentences(
        "This certificate ended on {not_after}.",
        "Ask your certificate authority for a new one for {address}, and upload that.",
    ),
    Saying.NOT_YET_VALID: Sentences(
        "This certificate is valid only from {not_before} on.", "Upload it again after that moment."
    ),
    Saying.OTHER_ADDRESS: Sentences(
        "This certificate is for {seen}, not for {address}.",
        "Upload it for the address that it is for, or ask your certificate authority for one for {address}.",
    ),
    Saying.NO_ADDRESS: Sentences("There is no mail address in this certificate.", _ASK_FOR_SMIME),
    Saying.NO_DIGITAL_SIGNATURE: Sentences(
        "This certificate may not be used for signatures; perhaps it is for encryption only.",
        "If you were given two certificates, upload the other one. If not, ask your certificate authority for one "
        "that may sign mails.",
    ),
    Saying.SHORT_KEY: Sentences("The key of this certificate is too weak: {seen}.", _ASK_FOR_NEWER),
    Saying.UNUSABLE_KEY: Sentences(
        "The key of this certificate is of a kind that mail programs do not verify.", _ASK_FOR_NEWER
    ),
    Saying.WEAK_AUTHORITY: Sentences(
        "The certificate was issued by an authority whose key is too weak: {seen}.", _ASK_FOR_NEWER
    ),
    Saying.WEAK_HASH: Sentences(
        "The certificate, or one of its chain, is signed in an old way that can be forged: {seen}.",
        "Ask your certificate authority for a new S/MIME certificate for {address}, signed with SHA-256.",
    ),
    Saying.CHAIN_INCOMPLETE: Sentences(
        "A certificate of the chain is missing in this file: the one of {seen}.",
        "Export the certificate again and choose that all certificates of the chain go along. If you cannot choose "
        "that, install the certificate of {seen} first; your certificate authority has it.",
    ),
    Saying.SELF_SIGNED: Sentences(
        "This certificate was issued by itself, so nobody who gets your mail can trust it.", _ASK_FOR_SMIME
    ),
    Saying.CHAIN_UNTRUSTED: Sentences(
        "The chain of this certificate ends at {seen}, which mail programs do not trust.",
        "If you have the other certificates of the chain, export again with all of them. If not, ask for an S/MIME "
        "certificate of a public authority, or ask those who run this service to trust yours.",
    ),
    Saying.CHAIN_EXPIRED: Sentences(
        "The certificate of {seen}, which is in the chain, is not valid now.",
        "Get the present certificates of the chain from your certificate authority, install them, and export again "
        "with all certificates of the chain.",
    ),
    Saying.CHAIN_INVALID: Sentences(
        "The chain of this certificate leads to {seen}, but not in a way that mail programs accept.",
        "Export the certificate again with all certificates of the chain. If that does not help, ask your "
        "certificate authority for a new one.",
    ),
    Saying.REVOKED: Sentences(
        "This certificate was revoked by the authority that issued it.",
        "Ask your certificate authority why, and for a new one for {address}; then upload that.",
    ),
}
