"""Serves the requests about signing certificates. What they do is decided in `domain/certificate_life.py`.

Law: file and password are opened here and locked into the vault in the same transaction; nothing looks into the file
before it is in the child process that may.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from domain.certificate_life import RefusedUpload, fitting, holding, remove, unknown, upload
from domain.challenge import NOTHING
from domain.identity import Address, Cause, Identity, Kind, State
from domain.mail_address import MailAddress, parse_address
from domain.names import as_given
from domain.ports import EventKey, SubjectKey
from domain.registration import NewLife, Refused
from domain.secrets import Secret
from domain.signing_certificate import SigningCertificate
from events.announce import announce_certificate_refused
from events.catalogue import CertificateRequest, FieldError
from events.catalogue.certificates import CertificateUploaded
from events.codes import EventCode
from events.envelope import Envelope
from events.sealing import open_secrets
from workers.certificate_places import PASSWORD, PKCS12, place_of
from workers.desk import Desk

LONGEST_PASSWORD: Final = 1024  # octets


def serve(
    event: CertificateRequest, envelope: Envelope, key: EventKey, desk: Desk
) -> Refused | Sequence[FieldError] | None:
    """Serve one request; answer why it is not taken, where it asks for what is not there or opens no secret."""
    given = parse_address(event.address)
    if isinstance(event, CertificateUploaded):
        return _upload(event, given, envelope, key, desk)
    known = None if given is None else certificate_of(event.account, given, desk)
    if known is None:
        return unknown(as_given(event.address))
    remove_certificate(known, Cause(id=key.id, source=key.source), desk)
    return None


def subjects(event: CertificateRequest) -> tuple[SubjectKey, ...]:
    """The identities that a request is about: the certificate, and the address whose mails it signs."""
    given = parse_address(event.address)
    if given is None:
        return ()
    return (key_of(event.account, given), _address_key(event.account, given))


def certificate_of(account: str, given: MailAddress, desk: Desk) -> SigningCertificate | None:
    """The certificate of an address, where there is one."""
    known = _certificate(desk.known(key_of(account, given)))
    return None if known is None or known.state is State.REMOVED else known


def remove_certificate(known: SigningCertificate, cause: Cause, desk: Desk) -> None:
    """End the life of a certificate, and forget its key and whatever was uploaded."""
    desk.apply(_own_key(known), remove(known), cause)
    desk.forget_secrets(known.id)


def key_of(account: str, given: MailAddress) -> SubjectKey:
    """Which certificate is that of an address."""
    return SubjectKey(kind=Kind.CERTIFICATE, account=account, subject=given.key)


def _upload(
    event: CertificateUploaded, given: MailAddress | None, envelope: Envelope, key: EventKey, desk: Desk
) -> Sequence[FieldError] | None:
    """Take an upload and lock it away; or say with `certificate.refused` why not."""
    opened = _open(event, envelope, desk)
    if not isinstance(opened, dict):
        return opened
    cause = Cause(id=key.id, source=key.source)
    address = _address_for(event, given, len(opened[PKCS12].octets), desk)
    if isinstance(address, RefusedUpload):
        desk.tell([announce_certificate_refused(event.account, address, key, desk.telling(cause))])
        return None
    assert given is not None
    before = _certificate(desk.known(key_of(event.account, given)))
    if before is not None and before.waits:
        _forget_upload(before, desk)
    opened_at = desk.work.uploads.slot(event.account)
    step = replace(upload(before, address, _new_life(before, cause, desk), desk.moment), due_at=opened_at)
    certificate = _certificate(desk.apply(key_of(event.account, given), step, cause))
    assert certificate is not None
    for field, secret in opened.items():
        desk.keep_secret(place_of(certificate, field, certificate.tried), secret)
    return None


def _open(
    event: CertificateUploaded, envelope: Envelope, desk: Desk
) -> dict[str, Secret] | Sequence[FieldError]:
    opened = open_secrets(event, event.account, envelope, desk.work.seals)
    if not isinstance(opened, dict):
        assert isinstance(opened, tuple)
        return opened
    if len(opened[PASSWORD].octets) > LONGEST_PASSWORD:
        said = f"The field {PASSWORD} must be a text of at most {LONGEST_PASSWORD:,} octets."
        return (FieldError(field=PASSWORD, code=EventCode.FIELD_INVALID, message=said),)
    return opened


def _address_for(
    event: CertificateUploaded, given: MailAddress | None, octets: int, desk: Desk
) -> Address | RefusedUpload:
    """The address that an upload of so many octets is for, or why it is not taken."""
    known = None if given is None else desk.known(_address_key(event.account, given))
    shown = as_given(event.address) if given is None else given.text
    held = holding(known if isinstance(known, Address) else None, shown)
    return held if isinstance(held, RefusedUpload) else fitting(octets, held) or held


def _forget_upload(before: SigningCertificate, desk: Desk) -> None:
    for field in (PKCS12, PASSWORD):
        desk.drop_secret(place_of(before, field, before.tried))


def _new_life(before: SigningCertificate | None, cause: Cause, desk: Desk) -> NewLife:
    return NewLife(
        id=desk.tools.new_id(),
        generation=before.generation + 1 if before else 1,
        challenge=NOTHING,
        opened_by=cause,
    )


def _certificate(identity: Identity | None) -> SigningCertificate | None:
    return identity if isinstance(identity, SigningCertificate) else None


def _own_key(known: SigningCertificate) -> SubjectKey:
    return SubjectKey(kind=Kind.CERTIFICATE, account=known.account, subject=known.subject)


def _address_key(account: str, given: MailAddress) -> SubjectKey:
    return SubjectKey(kind=Kind.ADDRESS, account=account, subject=given.key)
