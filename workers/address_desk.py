"""Serves the requests about sender addresses. What a request does is decided in `domain/confirmation.py`."""

from datetime import datetime

from domain.challenge import NOTHING
from domain.confirmation import (
    Adding,
    AddressCode,
    RefusedAddress,
    add,
    add_again,
    holding,
    mail_again,
    remove,
    wants_another,
    wants_mail,
)
from domain.identity import Address, Cause, Contact, Domain, Identity, Kind, State
from domain.lifecycle import Step
from domain.mail_address import MailAddress, parse_address
from domain.mailing import PlannedMail
from domain.names import as_given
from domain.ports import EventKey, SubjectKey
from domain.registration import NewLife
from events.announce import announce_address_refused
from events.catalogue import AddressRequest
from events.catalogue.addresses import AddressAdded, AddressConfirmationRequested, AddressRemovalRequested
from workers.certificate_desk import certificate_of, key_of, remove_certificate
from workers.desk import Desk


def serve(event: AddressRequest, key: EventKey, desk: Desk) -> RefusedAddress | None:
    """Serve one request; answer why it is not taken, where it asks for what is not there."""
    given = parse_address(event.address)
    if isinstance(event, AddressAdded):
        _add(event, given, key, desk)
        return None
    known = None if given is None else _living(desk.known(_key(event.account, given)))
    if given is None or known is None:
        return RefusedAddress(code=AddressCode.UNKNOWN, address=as_given(event.address))
    match event:
        case AddressConfirmationRequested():
            _mail_again(known, given, key, desk)
        case AddressRemovalRequested():
            _remove(known, given, key, desk)
    return None


def subjects(event: AddressRequest) -> tuple[SubjectKey, ...]:
    """The identities that a request is about: the address, its domain, and at its removal its certificate."""
    given = parse_address(event.address)
    if given is None:
        return ()
    own = (_key(event.account, given), _domain_key(event.account, given))
    return (*own, key_of(event.account, given)) if isinstance(event, AddressRemovalRequested) else own


def recipient(event: AddressRequest) -> str | None:
    """Who may get a mail because of a request: the key of the address."""
    given = None if isinstance(event, AddressRemovalRequested) else parse_address(event.address)
    return None if given is None else given.key


def _add(event: AddressAdded, given: MailAddress | None, key: EventKey, desk: Desk) -> None:
    """Add an address, for the first time or again; or say with `address.refused` why not."""
    domain = _domain_of(event.address, given, event.account, desk)
    if isinstance(domain, RefusedAddress):
        _refuse(event.account, domain, key, desk)
        return
    assert given is not None
    known = _address(desk.known(_key(event.account, given)))
    wanted = _adding(event, given)
    mail_at = _slot(given, event.account, desk) if wants_mail(known) else None
    if known is None or known.state is State.REMOVED:
        assert mail_at is not None
        step = add(wanted, domain, _new_life(known, key, desk), mail_at, desk.moment)
    else:
        step = add_again(known, wanted, mail_at, desk.moment)
    _mail(step, mail_at, key, desk)


def _mail_again(known: Address, given: MailAddress, key: EventKey, desk: Desk) -> None:
    """Another mail, where one is needed and none waits to leave."""
    domain = _domain_of(known.address, given, known.account, desk)
    if isinstance(domain, RefusedAddress):
        _refuse(known.account, domain, key, desk)
        return
    mail_at = _slot(given, known.account, desk) if wants_another(known) else None
    _mail(mail_again(known, mail_at, desk.moment), mail_at, key, desk)


def _remove(known: Address, given: MailAddress, key: EventKey, desk: Desk) -> None:
    """End the life of an address, and before it of the certificate that signs its mails."""
    certificate = certificate_of(known.account, given, desk)
    if certificate is not None:
        remove_certificate(certificate, Cause(id=key.id, source=key.source), desk)
    _apply(remove(known), key, desk)
    desk.unlink(known.id)


def _mail(step: Step, mail_at: datetime | None, key: EventKey, desk: Desk) -> None:
    """Take over a step, and plan the mail that it leads to."""
    address = _apply(step, key, desk)
    if mail_at is not None:
        desk.mail(
            PlannedMail(
                id=desk.tools.new_id(),
                key=f"{address.id}.{address.mails}.confirmation",
                identity_id=address.id,
                recipient=address.address,
                locale=address.contact.locale if address.contact else "en",
                at=mail_at,
            )
        )


def _apply(step: Step, key: EventKey, desk: Desk) -> Address:
    identity = step.identity
    subject = SubjectKey(kind=Kind.ADDRESS, account=identity.account, subject=identity.subject)
    applied = _address(desk.apply(subject, step, Cause(id=key.id, source=key.source)))
    assert applied is not None
    return applied


def _refuse(account: str, why: RefusedAddress, key: EventKey, desk: Desk) -> None:
    telling = desk.telling(Cause(id=key.id, source=key.source))
    desk.tell([announce_address_refused(account, why, key, telling)])


def _domain_of(text: str, given: MailAddress | None, account: str, desk: Desk) -> Domain | RefusedAddress:
    """The domain that may have the address; or why there is none."""
    if given is None:
        return RefusedAddress(code=AddressCode.INVALID, address=as_given(text))
    domain = desk.known(_domain_key(account, given))
    return holding(domain if isinstance(domain, Domain) else None, given)


def _slot(given: MailAddress, account: str, desk: Desk) -> datetime:
    return desk.work.confirmations.slot(given.key, account)


def _adding(event: AddressAdded, given: MailAddress) -> Adding:
    contact = event.contact
    return Adding(
        account=event.account,
        address=given,
        display_name=event.display_name,
        contact=Contact(email=contact.email, locale=contact.locale) if contact else None,
        when_expired=event.when_certificate_expired,
    )


def _new_life(before: Address | None, key: EventKey, desk: Desk) -> NewLife:
    return NewLife(
        id=desk.tools.new_id(),
        generation=before.generation + 1 if before else 1,
        challenge=NOTHING,
        opened_by=Cause(id=key.id, source=key.source),
    )


def _living(identity: Identity | None) -> Address | None:
    address = _address(identity)
    return None if address is None or address.state is State.REMOVED else address


def _address(identity: Identity | None) -> Address | None:
    return identity if isinstance(identity, Address) else None


def _key(account: str, given: MailAddress) -> SubjectKey:
    return SubjectKey(kind=Kind.ADDRESS, account=account, subject=given.key)


def _domain_key(account: str, given: MailAddress) -> SubjectKey:
    return SubjectKey(kind=Kind.DOMAIN, account=account, subject=given.domain.ascii)
